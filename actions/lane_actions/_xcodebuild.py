"""Reads what xcodebuild prints: its errors with their places, and how many warnings there were."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_SHOWN = 10

# file:line:column: error: text (clang, swiftc, actool), file: error: text (project settings), error: text.
_ERROR = re.compile(
    r"^(?:(?P<file>[^\s:][^:]*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?: )?(?:fatal )?error: (?P<text>.+)$"
)
_WARNING = re.compile(r"^(?:[^\s:][^:]*(?::\d+){0,2}: )?warning: .+$")
_LINKER = re.compile(r"^(?:ld: (?!warning)|Undefined symbols? ).+$")
_FAILED_COMMANDS = "The following build commands failed:"
# What only repeats that something before has failed.
_ECHOES = re.compile(r"linker command failed|Command \w+ failed with a nonzero exit code")

# What is said, and what to do about it; the first that fits counts.
_HINTS = (
    (r"does not contain a scheme named", "`xcodebuild -list` shows the schemes; a scheme must be shared."),
    (r"does not contain an Xcode project", "Pass project= or workspace=."),
    (
        r"requires Xcode, but active developer directory",
        "Install Xcode, and choose it: sudo xcode-select -s /Applications/Xcode.app.",
    ),
    (
        r"errSecInternalComponent|User interaction is not allowed",
        "codesign may not use the key: its keychain is locked, or not opened to Apple's tools; match opens its.",
    ),
    (
        r"No signing certificate|No certificate|No Accounts|No Account for Team",
        "Pass what match gave as signing=, and let the project sign manually: automatic needs an Apple ID.",
    ),
    (
        r"[Nn]o profiles? for|requires a provisioning profile|[Pp]rovisioning profile",
        "Each executable needs a profile, extensions too: match(extensions=…). It must have its capabilities.",
    ),
    (r"requires a development team|No Team Found", "Say app(team_id=…), or pass team_id=."),
    (r"Copy failed", "Another rsync than Apple's /usr/bin/rsync comes first on PATH."),
    (r"expected one of", "This Xcode has other words for export_method."),
)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error. `file` is relative to the Lanefile's folder where it is below it."""

    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str | None:
        """`Sources/App.swift:12:5`, as far as it is known."""
        if self.file is None:
            return None
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def errors_in(output: str, folder: Path) -> list[Diagnostic]:
    """The errors of a log, each once, in their order; what only repeats them only where nothing else is said."""
    found = list(dict.fromkeys(_errors(output, folder)))
    telling = [each for each in found if not _ECHOES.search(each.text)]
    return telling or found or [Diagnostic(command) for command in _failed_commands(output)]


def count_warnings(output: str) -> int:
    """How many different warnings there were: each architecture prints them anew."""
    return len({line for line in output.splitlines() if _WARNING.match(line)})


def failure(doing: str, output: str, returncode: int, folder: Path) -> ActionError:
    """The error for an xcodebuild that failed; `doing` is what it should have done, such as `archive Aurora`."""
    errors = errors_in(output, folder)
    if not errors:
        return ActionError(
            f"xcodebuild could not {doing}: it exited with {returncode} and named no error.",
            hint="The step's log has all that it printed.",
            code="build_failed",
        )
    count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
    lines = [f"    {each}" for each in errors[:_MOST_SHOWN]]
    if len(errors) > _MOST_SHOWN:
        lines.append(f"    … and {len(errors) - _MOST_SHOWN} more; the step's log has them all")
    return ActionError(
        "\n".join([f"xcodebuild could not {doing}: {count}.", *lines]),
        hint=_hint(errors),
        code="build_failed",
    )


def _errors(output: str, folder: Path) -> Iterator[Diagnostic]:
    lines = output.splitlines()
    for position, line in enumerate(lines):
        if found := _ERROR.match(line):
            yield _diagnostic(found, folder)
        elif _LINKER.match(line):
            named = (
                lines[position + 1].strip() if line.startswith("Undefined") and lines[position + 1 :] else ""
            )
            yield Diagnostic(f"{line} {named}".strip())


def _diagnostic(found: re.Match[str], folder: Path) -> Diagnostic:
    file, line, column = found["file"], found["line"], found["column"]
    if file in {"xcodebuild", "clang", "ld", "xcrun"}:
        return Diagnostic(found["text"])
    return Diagnostic(
        text=found["text"],
        file=None if file is None else file.removeprefix(f"{folder}/"),
        line=None if line is None else int(line),
        column=None if column is None else int(column),
    )


def _failed_commands(output: str) -> list[str]:
    """The commands that xcodebuild lists as failed, from its last line to the blank one or the count."""
    _, marker, rest = output.partition(_FAILED_COMMANDS)
    commands: list[str] = []
    for line in rest.strip("\n").splitlines() if marker else ():
        if not line.startswith("\t"):
            break
        commands.append(line.strip())
    return commands


def _hint(errors: list[Diagnostic]) -> str:
    said = "\n".join(each.text for each in errors)
    return next(
        (hint for pattern, hint in _HINTS if re.search(pattern, said)),
        "The step's log has all that it printed.",
    )
