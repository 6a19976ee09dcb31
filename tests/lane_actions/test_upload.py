"""`upload`: sent once, taken up where it stopped, refused with what to do."""

from __future__ import annotations

import plistlib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import requests
from actions_harness import StepContext, ledger, numbers, states

from lane import ActionError, CancelledError, CredentialError, TransientError
from lane.testing import call, run
from lane_actions import Build, upload
from lane_apple import (
    ApiKey,
    AppStoreConnect,
    ProcessingError,
    find_whats_new,
    get_build,
    read_package,
    upload_build,
    wait_for_upload,
)

if TYPE_CHECKING:
    from pathlib import Path

    from apple_harness import Contract

    from lane_sandbox import Sandbox

AURORA: dict[str, Any] = {"app_id": "6450000101", "version": "1.2.0", "number": "42", "platform": "IOS"}
GROUP = "Beta testers"


def writes(sandbox: Sandbox) -> int:
    """How many requests so far that change something."""
    return sum(each["method"] != "GET" for each in sandbox.requests())


@pytest.fixture
def other(ipa: Path, tmp_path: Path) -> Path:
    """A package with the same version and number, and other bytes."""
    target = tmp_path / "Aurora.ipa"
    with zipfile.ZipFile(ipa) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for entry in source.infolist():
            copy.writestr(entry, source.read(entry), zipfile.ZIP_STORED)
    return target


def test_a_package_becomes_a_build_with_notes_and_groups(
    offline: Sandbox, apple: AppStoreConnect, ipa: Path, tmp_path: Path, contract: Contract, shared: Path
) -> None:
    outcome = run(upload, tmp_path, ipa=ipa, whats_new="Faster", groups=[GROUP])
    assert (outcome.exit_code, outcome.steps["upload"].state) == (0, "succeeded")
    build = outcome.outputs["upload"]
    assert isinstance(build, Build)
    assert (build.bundle_id, build.version, build.number, build.platform) == (
        "com.example.aurora",
        "1.2.0",
        "42",
        "IOS",
    )
    assert build.uuids == {"com.example.aurora": sorted(read_package(ipa).uuids)}
    assert get_build(apple, build.id).state == "VALID"
    assert find_whats_new(apple, build.id) == "Faster"
    groups = list(apple.find("/v1/betaGroups", {"filter[builds]": build.id}))
    assert GROUP in [each.attributes["name"] for each in groups]
    assert contract.checked > 10


def test_the_ledger_holds_each_change_with_before_and_after(
    offline: Sandbox, ipa: Path, tmp_path: Path
) -> None:
    first = run(upload, tmp_path, ipa=ipa, whats_new="Faster", groups=[GROUP])
    run(upload, tmp_path, ipa=ipa, whats_new="Smaller", groups=[GROUP])
    build = first.outputs["upload"].id
    (begun, *_), committed, notes, group, changed = ledger(tmp_path)
    assert begun.startswith("buildUploads/")
    assert committed == (f"{begun} state", "AWAITING_UPLOAD", "PROCESSING")
    assert notes == (f"builds/{build} whatsNew (en-US)", None, "Faster")
    assert group[0].endswith(f" has builds/{build}")
    assert group[1:] == (False, True)
    assert changed == (f"builds/{build} whatsNew (en-US)", "Faster", "Smaller")


def test_the_same_again_does_nothing_and_says_so(offline: Sandbox, ipa: Path, tmp_path: Path) -> None:
    first = run(upload, tmp_path, ipa=ipa, whats_new="Faster", groups=[GROUP])
    changes = len(ledger(tmp_path))
    before = writes(offline)
    again = run(upload, tmp_path, ipa=ipa, whats_new="Faster", groups=[GROUP])
    assert again.outputs["upload"] == first.outputs["upload"]
    assert "1.2.0 (42) is there already: it is not sent again." in again.steps["upload"].log
    assert len(ledger(tmp_path)) == changes
    assert writes(offline) == before


def test_another_file_under_the_same_number_is_not_sent_and_warned_of(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path, other: Path
) -> None:
    call(upload, ctx, ipa=ipa)
    assert not [line for line in ctx.lines if line.level == "warning"]
    call(upload, ctx, ipa=other)
    (warning,) = [line.text for line in ctx.lines if line.level == "warning"]
    assert "1.2.0 (42)" in warning
    assert "higher number" in warning
    assert states(apple) == ["COMPLETE"]


def test_a_build_that_is_still_processed_is_waited_for(waiting: StepContext, ipa: Path) -> None:
    assert isinstance(waiting.credential, ApiKey)
    with AppStoreConnect(waiting.credential) as client:
        upload_build(client, ipa, **AURORA)
        build = call(upload, waiting, ipa=ipa, whats_new="Faster")
        assert get_build(client, build.id).state == "VALID"
        assert states(client) == ["COMPLETE"]
    assert "1.2.0 (42) was sent before and is being processed: it is not sent again." in waiting.text
    assert sum(waiting.slept) >= 60


