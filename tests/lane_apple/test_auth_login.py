"""`lane auth login` as people call it: in a terminal, in a script, and what can go wrong on the way."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from auth_harness import OLIVE, Machine, machine
from auth_terminal import AtTerminal

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox import Sandbox

PROMPT = r"Code, or .*: $"


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    """A machine on which nobody has signed in yet."""
    return machine(sandbox, tmp_path)


@pytest.fixture
def person(here: Machine) -> Machine:
    """The same, where only a person knows the password and the code."""
    here.environment |= {"FASTLANE_PASSWORD": "", "LANE_CODE_COMMAND": ""}
    return here


def at_terminal(here: Machine, *arguments: str) -> AtTerminal:
    return AtTerminal("auth", "login", *arguments, folder=here.folder, environment=here.environment)


def password(here: Machine, account: str = OLIVE) -> str:
    return next(each.password for each in here.sandbox.accounts() if each.email == account)


def newest(here: Machine) -> str:
    return str(here.sandbox.messages()[-1]["code"])


class TestInATerminal:
    def test_what_is_not_known_is_asked_for(self, person: Machine) -> None:
        person.environment["FASTLANE_USER"] = ""
        with at_terminal(person) as terminal:
            terminal.until("Apple ID: ")
            terminal.types(OLIVE)
            terminal.until("Password of o…e@example.com: ")
            terminal.types(password(person))
            terminal.until(PROMPT)
            assert password(person) not in terminal.said, "what is typed there is not shown"
            terminal.types(newest(person))
            assert terminal.ends() == 0
        assert "✓ o…e@example.com is signed in." in terminal.said
        assert person.access.store.accounts() == [OLIVE]

    def test_it_says_each_step_what_was_made_and_what_that_is_bound_to(self, here: Machine) -> None:
        with at_terminal(here) as terminal:
            assert terminal.ends() == 0
        steps = [
            "Signing o…e@example.com in.",
            "A code would come from: command, prompt.",
            "The key of Apple's sign-in page is here.",
            "Apple took the password, and wants a code.",
            "Apple sends a code to the trusted devices.",
            "Apple took the code, and trusts this machine now.",
            "The team in App Store Connect is Example Team",
            "✓ o…e@example.com is signed in.",
            "Session: expected to live until",
            "Trust: until",
        ]
        places = [terminal.said.find(step) for step in steps]
        assert -1 not in places
        assert places == sorted(places)
        assert "bound to this machine and to this network" in terminal.said
        assert OLIVE not in terminal.said

    def test_a_number_is_chosen_and_another_way_is_asked_for(self, person: Machine) -> None:
        account = "shared@example.com"
        with at_terminal(person, account) as terminal:
            terminal.until("Password of")
            terminal.types(password(person, account))
            terminal.until("Where should Apple send the code")
            terminal.types("2")
            terminal.until(PROMPT)
            assert person.sandbox.messages()[-1]["phone"] == "+34 612 345 680"
            terminal.types("call")
            terminal.until(PROMPT)
            assert person.sandbox.messages()[-1]["way"] == "voice"
            terminal.types(newest(person))
            assert terminal.ends() == 0

    def test_a_team_is_chosen(self, here: Machine) -> None:
        account = "teams@example.com"
        here.environment |= {"FASTLANE_USER": account, "FASTLANE_PASSWORD": password(here, account)}
        with at_terminal(here) as terminal:
            number = terminal.until(r"(\d)  Example Labs")[1]
            terminal.until(r"Which team\?.*: $")
            terminal.types(number)
            assert terminal.ends() == 0
            assert "The team in App Store Connect is Example Labs" in terminal.said
        kept = here.access.store.load(account)
        assert kept is not None
        assert kept.provider_id is not None

    def test_another_apple_id_than_that_of_the_variables(self, here: Machine) -> None:
        """Its password is not known: that in the environment is the other one's. Lanes go on with the other one."""
        account = "sms@example.com"
        with at_terminal(here, account) as terminal:
            terminal.until("Password of s…s@example.com: ")
            terminal.types(password(here, account))
            assert terminal.ends() == 0
            assert "! Lanes use o…e@example.com, as FASTLANE_USER says." in terminal.said
        assert here.access.store.accounts() == [account]

    def test_three_wrong_codes_end_it(self, person: Machine) -> None:
        with at_terminal(person) as terminal:
            terminal.until("Password of")
            terminal.types(password(person))
            for _ in range(3):
                terminal.until(PROMPT)
                wrong = "".join(str((int(digit) + 1) % 10) for digit in newest(person))
                terminal.types(wrong)
            assert terminal.ends() == 4
            assert "That is not the code (3 of 3)." in terminal.said
            assert "3 codes were given, and Apple took none of them." in terminal.said
            assert "→ Sign in again with `lane auth login`" in terminal.said
        assert person.access.store.accounts() == []

    def test_a_code_that_comes_too_late(self, person: Machine) -> None:
        with at_terminal(person) as terminal:
            terminal.until("Password of")
            terminal.types(password(person))
            terminal.until(PROMPT)
            late = newest(person)
            person.sandbox.clock.advance(3600)
            terminal.types(late)
            assert terminal.ends() == 4
            assert "error: " in terminal.said
            assert "lane auth login" in terminal.said

    @pytest.mark.parametrize("prompt", ["Password of", PROMPT])
    def test_ctrl_c_at_a_prompt_leaves_nothing(self, person: Machine, prompt: str) -> None:
        with at_terminal(person) as terminal:
            terminal.until("Password of")
            if prompt == PROMPT:
                terminal.types(password(person))
                terminal.until(PROMPT)
            terminal.presses("\x03")
            assert terminal.ends() == 130
            assert "Traceback" not in terminal.said
        assert person.access.store.accounts() == []
        with person.access.store.lease(OLIVE, lambda seconds: pytest.fail("the lease is held")):
            pass

    def test_ctrl_d_at_the_code_gives_up(self, person: Machine) -> None:
        with at_terminal(person) as terminal:
            terminal.until("Password of")
            terminal.types(password(person))
            terminal.until(PROMPT)
            terminal.presses("\x04")
            assert terminal.ends() == 4
            assert "Apple wants a code for o…e@example.com, and none came." in terminal.said


