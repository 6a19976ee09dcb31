"""What CI files run, for people: each command with when, and whether it would stop at a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from .ci_steps import SYSTEMS
from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from .ci import CiAdvice
    from .ci_verdict import JudgedCall

_SIGNS = {
    "runs": ("✓ ", "green", "does not stop at a prompt"),
    "exported": ("✓ ", "green", "does not stop at a prompt: exported"),
    "missing": ("! ", "yellow", "does not stop at a prompt, but a credential is not in its file"),
    "session": ("! ", "yellow", "does not stop as long as a session lives"),
    "waits": ("! ", "yellow", "does not stop, but leaves something to a person"),
    "stops": ("✗ ", "red", "would stop at a prompt"),
    "unknown": ("? ", "yellow", "not known whether it would stop at a prompt"),
}
_ELSEWHERE = {
    "gitlab": "GitLab's CI/CD variables stand in no file: a job may have more than its file says.",
    "circleci": "CircleCI's contexts and project variables stand in no file: a job may have more than its file says.",
    "buildkite": "What Buildkite's agents give their jobs stands in no file: a job may have more than its file says.",
}
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def render_ci(ci: CiAdvice, console: Console) -> None:
    """Print what was read of CI files; nothing where there are none."""
    if not ci.reading.systems:
        return
    names = listed(SYSTEMS[system] for system in ci.reading.systems)
    console.print(Text.assemble("\n", ("CI  ", "bold"), names), soft_wrap=True)
    before = ""
    for one in ci.calls:
        when = _when(one)
        _print_call(one, "as above" if when == before else when, console)
        before = when
    if not ci.calls:
        by = " by themselves" if ci.reading.unseen else ""
        console.print(Text(f"  Its files call neither lane nor fastlane{by}.", "dim"), soft_wrap=True)
    for line in _notes(ci):
        console.print(Text.assemble(("? ", "yellow"), (_shown(line), "dim")), soft_wrap=True)


def _when(one: JudgedCall) -> str:
    when = "; ".join(start.text for start in one.call.starts) or "never"
    return f"{when}, after {one.call.approval}" if one.call.approval else when


def _print_call(one: JudgedCall, when: str, console: Console) -> None:
    sign, colour, said = _SIGNS[one.verdict.code]
    console.print(
        Text.assemble((sign, colour), (_shown(one.call.command), "bold"), "  ", (one.call.place, "dim")),
        soft_wrap=True,
    )
    _print_part("when", when, console)
    _print_part("then", said, console)
    for line in one.verdict.why:
        _print_part("", line, console)


def _print_part(name: str, text: str, console: Console) -> None:
    console.print(Text.assemble((f"  {name:<6}", "dim"), _shown(text)), soft_wrap=True)


def _notes(ci: CiAdvice) -> Iterator[str]:
    """What could not be read, and what stands elsewhere."""
    for file in ci.reading.files:
        if file.problem is not None:
            yield f"{file.path} cannot be read as YAML: {file.problem}."
    yield from ci.reading.unseen
    for system in dict.fromkeys(
        one.call.system for one in ci.calls if one.verdict.code in {"stops", "missing", "waits"}
    ):
        if system in _ELSEWHERE:
            yield _ELSEWHERE[system]


def _shown(text: str) -> str:
    """A text of a file without what would steer a terminal or hide."""
    return _HIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
