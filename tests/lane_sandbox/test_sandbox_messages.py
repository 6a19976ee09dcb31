"""`lane sandbox messages`: the codes that were delivered, for people and for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result
from signin_client import AUTH, SignIn

from lane_sandbox import Sandbox, person_of
from lane_sandbox._command import sandbox as command

if TYPE_CHECKING:
    from pathlib import Path


def messages(folder: Path, *arguments: str, account: str | None = None) -> Result:
    environment = {"LANE_QUESTION_ACCOUNT": account, "LANE_STORE": None}
    return CliRunner().invoke(command, ["messages", "--folder", str(folder), *arguments], env=environment)


def ask_for_codes(served: Sandbox) -> list[str]:
    """Codes for two accounts; all that were sent."""
    device = SignIn(served)
    assert device.begin().status_code == 409
    phone = SignIn(served, "sms@example.com", "Aurora-Borealis-2")
    assert phone.begin().status_code == 409
    phone.send("GET", AUTH)
    return [str(each["code"]) for each in served.messages()]


def test_they_are_printed_while_the_sandbox_serves_and_afterwards(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state") as served:
        codes = ask_for_codes(served)
        during = messages(tmp_path / "state")
    assert during.exit_code == 0
    lines = during.output.splitlines()
    assert [line.split()[1] for line in lines] == codes
    assert "olive@example.com  device to Olive's iPhone, Olive's MacBook Pro" in lines[0]
    assert "sms@example.com  sms to +49 123 4567885" in lines[-1]
    assert messages(tmp_path / "state").output == during.output


def test_a_script_gets_the_newest_code_alone(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state") as served:
        codes = ask_for_codes(served)
    assert messages(tmp_path / "state", "--code").output == f"{codes[-1]}\n"


def test_a_source_of_codes_gets_that_of_the_apple_id_in_question(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state") as served:
        ask_for_codes(served)
        mine = [each["code"] for each in served.messages() if each["account"] == "olive@example.com"]
    assert messages(tmp_path / "state", "--code", account="Olive@Example.com").output == f"{mine[-1]}\n"
    assert messages(tmp_path / "state", "--code", "--account", "olive@example.com").output == f"{mine[-1]}\n"


def test_json_has_all_that_is_known(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state") as served:
        ask_for_codes(served)
        wanted = served.messages()
    assert json.loads(messages(tmp_path / "state", "--json").output) == wanted


def test_where_none_was_delivered_a_script_fails(tmp_path: Path) -> None:
    assert messages(tmp_path / "nothing").output == "No code was delivered.\n"
    assert json.loads(messages(tmp_path / "nothing", "--json").output) == []
    none = messages(tmp_path / "nothing", "--code")
    assert none.exit_code == 1
    assert "No code was delivered in" in none.output
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_text("this is not SQLite, but long enough to be looked at" * 30)
    wrong = messages(tmp_path)
    assert wrong.exit_code == 2
    assert "cannot be used" in wrong.output


def test_an_account_is_found_in_the_seed_without_serving(tmp_path: Path) -> None:
    first, named = person_of(tmp_path), person_of(tmp_path, "SMS@example.com ")
    assert first is not None
    assert named is not None
    assert (first.email, named.email) == ("olive@example.com", "sms@example.com")
    assert person_of(tmp_path, "nobody@example.com") is None
