"""No secret of an Apple ID in anything that is printed, written or shown by `ps`, whatever happens on the way."""

from __future__ import annotations

import base64
import contextlib
import re
import secrets
import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import pytest
from auth_harness import OLIVE, Machine, machine
from receiver import Receiver

from lane_apple._session.life import FACES
from lane_apple._session.own_format import session_json
from lane_apple._session.ruby_writer import fastlane_session
from lane_sandbox import Sandbox
from lane_sandbox._signin.sessions import shelf
from lane_sandbox._signin.trust import _shelf as trusts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from lane_apple import AppleSession

CODE = "907155"  # no time of day, and no part of a date
PASSWORD, WRONG = "Canary-Aurora-Borealis-1", "Canary-Of-Another-Kind-2"
LANEFILE = """
from pathlib import Path

from lane import app, lane, nightly
from lane_actions import download_dsyms, notify, upload

app(bundle_id="com.example.aurora")


@lane
def release() -> None:
    build = upload(ipa=Path("Aurora.ipa"))
    download_dsyms.set(on=nightly, auth="apple_id")(build=build)
    notify(f"{build.number} is on TestFlight")
"""


class Processes:
    """Notes the command lines of all processes of this machine, again and again, until the block ends."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def apple(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An offline Apple with a password of ours, whose codes are all the same."""
    known = {name: getattr(secrets, name) for name in secrets.__all__} | {"randbelow": lambda most: int(CODE)}
    monkeypatch.setattr("lane_sandbox._signin.flow.secrets", SimpleNamespace(**known))
    import lane_sandbox

    seed = tmp_path / "seed.yaml"
    usual = Path(lane_sandbox.__file__).with_name("seed.yaml").read_text(encoding="utf-8")
    seed.write_text(usual.replace("password: Aurora-Borealis-1,", f"password: {PASSWORD},"), encoding="utf-8")
    with Sandbox(seed=seed, processing_seconds=0) as served:
        yield served


@pytest.fixture
def here(apple: Sandbox, tmp_path: Path, assets: Path) -> Machine:
    folder = tmp_path / "machine"
    folder.mkdir()
    made = machine(apple, folder)
    assert made.environment["FASTLANE_PASSWORD"] == PASSWORD
    key = apple.keys[0]
    made.environment |= {
        "APP_STORE_CONNECT_URL": apple.url,
        "APP_STORE_CONNECT_API_KEY_KEY_ID": key.key_id,
        "APP_STORE_CONNECT_API_KEY_ISSUER_ID": key.issuer_id or "",
        "APP_STORE_CONNECT_API_KEY_KEY": key.private_key_path.read_text(),
    }
    (folder / "Lanefile.py").write_text(LANEFILE)
    shutil.copy(assets / "Aurora.ipa", folder)
    return made


LEAKY = (
    f"{sys.executable} -c 'print({CODE}); raise ValueError({CODE})'"  # prints the code, and complains with it
)


class Story:
    """What people and programs do with an Apple ID; what each command printed, with its exit code."""

    def __init__(self, here: Machine) -> None:
        self.here = here
        self.printed: list[tuple[str, str]] = []

    def does(self, *words: str, stdin: str | None = None, **more: str) -> None:
        done = self.here.lane(*words, stdin=stdin, **more)
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        self.printed.append((f"{' '.join(words)} → {done.returncode}", done.stdout + done.stderr))

    def sign_in(self) -> None:
        self.does("auth", "login", FASTLANE_PASSWORD=WRONG)
        self.does("auth", "login")
        self.does("auth", "login", "--fresh", "--json")
        self.does("auth", "login", LANE_CODE_SOURCES="file,command")
        self.does("auth", "login", "--fresh", LANE_CODE_COMMAND=LEAKY)

    def look(self) -> None:
        for words in ("status", "status --json", "status --offline", "teams", "teams --json", "keys"):
            self.does("auth", *words.split())
        self.does("plan", "release", "--json", "--values")
        self.does("doctor")

    def carry(self, text: str, own: str) -> None:
        self.does("auth", "import", "-", OLIVE, stdin=text)
        self.does("auth", "import", "-", OLIVE, stdin=text[: text.index("DAWTKN") + 20])
        self.does("auth", "import", "-", "sms@example.com", stdin=own)
        self.does("auth", "import", "-", OLIVE, stdin=text.replace("HTTP::Cookie", "Gem::Installer"))
        self.does("auth", "status", FASTLANE_SESSION=text, LANE_SESSIONS=str(self.here.folder / "none"))

    def release(self, session: AppleSession) -> None:
        self.does("run", "release", "--json", "--junit", "report.xml")
        self.here.end(session, "app_store_connect")
        self.does("resume", "-v")
        self.here.sandbox.clock.advance(31 * 86_400.0)
        self.does("run", "release", "-v", "--junit", "second.xml")
        self.does("resume")
        self.does("auth", "status")
        self.does("auth", "logout")


