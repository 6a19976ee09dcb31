"""Runs the samples of a page one after the other, in a project that grows as a reader's would.

A block with a file's name after its language is that file. It is written, and checked as it deserves: each
lane of a Lanefile is planned, a module of `actions/` is listed, a test is run by pytest. Python without a
name is run as a script. In a `console` block what follows `$ ` is run by a shell, and what stands below is
compared with what it prints: `…` stands for anything; run ids, times, digests, ports and spaces may differ. A
command has to succeed, unless `$ echo $?` follows. The project begins with a real package in build/Aurora.ipa
and an empty Lanefile; the README's, with all that its first lane meets.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

from hero import world
from pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pages import Page, Sample

HOME = "/home/you/aurora"  # how the project's folder is shown
_FOREIGN = (
    "LANE_", "GITHUB_", "APP_STORE_CONNECT_", "FASTLANE_", "SPACESHIP_", "PYTEST_", "COV_", "XDG_", "PYTHON",
)  # fmt: skip
_FALSE_CI = {"CI": "", "TF_BUILD": "", "GITLAB_CI": "", "BUILDKITE": ""}


class SampleError(AssertionError):
    """A sample does not do what its page says."""


@dataclass(frozen=True)
class Command:
    """A command of a `console` block and the output that is shown below it (None: none is shown)."""

    words: str
    shown: str | None


@contextmanager
def story_of(page: Page, place: Path) -> Iterator[Story]:
    """A page's story, in new folders below `place`."""
    folder = place / "aurora"
    if page.path.name != "README.md":
        yield Story(folder, {})
        return
    with world(folder, place) as met:
        yield Story(folder, met.variables)


class Story:
    """A page's project, in a folder of its own. `variables` are set in every process."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        (folder / "build").mkdir(parents=True)
        copy(ROOT / "tests" / "assets" / "Aurora.ipa", folder / "build")
        (folder / "Lanefile.py").touch()

    def tell(self, sample: Sample) -> None:
        """Run a sample. Raises SampleError."""
        if sample.file is not None:
            self._write(sample)
        elif sample.language == "python":
            self._succeeds(sample, [sys.executable, "-"], stdin=sample.text)
        elif sample.language == "console":
            self._console(sample)
        else:
            raise SampleError(f"{sample}: nothing is known of {sample.language!r}; say <!-- not run: why -->")

    def outputs(self, sample: Sample) -> list[tuple[Command, str, int]]:
        """The commands of a `console` block with what they print and their exit codes."""
        found = []
        code = 0
        for command in commands(sample):
            output, code = self._shell(command.words, code)
            found.append((command, output, code))
        return found

    def _console(self, sample: Sample) -> None:
        ran = self.outputs(sample)
        follows = [command.words for command, _, _ in ran[1:]] + [""]
        for (command, output, code), following in zip(ran, follows, strict=True):
            if code and following != "echo $?":
                raise SampleError(f"{sample}: `{command.words}` exits with {code}:\n{output}")
            if command.shown is not None and not agrees(command.shown, output):
                raise SampleError(
                    f"{sample}: `{command.words}` is shown with\n{command.shown}\nbut prints\n{output}"
                )

    # Files

    def _write(self, sample: Sample) -> None:
        assert sample.file is not None
        path = self.folder / sample.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sample.text, encoding="utf-8")
        if sample.file == "Lanefile.py":
            self._plan_all(sample)
        elif sample.file.startswith("actions/"):
            report = json.loads(self._succeeds(sample, ["lane", "actions", "--json"]))
            if sample.file not in {one["origin"] for one in report["actions"]}:
                raise SampleError(f"{sample}: {sample.file} declares no action")
        elif sample.file.startswith("tests/"):
            self._succeeds(
                sample, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", sample.file]
            )

    def _plan_all(self, sample: Sample) -> None:
        """Plan the lanes; where the page says that they cannot be, for the reasons that it says."""
        lanes = json.loads(self._succeeds(sample, ["lane", "list", "--json"]))
        codes: set[str] = set()
        for lane in lanes:
            done = self._run(["lane", "plan", lane["name"], "--json", "--ci"])
            errors = (
                {error["code"] for error in json.loads(done.stdout)["errors"]} if done.stdout else {"none"}
            )
            if errors != {"missing_parameter"}:  # such a lane is planned by a command of the page
                codes |= errors
            if done.returncode and errors == {"none"}:
                raise SampleError(f"{sample}: {done.stderr}")
        wanted = set(filter(None, sample.why.split(", "))) if sample.mark == "cannot be planned" else set()
        if codes != wanted:
            raise SampleError(f"{sample}: planned with {codes or 'no errors'}, not {wanted or 'without any'}")

    # Processes

    def _succeeds(self, sample: Sample, command: list[str], stdin: str = "") -> str:
        done = self._run(command, stdin)
        if done.returncode:
            raise SampleError(f"{sample}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def _run(self, command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            check=False,
        )

    def _shell(self, words: str, code: int) -> tuple[str, int]:
        """What a command prints on both streams, and its exit code; `$?` is the given one."""
        done = subprocess.run(
            ["bash", "-c", f"(exit {code}); {words}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            check=False,
        )
        return done.stdout.replace(str(self.folder.resolve()), HOME), done.returncode

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        kept |= _FALSE_CI | {"HOME": str(self.folder), "COLUMNS": "240", "TERM": "dumb"} | self.variables
        return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


def commands(sample: Sample) -> list[Command]:
    """The commands of a `console` block."""
    found: list[Command] = []
    for part in re.split(r"^\$ ", sample.text, flags=re.MULTILINE)[1:]:
        words, _, shown = part.partition("\n")
        found.append(Command(words, shown.rstrip("\n") or None))
    return found


def agrees(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed."""
    pattern = re.escape(plain(shown))
    pattern = re.sub(r"(?<=\n)…(?=\\\n)|^…(?=\\\n)|(?<=\n)…$", r"(?:.*\\n)*?.*", pattern)
    pattern = pattern.replace("…", ".*?")
    return re.fullmatch(pattern, plain(printed)) is not None


_PLAIN = (
    (r"\d{8}-\d{6}-[0-9a-f]{4}", "RUN"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+\d\d:\d\d)?", "TIME"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\b\d+(\.\d+)? (ms|s|min)\b", "SPAN"),
    (r"sha256:(…|[0-9a-f]{12,64})", "DIGEST"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"AuthKey_\w+\.p8", "KEY"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r'"seconds": [\d.e-]+', '"seconds": 0'),
    (r"in \d+\.\d+s\b", "in SPAN"),
    (r"[─═]+", "─"),
    (r"[ \t]+(?=\n|$)", ""),
    (r"[ \t]+", " "),
)


def plain(text: str) -> str:
    """A text without what differs from one run to the next."""
    for pattern, word in _PLAIN:
        text = re.sub(pattern, word, text)
    return text.strip("\n")
