"""Sessions on their way: `lane auth export`, `import` and `logout`, and what is given to them that is none."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from auth_harness import OLIVE, Machine, machine
from auth_terminal import AtTerminal
from session_harness import write_cookie_file

from lane_apple._session.fastlane_file import read_cookie_file
from lane_apple._session.life import FACES, mark_of
from lane_apple._session.own_format import session_json
from lane_apple._session.ruby_reader import read_cookies
from lane_apple._session.ruby_text import unwrapped
from lane_apple._session.ruby_writer import fastlane_session

if TYPE_CHECKING:
    from lane_apple import AppleSession
    from lane_sandbox import Sandbox


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Machine:
    return machine(sandbox, tmp_path)


@pytest.fixture
def session(here: Machine) -> AppleSession:
    """Somebody has signed in."""
    return here.log_in()


@pytest.fixture
def elsewhere(here: Machine, session: AppleSession, tmp_path: Path) -> Machine:
    """Another machine, on which nobody has."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return machine(here.sandbox, folder)


def shows_nothing_of(session: AppleSession, text: str) -> bool:
    return not [each.name for each in session.cookies if len(each.value) > 10 and each.value in text]


def _read(value: str) -> list[tuple[str, str]]:
    found = read_cookies(unwrapped(value, "the export"), "the export")
    return [(each.name, each.value) for each in found]


