"""`lane auth teams` and `lane auth keys`: what there is, which is used, which variables choose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import OLIVE, Machine, machine

from lane_apple._session.life import FACES

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

TEAMS = "teams@example.com"


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    """A machine of somebody in two teams, of which one was chosen in App Store Connect."""
    made = machine(sandbox, tmp_path, TEAMS)
    made.environment["FASTLANE_ITC_TEAM_NAME"] = "Example Labs"
    return made


def teams(here: Machine, **more: str) -> tuple[int, dict[str, Any]]:
    done = here.lane("auth", "teams", "--json", **more)
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def chosen(face: dict[str, Any]) -> str | None:
    return next((each["name"] for each in face["teams"] if each["id"] == face["chosen"]), None)


class TestTeams:
    def test_both_faces_are_listed_with_what_chooses(self, here: Machine) -> None:
        here.log_in()
        code, document = teams(here, FASTLANE_TEAM_ID="FGHIJ67890")
        assert code == 0
        connect, portal = document["app_store_connect"], document["developer_portal"]
        assert {each["name"] for each in connect["teams"]} == {"Example Team", "Example Labs"}
        assert {each["id"] for each in portal["teams"]} == {"ABCDE12345", "FGHIJ67890"}
        assert (chosen(connect), chosen(portal)) == ("Example Labs", "Example Labs")
        assert connect["variables"] == ["FASTLANE_ITC_TEAM_ID", "FASTLANE_ITC_TEAM_NAME"]
        assert portal["variables"] == ["FASTLANE_TEAM_ID", "FASTLANE_TEAM_NAME"]

    def test_a_choice_that_is_missing_is_told_with_the_exit_code(self, here: Machine) -> None:
        here.log_in()
        code, document = teams(here)
        assert code == 3
        assert document["developer_portal"]["chosen"] is None
        assert "several teams" in document["developer_portal"]["problem"]
        done = here.lane("auth", "teams")
        assert "✓" in done.stdout.split("Developer portal")[0]
        assert "→ Set FASTLANE_TEAM_ID" in done.stdout

    def test_the_choice_of_the_sign_in_holds_without_the_variable(self, here: Machine) -> None:
        here.log_in()
        _, document = teams(here, FASTLANE_ITC_TEAM_NAME="")
        assert chosen(document["app_store_connect"]) == "Example Labs"

    def test_a_dead_face_is_told_and_the_other_listed(self, here: Machine) -> None:
        session = here.log_in()
        here.end(session, "app_store_connect")
        code, document = teams(here, FASTLANE_PASSWORD="", FASTLANE_TEAM_ID="ABCDE12345")
        assert code == 4
        assert document["app_store_connect"]["teams"] == []
        assert "asks to sign in" in document["app_store_connect"]["problem"]
        assert chosen(document["developer_portal"]) == "Example Team"

    def test_what_is_over_is_renewed_without_a_person(self, here: Machine) -> None:
        here.end(here.log_in(), *FACES)
        codes = here.codes()
        code, document = teams(here, FASTLANE_TEAM_ID="ABCDE12345")
        assert (code, chosen(document["app_store_connect"])) == (0, "Example Labs")
        assert here.codes() == codes

    def test_nobody_is_signed_in(self, here: Machine) -> None:
        done = here.lane("auth", "teams")
        assert (done.returncode, done.stdout) == (4, "")
        assert "There is no session of t…s@example.com here." in done.stderr

    def test_apple_ids_are_masked(self, here: Machine) -> None:
        here.log_in()
        assert TEAMS not in here.lane("auth", "teams").stdout


class TestKeys:
    @pytest.fixture
    def key(self, here: Machine) -> dict[str, str]:
        made = here.sandbox.keys[0]
        return {
            "APP_STORE_CONNECT_API_KEY_KEY_ID": made.key_id,
            "APP_STORE_CONNECT_API_KEY_ISSUER_ID": made.issuer_id or "",
            "APP_STORE_CONNECT_API_KEY_KEY": made.private_key_path.read_text(),
        }

    def keys(self, here: Machine, **more: str) -> tuple[int, dict[str, Any]]:
        done = here.lane("auth", "keys", "--json", **more)
        document: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, document

    def test_what_is_found_is_listed_and_never_what_it_is(self, here: Machine, key: dict[str, str]) -> None:
        before = len(here.sandbox.requests())
        code, document = self.keys(here, **key)
        (found,) = document["keys"]
        assert code == 0
        assert (found["key_id"], found["kind"], found["used"]) == (here.sandbox.keys[0].key_id, "team", True)
        assert found["source"] == "APP_STORE_CONNECT_API_KEY_KEY"
        assert len(here.sandbox.requests()) == before
        shown = here.lane("auth", "keys", **key)
        body = "".join(key["APP_STORE_CONNECT_API_KEY_KEY"].splitlines()[1:-1])
        assert body[:20] not in shown.stdout + json.dumps(document)
        assert shown.stdout.startswith(f"✓ {here.sandbox.keys[0].key_id}  team key  issuer ")

    def test_of_several_the_first_is_used(self, here: Machine, key: dict[str, str]) -> None:
        individual = here.sandbox.keys[2]
        more = {
            "SPACESHIP_CONNECT_API_KEY_ID": individual.key_id,
            "SPACESHIP_CONNECT_API_KEY_FILEPATH": str(individual.private_key_path),
        }
        _, document = self.keys(here, **key, **more)
        assert [(one["key_id"], one["kind"], one["used"]) for one in document["keys"]] == [
            (here.sandbox.keys[0].key_id, "team", True),
            (individual.key_id, "individual", False),
        ]
        assert "cannot provision" in here.lane("auth", "keys", **more).stdout

    def test_what_is_missing_is_told(self, here: Machine) -> None:
        code, document = self.keys(here)
        assert (code, document["keys"]) == (3, [])
        assert "APP_STORE_CONNECT_API_KEY_KEY_ID" in " ".join(document["missing"])
        code, document = self.keys(here, APP_STORE_CONNECT_API_KEY_KEY_ID="ABCDE12345")
        assert code == 3
        assert document["problems"][0]["code"] == "key_incomplete"

    def test_a_key_file_that_nothing_names(self, here: Machine) -> None:
        folder = here.folder / "private_keys"
        folder.mkdir()
        idle = folder / "AuthKey_QWERTY1234.p8"
        idle.write_text(here.sandbox.keys[0].private_key_path.read_text())
        idle.chmod(0o644)
        code, document = self.keys(here)
        assert (code, document["idle_files"]) == (3, [str(idle)])
        shown = here.lane("auth", "keys").stdout
        assert "set APP_STORE_CONNECT_API_KEY_KEY_ID=QWERTY1234" in shown
        assert f"chmod 600 '{idle}'" in shown

    def test_no_apple_id_is_needed_for_it(self, here: Machine, key: dict[str, str]) -> None:
        assert OLIVE not in here.environment.values()
        assert self.keys(here, FASTLANE_USER="", FASTLANE_PASSWORD="", **key)[0] == 0
