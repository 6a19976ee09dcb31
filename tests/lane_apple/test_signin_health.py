"""The health check of the sign-in itself: it names the step that broke, and touches no account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from faults import Reply, Server

from lane_apple._doors import Doors
from lane_apple._signin.health import Finding, examine

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

STEPS = ["widget_key", "widget_key_old", "hashcash", "srp_init", "session", "developer_portal"]


def examined(url: str, **environment: str) -> dict[str, Finding]:
    return {each.step: each for each in examine(requests.Session(), Doors.at(url), environment=environment)}


def test_every_step_in_the_order_of_the_flow(sandbox: Sandbox) -> None:
    found = examined(sandbox.url)
    assert list(found) == STEPS
    assert {step: each.what for step, each in found.items() if not each.ok} == {}
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    ("step", "path", "count"),
    [
        ("widget_key", "/logout", 2),
        ("widget_key_old", "/olympus/v1/app/config*", 1),
        ("hashcash", "/appleauth/auth/signin", 1),
        ("srp_init", "/appleauth/auth/signin/init", 1),
        ("session", "/olympus/v1/session", 1),
        ("developer_portal", "/services-account/*", 1),
    ],
)
def test_the_step_that_broke_is_named_and_the_others_are_still_tried(
    sandbox: Sandbox, step: str, path: str, count: int
) -> None:
    sandbox.arm([{"kind": "error", "status": 404, "path": path, "count": count}])
    found = examined(sandbox.url)
    assert list(found) == STEPS
    assert [each.step for each in found.values() if not each.ok] == [step]
    assert "404" in found[step].what


def test_an_old_way_that_is_closed_is_not_needed(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "error", "status": 404, "path": "/olympus/v1/app/config*"}])
    assert "Not needed while the new way works." in examined(sandbox.url)["widget_key_old"].what


def test_without_a_key_only_what_needs_none_is_tried(sandbox: Sandbox) -> None:
    gone = {"kind": "error", "status": 404}
    closed = [{**gone, "path": "/logout", "count": 2}, {**gone, "path": "/olympus/v1/app/config*"}]
    sandbox.arm(closed)
    assert list(examined(sandbox.url)) == ["widget_key", "widget_key_old", "session", "developer_portal"]
    sandbox.arm(closed)
    found = examined(sandbox.url, LANE_APPLE_WIDGET_KEY="e0b80c3bf78523bf")
    assert (list(found), found["srp_init"].ok) == (STEPS, True)


@pytest.mark.parametrize(
    ("answer", "ok"),
    [
        (
            Reply(
                200, {"iteration": 0, "serviceErrors": [{"code": "-20101", "message": "No such account."}]}
            ),
            True,
        ),
        (Reply(403, {}), False),
        (Reply(200, {"iteration": 20403, "salt": "AAAA", "protocol": "s3k", "b": "AAAA", "c": ""}), False),
        (Reply(200, b"<html><title>New sign-in</title>"), False),
        (Reply(503, b"<html>"), False),
    ],
)
def test_what_the_start_of_srp_may_answer_to_nobody(answer: Any, ok: bool) -> None:
    sent: list[bytes] = []

    def serve(request: Any) -> Any:
        if request.path == "/appleauth/auth/signin/init":
            sent.append(request.body)
            return answer
        return Reply(302, headers={"Location": "https://idmsa.apple.com/?widgetKey=e0b80c3bf78523bf"})

    with Server(serve) as server:
        assert examined(server.url)["srp_init"].ok is ok
    assert len(sent) == 1
    assert b".invalid" in sent[0]


def test_a_network_that_is_not_there_is_told_at_every_step() -> None:
    with Server(lambda request: Reply(200)) as server:
        url = server.url
    found = examined(url)
    assert not any(each.ok for each in found.values())
    assert all("cannot be reached" in each.what for each in found.values() if each.step != "widget_key_old")
