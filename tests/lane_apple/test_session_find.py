"""Finding a session without the network: in the store, in a variable, in fastlane's file."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from session_harness import ACCOUNT, CANARY, all_text_of, another, login, session, trust, write_cookie_file

from lane import CredentialError
from lane_apple._session.finding import find_session
from lane_apple._session.life import FACES
from lane_apple._session.ruby_writer import fastlane_session
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.session import AppleSession

OTHER = "john@example.com"


class Machine:
    """A home, a Lanefile's folder, variables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "key").write_text("k" * 44)
        (folder / "key").chmod(0o600)
        (folder / "home").mkdir()
        self.variables = {
            "HOME": str(folder / "home"),
            "LANE_SESSION_KEY_FILE": "key",
            "FASTLANE_SESSION": "",
            "SPACESHIP_SESSION": " ",
            "FASTLANE_USER": "",
            "LANE_SESSIONS": "",
        }

    @property
    def store(self) -> SessionStore:
        return SessionStore.of(self.variables, self.folder)

    def leave(self, session: AppleSession) -> None:
        """As fastlane leaves cookies behind."""
        write_cookie_file(
            session.cookies, self.folder / "home/.fastlane/spaceship" / session.account / "cookie"
        )

    def find(self) -> AppleSession | None:
        return find_session(self.variables, self.folder)

    def number(self) -> int | None:
        """Which of `another` is found."""
        found = self.find()
        return None if found is None else int(found.cookies[0].value[-8:])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_found_where_there_is_nothing(machine: Machine) -> None:
    assert machine.find() is None
    assert [path.name for path in (machine.folder / "home").iterdir()] == []


def test_the_store_comes_first_then_the_variables_then_fastlanes_file(machine: Machine) -> None:
    machine.leave(another(4))
    assert machine.number() == 4
    machine.variables["SPACESHIP_SESSION"] = fastlane_session(another(3))
    assert machine.number() == 3
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(2))
    assert machine.number() == 2
    machine.store.save(another(1))
    assert machine.number() == 1


def test_where_it_was_found_is_said_with_the_address_masked(machine: Machine) -> None:
    machine.leave(another(1))
    found = machine.find()
    assert found is not None
    assert (found.source, found.account) == ("fastlane's file of cookies for j…e@example.com", ACCOUNT)
    assert found.made_on == platform.node()
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(2))
    found = machine.find()
    assert found is not None
    assert (found.source, found.account, found.made_on) == ("FASTLANE_SESSION", "", "")
    machine.variables["DELIVER_USERNAME"] = ACCOUNT
    found = machine.find()
    assert found is not None
    assert found.account == ACCOUNT
    machine.store.save(another(3))
    found = machine.find()
    assert found is not None
    assert (found.source, found.account) == ("lane's store, j…e@example.com", ACCOUNT)


@pytest.mark.parametrize("variable", ["FASTLANE_USER", "DELIVER_USER", "DELIVER_USERNAME"])
def test_of_several_accounts_a_variable_chooses(machine: Machine, variable: str) -> None:
    machine.store.save(another(1))
    machine.store.save(another(2, account=OTHER))
    machine.leave(another(3))
    machine.leave(another(4, account=OTHER))
    machine.variables[variable] = OTHER
    assert machine.number() == 2
    machine.store.delete(OTHER)
    assert machine.number() == 4
    machine.variables[variable] = "nobody@example.com"
    assert machine.find() is None


def test_several_accounts_and_no_choice_is_an_error_that_names_them_masked(machine: Machine) -> None:
    machine.store.save(another(1))
    machine.store.save(another(2, account=OTHER))
    with pytest.raises(CredentialError) as caught:
        machine.find()
    assert caught.value.code == "account_needed"
    assert caught.value.message == (
        "There are sessions of 2 Apple IDs in lane's store: j…e@example.com, j…n@example.com."
    )
    assert "FASTLANE_USER" in str(caught.value.hint)
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(3))
    assert machine.number() == 3


def test_one_that_is_known_to_be_dead_gives_way_to_one_that_is_not(machine: Machine) -> None:
    machine.variables["FASTLANE_USER"] = ACCOUNT
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(2))
    machine.store.save(another(1))
    machine.store.mark_dead(another(1), "developer_portal", "1100")
    assert machine.number() == 2
    for face in FACES:
        machine.store.mark_dead(another(2), face, "401")
    assert machine.number() == 1  # at one face it is alive
    machine.store.mark_dead(another(1), "app_store_connect", "401")
    found = machine.find()
    assert found is not None
    assert machine.store.is_dead(found)
    machine.leave(another(3))
    assert machine.number() == 3


def test_a_file_that_only_holds_the_trust_is_better_than_nothing(machine: Machine) -> None:
    machine.leave(session(trust()))
    found = machine.find()
    assert found is not None
    assert not found.signed_in
    assert found.trust_until is not None
    machine.variables["FASTLANE_USER"] = ACCOUNT
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(2))
    assert machine.number() == 2


def test_one_that_is_unfit_is_an_error_unless_there_is_another(machine: Machine) -> None:
    machine.variables["FASTLANE_SESSION"] = fastlane_session(session(login()))[:150]
    with pytest.raises(CredentialError) as caught:
        machine.find()
    assert caught.value.code == "session_cut"
    assert CANARY not in all_text_of(caught.value)
    machine.leave(another(3))
    assert machine.number() == 3


def test_a_store_that_cannot_be_opened_is_an_error_unless_there_is_another(machine: Machine) -> None:
    machine.store.save(another(1))
    (machine.folder / "key").write_text("z" * 44)
    with pytest.raises(CredentialError) as caught:
        machine.find()
    assert caught.value.code == "session_key"
    machine.variables["FASTLANE_SESSION"] = fastlane_session(another(2))
    assert machine.number() == 2


def test_looking_imports_only_what_is_needed(machine: Machine) -> None:
    code = (
        "import sys; from pathlib import Path; from lane_apple._session.finding import find_session;"
        " print(find_session({'HOME': sys.argv[1]}, Path(sys.argv[1])));"
        " print(sorted({'yaml', 'keyring', 'cryptography', 'requests', 'pydantic', 'hashlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(machine.folder / "home")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["None", "['hashlib']"]