CALLED = [
    *("auth login → 3", "auth login → 0", "auth login --fresh --json → 0", "auth login → 2"),
    "auth login --fresh → 4",
    *("auth status → 0", "auth status --json → 0", "auth status --offline → 0"),
    *("auth teams → 0", "auth teams --json → 0", "auth keys → 0"),
    *("plan release --json --values → 0", "doctor → 0"),
    *("auth import - olive@example.com → 0", "auth import - olive@example.com → 3"),
    *("auth import - sms@example.com → 3", "auth import - olive@example.com → 3", "auth status → 0"),
    *("run release --json --junit report.xml → 0", "resume -v → 0"),
    *("run release -v --junit second.xml → 0", "resume → 4", "auth status → 4", "auth logout → 0"),
]


def canaries(here: Machine) -> dict[str, str]:
    """What must be seen nowhere, by what it is."""
    team = here.sandbox._team
    found = {"password": PASSWORD, "wrong password": WRONG, "code": CODE, "key of the store": "k" * 44}
    with team.store.reading():
        found |= {f"session {number}": token for number, (token, _) in enumerate(shelf(team.store).items())}
        found |= {f"trust {number}": each["value"] for number, (_, each) in enumerate(trusts(team).items())}
    lines = here.environment["APP_STORE_CONNECT_API_KEY_KEY"].splitlines()[1:-1]
    return found | {f"line {number} of the API key": line for number, line in enumerate(lines)}


def shown_in(text: str, secret: str) -> bool:
    """Whether a text has a secret, as it is or as programs write it; digits count as a whole number only."""
    if secret.isdecimal():
        return re.search(rf"(?<![0-9.]){secret}(?![0-9])", text) is not None
    forms = {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")}
    return any(form in text for form in forms)


def test_no_secret_is_printed_written_or_shown_by_ps(here: Machine) -> None:
    story = Story(here)
    with Receiver() as people, Processes() as processes:
        here.environment["LANE_NOTIFY__URLS"] = people.url
        story.sign_in()
        story.look()
        session = here.access.store.load(OLIVE)
        assert session is not None
        story.carry(fastlane_session(session), session_json(session))
        story.release(session)
    printed = story.printed
    assert [command for command, _ in printed] == CALLED
    hidden = canaries(here)
    assert len([name for name in hidden if name.startswith("session")]) >= 3, "sessions were made"
    assert len([name for name in hidden if name.startswith("trust")]) >= 2
    told = "\n".join(map(str, people.messages))
    assert told, "people were told of the job that waits"
    written = {
        str(path.relative_to(here.folder)): path.read_bytes().decode(errors="replace")
        for path in here.folder.rglob("*")
        if path.is_file() and path.name != "session.key" and path.suffix != ".ipa"
    }
    assert {"report.xml", "second.xml", ".lane/journal.db"} <= written.keys()
    found = [
        (what, where)
        for what, secret in hidden.items()
        for where, text in [*printed, *written.items(), ("what people were told", told)]
        if shown_in(text, secret)
    ]
    assert found == []
    if Path("/proc/self/cmdline").exists():
        lines = [line for line in processes.seen if "-m lane " in line]
        assert lines, "command lines were seen"
        known = {
            what: secret for what, secret in hidden.items() if what != "code"
        }  # one command has it, by design
        assert [(what, line) for what, secret in known.items() for line in lines if secret in line] == []


def test_the_search_would_find_one() -> None:
    secret = "Canary-Aurora-Borealis-1/+"
    assert shown_in(f"x{secret}y", secret)
    assert shown_in("Canary-Aurora-Borealis-1%2F%2B", secret)
    assert shown_in(base64.b64encode(secret.encode()).decode(), secret)
    assert shown_in(f"code {CODE}.", CODE)
    assert not shown_in(f"1{CODE}", CODE)
    assert {"app_store_connect", "developer_portal"} == set(FACES)
