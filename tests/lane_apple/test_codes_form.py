"""The web form, over real HTTP: one address, one answer, nothing for strangers."""

from __future__ import annotations

import http.client
import queue
import re
import socket
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from codes_harness import SECONDS, SHORT, Asked, ask, asking, question

from lane_apple._codes.form import Form
from lane_apple._codes.form_page import FormPage, origin_of
from lane_apple._codes.guard import Misses
from lane_apple._codes.listener import Listener
from lane_apple._codes.question import Resend, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple._codes.question import Answer, CodeQuestion


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def one(self, tag: str, **attributes: str) -> dict[str, str]:
        """The only element of a tag with these attributes."""
        fits = [given for name, given in self.found if name == tag and attributes.items() <= given.items()]
        assert len(fits) == 1, (tag, attributes, fits)
        return fits[0]


class Shown:
    """A page at an address, and who looks at it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = origin_of(url)

    def get(self) -> requests.Response:
        return requests.get(self.url, timeout=SECONDS)

    @property
    def proof(self) -> str:
        return Elements(self.get().text).one("input", name="proof")["value"]

    def post(
        self, fields: dict[str, str], headers: dict[str, str | None] | None = None, **more: str
    ) -> requests.Response:
        """Post fields with the page's proof, as a browser does from the page itself."""
        own: dict[str, str | None] = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        sent = {name: value for name, value in {**own, **(headers or {})}.items() if value is not None}
        data = {"proof": self.proof, **fields, **more}
        return requests.post(self.url, data=data, headers=sent, timeout=SECONDS)


