"""An Apple ID as a credential, against the sandbox: it lives, dies at a face, is renewed, is given by a person."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import OLIVE, Machine, cut, machine

from lane import CheckedByDoctor, ExpiringCredential, GivenByPerson, PersonNeededError, TransientError
from lane_apple import AppleSession, SessionDeadError, apple_id
from lane_apple._apple_id.credential import AppleId
from lane_apple._session.errors import SessionKeyError, SessionTextError
from lane_apple._session.life import FACE_NAMES, FACES, Face, mark_of
from lane_apple._session.own_format import session_of
from lane_apple._session.ruby_writer import fastlane_session
from lane_apple._signin.errors import (
    CannotSignInNowError,
    CodeNeededError,
    TeamChoiceError,
    WrongPasswordError,
)
from lane_sandbox._signin.trust import _shelf as trusts

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

DAY = 86_400.0
SIGN_IN = "/appleauth/auth/signin/complete"
PROCESS = Path(__file__).with_name("apple_id_process.py")


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    """A machine on which nobody has signed in yet."""
    return machine(sandbox, tmp_path)


@pytest.fixture
def session(here: Machine) -> AppleSession:
    """Somebody has."""
    return here.log_in()


def without_password(here: Machine) -> None:
    here.environment["FASTLANE_PASSWORD"] = ""


def test_the_protocols_are_met(here: Machine, session: AppleSession) -> None:
    assert isinstance(here.find(), ExpiringCredential)
    assert isinstance(apple_id, GivenByPerson)
    assert isinstance(apple_id, CheckedByDoctor)


def test_a_session_of_somebody_else_is_not_used(here: Machine, session: AppleSession) -> None:
    here.environment |= {
        "FASTLANE_USER": "sms@example.com",
        "FASTLANE_SESSION": fastlane_session(session),
    }
    with pytest.raises(SessionTextError, match=r"of o…e@example\.com, not of s…s@example\.com") as caught:
        here.find().ensure()
    assert caught.value.code == "session_other_account"


class TestALivingSession:
    def test_is_found_without_the_network(self, here: Machine, session: AppleSession) -> None:
        before = len(here.sandbox.requests())
        found = here.find()
        assert found.unattended
        assert mark_of(found.web.current) == mark_of(session)
        assert len(here.sandbox.requests()) == before

    def test_is_asked_at_both_faces_and_nobody_signs_in(self, here: Machine, session: AppleSession) -> None:
        before = here.asked(SIGN_IN)
        here.find().ensure()
        assert here.asked(SIGN_IN) == before
        assert set(here.access.store.life(session).alive) == set(FACES)

    def test_lasts_as_long_as_the_trust_where_a_password_renews_it(
        self, here: Machine, session: AppleSession
    ) -> None:
        assert here.find().until == session.trust_until
        without_password(here)
        until = here.find().until
        assert until is not None
        assert session.trust_until is not None
        assert until < session.trust_until - 20 * DAY

    def test_shows_neither_the_address_nor_a_cookie(self, here: Machine, session: AppleSession) -> None:
        found = here.find()
        shown = f"{found!r} {found.source} {found.web!r}"
        assert OLIVE not in shown
        assert "o…e@example.com" in shown
        assert [each.name for each in session.cookies if each.value in shown] == []


@pytest.mark.parametrize("face", FACES)
class TestADeadFace:
    def test_needs_a_person_where_there_is_no_password(
        self, here: Machine, session: AppleSession, face: Face
    ) -> None:
        without_password(here)
        here.end(session, face)
        found = here.find()
        assert found.unattended, "nobody has asked yet"
        with pytest.raises(SessionDeadError) as caught:
            found.ensure()
        assert caught.value.face == face
        assert caught.value.exit_code == 4
        assert "lane auth login" in str(caught.value.hint)
        assert not found.unattended

    def test_is_known_to_the_next_process_without_asking(
        self, here: Machine, session: AppleSession, face: Face
    ) -> None:
        without_password(here)
        here.end(session, face)
        with pytest.raises(SessionDeadError):
            here.find().ensure()
        before = len(here.sandbox.requests())
        again = here.find()
        assert not again.unattended
        assert "it has ended at" in again.source
        assert "`lane auth login` makes a new one" in again.source
        assert len(here.sandbox.requests()) == before

    def test_is_renewed_by_password_and_trust_without_a_code(
        self, here: Machine, session: AppleSession, face: Face
    ) -> None:
        here.end(session, face)
        codes = here.codes()
        found = here.find()
        found.ensure()
        assert here.codes() == codes
        assert mark_of(found.web.current) != mark_of(session)
        assert found.ask().alive
        kept = here.access.store.load(OLIVE)
        assert kept is not None
        assert mark_of(kept) == mark_of(found.web.current)
        assert kept.provider_id == session.provider_id


@pytest.mark.parametrize(
    ("dead", "needed"), [("developer_portal", "app_store_connect"), ("app_store_connect", "developer_portal")]
)
class TestWorkAtOneFace:
    """The session has ended at the other one, and nothing renews it."""

    @pytest.fixture
    def found(self, here: Machine, session: AppleSession, dead: Face, needed: Face) -> AppleId:
        without_password(here)
        here.end(session, dead)
        return here.find().at(needed)

    def test_is_not_held_back(self, here: Machine, found: AppleId, dead: Face) -> None:
        found.ensure()
        assert found.unattended
        assert here.access.store.life(found.web.current).dead == {}, "the other face is not even asked"

    def test_is_told_of_what_has_ended_and_is_not_needed(
        self, here: Machine, found: AppleId, dead: Face, needed: Face
    ) -> None:
        assert not here.find().ask().alive
        again = here.find().at(needed)
        assert again.unattended
        assert f"at {FACE_NAMES[needed]}" in again.source
        assert f"it has ended at {FACE_NAMES[dead]}, which is not needed here" in again.source
        assert not here.find().at(dead).unattended
        assert not here.find().unattended

    def test_a_session_of_somebody_else_is_not_used(
        self, here: Machine, found: AppleId, needed: Face
    ) -> None:
        here.environment |= {
            "FASTLANE_USER": "sms@example.com",
            "FASTLANE_SESSION": fastlane_session(found.web.current),
        }
        if needed == "app_store_connect":
            with pytest.raises(SessionTextError, match=r"of o…e@example\.com"):
                here.find().at(needed).ensure()
        else:  # nobody says whose it is where App Store Connect does not know it any more
            here.find().at(needed).ensure()

    def test_a_renewal_is_for_both(
        self, here: Machine, session: AppleSession, dead: Face, needed: Face
    ) -> None:
        here.end(session, *FACES)
        whole = here.find()
        one, other = whole.at(needed), whole.at(dead)
        one.ensure()
        before = len(here.sandbox.requests())
        other.ensure()
        assert len(here.sandbox.requests()) == before, "it was renewed a moment ago"
        assert mark_of(one.web.current) == mark_of(other.web.current) == mark_of(whole.web.current)


def test_work_at_both_faces_needs_both(here: Machine, session: AppleSession) -> None:
    without_password(here)
    here.end(session, "developer_portal")
    with pytest.raises(SessionDeadError):
        here.find().ensure()


class TestTheTrust:
    def test_that_is_known_to_be_over_is_not_tried(self, here: Machine, session: AppleSession) -> None:
        here.sandbox.clock.advance(31 * DAY)
        before = here.asked(SIGN_IN)
        found = here.find()
        assert not found.renewable
        with pytest.raises(SessionDeadError):
            found.ensure()
        assert here.asked(SIGN_IN) == before

    def test_that_apple_refuses_is_not_tried_again_at_once(
        self, here: Machine, session: AppleSession
    ) -> None:
        """By this machine's clock it lasts: only Apple knows better. Each try sends people a code."""
        here.sandbox.clock.advance(31 * DAY)
        off = {"clock": lambda: session.made_at + 60}
        found = here.find(**off)
        assert found.renewable
        with pytest.raises(CodeNeededError):
            found.ensure()
        assert not found.unattended
        before = here.asked(SIGN_IN)
        again = here.find(**off)
        assert not again.unattended
        with pytest.raises(SessionDeadError):
            again.ensure()
        assert here.asked(SIGN_IN) == before
        refused = here.access.store.life(session).refused
        assert refused is not None
        assert "does not accept the trust" in refused.why

    def test_that_apple_refused_in_another_network_is_tried_again_after_hours(
        self, here: Machine, session: AppleSession
    ) -> None:
        """Each try may send people a code, so that each waits twice as long as the one before."""
        here.end(session, *FACES)
        trusted, tried = here.sandbox._team, list[int]()
        with trusted.store.writing():  # a trust is bound to a network: this is another one
            kept = list(trusts(trusted).items())
            for value, _ in kept:
                trusts(trusted).remove(value)
        for hour in range(48):
            before = here.asked(SIGN_IN)
            with pytest.raises((CodeNeededError, SessionDeadError)):
                here.find(clock=lambda hour=hour: session.made_at + 60 + hour * 3600.0).ensure()
            if here.asked(SIGN_IN) > before:
                tried.append(hour)
        assert tried == [0, 6, 18, 42]
        with trusted.store.writing():
            for value, one in kept:
                trusts(trusted).put(value, one)
        here.find(clock=lambda: session.made_at + 91 * 3600.0).ensure()
        assert here.find().unattended

    def test_a_new_sign_in_clears_the_refusal(self, here: Machine, session: AppleSession) -> None:
        here.sandbox.clock.advance(31 * DAY)
        with pytest.raises(CodeNeededError):
            here.find(clock=lambda: session.made_at + 60).ensure()
        here.log_in()
        found = here.find()
        assert found.renewable
        found.ensure()

    def test_a_wrong_password_is_not_given_a_second_time(self, here: Machine, session: AppleSession) -> None:
        """Six of them lock the account: a cron job would do that in a week."""
        here.end(session, *FACES)
        here.environment["FASTLANE_PASSWORD"] = "Not-The-Password-1"
        with pytest.raises(WrongPasswordError):
            here.find().ensure()
        before = here.asked(SIGN_IN)
        with pytest.raises(SessionDeadError):
            here.find().ensure()
        with pytest.raises(SessionDeadError):
            here.find(clock=lambda: session.made_at + 20 * DAY).ensure()
        assert here.asked(SIGN_IN) == before


