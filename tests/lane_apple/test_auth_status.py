"""`lane auth status`: what it says of each Apple ID, and exit codes that a cron job can use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import OLIVE, Machine, machine

from lane_apple._session.errors import SessionFileError
from lane_apple._session.life import FACES, Face
from lane_apple._session.ruby_writer import fastlane_session

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple import AppleSession
    from lane_sandbox import Sandbox

LANES = """
from lane import Context, action, lane
from lane_apple import api_key, apple_id


@action(auth=[api_key, apple_id])
def fetch(ctx: Context) -> None: ...


@action(auth=[apple_id])
def register(ctx: Context) -> None: ...


@lane
def release() -> None:
    fetch()


@lane
def enroll() -> None:
    fetch()
    register()


@lane
def build(scheme: str) -> None:
    register()
"""


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    return machine(sandbox, tmp_path)


@pytest.fixture
def session(here: Machine) -> AppleSession:
    """Somebody has signed in."""
    return here.log_in()


def status(here: Machine, *arguments: str, **more: str) -> tuple[int, dict[str, Any]]:
    done = here.lane("auth", "status", "--json", *arguments, **more)
    assert OLIVE not in done.stdout + done.stderr
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def only(document: dict[str, Any]) -> dict[str, Any]:
    (account,) = document["accounts"]
    found: dict[str, Any] = account
    return found


class TestVerdicts:
    def test_alive(self, here: Machine, session: AppleSession) -> None:
        before = here.asked("/appleauth/")
        code, document = status(here)
        account = only(document)
        assert (code, account["verdict"]) == (0, "alive")
        assert account["account"] == "o…e@example.com"
        assert account["modes"] == ["session", "password"]
        for face in FACES:
            assert account["faces"][face]["state"] == "alive"
            assert 0 < account["faces"][face]["seconds_left"] <= 8 * 3600
        assert 29 * 86_400 < account["session"]["trust_seconds_left"] <= 30 * 86_400
        assert account["session"]["made_on"] == session.made_on
        assert here.asked("/appleauth/") == before, "nobody is signed in"

    @pytest.mark.parametrize("face", FACES)
    def test_a_dead_face_that_the_next_run_renews(
        self, here: Machine, session: AppleSession, face: Face
    ) -> None:
        here.end(session, face)
        code, document = status(here)
        account = only(document)
        assert (code, account["verdict"], account["renewable"]) == (0, "renewable", True)
        states = {name: one["state"] for name, one in account["faces"].items()}
        assert states == {name: "dead" if name == face else "alive" for name in FACES}

    @pytest.mark.parametrize("face", FACES)
    def test_a_dead_face_that_only_a_person_mends(
        self, here: Machine, session: AppleSession, face: Face
    ) -> None:
        here.end(session, face)
        code, document = status(here, FASTLANE_PASSWORD="")
        assert (code, only(document)["verdict"]) == (4, "person")

    def test_a_renewal_that_apple_refused(self, here: Machine, session: AppleSession) -> None:
        """A cron job hears of it, though the trust would last by its date."""
        here.access.store.mark_refused(session, "Apple does not accept the trust in this machine.")
        here.end(session, *FACES)
        code, document = status(here)
        account = only(document)
        assert (code, account["verdict"], account["renewable"]) == (4, "person", False)
        assert account["refused"]["why"] == "Apple does not accept the trust in this machine."
        assert account["refused"]["again"] > account["refused"]["at"]
        assert "(tried again 20" in here.lane("auth", "status").stdout
        here.access.store.mark_refused(session, "Apple refused the password.", final=True)
        assert only(status(here)[1])["refused"]["again"] is None
        assert "(not tried again before a sign-in): Apple refused" in here.lane("auth", "status").stdout

    def test_nobody_has_signed_in(self, here: Machine) -> None:
        code, document = status(here)
        assert (code, only(document)["verdict"], only(document)["session"]) == (4, "person", None)

    def test_apple_cannot_be_asked(self, here: Machine, session: AppleSession) -> None:
        code, document = status(here, APPLE_WEB_URL="http://127.0.0.1:9")
        account = only(document)
        assert (code, account["verdict"]) == (1, "unknown")
        assert account["troubles"]

    def test_what_is_there_is_unfit(self, here: Machine, session: AppleSession) -> None:
        code, document = status(here, LANE_SESSION_KEY_FILE=str(here.folder / "nothing"))
        account = only(document)
        assert (code, account["verdict"]) == (3, "broken")
        assert "does not exist" in account["troubles"][0]

    def test_a_session_of_somebody_else(self, here: Machine, session: AppleSession) -> None:
        """fastlane's format does not say whose it is: Apple does."""
        given = fastlane_session(session)
        account = "sms@example.com"
        code, document = status(here, account, FASTLANE_USER=account, FASTLANE_SESSION=given)
        account = only(document)
        assert (code, account["verdict"]) == (3, "broken")
        assert (
            "FASTLANE_SESSION holds a session of o…e@example.com, not of s…s@example.com"
            in (account["troubles"][0])
        )

    def test_the_worst_of_several_counts(self, here: Machine, session: AppleSession) -> None:
        other = machine(here.sandbox, here.folder, "sms@example.com")
        dead = other.log_in()
        code, _ = status(here)
        assert code == 0
        other.end(dead, *FACES)
        code, document = status(here)
        assert code == 4, "the password of the one renews nothing of the other's"
        verdicts = {each["account"]: each["verdict"] for each in document["accounts"]}
        assert verdicts == {"o…e@example.com": "alive", "s…s@example.com": "person"}
        code, document = status(here, OLIVE)
        assert (code, len(document["accounts"])) == (0, 1)