@contextmanager
def shown(asked: CodeQuestion | None = None) -> Iterator[tuple[Shown, Asked]]:
    """The form of a question that is under way."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    form = Form("127.0.0.1", 0, url=None, invite=lambda _, how: told.put(how))
    with asking(form, asked) as under_way:
        how = told.get(timeout=SECONDS)
        assert how.startswith("answer here: ")
        yield Shown(how.removeprefix("answer here: ")), under_way


@contextmanager
def kept(asked: CodeQuestion | None = None) -> Iterator[tuple[Shown, list[Answer]]]:
    """The page of a question, at an address that stays after the answer."""
    answers: list[Answer] = []
    page = FormPage(asked or question(), answers.append)
    with Listener(page.application(), "127.0.0.1", 0, variable="LANE_CODE_FORM") as listener:
        base = f"http://127.0.0.1:{listener.port}"
        page.serve_at(base)
        yield Shown(f"{base}/{page.token}"), answers


# Answering


@pytest.mark.parametrize("typed", ["012345", "012 345", " 012345", "٠١٢٣٤٥"])
def test_the_code_that_is_entered(typed: str) -> None:
    with shown() as (page, asked):
        response = page.post({"code": typed})
        assert response.status_code == 200
        assert "You can close this page" in response.text
        assert asked.answer() == "012345"


@pytest.mark.parametrize(
    ("way", "resend"), [("sms", Resend("sms")), ("voice", Resend("voice")), ("again", Resend())]
)
def test_a_button_asks_for_another_code(way: str, resend: Resend) -> None:
    with shown(question(way="trusted_device")) as (page, asked):
        Elements(page.get().text).one("button", name="way", value=way)
        assert page.post({"way": way, "code": ""}).status_code == 200
        assert asked.answer() == resend


def test_only_the_ways_of_the_apple_id_have_buttons() -> None:
    with kept(question(way="sms", ways=("sms",))) as (page, _):
        buttons = {given.get("value") for name, given in Elements(page.get().text).found if name == "button"}
    assert buttons == {None, "again"}


def test_what_is_no_code_is_asked_again() -> None:
    with shown() as (page, asked):
        response = page.post({"code": "12345"})
        assert response.status_code == 422
        assert "That is no code of 6 digits." in response.text
        assert page.post({"code": "012345"}).status_code == 200
        assert asked.answer() == "012345"


def test_every_question_has_an_address_of_its_own() -> None:
    with shown() as (first, _), shown() as (second, _):
        assert len(urlsplit(first.url).path) > 43  # 32 random bytes
        assert urlsplit(first.url).path != urlsplit(second.url).path
        assert first.proof != second.proof


def test_looking_at_it_uses_nothing_up() -> None:
    with shown() as (page, asked):
        for _ in range(20):  # messengers fetch an address to show a preview
            assert page.get().status_code == 200
        assert requests.head(page.url, timeout=SECONDS).status_code == 200
        page.post({"code": "012345"})
        assert asked.answer() == "012345"


def test_it_is_gone_when_the_time_is_up() -> None:
    told: list[str] = []
    assert ask(Form("127.0.0.1", 0, url=None, invite=lambda _, how: told.append(how)), seconds=SHORT) is None
    with pytest.raises(requests.ConnectionError):
        requests.get(told[0].removeprefix("answer here: "), timeout=SECONDS)


def test_it_is_gone_when_the_wait_is_cancelled() -> None:
    with shown() as (page, asked):
        asked.end()
        assert asked.answer() is None
        with pytest.raises(requests.ConnectionError):
            page.get()


# What it looks like


def test_it_is_made_for_a_phone() -> None:
    with shown(question(account="<b>@example.com", attempt=2)) as (page, _):
        html = page.get().text
        elements = Elements(html)
        assert elements.one("meta", name="viewport")["content"] == "width=device-width, initial-scale=1"
        field = elements.one("input", name="code")
        assert field["inputmode"] == "numeric"
        assert field["autocomplete"] == "one-time-code"
        assert field["type"] == "text"  # a number would lose its zeros
        assert elements.one("label", **{"for": field["id"]}) is not None
        assert elements.one("html")["lang"] == "en"
        assert "Code for <…>@example.com" in elements.text
        assert "+49 ••••• •••85" in elements.text
        assert "The last code was wrong." in elements.text
        assert "release" not in html
        assert "script" not in html


def test_its_headers_keep_it_out_of_caches_frames_and_other_pages() -> None:
    with shown() as (page, _):
        good, bad = page.get(), requests.get(f"{page.origin}/other", timeout=SECONDS)
        for response in (good, bad):
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert response.headers["Referrer-Policy"] == "same-origin"
            assert "server" not in response.headers
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "form-action 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy


# Who may not


def test_a_second_post_is_refused() -> None:
    with kept() as (page, answers):
        proof = page.proof
        assert page.post({"code": "012345"}).status_code == 200
        headers = {"Origin": page.origin}
        again = requests.post(
            page.url, data={"code": "543210", "proof": proof}, headers=headers, timeout=SECONDS
        )
        assert again.status_code == 410
        assert page.get().status_code == 410
        assert answers == ["012345"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": None, "Referer": "https://evil.example.com/"},
        {"Origin": None, "Referer": "http://[broken"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_post_from_another_origin_is_refused(headers: dict[str, str | None]) -> None:
    with kept() as (page, answers):
        assert page.post({"code": "012345"}, headers).status_code == 403
        assert answers == []
        assert page.post({"code": "012345"}).status_code == 200


def test_a_browser_that_sends_no_origin_shows_where_it_comes_from() -> None:
    with kept() as (page, answers):
        headers = {"Origin": None, "Sec-Fetch-Site": None, "Referer": page.url}
        assert page.post({"code": "012345"}, headers).status_code == 200
        assert answers == ["012345"]


def test_a_post_without_the_page_s_proof_is_refused() -> None:
    with kept() as (page, answers):
        assert page.post({"code": "012345", "proof": "guessed"}).status_code == 403
        assert page.post({"code": "012345", "proof": ""}).status_code == 403
        assert page.post({"code": "012345", "proof": "ä"}).status_code == 403
        assert answers == []


def test_behind_a_proxy_the_origin_is_that_of_the_public_address() -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    form = Form(
        "127.0.0.1", port, url="https://Codes.example.com:443/lane", invite=lambda _, how: told.put(how)
    )
    with asking(form) as asked:
        public = told.get(timeout=SECONDS).removeprefix("answer here: ")
        assert public.startswith("https://Codes.example.com:443/lane/")
        page = Shown(f"http://127.0.0.1:{port}{urlsplit(public).path}")
        assert page.post({"code": "012345"}).status_code == 403
        assert page.post({"code": "012345"}, {"Origin": "https://codes.example.com"}).status_code == 200
        assert asked.answer() == "012345"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"code": "012345"}', 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"code=" + b"1" * 5000, 413),
        ("application/x-www-form-urlencoded", b"&".join([b"code=1"] * 50), 403),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00", 403),
        ("application/x-www-form-urlencoded", b"", 403),
    ],
)
def test_bodies_that_are_none_of_the_form(kind: str, body: bytes, status: int) -> None:
    with kept() as (page, answers):
        headers = {"Origin": page.origin, "Content-Type": kind}
        assert requests.post(page.url, data=body, headers=headers, timeout=SECONDS).status_code == status
        assert answers == []


def test_a_body_without_an_end_is_not_read_to_its_end() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(3_000):
            yield b"code=1&" * 1000

    with kept() as (page, answers):
        headers = {"Origin": page.origin, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            status = requests.post(page.url, data=endless(), headers=headers, timeout=SECONDS).status_code
        except requests.ConnectionError:
            status = 413  # the server hung up while more was sent
        assert status == 413
        assert answers == []
        assert page.get().status_code == 200


def test_ten_thousand_guesses_of_the_address_find_nothing_and_keep_nobody_out() -> None:
    with kept() as (page, answers):
        parts = urlsplit(page.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=SECONDS)
        seen: dict[int, int] = {}
        for guess in range(10_000):
            connection.request("GET", f"/{guess:043d}")
            response = connection.getresponse()
            response.read()
            seen[response.status] = seen.get(response.status, 0) + 1
        connection.close()
        assert set(seen) == {404, 429}
        assert seen[429] > 9_000
        assert page.post({"code": "012345"}).status_code == 200
        assert answers == ["012345"]


def test_one_who_knows_the_address_cannot_guess_on() -> None:
    with kept() as (page, answers):
        proof = page.proof
        headers = {"Origin": page.origin}
        statuses = [
            requests.post(
                page.url, data={"code": f"{guess}", "proof": proof}, headers=headers, timeout=SECONDS
            )
            for guess in range(30)
        ]
        assert [one.status_code for one in statuses] == [422] * 10 + [429] * 20
        assert page.post({"code": "012345"}).status_code == 429
        assert answers == []


def test_misses_are_forgotten() -> None:
    now = 0.0
    misses = Misses(3, 60.0, clock=lambda: now)
    assert [misses.too_many() for _ in range(5)] == [False, False, False, True, True]
    now = 60.0
    assert not misses.too_many()


# Where it cannot work


def test_nobody_can_be_told() -> None:
    with pytest.raises(SourceError, match="nobody can be told the address"):
        ask(Form("127.0.0.1", 0, url=None, invite=None))


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SourceError, match=f"127.0.0.1:{port} cannot be listened on: Address already in use"
        ):
            ask(Form("127.0.0.1", port, url=None, invite=lambda _, __: None))


def test_a_host_that_is_none() -> None:
    with pytest.raises(SourceError, match="cannot be listened on"):
        ask(Form("no-such-host.invalid", 8700, url=None, invite=lambda _, __: None))


def test_people_who_cannot_be_told_end_the_wait_and_the_server() -> None:
    port: list[int] = []

    def invite(_: CodeQuestion, how: str) -> None:
        port.append(int(re.findall(r":(\d+)/", how)[0]))
        raise SourceError("people could not be told")

    with pytest.raises(SourceError, match="could not be told"):
        ask(Form("127.0.0.1", 0, url=None, invite=invite))
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port[0])):
        pass


def test_origins_are_written_as_browsers_write_them() -> None:
    assert origin_of("HTTPS://Example.com:443/x?y") == "https://example.com"
    assert origin_of("http://example.com:443") == "http://example.com:443"
    assert origin_of("http://[::1]:8700/x") == "http://[::1]:8700"
    assert origin_of("about:blank") == ""