class TestInAScript:
    def test_json_tells_what_was_made(self, here: Machine) -> None:
        done = here.lane("auth", "login", "--json")
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["account"] == "o…e@example.com"
        assert made["renewable"] is True
        assert made["waiting"] == []
        assert set(made["expected"]) == {"app_store_connect", "developer_portal"}
        assert made["trust_until"] > made["expected"]["app_store_connect"]["until"]
        assert "Apple took the code" in done.stderr

    def test_without_a_terminal_a_code_is_not_waited_for(self, here: Machine) -> None:
        before = here.asked("/appleauth/")
        done = here.lane("auth", "login", LANE_CODE_COMMAND="")
        assert (done.returncode, done.stdout) == (4, "")
        assert (
            "error: Apple would want a code for o…e@example.com, and there is nobody to ask." in done.stderr
        )
        assert "LANE_CODE_SOURCES" in done.stderr
        assert (here.codes(), here.asked("/appleauth/")) == (0, before), "nobody is sent a code in vain"

    def test_without_a_terminal_the_trust_may_save_the_code(self, here: Machine) -> None:
        assert here.lane("auth", "login").returncode == 0
        assert here.lane("auth", "login", LANE_CODE_COMMAND="").returncode == 0
        codes = here.codes()
        assert here.lane("auth", "login", "--fresh", LANE_CODE_COMMAND="").returncode == 4
        assert here.codes() == codes

    @pytest.mark.parametrize("name", ["FASTLANE_USER", "FASTLANE_PASSWORD"])
    def test_without_a_terminal_nothing_is_asked_for(self, here: Machine, name: str) -> None:
        done = here.lane("auth", "login", **{name: ""})
        assert (done.returncode, done.stdout) == (4, "")
        assert name in done.stderr
        assert "→ Run `lane auth login` in a terminal" in done.stderr

    def test_a_wrong_password(self, here: Machine) -> None:
        done = here.lane("auth", "login", FASTLANE_PASSWORD="Not-The-Password-1")
        assert (done.returncode, done.stdout) == (3, "")
        assert "error: " in done.stderr
        assert "Not-The-Password-1" not in done.stderr
        assert here.codes() == 0

    @pytest.mark.parametrize(
        ("account", "code"),
        [
            ("locked@example.com", 4),
            ("privacy@example.com", 4),
            ("key@example.com", 4),
            ("outsider@example.com", 3),
            ("refused@example.com", 1),
        ],
    )
    def test_accounts_that_get_nowhere(self, here: Machine, account: str, code: int) -> None:
        given = {"FASTLANE_USER": account, "FASTLANE_PASSWORD": password(here, account)}
        done = here.lane("auth", "login", **given)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert re.search(r"error: .+\n  → .+", done.stderr)
        assert "Traceback" not in done.stderr

    def test_no_code_is_spent_where_the_session_could_not_be_kept(self, here: Machine) -> None:
        before = here.asked("/appleauth/")
        done = here.lane("auth", "login", LANE_SESSION_KEY_FILE=str(here.folder / "nothing"))
        assert done.returncode == 3
        assert "which does not exist" in done.stderr
        assert here.asked("/appleauth/") == before


