"""What all exported files have in common: their first lines, by which they are known again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lane._version import __version__

from .subfolder import to_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .workflow import Workflow

_FIRST = re.compile(r"# Written by `lane ci export (\w+)`(?: from the Lanefile in `([^`\n]+)`)?")
_LANE = re.compile(r"# (\w+) sha256:[0-9a-f]{64}$", re.MULTILINE)


class Known(NamedTuple):
    """What the first lines of a file say: for which system it was written, from which lanes, in which folder."""

    system: str
    lanes: tuple[str, ...]
    below: str


def header(system: str, workflows: Sequence[Workflow]) -> list[str]:
    """The first lines: who wrote it, with which version, from which plans."""
    below = workflows[0].below
    where = f"the Lanefile in `{below}`" if below else "the Lanefile"
    digests = dict.fromkeys(f"{one.lane} {one.digest}" for one in workflows)
    return [
        f"Written by `lane ci export {system}` from {where}; edit that, and export again.",
        f"`lane ci check` compares. lane {__version__}",
        *digests,
        *to_write(system, below),
    ]


def known(text: str) -> Known | None:
    """What a file's first lines say, or None for one that was not exported."""
    first = _FIRST.match(text)
    if first is None:
        return None
    head = text.partition("\n\n")[0]
    return Known(first[1], tuple(_LANE.findall(head)), first[2] or "")


def known_file(path: Path) -> Known | None:
    """What a file's first lines say, or None for one that was not exported, or is no text."""
    try:
        return known(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def not_asked(workflow: Workflow) -> list[str]:
    """A line on the parameters that are no inputs, since other jobs would come of other values."""
    names = ", ".join(one.name for one in workflow.inputs.fixed)
    return [f"No input, since it changes which jobs there are: {names}"] if names else []
