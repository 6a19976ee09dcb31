"""`produce`, and the bundle ids and capabilities that an Apple ID can see to where no key is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import StepContext, ledger
from apple_id_harness import Person, jobs, probed
from engine import Engine
from project import Project

from lane import PlanError, TransientError, lane
from lane.testing import call, run, trace
from lane_actions import bundle_id_capabilities, produce, register_bundle_id, upload
from lane_apple import (
    AppStoreConnect,
    DeveloperPortal,
    find_app,
    find_app_groups,
    find_bundle_id,
    find_capabilities,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
NEW = "com.example.new"


@lane
def launch(bundle_id: str = NEW) -> None:
    """Produce, and ship."""
    from pathlib import Path

    record = produce(name="Borealis New", sku="NEW-1", bundle_id=bundle_id, enable=["MAPS"])
    upload.set(after=record)(ipa=Path("Aurora.ipa"))


def done(folder: Path, action: Any, **options: Any) -> Any:
    """What a step gave in a run of its own."""
    outcome = run(action, folder, **options)
    assert outcome.exit_code == 0, {name: step.message for name, step in outcome.steps.items()}
    return outcome.outputs[action.name]


def writes(sandbox: Sandbox) -> int:
    """How many requests so far that changed something."""
    return sum(
        each["method"] in {"PATCH", "DELETE"}
        or (each["method"] == "POST" and str(each["path"]).startswith(("/v1/", "/iris/")))
        or str(each["path"]).rpartition("/")[2].startswith(("add", "assign"))
        for each in sandbox.requests()
    )


def test_it_is_three_steps_of_the_lane_that_calls_it() -> None:
    graph = trace(launch)
    assert graph.ids == ["register_bundle_id", "bundle_id_capabilities", "create_app_record", "upload"]
    assert trace(produce, name="Aurora", sku="B").ids == ["register_bundle_id", "create_app_record"]


def test_a_wrong_option_is_a_problem_of_the_lane() -> None:
    @lane
    def wrong() -> None:
        produce(name="Aurora", sku="B", enable=["TELEPATHY"])  # type: ignore[list-item]

    with pytest.raises(PlanError, match="enable"):
        trace(wrong)


def test_all_of_it_once(person: Person, apple: AppStoreConnect, tmp_path: Path) -> None:
    @lane
    def launch() -> None:
        produce(name="Borealis New", sku="NEW-1", bundle_id=NEW, enable=["MAPS"])

    person.signs_in()
    first = run(launch, tmp_path)
    assert first.exit_code == 0, {name: step.message for name, step in first.steps.items()}
    bundle = find_bundle_id(apple, NEW)
    assert bundle is not None
    assert "MAPS" in {each.type for each in find_capabilities(apple, bundle.id)}
    assert first.outputs["create_app_record"].id == find_app(apple, NEW).id
    entries, before = ledger(tmp_path), writes(person.sandbox)
    changed = [what.partition("/")[0] for what, _, _ in entries]
    assert (changed[0], sorted(changed[1:])) == ("bundleIds", ["apps", "bundleIdCapabilities"])

    second = run(launch, tmp_path)
    assert (second.exit_code, second.outputs) == (0, first.outputs)
    assert (ledger(tmp_path), writes(person.sandbox)) == (entries, before)
    assert jobs(probed(tmp_path, launch)) == {}


def test_only_the_record_waits_for_a_person(person: Person, tmp_path: Path) -> None:
    plan = probed(tmp_path, launch)
    assert jobs(plan) == {
        "main": ["register_bundle_id", "bundle_id_capabilities"],
        "attended": ["create_app_record"],
        "main-2": ["upload"],
    }
    assert plan["verdict"]["ready"]


def test_an_app_that_exists_costs_no_sign_in(person: Person, tmp_path: Path) -> None:
    plan = probed(tmp_path, launch, bundle_id=AURORA)
    assert jobs(plan) == {"main": ["bundle_id_capabilities", "upload"]}
    assert plan["verdict"]["unattended"]


def test_the_bundle_id_of_the_lanefile(person: Person, tmp_path: Path) -> None:
    """`app(bundle_id=…)` holds for the steps of a lane that was shipped; it can be run too, though it is not listed."""
    project = Project(tmp_path)
    project.write(
        "Lanefile.py",
        """
        from lane import app
        from lane_actions import produce

        app(bundle_id="com.example.aurora")
        """,
    )
    done = project.lane("plan", "produce", "--ci", "--probe", "name=Aurora", "sku=A", **environment(person))
    assert done.returncode == 0, done.stderr
    assert "done already  register_bundle_id, create_app_record" in done.stdout
    assert (
        "produce" not in project.lane("list").stdout
    )  # a package's lane is there to be called by the user's own


def environment(person: Person) -> dict[str, str]:
    """The key of the sandbox, for another process."""
    key = person.sandbox.keys[0]
    return {
        "APP_STORE_CONNECT_URL": person.sandbox.url,
        "APP_STORE_CONNECT_API_KEY_KEY_ID": key.key_id,
        "APP_STORE_CONNECT_API_KEY_ISSUER_ID": key.issuer_id or "",
        "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH": str(key.private_key_path),
    }


# By an Apple ID


def test_a_bundle_id_is_registered_by_an_apple_id(
    person: Person, apple: AppStoreConnect, keyless: None, tmp_path: Path
) -> None:
    person.signs_in()
    made = done(tmp_path, register_bundle_id, bundle_id=NEW, name="New one")
    found = find_bundle_id(apple, NEW)
    assert found is not None
    assert (made.id, made.name) == (found.id, "New one")
    entries, before = ledger(tmp_path), writes(person.sandbox)
    assert done(tmp_path, register_bundle_id, bundle_id=NEW, name="New one") == made
    assert (ledger(tmp_path), writes(person.sandbox)) == (entries, before)
    renamed = done(tmp_path, register_bundle_id, bundle_id=NEW, name="New two")
    assert ledger(tmp_path)[1:] == [(f"bundleIds/{found.id} name", "New one", renamed.name)]


def test_capabilities_are_switched_by_an_apple_id(
    person: Person, apple: AppStoreConnect, keyless: None, tmp_path: Path
) -> None:
    person.signs_in()
    options: dict[str, Any] = {
        "bundle_id": AURORA,
        "enable": ["MAPS"],
        "disable": ["PUSH_NOTIFICATIONS"],
        "settings": {"ICLOUD": {"ICLOUD_VERSION": "XCODE_5"}},
    }
    now = done(tmp_path, bundle_id_capabilities, **options)
    assert set(now.enabled) == {each.type for each in find_capabilities(apple, "BUNDLE0001")}
    assert "MAPS" in now.enabled
    assert "PUSH_NOTIFICATIONS" not in now.enabled
    assert now.settings == {"ICLOUD": {"ICLOUD_VERSION": "XCODE_5"}}
    entries, before = ledger(tmp_path), writes(person.sandbox)
    assert len(entries) == 3
    assert done(tmp_path, bundle_id_capabilities, **options) == now
    assert (ledger(tmp_path), writes(person.sandbox)) == (entries, before)


@lane
def groups() -> None:
    """Join groups, one of which is new; all else a key could do."""
    bundle_id_capabilities(
        bundle_id=AURORA, enable=["MAPS"], app_groups=["group.com.example.aurora", "group.com.example.new"]
    )


def test_app_groups_need_an_apple_id_though_a_key_is_here(person: Person, tmp_path: Path) -> None:
    assert jobs(probed(tmp_path, groups)) == {"attended": ["bundle_id_capabilities"]}
    person.signs_in()
    assert jobs(probed(tmp_path, groups)) == {"main": ["bundle_id_capabilities"]}


def test_app_groups_are_registered_and_joined_once(person: Person, tmp_path: Path) -> None:
    person.signs_in()
    first = run(groups, tmp_path)
    assert first.exit_code == 0, first.steps["bundle_id_capabilities"].message
    now = first.outputs["bundle_id_capabilities"]
    assert {"APP_GROUPS", "MAPS"} <= set(now.enabled)
    assert now.app_groups == ["group.com.example.aurora", "group.com.example.new"]
    with DeveloperPortal(person.credential().web) as portal:
        assert find_app_groups(portal, AURORA) == now.app_groups
    entries, before = ledger(tmp_path), writes(person.sandbox)
    assert [what.partition("/")[0] for what, _, _ in entries] == [
        "bundleIdCapabilities",
        "bundleIdCapabilities",
        "appGroups",
        "appIds",
    ]
    assert run(groups, tmp_path).outputs == first.outputs
    assert (ledger(tmp_path), writes(person.sandbox)) == (entries, before)
    assert jobs(probed(tmp_path, groups)) == {}


@pytest.mark.parametrize("call", ["addApplicationGroup", "assignApplicationGroupToAppId"])
@pytest.mark.parametrize("kind", ["lost", "reset", "error"])
def test_an_answer_about_groups_that_is_lost(person: Person, tmp_path: Path, call: str, kind: str) -> None:
    person.signs_in()
    person.sandbox.arm([{"kind": kind, "path": f"*/{call}.action"}])
    outcome = run(groups, tmp_path)
    assert outcome.exit_code == 0, outcome.steps["bundle_id_capabilities"].message
    assert outcome.outputs["bundle_id_capabilities"].app_groups[-1] == "group.com.example.new"


def test_a_group_that_is_registered_stands_in_the_ledger_though_it_was_not_joined(
    person: Person, tmp_path: Path
) -> None:
    ctx = StepContext(tmp_path, auth="apple_id", credential=person.credential())
    person.sandbox.arm([{"kind": "error", "path": "*/assignApplicationGroupToAppId.action", "count": None}])
    with pytest.raises(TransientError):
        call(bundle_id_capabilities, ctx, bundle_id=AURORA, app_groups=["group.com.example.new"])
    assert [what.partition("/")[0] for what, _, _ in ctx.changes] == ["bundleIdCapabilities", "appGroups"]


def test_several_teams_of_which_none_is_named(
    person: Person, keyless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked which: the error has the list."""
    person.email, person.roles = "teams@example.com", ("ADMIN",)
    monkeypatch.setenv("FASTLANE_USER", person.email)
    person.signs_in()
    outcome = run(register_bundle_id, tmp_path, bundle_id=NEW)
    assert outcome.exit_code == 3
    failed = outcome.steps["register_bundle_id"]
    assert "ABCDE12345 Example Team" in str(failed.message)
    assert "FGHIJ67890 Example Labs" in str(failed.message)
    assert "FASTLANE_TEAM_ID" in str(failed.hint)
    monkeypatch.setenv("FASTLANE_TEAM_ID", "ABCDE12345")
    assert done(tmp_path / "again", register_bundle_id, bundle_id=NEW).identifier == NEW


def test_the_portal_does_not_know_the_session_that_app_store_connect_knows(
    person: Person, keyless: None, tmp_path: Path, assets: Path
) -> None:
    """Nothing begins: exit code 4. The next plan says at which face the session ended, and what goes on without."""
    shutil.copy(assets / "Aurora.ipa", tmp_path)
    person.signs_in()
    person.loses("developer_portal")
    engine = Engine(tmp_path)
    assert engine.begin(groups).code == 4
    plan = probed(tmp_path, groups)
    assert jobs(plan) == {"attended": ["bundle_id_capabilities"]}
    assert "it has ended at the developer portal" in plan["jobs"][0]["steps"][0]["why"]
    person.signs_in()
    assert engine.begin(groups).code == 0
