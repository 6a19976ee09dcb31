"""A person's machine before an offline Apple: variables, a place for sessions, a command that gives the code."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from project import variables

from lane_apple import apple_id
from lane_apple._apple_id.access import Access
from lane_apple._apple_id.credential import AppleId
from lane_apple._apple_id.login import log_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lane_apple._session.cookie import Cookie
    from lane_apple._session.life import Face
    from lane_apple._session.session import AppleSession
    from lane_sandbox import Sandbox

OLIVE = "olive@example.com"
_CODE = """
import json, os, sys, urllib.request
with urllib.request.urlopen(sys.argv[1] + "/_sandbox/messages") as answer:
    found = json.load(answer)["messages"]
print([one["code"] for one in found if one["account"] == os.environ["LANE_QUESTION_ACCOUNT"]][-1])
"""


def code_command(url: str) -> str:
    """A value of LANE_CODE_COMMAND: it prints the newest code that the sandbox sent to the Apple ID."""
    return shlex.join([sys.executable, "-c", _CODE, url])


@dataclass
class Machine:
    """Where somebody signs in. `environment` is what a process there gets; `said` is what was said."""

    sandbox: Sandbox
    folder: Path
    environment: dict[str, str]

    @property
    def access(self) -> Access:
        return Access.of(self.environment, self.folder)

    @property
    def clock(self) -> Callable[[], float]:
        return self.sandbox._team.clock.now

    def lane(
        self, *arguments: str, stdin: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `lane` here; its standard input is `stdin`, or closed."""
        command = [sys.executable, "-m", "lane", *arguments]
        return subprocess.run(
            command if stdin is not None else ["sh", "-c", 'exec "$@" <&-', "sh", *command],
            cwd=self.folder,
            env=self.environment | more,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    def log_in(self, say: Callable[[str], None] = lambda line: None, **more: Any) -> AppleSession:
        given = {"sleep": lambda seconds: None, "clock": self.clock} | more
        return log_in(self.access, say=say, **given)

    def find(self, **more: Any) -> AppleId:
        """The credential as another process would find it."""
        found = apple_id.find(self.environment, self.folder)
        assert found is not None
        given = {"sleep": lambda seconds: None, "clock": self.clock} | more
        return AppleId(self.access, found.web.current, **given)

    def asked(self, path: str) -> int:
        """How many requests for a path the sandbox has answered."""
        return sum(path in str(one["path"]) for one in self.sandbox.requests())

    def codes(self) -> int:
        """How many codes were sent."""
        return len(self.sandbox.messages())

    def end(self, session: AppleSession, *faces: Face) -> None:
        """Let a session die at these faces."""
        from lane_sandbox._signin.sessions import end

        (token,) = (each.value for each in session.cookies if each.name == "myacinfo")
        with self.sandbox._team.store.writing():
            end(self.sandbox._team, token, *faces)


def machine(sandbox: Sandbox, folder: Path, account: str = OLIVE) -> Machine:
    """One with a key for its store, and the Apple ID's password; the code comes from a command."""
    key = folder / "session.key"
    key.write_text("k" * 44)
    key.chmod(0o600)
    password = next(each.password for each in sandbox.accounts() if each.email == account)
    kept = {name: value for name, value in variables().items() if not name.startswith("SPACESHIP_")}
    environment = kept | {
        "HOME": str(folder),
        "LANE_SESSIONS": str(folder / "sessions"),
        "LANE_SESSION_KEY_FILE": str(key),
        "APPLE_WEB_URL": sandbox.url,
        "FASTLANE_USER": account,
        "FASTLANE_PASSWORD": password,
        "LANE_CODE_COMMAND": code_command(sandbox.url),
    }
    environment.pop("XDG_STATE_HOME", None)
    return Machine(sandbox, folder, environment)


def cut(session: AppleSession, *names: str) -> tuple[Cookie, ...]:
    """The cookies of a session whose names begin so."""
    return tuple(each for each in session.cookies if each.name.startswith(names))
