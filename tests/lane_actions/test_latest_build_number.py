"""`latest_build_number`: among builds and uploads, of one version, of one platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from faults import Reply, Seen, Server

from lane import ActionError
from lane.testing import call, run
from lane_actions import latest_build_number, upload
from lane_apple import ApiKey, upload_build

if TYPE_CHECKING:
    from pathlib import Path

    from actions_harness import StepContext

    from lane_apple import AppStoreConnect
    from lane_sandbox import Sandbox

AURORA: dict[str, Any] = {"bundle_id": "com.example.aurora"}


def test_through_the_engine(offline: Sandbox, tmp_path: Path) -> None:
    outcome = run(latest_build_number, tmp_path, **AURORA)
    assert outcome.outputs == {"latest_build_number": 41}
    assert outcome.steps["latest_build_number"].log == ["The highest in use is 41."]


def test_a_build_counts(ctx: StepContext, ipa: Path) -> None:
    call(upload, ctx, ipa=ipa)
    assert call(latest_build_number, ctx, **AURORA) == 42
    assert call(latest_build_number, ctx, **AURORA, version="1.1.0") == 41
    assert call(latest_build_number, ctx, **AURORA, platform="TV_OS", initial=7) == 7


def test_a_wait_for_apple_stands_in_the_log(ctx: StepContext, offline: Sandbox) -> None:
    offline.arm([{"kind": "reset", "method": "GET", "path": "/v1/builds*"}])
    assert call(latest_build_number, ctx, **AURORA) == 41
    assert "was lost before the answer came" in ctx.text
    assert "(2 of 7)" in ctx.text


def test_an_upload_that_apple_refused_counts(ctx: StepContext, apple: AppStoreConnect, assets: Path) -> None:
    upload_build(
        apple, assets / "Borealis.ipa", app_id="6450000101", version="1.2.0", number="77", platform="IOS"
    )
    assert call(latest_build_number, ctx, **AURORA) == 77


def test_an_app_without_builds_gives_the_initial_number(ctx: StepContext) -> None:
    assert call(latest_build_number, ctx, bundle_id="com.example.borealis") == 0
    assert call(latest_build_number, ctx, bundle_id="com.example.borealis", initial=100) == 100


def test_without_an_app(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="knows no app") as caught:
        call(latest_build_number, ctx)
    assert "app(bundle_id=" in str(caught.value.hint)


def test_a_platform_that_is_none(ctx: StepContext) -> None:
    wrong: Any = "ANDROID"
    with pytest.raises(ValueError, match="platform"):
        call(latest_build_number, ctx, **AURORA, platform=wrong)


@pytest.mark.parametrize(("number", "gives"), [("1.2.30", 30), ("2026.11.3", 3)])
def test_a_number_in_parts_gives_its_last(number: str, gives: int, key: ApiKey, ctx: StepContext) -> None:
    assert answered(number, key, ctx) == gives


def test_a_number_that_is_none(key: ApiKey, ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="in use is 42b, which does not end in a number"):
        answered("42b", key, ctx)


def answered(number: str, key: ApiKey, ctx: StepContext) -> int:
    """What the action makes of an account whose only build has this number."""
    app = {"type": "apps", "id": "1", "attributes": {"bundleId": "com.example.aurora", "name": "Aurora"}}
    build = {"type": "builds", "id": "2", "attributes": {"version": number}}

    def answer(request: Seen) -> Reply:
        found = [app] if request.path.startswith("/v1/apps?") else []
        return Reply(body={"data": [build] if request.path.startswith("/v1/builds?") else found})

    with Server(answer) as server:
        ctx.credential = ApiKey(key.key_id, key.issuer_id, key.private_key, base_url=server.url)
        return call(latest_build_number, ctx, **AURORA)
