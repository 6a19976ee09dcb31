"""`create_app_record`: made once, seen by a key, so that nobody signs in for what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import StepContext, ledger
from apple_id_harness import Person, jobs, probed
from engine import Engine

from lane import CredentialError, PersonNeededError, PlanError, lane
from lane.testing import call, run, trace
from lane_actions import AppRecord, create_app_record, produce, upload
from lane_apple import (
    AppRecordError,
    AppStoreConnect,
    NotAllowedError,
    UserNotFoundError,
    find_app,
    find_users,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
NEW = "com.example.new"
WANTED: dict[str, Any] = {"name": "Borealis New", "sku": "NEW-1", "bundle_id": NEW}


@pytest.fixture
def registered(apple: AppStoreConnect) -> None:
    """The bundle id is registered already."""
    apple.create("bundleIds", {"identifier": NEW, "name": "New", "platform": "IOS"}, {})


@pytest.fixture
def signed_in(person: Person) -> StepContext:
    """A context for the person, who is signed in."""
    return StepContext(person.folder, auth="apple_id", credential=person.credential())


@lane
def release(bundle_id: str = NEW) -> None:
    """Make the record, and upload then."""
    from pathlib import Path

    record = create_app_record(name="Borealis New", sku="NEW-1", bundle_id=bundle_id)
    upload.set(after=record)(ipa=Path("Aurora.ipa"))


@pytest.mark.parametrize("name", ["N", "N" * 31])
def test_a_name_that_apple_never_takes_is_found_before_anything_is_made(name: str) -> None:
    with pytest.raises(PlanError, match=r"create_app_record\(name=…\) takes str"):
        trace(produce, name=name, sku="NEW-1", bundle_id=NEW)


def made(apple: AppStoreConnect) -> int:
    """How many records there are beside those of the seed."""
    return sum(1 for _ in apple.find("/v1/apps")) - 2


def test_a_record_on_several_platforms_is_made_once(
    person: Person, registered: None, apple: AppStoreConnect, tmp_path: Path
) -> None:
    person.signs_in()
    options = WANTED | {
        "platforms": ["IOS", "MAC_OS", "IOS"],
        "version": "0.1",
        "primary_language": "de-DE",
        "users": ["ada@example.com"],
    }
    first = run(create_app_record, tmp_path, **options)
    assert first.exit_code == 0, first.steps["create_app_record"].message
    record = first.outputs["create_app_record"]
    assert isinstance(record, AppRecord)
    found = find_app(apple, NEW)
    assert record == AppRecord(id=found.id, name="Borealis New", bundle_id=NEW, sku="NEW-1")
    versions = apple.find(f"/v1/apps/{record.id}/appStoreVersions")
    assert {(each.attributes["platform"], each.attributes["versionString"]) for each in versions} == {
        ("IOS", "0.1"),
        ("MAC_OS", "0.1"),
    }
    (ada,) = find_users(apple, ["ada@example.com"])
    assert record.id in ada.visible_apps
    entries = ledger(tmp_path)
    assert [what for what, _, _ in entries] == [f"apps/{record.id}", f"users/{ada.id} visibleApps"]

    second = run(create_app_record, tmp_path, **options)
    assert second.outputs == first.outputs
    assert "has its app record already" in "\n".join(second.steps["create_app_record"].log)
    assert ledger(tmp_path) == entries
    assert made(apple) == 1


def test_nobody_signs_in_for_an_app_that_exists(person: Person, tmp_path: Path) -> None:
    """A key sees the record: the job that waits for a person is not in the plan any more."""
    before = len(person.sandbox.requests())
    there, missing = probed(tmp_path, release, bundle_id=AURORA), probed(tmp_path, release)
    assert jobs(there) == {"main": ["upload"]}
    assert there["verdict"]["unattended"]
    assert jobs(missing) == {"attended": ["create_app_record"], "main": ["upload"]}
    assert not missing["verdict"]["unattended"]
    asked = [str(each["path"]) for each in person.sandbox.requests()[before:]]
    assert asked
    assert all(path.startswith("/v1/") for path in asked)


def test_what_the_probe_saw_is_the_output(person: Person, tmp_path: Path) -> None:
    @lane
    def known() -> None:
        create_app_record(name="Xylem", sku="Y", bundle_id=AURORA)

    seen = Engine(tmp_path).begin(known, probe=True)
    assert (seen.code, seen.states) == (0, {"create_app_record": "satisfied"})


def test_a_living_session_can_look_too(person: Person, keyless: None, tmp_path: Path) -> None:
    person.signs_in()
    assert jobs(probed(tmp_path, release, bundle_id=AURORA)) == {"main": ["upload"]}


def test_without_a_key_and_a_session_nobody_can_look(person: Person, keyless: None, tmp_path: Path) -> None:
    assert "create_app_record" in jobs(probed(tmp_path, release, bundle_id=AURORA))["attended"]


def test_people_who_do_not_see_the_app_yet_keep_the_step(person: Person, tmp_path: Path) -> None:
    @lane
    def seen_by(user: str) -> None:
        create_app_record(name="Xylem", sku="Y", bundle_id="com.example.borealis", users=[user])

    assert jobs(probed(tmp_path, seen_by, user="owner@example.com")) == {}
    assert jobs(probed(tmp_path, seen_by, user="ada@example.com")) == {"attended": ["create_app_record"]}


def test_it_waits_until_the_app_is_listed(person: Person, registered: None, signed_in: StepContext) -> None:
    team = person.sandbox._team
    team.listing_seconds = 40.0
    try:
        signed_in._asleep = person.sandbox.clock.advance
        assert call(create_app_record, signed_in, **WANTED).bundle_id == NEW
    finally:
        team.listing_seconds = 0.0
    assert signed_in.slept == [15.0] * 3


@pytest.mark.parametrize("kind", ["lost", "reset", "error"])
def test_an_answer_that_is_lost_makes_no_second_app(
    person: Person, registered: None, signed_in: StepContext, apple: AppStoreConnect, kind: str
) -> None:
    person.sandbox.arm([{"kind": kind, "method": "POST", "path": "/iris/v1/apps"}])
    record = call(create_app_record, signed_in, **WANTED)
    assert [what for what, _, _ in signed_in.changes] == [f"apps/{record.id}"]
    assert made(apple) == 1


@pytest.mark.parametrize(
    ("options", "code", "hint"),
    [
        ({"name": "Solaris"}, "name_taken", "Choose another name"),
        ({"name": "Aurora"}, "name_taken_by_you", "Choose another name"),
        ({"sku": "AURORA-IOS"}, "sku_taken", "Choose another SKU"),
        ({"primary_language": "xx-XX"}, "locale_refused", "en-US"),
        ({"bundle_id": "com.example.nobody"}, "bundle_id_unknown", "Register the bundle id"),
    ],
)
def test_what_apple_does_not_take(
    registered: None, signed_in: StepContext, options: dict[str, Any], code: str, hint: str
) -> None:
    with pytest.raises(AppRecordError) as caught:
        call(create_app_record, signed_in, **(WANTED | options))
    assert caught.value.code == code
    assert hint in str(caught.value.hint)
    assert signed_in.changes == []


def test_people_whom_nobody_knows_are_found_out_before_anything_is_made(
    registered: None, signed_in: StepContext, apple: AppStoreConnect
) -> None:
    with pytest.raises(UserNotFoundError, match="nobody@example"):
        call(create_app_record, signed_in, **WANTED, users=["nobody@example.com"])
    assert made(apple) == 0


def test_a_role_that_is_too_weak(person: Person, registered: None) -> None:
    person.roles = ("DEVELOPER",)
    weak = StepContext(person.folder, auth="apple_id", credential=person.credential())
    with pytest.raises(NotAllowedError):
        call(create_app_record, weak, **WANTED)


def test_no_platform(signed_in: StepContext) -> None:
    with pytest.raises(Exception, match="no platform"):
        call(create_app_record, signed_in, **WANTED, platforms=[])


def test_a_key_cannot(ctx: StepContext, registered: None) -> None:
    with pytest.raises(CredentialError) as caught:
        call(create_app_record, ctx, **WANTED)
    assert caught.value.code == "apple_id_needed"


def test_no_credential_at_all(tmp_path: Path, offline: Sandbox) -> None:
    with pytest.raises(CredentialError, match="an App Store Connect API key or an Apple ID"):
        call(create_app_record, StepContext(tmp_path), **WANTED)


def test_a_session_that_ends_while_it_is_used(
    person: Person, registered: None, signed_in: StepContext
) -> None:
    person.loses("app_store_connect")
    with pytest.raises(PersonNeededError, match="App Store Connect asks to sign in") as caught:
        call(create_app_record, signed_in, **WANTED)
    assert caught.value.code == "session_dead"
    assert "lane auth login" in str(caught.value.hint)


def test_a_session_that_has_ended_begins_nothing(person: Person, registered: None, tmp_path: Path) -> None:
    """Exit code 4; the next plan knows."""
    person.signs_in()
    person.loses("app_store_connect")
    engine = Engine(tmp_path)
    seen = engine.begin(release)
    assert (seen.code, seen.states) == (4, {})
    after = probed(tmp_path, release)
    assert jobs(after) == {"attended": ["create_app_record"], "main": ["upload"]}
    (step,) = next(job["steps"] for job in after["jobs"] if job["name"] == "attended")
    assert "it has ended at App Store Connect" in step["why"]