class TestAtTheOfflineApple:
    """In a project of its own, whose sandbox is started for it."""

    @pytest.fixture
    def rehearsing(self, here: Machine) -> Machine:
        for name in ("APPLE_WEB_URL", "FASTLANE_USER", "FASTLANE_PASSWORD", "LANE_CODE_COMMAND"):
            here.environment.pop(name)
        (here.folder / "Lanefile.py").write_text("from lane import app\n\napp(sandbox=True)\n")
        return here

    def test_it_says_which_codes_it_delivered(self, rehearsing: Machine) -> None:
        with at_terminal(rehearsing) as terminal:
            code = terminal.until(
                r"The offline Apple shows (\d{6}) on Olive's iPhone.*\n(.*\n)*.*Apple sends"
            )
            terminal.until(PROMPT)
            codes = re.findall(r"The offline Apple shows (\d{6})", terminal.said)
            assert code[1] in codes
            terminal.types(codes[-1])
            assert terminal.ends() == 0
        assert "is signed in" in terminal.said

    def test_any_of_its_apple_ids_comes_with_its_password(self, rehearsing: Machine) -> None:
        with at_terminal(rehearsing, "sms@example.com") as terminal:
            code = terminal.until(r"The offline Apple sent (\d{6}) to \+49 123 4567885\.")[1]
            terminal.until(PROMPT)
            terminal.types(code)
            assert terminal.ends() == 0
        assert "! Lanes use o…e@example.com, as the sandbox says." in terminal.said

    @pytest.mark.parametrize(
        ("user", "taken"), [("SMS@example.com", "s…s@example.com"), ("me@acme.com", "o…e@example.com")]
    )
    def test_the_variables_may_name_one_of_them_and_a_real_one_is_left_out(
        self, rehearsing: Machine, user: str, taken: str
    ) -> None:
        given = {
            "FASTLANE_USER": user,
            "LANE_CODE_COMMAND": f"{sys.executable} -m lane sandbox messages --code",
        }
        done = rehearsing.lane("auth", "login", **given)
        assert done.returncode == 0, done.stderr
        assert f"✓ {taken} is signed in." in done.stdout
        assert "Lanes use" not in done.stdout
        (account,) = json.loads(rehearsing.lane("auth", "status", "--json", **given).stdout)["accounts"]
        assert (account["account"], account["verdict"]) == (taken, "alive")

    def test_a_script_rehearses_with_the_command_that_prints_the_codes(self, rehearsing: Machine) -> None:
        command = f"{sys.executable} -m lane sandbox messages --code"
        done = rehearsing.lane("auth", "login", "--json", LANE_CODE_COMMAND=command)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["sandbox"] is True

    def test_nothing_of_it_goes_to_the_store_of_real_sessions(self, rehearsing: Machine) -> None:
        command = f"{sys.executable} -m lane sandbox messages --code"
        assert rehearsing.lane("auth", "login", LANE_CODE_COMMAND=command).returncode == 0
        assert not (rehearsing.folder / "sessions").exists()
        assert list((rehearsing.folder / ".lane" / "sandbox" / "sessions").rglob("*.sealed"))
