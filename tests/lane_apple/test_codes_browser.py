"""The web form in a real browser of a phone's size."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from browser import CHROMIUM, DRIVER, Browser
from codes_harness import SECONDS, Asked, asking, question

from lane_apple._codes.form import Form
from lane_apple._codes.question import Resend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple._codes.question import CodeQuestion

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@contextmanager
def form(asked: CodeQuestion | None = None) -> Iterator[tuple[str, Asked]]:
    """The address of a form, and the ask that waits for it."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    source = Form("127.0.0.1", 0, url=None, invite=lambda _, how: told.put(how))
    with asking(source, asked) as under_way:
        yield told.get(timeout=SECONDS).removeprefix("answer here: "), under_way


def test_a_code_is_typed_and_given(browser: Browser) -> None:
    with form() as (url, asked):
        browser.open(url)
        browser.wait_for("Code for r…e@example.com")
        assert browser.run("return document.activeElement.id") == "code"
        browser.type("#code", "012345")
        browser.press("form button:not([name])")
        browser.wait_for("You can close this page.")
        assert asked.answer() == "012345"


def test_the_return_key_gives_the_code_and_asks_for_no_other(browser: Browser) -> None:
    with form() as (url, asked):
        browser.open(url)
        browser.type("#code", "012 345\n")
        assert asked.answer() == "012345"


def test_another_code_is_asked_for_without_typing_one(browser: Browser) -> None:
    with form(question(way="trusted_device")) as (url, asked):
        browser.open(url)
        browser.press("button[value=sms]")
        assert asked.answer() == Resend("sms")


def test_what_is_no_code_does_not_leave_the_page_or_is_asked_again(browser: Browser) -> None:
    with form() as (url, asked):
        browser.open(url)
        browser.press("form button:not([name])")  # empty: the browser itself says so
        browser.type("#code", "12345")
        browser.press("form button:not([name])")
        browser.wait_for("That is no code of 6 digits.")
        browser.type("#code", "012345")
        browser.press("form button:not([name])")
        assert asked.answer() == "012345"


def test_it_fits_a_phone_and_its_own_policy(browser: Browser) -> None:
    with form() as (url, _):
        browser.complaints()  # forget those of other pages
        browser.open(url)
        assert browser.run("return innerWidth") == 390
        assert browser.run("return document.documentElement.scrollWidth") <= 390
        assert browser.run("return getComputedStyle(document.querySelector('#code')).textAlign") == "center"
        heights = browser.run("return [...document.querySelectorAll('button')].map(one => one.offsetHeight)")
        assert min(heights) >= 44  # a finger's
        assert [one for one in browser.complaints() if "favicon" not in one] == []


def test_another_page_cannot_post_to_it_even_if_it_knows_the_address(browser: Browser) -> None:
    with form() as (url, asked):
        browser.open(url)
        proof = browser.run("return document.querySelector('[name=proof]').value")
        fields = f'<input name="code" value="111111"><input name="proof" value="{proof}">'
        html = f'<form method="post" action="{url}">{fields}<button>Win a prize</button></form>'
        with _elsewhere(html) as evil:
            browser.open(evil)
            browser.press("button")
            browser.wait_for("This came from another page.")
        browser.open(url)
        browser.type("#code", "012345\n")
        assert asked.answer() == "012345"


def test_another_page_cannot_show_it_in_a_frame(browser: Browser) -> None:
    with form() as (url, _), _elsewhere(f'<iframe src="{url}"></iframe>') as evil:
        browser.open(evil)
        assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in browser.complaints())


@contextmanager
def _elsewhere(html: str) -> Iterator[str]:
    """A page of somebody else's."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()
