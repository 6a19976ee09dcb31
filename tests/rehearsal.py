"""A fresh copy of this repository's own release, run as a user or CI runs it, without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent

# Loaded by every Python that a test starts: what leaves the machine, or asks a person, is refused and noted.
# LANE_TEST_CLOCK sets its clock off by so many seconds; LANE_TEST_HASTE lets waits pass so many times faster.
_GUARD = """
import os, sys, threading, time

_FORBIDDEN = os.environ["LANE_TEST_FORBIDDEN"]


def _note(what):
    with open(_FORBIDDEN, "a", encoding="utf-8") as file:
        file.write(what + "\\n")
    raise PermissionError(what)


def _guard(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not (address[0].startswith("127.") or address[0] == "::1"):
            _note(f"connection to {address[0]}")
    elif event == "socket.getaddrinfo" and arguments[0] not in (None, "127.0.0.1", "localhost", "::1"):
        _note(f"look-up of {arguments[0]}")
    elif event == "builtins.input":
        _note("prompt")


sys.addaudithook(_guard)

_now, _off = time.time, float(os.environ.get("LANE_TEST_CLOCK", 0))
if _off:
    time.time = lambda: _now() + _off

_wait, _haste = threading.Event.wait, float(os.environ.get("LANE_TEST_HASTE", 1))
if _haste != 1:
    threading.Event.wait = lambda self, timeout=None: _wait(self, timeout and timeout / _haste)
"""

# What would make a test depend on who runs it.
_FOREIGN = ("LANE_", "GITHUB_", "APP_STORE_CONNECT", "FASTLANE_", "SPACESHIP_", "PYTEST_")


@dataclass
class Rehearsal:
    """A folder with the Lanefile, its lanes and its package. `variables` are set in every process."""

    folder: Path
    guard: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def ipa(self) -> Path:
        """The package that the lane ships when nobody says otherwise."""
        return self.folder / "tests" / "assets" / "Aurora.ipa"

    @property
    def forbidden(self) -> str:
        """What was tried that a rehearsal must not do: a line each."""
        noted = self.guard / "forbidden"
        return noted.read_text() if noted.exists() else ""

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables of a process: the caller's, without what is nobody's business, and the guard."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        kept.pop("CI", None)
        guard = {"PYTHONPATH": str(self.guard), "LANE_TEST_FORBIDDEN": str(self.guard / "forbidden")}
        return kept | guard | {"HOME": str(self.guard)} | self.variables | variables

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Begin `lane` with these arguments, its standard input closed."""
        command = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "lane", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def lane(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run `lane` to its end: the exit code, and all that it said."""
        process = self.start(*arguments, **variables)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def meets(self, sandbox: Sandbox, url: str | None = None) -> None:
        """Let the lanes meet this sandbox, as they meet Apple: by an address and a key in the environment."""
        lanefile = self.folder / "Lanefile.py"
        lanefile.write_text(lanefile.read_text().replace(", sandbox=True", ""))
        key = sandbox.keys[0]
        self.variables |= {
            "APP_STORE_CONNECT_URL": url or sandbox.url,
            "APP_STORE_CONNECT_API_KEY_KEY_ID": key.key_id,
            "APP_STORE_CONNECT_API_KEY_ISSUER_ID": key.issuer_id or "",
            "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH": str(key.private_key_path),
        }


def rehearsal(place: Path) -> Rehearsal:
    """A copy in a new folder below `place`, whose name has a space."""
    folder, guard = place / "a fresh clone", place / "guard"
    (folder / "tests" / "assets").mkdir(parents=True)
    shutil.copy(ROOT / "Lanefile.py", folder)
    shutil.copytree(ROOT / "lanes", folder / "lanes", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "assets" / "Aurora.ipa", folder / "tests" / "assets")
    return guarded(folder, guard)


def guarded(folder: Path, guard: Path) -> Rehearsal:
    """A project that is there already; `guard` is a new folder for what watches over it."""
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(_GUARD)
    return Rehearsal(folder, guard)
