"""What can stand at the cursor of a `lane` command line, beyond what click knows: parameters, runs."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, get_args

import click
from click.shell_completion import CompletionItem

from lane._errors import LaneError
from lane._lanefile import types as _types
from lane._lanefile.load import find, load
from lane._lanefile.text import choices, is_flag

from .commands import lane as root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._lanefile.lane import Lane
    from lane._lanefile.options import Option

Item = CompletionItem[Any]

_WITH_PARAMETERS = {"run", "plan"}
_WITH_RUNS = {"resume", "show"}
_WITH_LANES = {"advise"}  # click does the others; this one cannot import what tells it the lanes
_MOST_RUNS = 50


def own_items(words: list[str], incomplete: str) -> list[Item]:
    """The items for the word `incomplete` after `words`, which come on top of click's own.

    Nothing is raised: a Lanefile that cannot be loaded completes to nothing.
    """
    return list(_items(words, incomplete))


def _items(words: list[str], incomplete: str) -> Iterator[Item]:
    if not words:
        return
    try:
        context = _context(words)
        if words[0] in _WITH_LANES and not incomplete.startswith("-"):
            yield from _lanes(context, incomplete)
        elif words[0] in _WITH_RUNS and not incomplete.startswith("-"):
            yield from _runs(context, incomplete)
        elif words[0] in _WITH_PARAMETERS and context.params.get("lane_name"):
            lane = load(context.params.get("file")).lane(context.params["lane_name"])
            yield from _parameters(lane, words[1:], incomplete)
    except (LaneError, click.ClickException):
        return


def _context(words: list[str]) -> click.Context:
    """What the words before the cursor say, as far as they say it."""
    parent = click.Context(root, info_name="lane", resilient_parsing=True)
    command = root.get_command(parent, words[0])
    if command is None:
        return parent
    return command.make_context(words[0], words[1:], parent=parent, resilient_parsing=True)


def _parameters(lane: Lane[..., Any], words: list[str], incomplete: str) -> Iterator[Item]:
    """A lane's parameters: `--name` and `name=`, and the values that one can have.

    bash splits words at `=`, the other shells do not.
    """
    options = lane.options.by_name
    word, prefix, part = _asked_value(words, incomplete)
    asked = options.get(word.removeprefix("--").replace("-", "_"))
    if asked is not None and not (is_flag(asked.type) and word == words[-1] and incomplete != "="):
        yield from _values(asked, prefix, part)
    elif incomplete.startswith("-"):
        for option in options.values():
            yield from _flags(option, incomplete)
    else:
        for option in options.values():
            if option.name.startswith(incomplete):
                yield CompletionItem(f"{option.name}=")


def _asked_value(words: list[str], incomplete: str) -> tuple[str, str, str]:
    """The word whose value is being written, what stands before the value in this one, and its start."""
    before = words[-1]
    if incomplete == "=":
        return before, "", ""
    if before == "=":
        return words[-2], "", incomplete
    if "=" in incomplete:
        word, _, part = incomplete.partition("=")
        return word, f"{word}=", part
    if before.startswith("--") and not incomplete.startswith("-"):
        return before, "", incomplete
    return "", "", incomplete


def _values(option: Option, prefix: str, part: str) -> Iterator[Item]:
    members = get_args(_types.plain(option.type)) or (_types.plain(option.type),)
    if any(isinstance(one, type) and issubclass(one, PurePath) for one in members):
        yield CompletionItem(f"{prefix}{part}", type="file")
        return
    values = ["true", "false"] if is_flag(option.type) else choices(option.type)
    for value in values:
        if value.startswith(part):
            yield CompletionItem(f"{prefix}{value}")


def _flags(option: Option, incomplete: str) -> Iterator[Item]:
    word = option.name.replace("_", "-")
    for flag in (f"--{word}", *([f"--no-{word}"] if is_flag(option.type) else [])):
        if flag.startswith(incomplete):
            yield CompletionItem(flag, help=option.description or None)


def _lanes(context: click.Context, incomplete: str) -> Iterator[Item]:
    """The public lanes that were not named yet."""
    named = set(context.params.get("lanes") or ())
    for lane in load(context.params.get("file")).public:
        if lane.name.startswith(incomplete) and lane.name not in named:
            yield CompletionItem(lane.name, help=lane.summary or None)


def _runs(context: click.Context, incomplete: str) -> Iterator[Item]:
    """The ids of the newest runs, with what each was."""
    from lane._run.journal import Journal, store_folder

    file = context.params.get("file") or find()
    store = store_folder(os.path.dirname(os.path.abspath(file)))  # noqa: PTH100, PTH120
    if not os.path.exists(os.path.join(store, "journal.db")):  # noqa: PTH110, PTH118
        return
    journal = Journal(store)
    try:
        rows = journal.read("SELECT id, lane, state FROM runs ORDER BY created DESC LIMIT ?", (_MOST_RUNS,))
    finally:
        journal.close()
    for run, lane, state in rows:
        if run.startswith(incomplete):
            yield CompletionItem(run, help=f"{lane}, {state}")