def _read_by_ruby(value: str) -> list[tuple[str, str]]:
    """As fastlane reads it: by its gsub, and by http-cookie."""
    ruby = shutil.which("ruby")
    if (
        ruby is None
        or subprocess.run([ruby, "-rhttp-cookie", "-e", ""], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs ruby and its http-cookie: apt-get install ruby ruby-http-cookie")
    script = str(Path(__file__).with_name("http_cookie.rb"))
    given = {"FASTLANE_SESSION": value, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([ruby, script, "env"], env=given, capture_output=True, text=True, check=True)
    return [(each["name"], each["value"]) for each in json.loads(done.stdout)]


class TestExport:
    def test_the_value_of_fastlane_session_is_all_of_stdout(
        self, here: Machine, session: AppleSession
    ) -> None:
        done = here.lane("auth", "export")
        assert done.returncode == 0
        assert done.stdout == fastlane_session(session) + "\n"
        assert f"bound to {session.made_on} and its network" in done.stderr
        assert "whoever has it is signed in" in done.stderr
        assert shows_nothing_of(session, done.stderr)

    @pytest.mark.parametrize("reader", ["ours", "fastlane's library"])
    def test_what_fastlane_would_send_opens_both_doors_of_apple(
        self, here: Machine, session: AppleSession, reader: str
    ) -> None:
        """fastlane loads the cookies, sends them, and asks for nothing else."""
        value = here.lane("auth", "export").stdout.rstrip("\n")
        cookies = _read_by_ruby(value) if reader == "fastlane's library" else _read(value)
        # The sandbox gives its cookies for its own address; the trust is for the sign-in alone.
        sent = [f"{name}={text}" for name, text in cookies if not name.startswith("DES")]
        url, mine = here.sandbox.url, {"Cookie": "; ".join(sent)}
        olympus = requests.get(f"{url}/olympus/v1/session", headers=mine, timeout=10)
        assert olympus.json()["user"]["emailAddress"] == OLIVE
        assert requests.get(f"{url}/iris/v1/apps", headers=mine, timeout=10).status_code == 200
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        teams = f"{url}/services-account/QH65B2/account/listTeams.action"
        assert requests.post(teams, headers=mine | form, timeout=10).json()["resultCode"] == 0
        assert requests.get(f"{url}/iris/v1/apps", timeout=10).status_code == 401

    def test_a_file_is_for_its_owner_only(self, here: Machine, session: AppleSession) -> None:
        done = here.lane("auth", "export", "--format", "lane", "--output", "session.json")
        assert (done.returncode, done.stdout) == (0, "")
        path = here.folder / "session.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text())["account"] == OLIVE

    def test_fastlanes_file_of_cookies(self, here: Machine, session: AppleSession) -> None:
        """Where fastlane looks for it, it is found again, as a session that fastlane made."""
        folder = here.folder / "home" / ".fastlane" / "spaceship" / OLIVE
        folder.mkdir(parents=True)
        done = here.lane("auth", "export", "--format", "cookies", "--output", str(folder / "cookie"))
        assert (done.returncode, done.stdout) == (0, "")
        assert stat.S_IMODE((folder / "cookie").stat().st_mode) == 0o600
        assert read_cookie_file(folder / "cookie") == session.cookies
        assert here.lane("auth", "export", "--format", "cookies").stdout == (folder / "cookie").read_text()

    def test_a_terminal_is_shown_nothing_unless_that_is_asked_for(
        self, here: Machine, session: AppleSession
    ) -> None:
        def export(*arguments: str) -> AtTerminal:
            return AtTerminal("auth", "export", *arguments, folder=here.folder, environment=here.environment)

        with export() as terminal:
            assert terminal.ends() == 2
            assert "--output FILE" in terminal.said
            assert shows_nothing_of(session, terminal.said)
        with export("--show") as terminal:
            assert terminal.ends() == 0
            assert not shows_nothing_of(session, terminal.said)

    def test_what_is_not_there_or_over_is_not_exported(self, here: Machine) -> None:
        done = here.lane("auth", "export")
        assert (done.returncode, done.stdout) == (4, "")
        assert "There is no session of o…e@example.com here." in done.stderr
        session = here.log_in()
        for face in FACES:
            here.access.store.mark_dead(session, face, "a test")
        done = here.lane("auth", "export")
        assert (done.returncode, done.stdout) == (4, "")

    def test_of_several_one_has_to_be_named(self, here: Machine, session: AppleSession) -> None:
        machine(here.sandbox, here.folder, "sms@example.com").log_in()
        unnamed = {"FASTLANE_USER": "", "FASTLANE_PASSWORD": ""}
        done = here.lane("auth", "export", **unnamed)
        assert (done.returncode, done.stdout) == (3, "")
        assert "2 Apple IDs" in done.stderr
        assert here.lane("auth", "export", OLIVE, **unnamed).stdout == fastlane_session(session) + "\n"


class TestImport:
    @pytest.mark.parametrize("form", ["fastlane", "lane"])
    def test_a_pipe_from_one_machine_to_another(
        self, here: Machine, elsewhere: Machine, session: AppleSession, form: str
    ) -> None:
        carried = here.lane("auth", "export", "--format", form).stdout
        done = elsewhere.lane("auth", "import", stdin=carried)
        assert done.returncode == 0, done.stderr
        assert "✓ The session of o…e@example.com is here." in done.stdout
        assert "Its trust is bound to" in done.stdout
        assert shows_nothing_of(session, done.stdout + done.stderr)
        kept = elsewhere.access.store.load(OLIVE)
        assert kept is not None
        assert mark_of(kept) == mark_of(session)
        assert elsewhere.lane("auth", "status").returncode == 0

    def test_the_line_that_fastlane_prints(self, elsewhere: Machine, session: AppleSession) -> None:
        line = f"export FASTLANE_SESSION='{fastlane_session(session)}'"
        done = elsewhere.lane("auth", "import", "-", OLIVE, "--json", stdin=line)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["faces"] == dict.fromkeys(FACES, "alive")

    def test_fastlanes_file_of_cookies(self, elsewhere: Machine, session: AppleSession) -> None:
        write_cookie_file(session.cookies, elsewhere.folder / "cookie")
        assert elsewhere.lane("auth", "import", "cookie", OLIVE).returncode == 0

    def test_a_file_of_another_user(self, elsewhere: Machine, session: AppleSession) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give a file to another user")
        path = elsewhere.folder / "cookie"
        write_cookie_file(session.cookies, path)
        os.chown(path, 65534, 65534)
        done = elsewhere.lane("auth", "import", "cookie", OLIVE)
        assert (done.returncode, done.stdout) == (3, "")
        assert "belongs to another user" in done.stderr

    @pytest.mark.parametrize("beyond", [-100, 3, 30])
    def test_a_session_that_is_cut(self, elsewhere: Machine, session: AppleSession, beyond: int) -> None:
        """Before the value of the cookie that opens the doors, and in the midst of it."""
        for text in (fastlane_session(session), session_json(session)):
            cut = text[: text.index("DAWTKN") + beyond]
            done = elsewhere.lane("auth", "import", stdin=cut)
            assert (done.returncode, done.stdout) == (3, ""), cut
            assert "error: standard input" in done.stderr
            assert "  → " in done.stderr
            assert shows_nothing_of(session, done.stderr)
        assert elsewhere.access.store.accounts() == []

    @pytest.mark.parametrize(
        "text",
        [
            "--- !ruby/object:Gem::Installer\ni: x\n",
            "--- !!python/object/apply:os.system ['touch pwned']\n",
            "---\n- !ruby/object:HTTP::Cookie\n  name: myacinfo\n  value: !ruby/object:Gem::Requirement {}\n",
            "- &a [*a]\n",
            "",
            "nothing of the kind",
            "{}",
            '{"format": "lane-session", "version": 99}',
            "\x00\xff",
        ],
    )
    def test_what_is_no_session(self, elsewhere: Machine, text: str) -> None:
        done = elsewhere.lane("auth", "import", stdin=text)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("error: ")
        assert "Traceback" not in done.stderr
        assert not (elsewhere.folder / "pwned").exists()
        assert elsewhere.access.store.accounts() == []

    def test_a_session_of_another_apple_id(self, here: Machine, elsewhere: Machine) -> None:
        """Our format says whose it is; of fastlane's, Apple says it."""
        other = machine(here.sandbox, here.folder, "sms@example.com").log_in()
        for text in (session_json(other), fastlane_session(other)):
            done = elsewhere.lane("auth", "import", "-", OLIVE, stdin=text)
            assert (done.returncode, done.stdout) == (3, "")
            assert "holds a session of s…s@example.com, not of o…e@example.com" in done.stderr
        assert elsewhere.access.store.accounts() == []

    def test_a_session_that_is_over(self, here: Machine, elsewhere: Machine, session: AppleSession) -> None:
        here.end(session, "developer_portal")
        done = elsewhere.lane("auth", "import", stdin=session_json(session))
        assert done.returncode == 0
        assert "the developer portal: it has ended" in done.stdout
        here.end(session, *FACES)
        done = elsewhere.lane("auth", "import", stdin=session_json(session))
        assert (done.returncode, done.stdout) == (4, "")
        assert "is over: Apple does not know it any more" in done.stderr

    def test_apple_may_be_out_of_reach(self, elsewhere: Machine, session: AppleSession) -> None:
        text = session_json(session)
        done = elsewhere.lane("auth", "import", stdin=text, APPLE_WEB_URL="http://127.0.0.1:9")
        assert done.returncode == 0
        assert "not known, Apple could not be asked" in done.stdout

    def test_whose_it_is_has_to_be_known(self, elsewhere: Machine, session: AppleSession) -> None:
        done = elsewhere.lane("auth", "import", stdin=fastlane_session(session), FASTLANE_USER="")
        assert done.returncode == 3
        assert "does not say whose session it is" in done.stderr

    @pytest.mark.parametrize(
        ("words", "hint"), [(["nothing"], "Check the path."), ([OLIVE], f"lane auth import - {OLIVE}")]
    )
    def test_a_file_that_is_not_there(self, elsewhere: Machine, words: list[str], hint: str) -> None:
        done = elsewhere.lane("auth", "import", *words)
        assert done.returncode == 2
        assert hint in done.stderr

    def test_nothing_is_pasted_into_a_terminal_or_waited_for(self, elsewhere: Machine) -> None:
        done = elsewhere.lane("auth", "import")  # its standard input is closed
        assert done.returncode == 3
        assert "standard input is empty" in done.stderr
        with AtTerminal(
            "auth", "import", folder=elsewhere.folder, environment=elsewhere.environment
        ) as terminal:
            assert terminal.ends() == 2
            assert "A terminal cuts long lines" in terminal.said


class TestLogout:
    def test_the_session_is_forgotten_here_and_lives_on_at_apple(
        self, here: Machine, session: AppleSession
    ) -> None:
        before = len(here.sandbox.requests())
        done = here.lane("auth", "logout")
        assert done.returncode == 0
        assert "The session of o…e@example.com is forgotten here." in done.stdout
        assert "Apple was not told" in done.stdout
        assert len(here.sandbox.requests()) == before
        assert here.access.store.accounts() == []
        assert here.access.store.history(OLIVE)[-1].ended is not None
        done = here.lane("auth", "import", stdin=session_json(session))
        assert done.returncode == 0, "a copy works on"

    def test_twice_does_no_harm(self, here: Machine, session: AppleSession) -> None:
        here.lane("auth", "logout")
        done = here.lane("auth", "logout")
        assert (done.returncode, done.stderr) == (0, "")
        assert "There is no session of o…e@example.com" in done.stdout

    def test_where_else_lanes_would_find_one_is_told(self, here: Machine, session: AppleSession) -> None:
        path = here.folder / "cookies" / "spaceship" / OLIVE / "cookie"
        write_cookie_file(session.cookies, path)
        given = {
            "FASTLANE_SESSION": fastlane_session(session),
            "SPACESHIP_COOKIE_PATH": str(here.folder / "cookies"),
        }
        done = here.lane("auth", "logout", **given)
        assert "FASTLANE_SESSION is set" in done.stdout
        assert str(path) in done.stdout
        assert shows_nothing_of(session, done.stdout)

    def test_of_several_one_or_all(self, here: Machine, session: AppleSession) -> None:
        machine(here.sandbox, here.folder, "sms@example.com").log_in()
        unnamed = {"FASTLANE_USER": "", "FASTLANE_PASSWORD": ""}
        assert here.lane("auth", "logout", **unnamed).returncode == 3
        assert here.lane("auth", "logout", "--all", OLIVE, **unnamed).returncode == 2
        assert here.lane("auth", "logout", "sms@example.com", **unnamed).returncode == 0
        assert here.access.store.accounts() == [OLIVE]
        machine(here.sandbox, here.folder, "sms@example.com").log_in()
        assert here.lane("auth", "logout", "--all", **unnamed).returncode == 0
        assert here.access.store.accounts() == []
