"""The client against the sandbox, and against every way in which a network and a server can fail."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import textwrap
import threading
import time as real_time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
import requests
from apple_harness import Contract, Time
from faults import Lost, Reply, Reset, Server, Truncated

import lane_apple
from lane import ActionError, CredentialError, PersonNeededError, TransientError
from lane_apple import (
    AgreementNeededError,
    ApiKey,
    AppleBusyError,
    AppleError,
    AppNotFoundError,
    AppStoreConnect,
    KeyRefusedError,
    LostAnswerError,
    UnreachableError,
    find_app,
    find_builds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane_sandbox import Sandbox

APPS = {"data": [{"type": "apps", "id": "1", "attributes": {"bundleId": "com.example.aurora"}}], "links": {}}


def error_body(status: int, code: str, detail: str = "Because.", **more: Any) -> dict[str, Any]:
    return {"errors": [{"status": str(status), "code": code, "title": "A title", "detail": detail, **more}]}


def refusal(status: int, code: str, **headers: str) -> Reply:
    return Reply(status, error_body(status, code), headers)


@pytest.fixture
def server() -> Iterator[Server]:
    """Answers every request with one app."""
    with Server(lambda request: Reply(200, APPS)) as running:
        yield running


@pytest.fixture
def client(key: ApiKey, server: Server) -> Iterator[AppStoreConnect]:
    time = Time()
    with AppStoreConnect(key, base_url=server.url, sleep=time.sleep, clock=time.clock) as running:
        yield running


def slept(client: AppStoreConnect) -> list[float]:
    time = client.sleep.__self__  # type: ignore[attr-defined]
    assert isinstance(time, Time)
    return time.slept


def test_every_public_name_is_there() -> None:
    assert lane_apple.__all__ == sorted(lane_apple.__all__)
    for name in lane_apple.__all__:
        assert getattr(lane_apple, name) is not None
    assert dir(lane_apple) == lane_apple.__all__


def test_importing_costs_nothing() -> None:
    """The modes are imported by every Lanefile; what is heavy is imported when it is used."""
    script = (
        "import sys; from lane_apple import api_key, apple_id; api_key(role='ADMIN'); api_key.how(); "
        "print(*{'requests', 'jwt', 'cryptography', 'lief', 'tenacity'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == ""


def test_it_is_usable_alone(sandbox: Sandbox) -> None:
    """The sample in the docstring, run as it stands against another address."""
    first = sandbox.keys[0]
    assert AppStoreConnect.__doc__ is not None
    sample = AppStoreConnect.__doc__.partition(":\n")[2].partition("    Threads")[0]
    sample = textwrap.dedent(sample)
    sample = sample.replace("D383SF7390", first.key_id).replace("6053b7fe-…", str(first.issuer_id))
    sample = sample.replace(f"AuthKey_{first.key_id}.p8", str(first.private_key_path))
    sample = sample.replace("AppStoreConnect(key)", f"AppStoreConnect(key, base_url={sandbox.url!r})")
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", sample]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout == "Aurora 41\n"


def test_the_contract_is_checked(shared: Path, apple: AppStoreConnect, contract: Contract) -> None:
    find_app(apple, "com.example.aurora")
    assert contract.checked == 1
    with pytest.raises(AppleError):
        apple.get("/v1/apps", {"filter[colour]": "red"})
    assert "unknown parameter" in contract.problems.pop()


def test_an_app_by_its_bundle_id(apple: AppStoreConnect) -> None:
    assert find_app(apple, "com.example.borealis").name == "Borealis"
    with pytest.raises(AppNotFoundError) as caught:
        find_app(apple, "com.example")
    assert "Apple ID" in str(caught.value.hint)


def test_pages_are_followed(apple: AppStoreConnect) -> None:
    pages = list(apple.pages("/v1/apps", {"limit": 1}))
    assert [page.one.attributes["bundleId"] for page in pages] == [
        "com.example.aurora",
        "com.example.borealis",
    ]


def test_links_to_apples_own_host_stay_here(client: AppStoreConnect, server: Server) -> None:
    link = "https://api.appstoreconnect.apple.com/v1/apps?cursor=AB.%3D&limit=1"
    server.arm("GET", r"/v1/apps$", Reply(200, APPS | {"links": {"next": link}}))
    assert len(list(client.find("/v1/apps"))) == 2
    assert server.seen[1].path == "/v1/apps?cursor=AB.%3D&limit=1"


def test_pages_that_go_in_a_circle(client: AppStoreConnect, server: Server) -> None:
    page = Reply(200, APPS | {"links": {"next": f"{server.url}/v1/apps?cursor=A"}})
    server.arm("GET", "/v1/apps", *[page] * 5)
    with pytest.raises(AppleError, match="do not end"):
        list(client.find("/v1/apps"))
    assert len(server.seen) == 2


def test_reads_are_repeated(client: AppStoreConnect, server: Server) -> None:
    html = Reply(502, "<html>Bad gateway</html>")
    server.arm("GET", "/v1/apps", html, Reset(), Reply(500, error_body(500, "UNEXPECTED_ERROR")), Truncated())
    assert find_app(client, "com.example.aurora").id == "1"
    assert len(server.seen) == 5
    assert len(slept(client)) == 4
    assert slept(client) == sorted(slept(client))


def test_retry_after_is_honoured(client: AppStoreConnect, server: Server) -> None:
    date = {
        "Date": formatdate(1_900_000_000, usegmt=True),
        "Retry-After": formatdate(1_900_000_030, usegmt=True),
    }
    server.arm(
        "GET",
        "/v1/apps",
        Reply(429, error_body(429, "RATE_LIMIT_EXCEEDED"), {"Retry-After": "17"}),
        Reply(503, "", date),
    )
    find_app(client, "com.example.aurora")
    assert slept(client) == [17.0, 30.0]


def test_a_retry_after_beyond_measure_is_told(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/v1/apps", refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "3000"}))
    with pytest.raises(AppleBusyError, match="3000 seconds") as caught:
        find_app(client, "com.example.aurora")
    assert isinstance(caught.value, TransientError)
    assert slept(client) == []


def test_it_gives_up_in_the_end(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/v1/apps", *[Reply(500, "<html>")] * 20)
    with pytest.raises(AppleBusyError, match="500 without a reason"):
        find_app(client, "com.example.aurora")
    assert len(server.seen) == 7
    assert 40 < sum(slept(client)) < 80


def test_a_429_is_repeated_for_writes_too(client: AppStoreConnect, server: Server) -> None:
    made = Reply(201, {"data": {"type": "betaGroups", "id": "7"}})
    server.arm("POST", "/v1/betaGroups", refusal(429, "RATE_LIMIT_EXCEEDED"), made)
    assert client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")}).id == "7"


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(500, "<html>"), Reply(200, "<html>sign in</html>")])
def test_writes_are_never_repeated_blindly(client: AppStoreConnect, server: Server, fault: Any) -> None:
    server.arm("POST", "/v1/betaGroups", fault)
    with pytest.raises(LostAnswerError):
        client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")})
    assert len(server.seen) == 1


def test_a_random_401_is_answered_with_a_new_token(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/v1/apps", refusal(401, "NOT_AUTHORIZED"), refusal(401, "NOT_AUTHORIZED"))
    find_app(client, "com.example.aurora")
    tokens = [each.headers["Authorization"] for each in server.seen]
    assert len(set(tokens)) == 3


def test_a_wrong_key(sandbox: Sandbox, key: ApiKey, time: Time) -> None:
    wrong = ApiKey("WRONG12345", key.issuer_id, key.private_key, base_url=sandbox.url)
    with AppStoreConnect(wrong, sleep=time.sleep) as client, pytest.raises(KeyRefusedError) as caught:
        find_app(client, "com.example.aurora")
    error = caught.value
    assert isinstance(error, CredentialError)
    assert error.where == "GET /v1/apps"
    assert "NOT_AUTHORIZED" in str(error)
    assert "revoked" in str(error.hint)


@pytest.mark.parametrize(("ahead", "words"), [(7200, "7200 seconds ahead"), (-7200, "7200 seconds behind")])
def test_a_clock_that_is_off(sandbox: Sandbox, key: ApiKey, time: Time, ahead: int, words: str) -> None:
    wrong = ApiKey(
        key.key_id,
        key.issuer_id,
        key.private_key,
        base_url=sandbox.url,
        clock=lambda: real_time.time() + ahead,
    )
    with AppStoreConnect(wrong, sleep=time.sleep) as client, pytest.raises(KeyRefusedError) as caught:
        find_app(client, "com.example.aurora")
    assert caught.value.code == "clock_off"
    number, _, way = words.partition(" seconds ")
    assert way in str(caught.value)
    said = int(str(caught.value).split("off, ")[1].split()[0])
    assert abs(said - int(number)) <= 5


def test_a_key_that_is_too_weak(sandbox: Sandbox, time: Time) -> None:
    weak = sandbox.keys[1]
    key = ApiKey(weak.key_id, weak.issuer_id, weak.private_key_path.read_text(), base_url=sandbox.url)
    with AppStoreConnect(key, sleep=time.sleep) as client, pytest.raises(KeyRefusedError) as caught:
        client.create(
            "buildUploads",
            {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"},
            {"app": ("apps", "6450000101")},
        )
    assert caught.value.code == "key_forbidden"
    assert "role DEVELOPER" in str(caught.value.hint)


def test_an_agreement_needs_a_person(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/v1/apps", refusal(403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"))
    with pytest.raises(AgreementNeededError) as caught:
        find_app(client, "com.example.aurora")
    assert isinstance(caught.value, PersonNeededError)


def test_all_that_apple_says_is_in_the_error(client: AppStoreConnect, server: Server) -> None:
    inner = error_body(
        409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "Say yes or no.", source={"pointer": "/data/x"}
    )
    body = error_body(
        409, "STATE_ERROR", "Not now.", meta={"associatedErrors": {"/v1/builds/5": inner["errors"]}}
    )
    body["errors"].append({"status": "409", "code": "OTHER", "title": "Only a title"})
    server.arm("GET", "/v1/apps", Reply(409, body))
    with pytest.raises(AppleError) as caught:
        find_app(client, "com.example.aurora")
    error = caught.value
    assert error.code == "STATE_ERROR"
    assert error.refusal.status == 409
    for words in ("Not now.", "Say yes or no. (/v1/builds/5 /data/x)", "Only a title", "GET /v1/apps"):
        assert words in str(error)
    assert "under way" in str(error.hint)


def test_what_does_not_exist(apple: AppStoreConnect) -> None:
    with pytest.raises(AppleError, match="404 NOT_FOUND"):
        apple.get("/v1/apps/1")


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"data": [{"id": 1}]}', '{"data": 5}', '{"data": ["x"], "links": []}']
)
def test_answers_that_make_no_sense(client: AppStoreConnect, server: Server, body: str) -> None:
    server.arm("GET", "/v1/apps", Reply(200, body, {"Content-Type": "application/json"}))
    with pytest.raises(ActionError) as caught:
        find_app(client, "com.example.aurora")
    assert caught.value.code == "unexpected_answer"


def test_nobody_listens(key: ApiKey) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    time = Time()
    client = AppStoreConnect(key, base_url=f"http://127.0.0.1:{port}", sleep=time.sleep)
    with client, pytest.raises(UnreachableError) as caught:
        client.create("betaGroups", {"name": "X"}, {"app": ("apps", "1")})
    assert f"127.0.0.1:{port} cannot be reached: Connection refused" in str(caught.value)
    assert len(time.slept) == 6  # nothing was sent, so that even a write is tried again


def test_a_name_that_does_not_exist(key: ApiKey) -> None:
    client = AppStoreConnect(key, base_url="http://nowhere.invalid", sleep=lambda _: None)
    with client, pytest.raises(UnreachableError) as caught:
        find_app(client, "com.example.aurora")
    assert re.fullmatch(r"nowhere\.invalid cannot be reached: [^()]+\.", caught.value.message)


def test_a_proxy_that_is_not_there(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = AppStoreConnect(key, base_url="http://example.invalid", sleep=lambda _: None)
    with client, pytest.raises(UnreachableError) as caught:
        find_app(client, "com.example.aurora")
    assert "HTTPS_PROXY" in str(caught.value.hint)


def test_netrc_does_not_replace_the_token(
    client: AppStoreConnect, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    find_app(client, "com.example.aurora")
    assert server.seen[0].headers["Authorization"].startswith("Bearer ")


class CancelledByTest(Exception):
    """What a cancelled sleep raises."""


def test_cancelling_passes_through_a_wait(key: ApiKey, server: Server) -> None:
    def cancelled(seconds: float) -> None:
        raise CancelledByTest

    server.arm("GET", "/v1/apps", Reply(500, "<html>"))
    client = AppStoreConnect(key, base_url=server.url, sleep=cancelled)
    with client, pytest.raises(CancelledByTest):
        find_app(client, "com.example.aurora")
    assert len(server.seen) == 1


def test_a_session_of_someone_else_is_left_open(key: ApiKey, server: Server) -> None:
    class Counting(requests.Session):
        closed = 0

        def close(self) -> None:
            self.closed += 1
            super().close()

    session = Counting()
    with AppStoreConnect(key, base_url=server.url, session=session) as client:
        find_app(client, "com.example.aurora")
    assert session.closed == 0
    session.close()


def test_threads_share_a_client(apple: AppStoreConnect) -> None:
    results: list[str] = []

    def ask() -> None:
        results.extend(build.number for build in find_builds(apple, "6450000101"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["41"] * 6


def test_no_secret_is_in_an_error(client: AppStoreConnect, server: Server) -> None:
    server.arm("GET", "/v1/apps", *[refusal(401, "NOT_AUTHORIZED")] * 3)
    with pytest.raises(KeyRefusedError) as caught:
        find_app(client, "com.example.aurora")
    shown = json.dumps([str(caught.value), caught.value.hint, repr(caught.value)])
    for each in server.seen:
        assert each.headers["Authorization"].removeprefix("Bearer ") not in shown
