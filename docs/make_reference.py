"""Makes actions-reference.md from what the built-in actions declare.

.venv/bin/python docs/make_reference.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return [action for action in found if action["origin"] == "lane_actions"]


def reference() -> str:
    """The page."""
    actions = declared()
    lines = [HEAD, "| action | auth | effect | what it does |", "|---|---|---|---|"]
    lines += [
        f"| [{one['name']}](#{one['name']}) | {_auth(one)} | {one['effect']} | {one['summary']} |"
        for one in actions
    ]
    for action in actions:
        lines += ["", *_section(action)]
    return "\n".join(lines) + "\n"


def _section(action: dict[str, Any]) -> Iterator[str]:
    yield f"## {action['name']}"
    yield from ("", *_unwrapped(action["doc"]), "", f"`{action['import']}`", "")
    yield "| option | type | default | what it is |"
    yield "|---|---|---|---|"
    for option in action["options"]:
        default = "required" if option["required"] else f"`{option['default']}`"
        kind = option["type"].replace("|", "\\|")
        yield f"| `{option['name']}` | `{kind}` | {default} | {option['description']} |"
    yield ""
    yield f"Gives `{action['output']['type']}`{_fields(action['output']['fields'])}."
    yield ""
    yield from (f"- {said}" for said in _declarations(action))


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
