"""What is found in the files of CI systems: which commands they run, and when. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

StartKind = Literal["any", "push", "tag", "pull_request", "schedule", "manual", "call", "other"]


@dataclass(frozen=True, slots=True)
class CiStart:
    """One way in which a job is started; `path` and `line` say where that stands.

    `branches` and `tags` are patterns as written; none: all. `cron` and `timezone` are a schedule's, None where
    the file does not have them. `detail` is what else there is to say, a text that goes on from the rest.
    """

    kind: StartKind
    path: str
    line: int
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cron: str | None = None
    timezone: str | None = None
    detail: str = ""

    @property
    def text(self) -> str:
        """In plain words: `a push to main`, `at 0 3 * * * (UTC)`."""
        return f"{self._begin()}{self.detail}".strip()

    def pushed(self, kind: Literal["push", "tag"], patterns: tuple[str, ...]) -> CiStart:
        """The same for a push to branches, or of tags, of these patterns."""
        if kind == "tag":
            return replace(self, kind=kind, tags=patterns)
        return replace(self, kind=kind, branches=patterns)

    def _begin(self) -> str:
        match self.kind:
            case "push":
                return f"a push to {_either(self.branches)}" if self.branches else "a push to any branch"
            case "tag":
                return f"a push of a tag {_either(self.tags)}" if self.tags else "a push of any tag"
            case "pull_request":
                return f"a pull request{f' into {_either(self.branches)}' if self.branches else ''}"
            case "schedule" if self.cron is not None:
                return f"at {self.cron} ({self.timezone or 'UTC'})"
            case "schedule":
                return "a schedule"
            case "manual":
                return "by hand"
            case "any":
                return "any push, any schedule or by hand"
            case _:
                return ""


def _either(words: Iterable[str]) -> str:
    found = list(dict.fromkeys(words))
    return " or ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))


@dataclass(frozen=True, slots=True)
class CiCall:
    """A command of a CI job that calls a release tool. `path` and `line` say where it stands.

    `words` follow the program's name; what only the CI system or the shell knows stays in them as written. `workflow`
    and `job` are the system's own names. `folder` is where it runs, below the repository's root; None where the file
    does not tell. `variables` are the names of those that the file hands to it. `approval` is who has to let it go
    first, `file` the CI system's file by which it came: another than `path` where that is called or included.
    """

    system: str
    path: str
    line: int
    file: str
    workflow: str
    job: str
    program: str
    words: tuple[str, ...]
    folder: str | None
    variables: frozenset[str]
    starts: tuple[CiStart, ...]
    approval: str | None = None

    @property
    def command(self) -> str:
        """As one would type it."""
        from shlex import quote

        said = (word if "$" in word or "{{" in word or "<<" in word else quote(word) for word in self.words)
        return " ".join([self.program, *said])

    @property
    def place(self) -> str:
        """`.github/workflows/release.yml:21`."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class CiFile:
    """A file of a CI system. `exported` are the lanes of one that `lane ci export` wrote, None for any other.

    `problem` says what of it cannot be read, with the line.
    """

    system: str
    path: str
    exported: tuple[str, ...] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CiReading:
    """What was read below `root`. `unseen` are sentences on what lies elsewhere, and so was not read."""

    root: Path
    files: tuple[CiFile, ...] = ()
    calls: tuple[CiCall, ...] = ()
    unseen: tuple[str, ...] = field(default=())

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are in use: `github`, `gitlab`, `circleci`, `buildkite`."""
        return tuple(dict.fromkeys(file.system for file in self.files))
