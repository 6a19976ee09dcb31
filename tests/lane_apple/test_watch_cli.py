"""`lane auth watch` as cron calls it: exit codes, what is printed, and who is told of which jobs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import OLIVE, Machine, code_command, machine
from faults import Reply, Server
from receiver import Receiver

from lane_apple._session.ruby_writer import fastlane_session

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.session import AppleSession
    from lane_sandbox import Sandbox

LANEFILE = '''\
from lane import app, lane, nightly
from lane_actions import download_dsyms, notify

app(bundle_id="com.example.aurora")


@lane
def symbols() -> None:
    """Fetch symbols at night, by the Apple ID."""
    download_dsyms.set(auth="apple_id", on=nightly)()


@lane
def greet() -> None:
    """Needs no Apple ID."""
    notify("hello")
'''


@pytest.fixture
def here(sandbox: Sandbox, people: Receiver, tmp_path: Path) -> Machine:
    made = machine(sandbox, tmp_path)
    (tmp_path / "Lanefile.py").write_text(LANEFILE)
    first = sandbox.keys[0]
    made.environment |= {
        "LANE_NOTIFY__URLS": people.url,
        "APP_STORE_CONNECT_URL": sandbox.url,
        "APP_STORE_CONNECT_API_KEY_KEY_ID": first.key_id,
        "APP_STORE_CONNECT_API_KEY_ISSUER_ID": first.issuer_id or "",
        "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH": str(first.private_key_path),
    }
    return made


@pytest.fixture
def signed_in(here: Machine) -> Machine:
    here.log_in()
    return here


def watch(here: Machine, *arguments: str, **more: str) -> tuple[int, str]:
    """The exit code and all that was said."""
    done = here.lane("auth", "watch", *arguments, **more)
    return done.returncode, done.stdout + done.stderr


def watched(here: Machine, **more: str) -> list[dict[str, Any]]:
    code, said = watch(here, "--json", **more)
    accounts: list[dict[str, Any]] = json.loads(said)["accounts"]
    assert code == max([0, *(CODES[each["verdict"]] for each in accounts)])
    return accounts


CODES = {"alive": 0, "renewed": 0, "unknown": 1, "broken": 3, "person": 4}


def kept(here: Machine, account: str = OLIVE) -> AppleSession:
    found = here.access.store.load(account)
    assert found is not None
    return found


def kill(here: Machine, account: str = OLIVE) -> None:
    here.end(kept(here, account), "app_store_connect", "developer_portal")


class TestAllWell:
    def test_a_session_that_lives(self, signed_in: Machine, people: Receiver) -> None:
        code, said = watch(signed_in)
        assert code == 0
        assert "✓ o…e@example.com works without a person." in said
        assert "so long the password renews the session" in said
        assert not people.messages

    def test_a_session_that_is_over_is_renewed(self, signed_in: Machine, people: Receiver) -> None:
        kill(signed_in)
        codes = signed_in.codes()
        code, said = watch(signed_in)
        assert code == 0
        assert "its session was over, and was renewed" in said
        assert signed_in.codes() == codes
        assert watched(signed_in)[0]["verdict"] == "alive"
        assert not people.messages

    def test_without_a_trust_it_says_that_a_person_will_be_needed(self, signed_in: Machine) -> None:
        assert "trust: until" in watch(signed_in)[1]
        session = kept(signed_in)
        cookies = tuple(each for each in session.cookies if not each.name.startswith("DES"))
        signed_in.access.store.save(replace(session, cookies=cookies))
        code, said = watch(signed_in)
        assert code == 0
        assert "trust: none; when the session has ended, a person is needed" in said
        kill(signed_in)
        code, said = watch(signed_in)
        assert code == 4
        assert "it has no trust that would save the code" in said

    def test_what_ci_reads_can_be_renewed_after_it(self, signed_in: Machine, tmp_path: Path) -> None:
        """The line of a crontab."""
        kill(signed_in)
        there = tmp_path / "there"
        assert watch(signed_in)[0] == 0
        assert signed_in.lane("auth", "push", "--command", f"sh -c 'cat > {there}'").returncode == 0
        assert there.read_text() == fastlane_session(kept(signed_in))

    def test_no_session_that_anything_needs(self, here: Machine, people: Receiver) -> None:
        (here.folder / "Lanefile.py").unlink()
        code, said = watch(here)
        assert (code, said) == (0, "There is no session to look after: lane auth login makes one.\n")
        assert not people.messages

    def test_on_the_offline_apple(self, here: Machine) -> None:
        (here.folder / "Lanefile.py").write_text(LANEFILE.replace('aurora"', 'aurora", sandbox=True'))
        codes = f"{sys.executable} -m lane sandbox messages --code"
        assert here.lane("auth", "login", LANE_CODE_COMMAND=codes).returncode == 0
        (one,) = watched(here)
        assert (one["verdict"], one["lanes"]) == ("alive", {"symbols": ["download_dsyms"]})


class TestAPersonIsNeeded:
    def test_they_hear_once_with_the_command_and_what_waits(
        self, signed_in: Machine, people: Receiver
    ) -> None:
        assert signed_in.lane("run", "symbols").returncode == 0
        (pending,) = json.loads(signed_in.lane("pending", "--json").stdout)
        kill(signed_in)
        signed_in.environment["FASTLANE_PASSWORD"] = ""
        code, said = watch(signed_in)
        assert code == 4
        assert "✗ o…e@example.com needs a person now:" in said
        assert "the password is not known" in said
        assert "Told by JSON." in said
        (text,) = people.texts
        assert "Sign in there: lane auth login\n" in text
        assert "  symbols, scheduled: download_dsyms (" in text
        assert f"03:00 UTC) → lane resume {pending['run']}" in text
        assert "  each run of symbols: download_dsyms" in text
        assert "greet" not in text
        code, said = watch(signed_in)
        assert (code, "People were told before." in said, len(people.messages)) == (4, True, 1)

    def test_where_no_session_is_and_a_lane_needs_one(self, here: Machine, people: Receiver) -> None:
        code, said = watch(here)
        assert code == 4
        assert "there is no session of it here" in said
        assert len(people.messages) == 1
        here.log_in()
        assert watch(here)[0] == 0

    def test_where_nobody_can_be_told(self, signed_in: Machine) -> None:
        kill(signed_in)
        code, said = watch(signed_in, LANE_NOTIFY__URLS="", FASTLANE_PASSWORD="")
        assert code == 4
        assert "Nobody was told: LANE_NOTIFY__URLS is not set." in said

    def test_one_of_two(self, signed_in: Machine, people: Receiver) -> None:
        other = next(each.email for each in signed_in.sandbox.accounts() if each.email != OLIVE)
        theirs = machine(signed_in.sandbox, signed_in.folder, other)
        theirs.log_in()
        kill(signed_in, other)
        found = {each["account"]: each for each in watched(signed_in)}
        assert sorted(each["verdict"] for each in found.values()) == ["alive", "person"]
        assert found["o…e@example.com"]["lanes"] == {"symbols": ["download_dsyms"]}
        (text,) = people.texts
        assert "lane auth login ACCOUNT" in text
        assert "symbols" not in text, "lanes do not use that one"
        assert other not in text

    def test_a_session_in_a_variable_of_nobody_knows_whom(self, here: Machine, sandbox: Sandbox) -> None:
        session = here.log_in()
        here.access.store.delete(OLIVE)
        here.environment |= {"FASTLANE_USER": "", "FASTLANE_SESSION": fastlane_session(session)}
        (one,) = watched(here)
        assert (one["verdict"], one["account"]) == ("alive", "o…e@example.com"), (
            "App Store Connect says whose"
        )
        here.end(session, "app_store_connect", "developer_portal")
        (one,) = watched(here)
        assert one["verdict"] == "person"
        assert "nothing says whose it is (FASTLANE_USER)" in one["why"]


class TestTrouble:
    def test_what_answers_is_not_apple(self, signed_in: Machine, people: Receiver) -> None:
        with Server(lambda seen: Reply(404, "<html>Welcome to the hotel's network</html>")) as hotel:
            code, said = watch(signed_in, APPLE_WEB_URL=hotel.url)
        assert code == 1
        assert "Whether o…e@example.com works is not known: " in said
        assert not people.messages

    def test_the_key_of_the_store_is_away(self, signed_in: Machine, people: Receiver) -> None:
        code, said = watch(signed_in, LANE_SESSION_KEY_FILE="", LANE_SESSION_PASSPHRASE="x" * 20)
        assert code == 3
        assert "o…e@example.com cannot be used" in said
        assert "LANE_SESSION_KEY_FILE" in said
        assert not people.messages

    def test_a_message_that_no_service_takes(self, signed_in: Machine) -> None:
        kill(signed_in)
        with Receiver(status=500) as deaf:
            code, said = watch(signed_in, LANE_NOTIFY__URLS=deaf.url, FASTLANE_PASSWORD="")
        assert code == 4
        assert "! JSON did not take the message" in said
        assert "Nobody could be told." in said

    def test_a_lanefile_that_cannot_be_planned_lets_all_jobs_count(
        self, signed_in: Machine, people: Receiver
    ) -> None:
        signed_in.lane("run", "symbols")
        broken = LANEFILE.replace('notify("hello")', 'notify("hello", no_such_option=1)')
        (signed_in.folder / "Lanefile.py").write_text(broken)
        kill(signed_in)
        signed_in.environment["FASTLANE_PASSWORD"] = ""
        assert watch(signed_in)[0] == 4
        assert "symbols, scheduled: download_dsyms" in people.texts[0]


def test_no_secret_is_written_or_said(here: Machine, people: Receiver, tmp_path: Path) -> None:
    """All that a month of it leaves behind is searched for what opens Apple's doors."""
    here.environment["LANE_CODE_COMMAND"] = code_command(here.sandbox.url)
    said = ""
    secrets = {here.environment["FASTLANE_PASSWORD"]}
    for turn in range(2):
        done = here.lane("auth", "login", *(["--fresh"] if turn else []))
        secrets |= {each.value for each in kept(here).cookies if len(each.value) > 8}
        said += done.stdout + done.stderr
        said += watch(here)[1] + watch(here, "--json")[1]
        push = here.lane("auth", "push", "--command", "cat")
        said += push.stdout + push.stderr
        kill(here)
        said += watch(here, FASTLANE_PASSWORD="")[1]
        said += watch(here)[1]
        secrets |= {each.value for each in kept(here).cookies if len(each.value) > 8}
    said += "\n".join(people.texts)
    files = [each for each in tmp_path.rglob("*") if each.is_file() and each.name != "session.key"]
    assert {"pushed.json", "told.json"} <= {each.name for each in files}
    written = said.encode() + b"".join(each.read_bytes() for each in files)
    assert len(secrets) > 8
    assert not [secret for secret in secrets if secret.encode() in written]
