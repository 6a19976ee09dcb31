"""`upload` with an application-specific password: a bare upload by altool, and nothing more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import StepContext, ledger
from stand_in import StandIns

from lane import ActionError, TransientError, UsageError
from lane.testing import Outcome, call, run
from lane_actions import Build, download_dsyms, upload
from lane_apple import read_package

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple import AppStoreConnect
    from lane_sandbox import Sandbox

USER, PASSWORD, APP = "ada@example.com", "abcd-efgh-ijkl-mnop", "6450000101"


@pytest.fixture
def xcrun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """A Mac with altool, and an environment that has a password and no key."""
    tools = StandIns(tmp_path / "bin")
    tools.add("xcrun", user=USER, password=PASSWORD, app_id=APP)
    tools.use(monkeypatch)
    for name in [each for each in os.environ if each.startswith("APP_STORE_CONNECT")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FASTLANE_USER", USER)
    monkeypatch.setenv("FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD", PASSWORD)
    return tools


def sent(folder: Path, ipa: Path, **options: Any) -> Outcome:
    """A run of a bare upload."""
    return run(upload, folder, ipa=ipa, **({"wait": 0.0} | options))


def test_a_bare_upload(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    outcome = sent(tmp_path, ipa)
    assert outcome.exit_code == 0, outcome.steps["upload"].message
    build = outcome.outputs["upload"]
    assert isinstance(build, Build)
    assert (build.id, build.app_id) == ("", "")
    assert (build.bundle_id, build.version, build.number, build.platform) == (
        "com.example.aurora",
        "1.2.0",
        "42",
        "IOS",
    )
    assert build.uuids == {"com.example.aurora": sorted(read_package(ipa).uuids)}
    ((what, before, after),) = ledger(tmp_path)
    assert what == "delivery of com.example.aurora 1.2.0 (42)"
    assert (before, after) == (None, "5da29c10-46d9-4c1b-956f-bdb61de5ad77")


def test_the_command_and_where_the_password_is(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    sent(tmp_path, ipa)
    (command,) = xcrun.calls("xcrun")
    assert command["args"] == [
        *("altool", "--upload-app", "-f", str(ipa), "-t", "ios"),
        *("-u", USER, "-p", "@env:LANE_ALTOOL_PASSWORD", "--output-format", "json"),
    ]
    kept = [path for path in (tmp_path / ".lane").rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in kept)
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]


def test_with_the_apps_number_nothing_is_looked_up(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    outcome = sent(tmp_path, ipa, app_id=APP)
    assert outcome.outputs["upload"].app_id == APP
    (command,) = xcrun.calls("xcrun")
    assert command["args"][1:13] == [
        *("--upload-package", str(ipa), "--type", "ios", "--apple-id", APP),
        *("--bundle-id", "com.example.aurora", "--bundle-version", "42"),
        *("--bundle-short-version-string", "1.2.0"),
    ]
    assert "no app with the bundle id" in str(sent(tmp_path, ipa, app_id="1").steps["upload"].message)


def test_a_second_time_is_no_error(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    first = sent(tmp_path, ipa)
    again = sent(tmp_path, ipa)
    assert again.outputs["upload"] == first.outputs["upload"]
    assert any("1.2.0 (42) already: it is not sent again" in line for line in again.steps["upload"].log)
    assert len(ledger(tmp_path)) == 1


def test_a_wrong_password(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    xcrun.add("xcrun", user=USER, password="qqqq-qqqq-qqqq-qqqq", app_id=APP)
    outcome = sent(tmp_path, ipa)
    step = outcome.steps["upload"]
    assert outcome.exit_code == 3
    assert "Apple refused the password: Unable to authenticate. Sign in with the app-specific" in str(
        step.message
    )
    assert "account.apple.com" in str(step.hint)


@pytest.mark.parametrize(
    ("says", "code", "error", "message"),
    [
        ("ERROR: Received status code 502; bad gateway. (HAMJOEH)", 0, TransientError, "502; bad gateway"),
        ("<html>Bad Gateway</html>", 0, TransientError, "Bad Gateway"),
        (
            '{\n  "product-errors" : [\n    {"code": -18000, "message": "Invalid bundle.", "userInfo": {}}\n  ]\n}',
            1,
            ActionError,
            r"did not take 1\.2\.0 \(42\): Invalid bundle\. \(-18000\)",
        ),
        (
            '{"success-message": "No errors uploading"}\n{"product-errors": [{"code": 1, "message": "No."}]}',
            0,
            ActionError,
            "No.",
        ),
        ("", 1, ActionError, "altool exited with 1"),
        ("*** Error: Could not find the app\n", 1, ActionError, "no app with the bundle id"),
    ],
)
def test_what_altool_says_counts_and_not_its_exit_code(
    xcrun: StandIns, ipa: Path, tmp_path: Path, says: str, code: int, error: type[Exception], message: str
) -> None:
    xcrun.add("xcrun", user=USER, password=PASSWORD, app_id=APP, says=says, code=code)
    with pytest.raises(error, match=message) as caught:
        call(upload, _context(tmp_path), ipa=ipa, wait=0.0)
    assert isinstance(caught.value, TransientError) is (error is TransientError)


def test_success_after_an_error_is_success(xcrun: StandIns, ipa: Path, tmp_path: Path) -> None:
    says = (
        'ERROR: The request timed out.\nUPLOAD SUCCEEDED\n{\n  "success-message": "No errors uploading"\n}\n'
    )
    xcrun.add("xcrun", user=USER, password=PASSWORD, app_id=APP, says=says, code=0)
    assert call(upload, _context(tmp_path), ipa=ipa, wait=0.0).number == "42"


def test_only_a_mac_has_it(
    xcrun: StandIns, ipa: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANE_RUNS_ON")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(UsageError, match="upload needs a machine with macos"):
        sent(tmp_path, ipa)


def _context(folder: Path) -> StepContext:
    """A context under the password, whose programs are real."""
    from lane import Context, Secret
    from lane_apple import AppSpecificPassword

    class Real(StepContext):
        run = Context.run

    ctx = Real(folder, auth="app_specific_password", environment=dict(os.environ))
    ctx.credential = AppSpecificPassword(USER, Secret(PASSWORD), "the test")
    return ctx


# The plan


def planned(folder: Path, call_: str, **variables: str) -> dict[str, Any]:
    """The plan of a lane with this call."""
    (folder / "Lanefile.py").write_text(
        "from pathlib import Path\n\nfrom lane import lane\nfrom lane_actions import upload\n\n\n"
        f"@lane\ndef ship() -> None:\n    {call_}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "lane", "plan", "ship", "--ci", "--format", "json"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    plan: dict[str, Any] = json.loads(done.stdout)
    return plan


@pytest.mark.parametrize(
    ("options", "modes", "auth"),
    [
        ("wait=0", ["api_key", "app_specific_password"], "app_specific_password"),
        ("wait=0, groups=[]", ["api_key", "app_specific_password"], "app_specific_password"),
        ("wait=60", ["api_key"], "api_key"),
        ('wait=0, whats_new="x"', ["api_key"], "api_key"),
        ('wait=0, groups=["Team"]', ["api_key"], "api_key"),
    ],
)
def test_a_password_is_enough_for_a_bare_upload_only(
    xcrun: StandIns, tmp_path: Path, options: str, modes: list[str], auth: str
) -> None:
    plan = planned(tmp_path, f'upload(ipa=Path("Aurora.ipa"), {options})')
    (step,) = plan["jobs"][0]["steps"]
    assert (step["modes"], step["auth"]) == (modes, auth)
    assert plan["verdict"]["ready"] is (auth == "app_specific_password")


def test_a_key_comes_before_a_password(xcrun: StandIns, tmp_path: Path, offline: Sandbox) -> None:
    key = offline.keys[0]
    plan = planned(
        tmp_path,
        'upload(ipa=Path("Aurora.ipa"), wait=0)',
        APP_STORE_CONNECT_API_KEY_KEY_ID=key.key_id,
        APP_STORE_CONNECT_API_KEY_ISSUER_ID=key.issuer_id or "",
        APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=str(key.private_key_path),
    )
    assert plan["jobs"][0]["steps"][0]["auth"] == "api_key"


# With a key, and without waiting


def test_with_a_key_too_nobody_waits(waiting: StepContext, ipa: Path) -> None:
    build = call(upload, waiting, ipa=ipa, wait=0.0)
    assert (build.id, build.app_id, build.number) == ("", APP, "42")
    assert sum(waiting.slept) < 60
    again = call(upload, waiting, ipa=ipa, wait=0.0)
    assert again == build
    assert "it is not sent again" in waiting.text


def test_symbols_of_a_build_that_nobody_waited_for_are_found(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    build = call(upload, ctx, ipa=ipa)
    unknown = build.model_copy(update={"id": "", "app_id": ""})
    assert call(download_dsyms, ctx, build=unknown) == call(download_dsyms, ctx, build=build)
    with pytest.raises(ActionError, match=r"no processed build \(version 9\.9, number 42, IOS\)"):
        call(download_dsyms, ctx, build=unknown.model_copy(update={"version": "9.9"}))
