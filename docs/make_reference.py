"""Makes actions-reference.md from what the built-in actions declare.

.venv/bin/python docs/make_reference.py
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lane_actions
from lane._cli.describe import default_of
from lane._lanefile.lane import Lane
from lane._lanefile.types import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = Path(__file__).with_name("actions-reference.md")
HEAD = """\
# Actions reference

The actions that come with `lane`, made from their declarations by [make_reference.py](make_reference.py).
`lane action NAME` shows the same. How to write your own: [actions](actions.md). Every option can come from
the environment, too, as `LANE_<ACTION>__<OPTION>`: see [options](options.md).
"""


def declared() -> list[dict[str, Any]]:
    """What `lane actions --json` says where there is no project."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "lane", "actions", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    found: list[dict[str, Any]] = json.loads(done.stdout)["actions"]
    return [each for each in found if each["origin"] == "lane_actions" and each["kind"] == "action"]


def shipped_lanes() -> list[Lane[..., Any]]:
    """The lanes among what `lane_actions` ships: they are called as actions are."""
    found = (getattr(lane_actions, name) for name in lane_actions.__all__)
    return [each for each in found if isinstance(each, Lane)]


def reference() -> str:
    """The page."""
    actions = declared()
    lines = [HEAD, "| action | auth | effect | what it does |", "|---|---|---|---|"]
    lines += [
        f"| [{one['name']}](#{one['name']}) | {_auth(one)} | {one['effect']} | {one['summary']} |"
        for one in actions
    ]
    lines += [
        f"| [{lane.name}](#{lane.name}) | by its steps | by its steps | {lane.summary} |"
        for lane in shipped_lanes()
    ]
    for action in actions:
        lines += ["", *_section(action)]
    for lane in shipped_lanes():
        lines += ["", *_lane_section(lane)]
    return "\n".join(lines) + "\n"


def _section(action: dict[str, Any]) -> Iterator[str]:
    yield f"## {action['name']}"
    yield from ("", *_unwrapped(action["doc"]), "", f"`{action['import']}`", "")
    yield from _table(
        (option["name"], option["type"], option["default"], option["description"])
        for option in action["options"]
    )
    yield ""
    yield f"Gives `{action['output']['type']}`{_fields(action['output']['fields'])}."
    yield ""
    yield from (f"- {said}" for said in _declarations(action))


def _lane_section(lane: Lane[..., Any]) -> Iterator[str]:
    yield f"## {lane.name}"
    yield from ("", *_unwrapped(inspect.cleandoc(lane.__doc__ or "")), "")
    yield f"`from lane_actions import {lane.name}`"
    yield ""
    yield from _table(
        (option.name, shown(option.type), default_of(option), option.description)
        for option in lane.options.by_name.values()
    )
    yield ""
    yield f"A lane, called as an action is. Gives `{lane.function.__annotations__['return']}`."


def _table(rows: Iterable[tuple[str, str, str | None, str]]) -> Iterator[str]:
    yield "| option | type | default | what it is |"
    yield "|---|---|---|---|"
    for name, kind, default, what in rows:
        shown_default = "required" if default is None else f"`{default}`"
        yield f"| `{name}` | `{kind.replace('|', chr(92) + '|')}` | {shown_default} | {what} |"


def _unwrapped(text: str) -> Iterator[str]:
    """Each paragraph of a docstring as a line."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        yield " ".join(paragraph.split())


def _fields(fields: dict[str, str]) -> str:
    if not fields:
        return ""
    return ": " + ", ".join(f"`{name}` ({kind})" for name, kind in fields.items())


def _auth(action: dict[str, Any]) -> str:
    if action["auth"] is None:
        return "by its options"
    return ", ".join(f"`{mode['name']}`" for mode in action["auth"]) or "none"


def _declarations(action: dict[str, Any]) -> Iterator[str]:
    yield f"Auth: {_auth(action)}."
    yield f"Effect: {action['effect']}."
    yield f"Runs on: {', '.join(action['runs_on']) or 'any machine'}."
    if action["limits"]:
        yield (
            "Occupies: "
            + ", ".join(f"{name}, {most} at a time" for name, most in action["limits"].items())
            + "."
        )
    if action["retry"] is not None:
        yield f"Tried again after: {', '.join(action['retry'])}."
    if action["on"] is not None:
        yield f"Usually runs at `{action['on']}`, in a job of its own."
    if action["probe"] is not None:
        modes = action["probe"]["auth"]
        under = (
            "the step's own mode" if modes is None else ", ".join(f"`{mode}`" for mode in modes) or "no mode"
        )
        yield f"Probe, under {under}: {action['probe']['summary']}"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