def test_a_wait_that_is_too_long_can_be_repeated(waiting: StepContext, ipa: Path) -> None:
    with pytest.raises(ActionError, match="still at work after 0 seconds") as caught:
        call(upload, waiting, ipa=ipa, whats_new="Faster", wait=0.0)
    assert "Run this again later" in str(caught.value.hint)
    call(upload, waiting, ipa=ipa)
    assert isinstance(waiting.credential, ApiKey)
    with AppStoreConnect(waiting.credential) as client:
        assert states(client) == ["COMPLETE"]


def test_an_upload_that_a_killed_run_left_is_no_obstacle(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    attributes = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    apple.create("buildUploads", attributes, {"app": ("apps", "6450000101")})
    call(upload, ctx, ipa=ipa)
    assert "An earlier upload of 1.2.0 (42) was begun and not finished: begun anew." in ctx.text
    assert numbers(apple) == ["41", "42"]
    assert states(apple) == ["AWAITING_UPLOAD", "COMPLETE"]


def damage(apple: AppStoreConnect, ipa: Path) -> None:
    """Send the package, with a checksum that is none of it."""
    attributes = {"cfBundleShortVersionString": "1.2.0", "cfBundleVersion": "42", "platform": "IOS"}
    begun = apple.create("buildUploads", attributes, {"app": ("apps", "6450000101")})
    content = ipa.read_bytes()
    file = {
        "assetType": "ASSET",
        "fileName": ipa.name,
        "fileSize": len(content),
        "uti": "com.apple.ipa",
    }
    announced = apple.create("buildUploadFiles", file, {"buildUpload": ("buildUploads", begun.id)})
    for part in announced.attributes["uploadOperations"]:
        body = content[part["offset"] : part["offset"] + part["length"]]
        requests.put(part["url"], body, timeout=10).raise_for_status()
    sums = {"file": {"hash": "0" * 64, "algorithm": "SHA_256"}}
    apple.update("buildUploadFiles", announced.id, {"uploaded": True, "sourceFileChecksums": sums})
    with pytest.raises(ProcessingError):
        wait_for_upload(apple, begun.id)


def test_an_upload_that_was_damaged_on_its_way_is_done_anew(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    damage(apple, ipa)
    call(upload, ctx, ipa=ipa)
    (warning,) = [line.text for line in ctx.lines if line.level == "warning"]
    assert warning.startswith("Apple refused an earlier upload of 1.2.0 (42): SANDBOX.CHECKSUM_MISMATCH")
    assert states(apple) == ["COMPLETE", "FAILED"]


def test_a_number_that_a_refused_package_used_up(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path, assets: Path
) -> None:
    begun = upload_build(apple, assets / "Borealis.ipa", **AURORA)
    with pytest.raises(ProcessingError):
        wait_for_upload(apple, begun.id)
    with pytest.raises(
        ActionError, match=r"no second upload of 1\.2\.0 \(42\)\. It refused the first one: 90054"
    ):
        call(upload, ctx, ipa=ipa)
    assert numbers(apple) == ["41"]


def test_someone_elses_upload_that_was_quicker_is_taken(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    ctx.on_change = lambda: upload_build(apple, ipa, **AURORA)
    build = call(upload, ctx, ipa=ipa)
    assert "was sent by someone else meanwhile" in ctx.text
    assert numbers(apple) == ["41", "42"]
    assert get_build(apple, build.id).number == "42"


def test_a_cancelled_upload_ends_and_uses_no_number_up(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    ctx.on_change = ctx.cancel
    with pytest.raises(CancelledError):
        call(upload, ctx, ipa=ipa)
    assert states(apple) == ["AWAITING_UPLOAD"]
    assert numbers(apple) == ["41"]


def test_progress_counts_every_byte(ctx: StepContext, ipa: Path) -> None:
    call(upload, ctx, ipa=ipa)
    size = ipa.stat().st_size
    assert ctx.progressed[0] == ("Aurora.ipa", 0, size, "bytes")
    assert ctx.progressed[-1] == ("Aurora.ipa", size, size, "bytes")


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"ipa": "none.ipa"}, "There is no file", "Check the path"),
        ({"ipa": "broken.ipa"}, "is not a zip archive", "Payload"),
        ({"bundle_id": "com.example.other"}, "is com.example.aurora, not com.example.other", "right target"),
        ({"groups": ["Friends"]}, "There is no beta group 'Friends'", "The app has: Beta testers, Team"),
    ],
)
def test_bad_input_is_told_before_anything_is_sent(
    offline: Sandbox, ipa: Path, tmp_path: Path, options: dict[str, Any], message: str, hint: str
) -> None:
    (tmp_path / "broken.ipa").write_bytes(b"no zip at all")
    before = writes(offline)
    outcome = run(upload, tmp_path, **({"ipa": ipa} | options))
    step = outcome.steps["upload"]
    assert (outcome.exit_code, step.state) == (1, "failed")
    assert message in str(step.message)
    assert hint in str(step.hint)
    assert writes(offline) == before