class TestOffline:
    def test_nothing_is_asked(self, here: Machine, session: AppleSession) -> None:
        before = len(here.sandbox.requests())
        code, document = status(here, "--offline")
        assert code == 0
        assert {one["asked"] for one in only(document)["faces"].values()} == {False}
        assert len(here.sandbox.requests()) == before

    def test_what_was_found_dead_earlier_is_known(self, here: Machine, session: AppleSession) -> None:
        here.end(session, "developer_portal")
        status(here, FASTLANE_PASSWORD="")
        code, document = status(here, "--offline", FASTLANE_PASSWORD="")
        assert code == 4
        assert only(document)["faces"]["developer_portal"]["state"] == "dead"
        assert only(document)["history"][0]["dead"]["developer_portal"]["at"]


class TestWhereSessionsAre:
    def test_a_variable_that_does_not_say_whose_it_is(self, here: Machine, session: AppleSession) -> None:
        here.access.store.delete(OLIVE)
        given = {"FASTLANE_SESSION": fastlane_session(session), "FASTLANE_USER": "", "FASTLANE_PASSWORD": ""}
        code, document = status(here, **given)
        account = only(document)
        assert (code, account["verdict"], account["account"]) == (0, "alive", "o…e@example.com")
        assert account["session"]["source"] == "FASTLANE_SESSION"

    def test_fastlanes_file(self, here: Machine, session: AppleSession) -> None:
        from session_harness import write_cookie_file

        here.access.store.delete(OLIVE)
        path = here.folder / "cookies" / "spaceship" / OLIVE / "cookie"
        write_cookie_file(session.cookies, path)
        code, document = status(here, SPACESHIP_COOKIE_PATH=str(here.folder / "cookies"), FASTLANE_USER="")
        assert (code, only(document)["session"]["source"]) == (
            0,
            "fastlane's file of cookies for o…e@example.com",
        )

    def test_a_broken_variable(self, here: Machine) -> None:
        given = {"FASTLANE_SESSION": "--- !ruby/object:Gem::Installer {}", "FASTLANE_USER": ""}
        code, document = status(here, **given)
        assert (code, only(document)["verdict"]) == (3, "broken")

    @pytest.mark.parametrize(
        ("user", "name"), [("", "lane's store"), (OLIVE, "o…e@example.com")], ids=["nobody", "somebody"]
    )
    def test_a_store_that_others_may_write_to_is_told_once(
        self, here: Machine, session: AppleSession, user: str, name: str
    ) -> None:
        here.access.store.folder.chmod(0o777)
        done = here.lane("auth", "status", FASTLANE_USER=user)
        assert done.returncode == 3
        assert done.stdout.count("Other users may put files") == 1
        assert f"✗ {name} cannot be used" in done.stdout
        assert "does not name" not in done.stdout
        code, document = status(here, FASTLANE_USER=user)
        assert (code, only(document)["account"]) == (3, name)
        watched = here.lane("auth", "watch", FASTLANE_USER=user)
        assert watched.returncode == 3
        assert watched.stdout.count("Other users may put files") == 1

    def test_a_store_of_another_user(self, here: Machine, session: AppleSession) -> None:
        import os

        if os.geteuid() != 0:
            pytest.skip("only root can give a folder to another user")
        os.chown(here.access.store.folder, 65534, 65534)
        with pytest.raises(SessionFileError):
            here.access.store.accounts()
        code, document = status(here)
        assert code == 3
        assert any("another user" in each["troubles"][0] for each in document["accounts"])