def test_what_cannot_be_known_is_no_death(here: Machine, session: AppleSession) -> None:
    here.environment["APPLE_WEB_URL"] = "http://127.0.0.1:9"  # nobody listens there
    with pytest.raises(TransientError):
        here.find().ensure()
    assert here.access.store.life(session).dead == {}


class TestWithoutAKeyForTheStore:
    @pytest.fixture
    def carried(self, here: Machine, session: AppleSession) -> Machine:
        """A session that came in a variable, on a machine where nothing can seal one."""
        here.environment["FASTLANE_SESSION"] = fastlane_session(session)
        here.environment["LANE_SESSIONS"] = str(here.folder / "other")
        here.environment["LANE_SESSION_KEY_FILE"] = ""
        here.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        return here

    @pytest.fixture(autouse=True)
    def _no_keychain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from keyring.backends import fail

        monkeypatch.setattr("keyring.get_keyring", fail.Keyring)

    def test_a_renewed_session_serves_this_process(self, carried: Machine, session: AppleSession) -> None:
        carried.end(session, *FACES)
        found = carried.find()
        found.ensure()
        assert found.ask().alive
        assert mark_of(found.web.current) != mark_of(session)
        assert carried.access.store.accounts() == []

    def test_a_sign_in_by_a_person_serves_this_process_and_says_so(self, carried: Machine) -> None:
        said: list[str] = []
        made = carried.log_in(said.append)
        assert made.signed_in
        assert [line for line in said if line.startswith("The session serves this run only")]
        with pytest.raises(SessionKeyError, match="Nothing can seal a session"):
            carried.access.store.check()


