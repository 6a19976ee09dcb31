"""App Store Connect by a session: what is sent, what is kept of the answers, what a refusal means."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3
from apple_harness import Time
from apple_web import ACCOUNT, DQSID, MYACINFO, NOW, apple_session, web_session
from faults import Lost, Reply, Reset, Server

from lane import CredentialError, PersonNeededError
from lane_apple import (
    AgreementNeededError,
    AppleBusyError,
    AppleError,
    AppStoreConnect,
    LostAnswerError,
    find_app,
)
from lane_apple._doors import Doors
from lane_apple._refusal import NotAllowedError, SessionDeadError
from lane_apple._web_session import WebSession

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = {"data": [{"type": "apps", "id": "1", "attributes": {"bundleId": "com.example.aurora"}}], "links": {}}
NEWER = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE4MDAwMDAwNjB9.bmV3ZXI"
UNAUTHENTICATED = "Unauthenticated\n\nRequest ID: 5B2KQ7.0.0\n"


def errors(status: int, code: str) -> dict[str, Any]:
    return {"errors": [{"status": str(status), "code": code, "title": "A title", "detail": "Because."}]}


def sent(server: Server, number: int = -1) -> dict[str, str]:
    """The cookies of a request."""
    header = server.seen[number].headers.get("Cookie", "")
    return dict(pair.split("=", 1) for pair in header.split("; ") if pair)


@pytest.fixture
def server() -> Iterator[Server]:
    """Answers every request with one app."""
    with Server(lambda request: Reply(200, APPS)) as running:
        yield running


@pytest.fixture
def web(server: Server) -> WebSession:
    return web_session(server.url)


@pytest.fixture
def client(web: WebSession) -> Iterator[AppStoreConnect]:
    time = Time()
    with AppStoreConnect(web, sleep=time.sleep, clock=time.clock) as running:
        yield running


def test_it_is_the_same_question_at_another_door(client: AppStoreConnect, server: Server) -> None:
    assert find_app(client, "com.example.aurora").id == "1"
    request = server.seen[0]
    assert request.method == "GET"
    assert request.path.startswith("/iris/v1/apps?filter%5BbundleId%5D=com.example.aurora&")
    assert request.headers["x-csrf-itc"] == "[asc-ui]"
    assert request.headers["Accept"] == "application/json"
    assert "Authorization" not in request.headers
    assert "Content-Type" not in request.headers
    assert sent(server) == {"myacinfo": MYACINFO, "dqsid": DQSID}  # the trust is the sign-in's own


def test_a_change(client: AppStoreConnect, server: Server) -> None:
    server.arm("POST", "/iris/v1/betaGroups$", Reply(201, {"data": {"type": "betaGroups", "id": "7"}}))
    assert client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")}).id == "7"
    request = server.seen[0]
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["x-csrf-itc"] == "[asc-ui]"
    assert json.loads(request.body)["data"]["relationships"] == {"app": {"data": {"type": "apps", "id": "1"}}}


def test_what_apple_renews_is_kept(client: AppStoreConnect, server: Server, web: WebSession) -> None:
    renewed = {"Set-Cookie": f"dqsid={NEWER}; Max-Age=1800; Path=/; HttpOnly"}
    server.arm("GET", "/iris/v1/apps", Reply(200, APPS, renewed))
    find_app(client, "com.example.aurora")
    find_app(client, "com.example.aurora")
    assert sent(server) == {"myacinfo": MYACINFO, "dqsid": NEWER}
    assert NEWER in [cookie.value for cookie in web.current.cookies]
    assert web.current.account == ACCOUNT


def test_what_apple_renews_is_kept_at_apples_own_address() -> None:
    session = WebSession(apple_session(), clock=lambda: NOW)
    response = requests.Response()
    response.url = f"{Doors().app_store_connect}/olympus/v1/session"
    response.raw = urllib3.HTTPResponse(
        headers={"Set-Cookie": f"dqsid={NEWER}; Max-Age=1800; Path=/; Secure"}
    )
    session.learn(response)
    header = session.cookies_for(response.url, Doors().app_store_connect)
    assert header == f"myacinfo={MYACINFO}; dqsid={NEWER}"
    assert session.cookies_for("https://example.com/", Doors().app_store_connect) is None


@pytest.mark.parametrize(
    "answer",
    [
        Reply(401, UNAUTHENTICATED, {"Content-Type": "text/plain"}),
        Reply(401, errors(401, "NOT_AUTHORIZED")),
        Reply(401),
        Reply(302, "<title>302 Found</title>", {"Location": "https://appstoreconnect.apple.com/login?x=1"}),
        Reply(302, "", {"Location": "https://idmsa.apple.com/IDMSWebAuth/signin?appIdKey=1"}),
    ],
    ids=["text", "json", "empty", "login", "signin"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_dead_session(client: AppStoreConnect, server: Server, answer: Reply, method: str) -> None:
    server.arm(method, "/iris/v1/", answer)

    def ask() -> None:
        if method == "GET":
            find_app(client, "com.example.aurora")
        else:
            client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")})

    with pytest.raises(SessionDeadError) as caught:
        ask()
    error = caught.value
    assert isinstance(error, PersonNeededError)
    assert (error.exit_code, error.code, error.face) == (4, "session_dead", "app_store_connect")
    assert "lane auth login" in str(error.hint)
    assert "j…e@example.com" in str(error)
    assert str(error.where).startswith(f"{method} /iris/v1/")
    assert len(server.seen) == 1  # no use, and Apple counts


def test_no_secret_is_in_an_error(client: AppStoreConnect, server: Server, web: WebSession) -> None:
    server.arm("GET", "/iris/v1/apps", Reply(401), Reply(403, errors(403, "FORBIDDEN_ERROR")))
    shown = [repr(web), repr(client.door)]
    for _ in range(2):
        with pytest.raises((SessionDeadError, NotAllowedError)) as caught:
            find_app(client, "com.example.aurora")
        shown += [str(caught.value), str(caught.value.hint), repr(caught.value)]
    for secret in (MYACINFO, DQSID, ACCOUNT):
        assert secret not in " ".join(shown)
    assert MYACINFO not in repr(web.current)


def test_a_person_who_may_not(client: AppStoreConnect, server: Server) -> None:
    server.arm("POST", "/iris/v1/builds", Reply(403, errors(403, "FORBIDDEN_ERROR")))
    with pytest.raises(NotAllowedError) as caught:
        client.create("builds", {}, {})
    assert isinstance(caught.value, CredentialError)
    assert "role APP_MANAGER" in str(caught.value.hint)
    assert "key" not in str(caught.value)


def test_an_agreement(client: AppStoreConnect, server: Server) -> None:
    refusal = Reply(403, errors(403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"))
    server.arm("GET", "/iris/v1/apps", refusal)
    with pytest.raises(AgreementNeededError):
        find_app(client, "com.example.aurora")


def test_too_many_requests(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/iris/v1/apps", Reply(429, "", {"Retry-After": "3000"}))
    with pytest.raises(AppleBusyError, match="3000 seconds") as caught:
        find_app(client, "com.example.aurora")
    assert "with this Apple ID" in str(caught.value)
    assert "sign in again" in str(caught.value.hint)


def test_reads_are_repeated_and_writes_are_not(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/iris/v1/apps", Reply(502, "<html>"), Reset())
    find_app(client, "com.example.aurora")
    assert server.count("GET", "/iris/v1/apps") == 3
    server.arm("POST", "/iris/v1/betaGroups", Lost())
    with pytest.raises(LostAnswerError):
        client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")})
    assert server.count("POST", "/iris/v1/betaGroups") == 1


def test_links_stay_behind_the_same_door(client: AppStoreConnect, server: Server) -> None:
    link = "https://appstoreconnect.apple.com/iris/v1/apps?cursor=AB.%3D&limit=1"
    server.arm("GET", r"/iris/v1/apps$", Reply(200, APPS | {"links": {"next": link}}))
    assert len(list(client.find("/v1/apps"))) == 2
    assert server.seen[1].path == "/iris/v1/apps?cursor=AB.%3D&limit=1"


def test_errors_name_the_door(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/iris/v1/builds/5", Reply(404, errors(404, "NOT_FOUND")))
    with pytest.raises(AppleError) as caught:
        client.get("/v1/builds/5")
    assert caught.value.where == "GET /iris/v1/builds/5"
    assert "Apple ID has no access" in str(caught.value.hint)


def test_cookies_of_the_http_client_are_not_sent(web: WebSession, server: Server) -> None:
    with requests.Session() as session:
        session.cookies.set("myacinfo", "of-another-account")
        client = AppStoreConnect(web, session=session)
        find_app(client, "com.example.aurora")
    assert sent(server)["myacinfo"] == MYACINFO


def test_an_own_http_client_gathers_no_cookies(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/iris/v1/apps", Reply(200, APPS, {"Set-Cookie": "itctx=abc; Path=/"}))
    find_app(client, "com.example.aurora")
    assert len(client.session.cookies) == 0


def test_threads_share_a_session(web: WebSession, server: Server) -> None:
    """Each answer renews a cookie while others are being sent."""
    number = iter(range(10_000))
    server_answer = server.handle

    def renewing(request: Any) -> Any:
        reply = server_answer(request)
        assert isinstance(reply, Reply)
        return Reply(reply.status, reply.body, {"Set-Cookie": f"itctx=value-{next(number)}; Path=/"})

    server.handle = renewing  # type: ignore[method-assign]
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            with AppStoreConnect(web, sleep=lambda _: None) as client:
                for _ in range(10):
                    find_app(client, "com.example.aurora")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(server.seen) == 60
    assert all(sent(server, each)["myacinfo"] == MYACINFO for each in range(60))
    assert [cookie.name for cookie in web.current.cookies].count("itctx") == 1