class TestLanes:
    @pytest.fixture
    def project(self, here: Machine) -> Machine:
        (here.folder / "Lanefile.py").write_text(LANES)
        return here

    def test_those_that_nothing_else_would_let_run(self, project: Machine, session: AppleSession) -> None:
        _, document = status(project)
        assert document["lanes"] == {"release": ["fetch"], "enroll": ["fetch", "register"]}
        assert document["unread"] == ["build"]
        assert document["used"] == "o…e@example.com"
        assert "release (fetch), enroll (fetch, register)" in project.lane("auth", "status").stdout

    def test_a_key_takes_its_lanes_away(self, project: Machine, session: AppleSession) -> None:
        key = project.sandbox.keys[0]
        _, document = status(
            project,
            APP_STORE_CONNECT_API_KEY_KEY_ID=key.key_id,
            APP_STORE_CONNECT_API_KEY_ISSUER_ID=key.issuer_id or "",
            APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=str(key.private_key_path),
        )
        assert document["lanes"] == {"enroll": ["register"]}
        assert document["api_key"]["key_id"] == key.key_id

    def test_a_lanefile_that_cannot_be_planned_hides_nothing_else(
        self, project: Machine, session: AppleSession
    ) -> None:
        (project.folder / "Lanefile.py").write_text(LANES + "\n\n@lane\ndef wrong() -> None:\n    fetch(3)\n")
        done = project.lane("auth", "status")
        assert done.returncode == 0
        assert "the Lanefile cannot be planned" in done.stdout

    def test_no_apple_id_is_needed_where_no_lane_depends_on_one(self, here: Machine) -> None:
        (here.folder / "Lanefile.py").write_text(
            "from lane import lane\n\n\n@lane\ndef easy() -> None: ...\n"
        )
        assert here.lane("auth", "status", FASTLANE_USER="", FASTLANE_PASSWORD="").returncode == 0
        (here.folder / "Lanefile.py").write_text(LANES)
        done = here.lane("auth", "status", FASTLANE_USER="", FASTLANE_PASSWORD="")
        assert done.returncode == 4
        assert "No Apple ID is known here" in done.stdout


def test_people_read_the_same(here: Machine, session: AppleSession) -> None:
    done = here.lane("auth", "status")
    assert done.returncode == 0
    for words in (
        "API key: none",
        "App Store Connect  alive; expected to end",
        "developer portal   alive; expected to end",
        f"on {session.made_on} and in its network only; the password renews",
        "✓ o…e@example.com works without a person.",
    ):
        assert words in done.stdout
    assert OLIVE not in done.stdout


def test_a_machine_that_is_no_door(here: Machine, session: AppleSession) -> None:
    done = here.lane("auth", "status", APPLE_WEB_URL="apple")
    assert done.returncode == 3
    assert "APPLE_WEB_URL is not an address." in done.stderr