def test_a_session_that_cannot_be_opened_is_replaced_by_a_sign_in(
    here: Machine, session: AppleSession
) -> None:
    Path(here.environment["LANE_SESSION_KEY_FILE"]).write_text("another key, as long as the first one was")
    with pytest.raises(SessionKeyError, match="cannot be opened"):
        apple_id.find(here.environment, here.folder)
    made = here.log_in()
    assert mark_of(here.find().web.current) == mark_of(made)


def test_two_processes_at_once_sign_in_once(here: Machine, session: AppleSession) -> None:
    here.end(session, *FACES)
    before = here.asked(SIGN_IN)
    running = [
        subprocess.Popen(
            [sys.executable, str(PROCESS)],
            cwd=here.folder,
            env=here.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "found\n"
    for process in running:  # both have the session that has died
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    marks = {process.communicate(timeout=120)[0].strip() for process in running}
    kept = here.access.store.load(OLIVE)
    assert kept is not None
    assert marks == {mark_of(kept)} != {mark_of(session)}
    assert here.asked(SIGN_IN) == before + 1


class TestGivenByAPerson:
    def test_a_command_may_answer_in_their_place(self, here: Machine) -> None:
        said: list[str] = []
        given = apple_id.give(here.environment, here.folder, said.append)
        assert isinstance(given, AppleId)
        given.ensure()
        assert "A code would come from: command." in said
        assert "Apple took the code, and trusts this machine now." in said

    def test_without_a_terminal_nobody_is_asked_for_a_code(self, here: Machine) -> None:
        here.environment["LANE_CODE_COMMAND"] = ""
        with pytest.raises(PersonNeededError) as caught:
            apple_id.give(here.environment, here.folder, lambda line: None)
        assert caught.value.code == "code_needed"
        assert OLIVE not in str(caught.value)

    @pytest.mark.parametrize("name", ["FASTLANE_USER", "FASTLANE_PASSWORD"])
    def test_without_a_terminal_nobody_is_asked_for_what_is_missing(self, here: Machine, name: str) -> None:
        here.environment[name] = ""
        before = here.asked("/appleauth/")
        with pytest.raises(PersonNeededError, match=name) as caught:
            apple_id.give(here.environment, here.folder, lambda line: None)
        assert caught.value.code == "nobody_to_ask"
        assert here.asked("/appleauth/") == before

    def test_the_password_of_one_apple_id_is_not_given_for_another(self, here: Machine) -> None:
        before = here.asked("/appleauth/")
        with pytest.raises(PersonNeededError, match=r"the password of s…s@example\.com is not known"):
            here.log_in(account="sms@example.com")
        assert here.asked("/appleauth/") == before

    def test_a_trusted_machine_needs_no_code(self, here: Machine, session: AppleSession) -> None:
        here.environment["LANE_CODE_COMMAND"] = "false"
        codes = here.codes()
        made = here.log_in()
        assert mark_of(made) != mark_of(session)
        assert here.codes() == codes

    def test_unless_a_fresh_sign_in_is_asked_for(self, here: Machine, session: AppleSession) -> None:
        codes = here.codes()
        here.log_in(fresh=True)
        assert here.codes() > codes

    def test_a_code_is_not_given_in_vain(self, here: Machine) -> None:
        """App Store Connect is in trouble just after the code: the next try needs none."""
        here.sandbox.arm([{"kind": "error", "status": 500, "path": "/olympus/v1/session", "count": 1}])
        with pytest.raises(CannotSignInNowError, match="Apple's service is in trouble"):
            here.log_in()
        codes = here.codes()
        assert codes > 0
        here.log_in()
        assert here.codes() == codes


class TestSeveralTeams:
    @pytest.fixture
    def here(self, sandbox: Sandbox, tmp_path: Path) -> Machine:
        return machine(sandbox, tmp_path, "teams@example.com")

    def test_are_listed_where_nobody_can_choose(self, here: Machine) -> None:
        with pytest.raises(TeamChoiceError) as caught:
            here.log_in()
        assert "Example Labs" in caught.value.message
        assert "Example Team" in caught.value.message
        assert "FASTLANE_ITC_TEAM_ID" in str(caught.value.hint)
        assert caught.value.exit_code == 3

    def test_the_choice_costs_no_second_code(self, here: Machine) -> None:
        with pytest.raises(TeamChoiceError) as caught:
            here.log_in()
        found = apple_id.find(here.environment, here.folder)
        assert found is not None
        assert found.web.current.signed_in is False, "no team is used that nobody chose"
        codes = here.codes()
        wanted = caught.value.providers[0]
        here.environment["FASTLANE_ITC_TEAM_ID"] = str(wanted.id)
        assert here.log_in().provider_id == wanted.id
        assert here.codes() == codes

    def test_a_team_that_is_mistyped_leaves_the_session_that_lives(self, here: Machine) -> None:
        here.environment["FASTLANE_ITC_TEAM_NAME"] = "Example Labs"
        living = here.log_in()
        here.environment["FASTLANE_ITC_TEAM_NAME"] = "Example Lasb"
        with pytest.raises(TeamChoiceError):
            here.log_in(fresh=True)
        kept = here.access.store.load("teams@example.com")
        assert kept is not None
        assert mark_of(kept) == mark_of(living)
        assert here.find().ask().alive

    def test_a_renewal_stays_in_the_team(self, here: Machine) -> None:
        here.environment["FASTLANE_ITC_TEAM_NAME"] = "Example Labs"
        session = here.log_in()
        here.environment["FASTLANE_ITC_TEAM_NAME"] = ""
        here.end(session, *FACES)
        found = here.find()
        found.ensure()
        assert found.web.current.provider_id == session.provider_id


def test_a_session_of_nobody_known_is_not_renewed(here: Machine, session: AppleSession) -> None:
    """fastlane's sessions do not say whose they are, and a password without a name opens nothing."""
    here.environment["FASTLANE_USER"] = ""
    unnamed = replace(session_of(session.cookies, account=""), made_at=session.made_at)
    assert cut(unnamed, "DES")
    found = AppleId(here.access, unnamed, clock=here.clock)
    assert not found.renewable


# The doctor


def _checkup(here: Machine) -> dict[str, Any]:
    return {name: (ok, text) for name, ok, text in apple_id.checkup(here.environment, here.folder)}


def test_the_checkup_names_every_step_that_can_be_tried(here: Machine) -> None:
    before = here.asked(SIGN_IN)
    found = _checkup(here)
    assert list(found) == [
        "widget_key", "widget_key_old", "hashcash", "srp_init", "session", "developer_portal"
    ]  # fmt: skip
    assert {ok for ok, _ in found.values()} == {True}
    assert here.asked(SIGN_IN) == before


def test_the_checkup_names_the_step_that_broke(here: Machine) -> None:
    here.sandbox.arm([{"kind": "error", "path": "/logout", "status": 404, "body": "html", "count": None}])
    found = _checkup(here)
    assert [name for name, (ok, _) in found.items() if not ok] == ["widget_key"]
    assert "/logout answered 404" in found["widget_key"][1]


def test_the_old_way_to_the_key_may_be_gone(here: Machine) -> None:
    path = "/olympus/v1/app/config"
    here.sandbox.arm([{"kind": "error", "path": path, "status": 404, "body": "html", "count": None}])
    found = _checkup(here)
    assert {ok for ok, _ in found.values()} == {True}
    assert "Not needed while the new way works." in found["widget_key_old"][1]