def test_an_app_that_the_account_has_not(
    offline: Sandbox, apple: AppStoreConnect, tmp_path: Path, ipa: Path
) -> None:
    target = tmp_path / "Foreign.ipa"
    with zipfile.ZipFile(ipa) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "Payload/Aurora.app/Info.plist":
                info = plistlib.loads(content) | {"CFBundleIdentifier": "com.example.nobody"}
                content = plistlib.dumps(info)
            copy.writestr(entry, content)
    outcome = run(upload, tmp_path, ipa=target)
    assert outcome.exit_code == 1
    assert "no app with the bundle id com.example.nobody" in str(outcome.steps["upload"].message)
    assert "a person with an Apple ID can" in str(outcome.steps["upload"].hint)


def test_a_key_that_apple_does_not_know(offline: Sandbox, ipa: Path, tmp_path: Path) -> None:
    key = ApiKey("ZZZZZZZZZ9", offline.keys[0].issuer_id, _text(offline), base_url=offline.url)
    ctx = StepContext(tmp_path, auth="api_key", credential=key)
    with pytest.raises(CredentialError, match="Apple refused the key: 401") as caught:
        call(upload, ctx, ipa=ipa)
    assert caught.value.exit_code == 3
    assert "Was the key revoked?" in str(caught.value.hint)


def _text(offline: Sandbox) -> str:
    return offline.keys[0].private_key_path.read_text()


def test_a_key_that_may_not_upload(offline: Sandbox, ipa: Path, tmp_path: Path) -> None:
    weak = offline.keys[1]
    key = ApiKey(weak.key_id, weak.issuer_id, weak.private_key_path.read_text(), base_url=offline.url)
    ctx = StepContext(tmp_path, auth="api_key", credential=key)
    with pytest.raises(CredentialError, match="The key may not do this") as caught:
        call(upload, ctx, ipa=ipa)
    assert "needs the role" in str(caught.value.hint)


def test_no_secret_is_left_behind(offline: Sandbox, ipa: Path, tmp_path: Path) -> None:
    run(upload, tmp_path, ipa=ipa, whats_new="Faster")
    lines = [line for line in _text(offline).splitlines() if not line.startswith("-----")]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in written)
    for path in written:
        content = path.read_bytes()
        assert b"eyJ" not in content  # what every token begins with
        assert not any(line.encode() in content for line in lines)


def test_a_network_that_is_gone_is_waited_for_and_told(
    key: ApiKey, offline: Sandbox, ipa: Path, tmp_path: Path
) -> None:
    gone = ApiKey(key.key_id, key.issuer_id, key.private_key, base_url="http://127.0.0.1:9")
    ctx = StepContext(tmp_path, auth="api_key", credential=gone)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        call(upload, ctx, ipa=ipa)
    assert "Check the network" in str(caught.value.hint)
    assert len(ctx.slept) == 6


# The probe


def test_the_probe_finds_what_is_done(ctx: StepContext, ipa: Path) -> None:
    done = call(upload, ctx, ipa=ipa, whats_new="Faster", groups=[GROUP])
    probe = upload.probe
    assert probe is not None
    options: dict[str, Any] = {"ipa": ipa, "whats_new": "Faster", "groups": [GROUP]}
    assert probe(ctx, **options) == done
    assert probe(ctx, **(options | {"whats_new": "Smaller"})) is None
    assert probe(ctx, **(options | {"bundle_id": "com.example.other"})) is None
    assert probe(ctx, **(options | {"groups": ["Friends"]})) is None


def test_the_probe_warns_of_another_file(ctx: StepContext, ipa: Path, other: Path) -> None:
    call(upload, ctx, ipa=ipa)
    assert upload.probe is not None
    assert upload.probe(ctx, ipa=other) is not None
    assert "made of another file than Aurora.ipa" in ctx.text


def test_the_probe_of_what_is_not_there_or_not_processed(
    ctx: StepContext, waiting: StepContext, ipa: Path
) -> None:
    assert upload.probe is not None
    assert upload.probe(ctx, ipa=ipa) is None
    assert upload.probe(ctx, ipa=ctx.folder / "none.ipa") is None
    assert isinstance(waiting.credential, ApiKey)
    with AppStoreConnect(waiting.credential) as client:
        upload_build(client, ipa, **AURORA)
    assert upload.probe(waiting, ipa=ipa) is None


def test_the_probe_does_not_wait_for_a_network_that_is_gone(
    key: ApiKey, offline: Sandbox, ipa: Path, tmp_path: Path
) -> None:
    gone = ApiKey(key.key_id, key.issuer_id, key.private_key, base_url="http://127.0.0.1:9")
    ctx = StepContext(tmp_path, auth="api_key", credential=gone)
    assert upload.probe is not None
    assert upload.probe(ctx, ipa=ipa) is None
    assert ctx.slept == []
