"""`lane actions` and `lane action NAME`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from lane._errors import EXIT_OK, EXIT_USAGE, LaneError, Problem, UsageError
from lane._lanefile.lane import Lane
from lane._lanefile.load import find

from .catalogue import Catalogue, Entry
from .describe import declared_modes, described
from .options import as_json, lanefile

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDEST = 40  # characters of a column; a longer type moves the rest of its line
_BY_STEPS = "by its steps"


def catalogue(file: str | None) -> Catalogue:
    """The actions of the project whose Lanefile is `file` or found from here, and of installed packages."""
    return Catalogue(_folder(file))


def _folder(file: str | None) -> str | None:
    """The Lanefile's folder, or None where there is no Lanefile: installed actions need none."""
    if file is not None:
        return os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120
    try:
        return os.path.dirname(find())  # noqa: PTH120
    except UsageError:
        return None


def _names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in catalogue(ctx.params.get("file")).names if name.startswith(incomplete)]


@click.command()
@as_json
@lanefile
@click.help_option("-h", "--help")
def actions(*, as_json: bool, file: str | None) -> int:
    """List the actions that a lane can use, and the lanes that are called as they are."""
    found = catalogue(file)
    entries = found.entries.values()
    problems = list(found.problems)
    if as_json:
        rows = [row for entry in entries if (row := _described(entry, problems)) is not None]
        errors = [problem.as_dict() for problem in problems]
        click.echo(json.dumps({"actions": rows, "errors": errors}, indent=2))
    else:
        click.echo("\n".join(_table(entries)) or "There are no actions.")
        tell(problems)
    return EXIT_USAGE if problems else EXIT_OK


@click.command()
@click.argument("name", shell_complete=_names)
@as_json
@lanefile
@click.help_option("-h", "--help")
def action(name: str, *, as_json: bool, file: str | None) -> None:
    """Describe an action: its options, auth modes and effect."""
    row = described(catalogue(file).entry(name))
    click.echo(json.dumps(row, indent=2) if as_json else "\n".join(_sheet(row)))


def tell(problems: Iterable[Problem]) -> None:
    """Print problems to stderr."""
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
        if problem.hint:
            click.echo(f"  → {problem.hint}", err=True)


def _described(entry: Entry, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        return described(entry)
    except LaneError as error:
        problems.append(Problem(error.code, error.message, line=error.where, hint=error.hint))
        return None


def _table(entries: Iterable[Entry]) -> list[str]:
    """One line an action, below the package or file that it comes from."""
    rows = [(entry.origin, entry.name, _auth_words(entry), entry.action.summary) for entry in entries]
    name_width = max((len(row[1]) for row in rows), default=0)
    auth_width = max((len(row[2]) for row in rows), default=0)
    lines: list[str] = []
    origin = None
    for row in rows:
        if row[0] != origin:
            origin = row[0]
            lines.extend(["", origin] if lines else [origin])
        lines.append(f"  {row[1]:<{name_width}}  {row[2]:<{auth_width}}  {row[3]}".rstrip())
    return lines


def _auth_words(entry: Entry) -> str:
    if isinstance(entry.action, Lane):
        return _BY_STEPS
    try:
        modes = declared_modes(entry.action)
    except LaneError:
        modes = None
    if modes is None:
        return "by options"
    return ", ".join(mode.name for mode in modes) or "none"


def _sheet(row: dict[str, Any]) -> list[str]:
    """A description for people."""
    lines = [f"{row['name']}  ({row['origin']})", "", *_indented(row["doc"]), ""]
    lines.extend(["Import", f"  {row['import']}", ""])
    lines.extend(["Options", *_options(row["options"]), ""])
    if row["kind"] == "lane":
        return [*lines, "Auth", f"  {_BY_STEPS}: it is a lane, called as an action is"]
    lines.extend(["Auth", *_auth(row), ""])
    lines.extend(["Output", f"  {row['output']['type']}"])
    width = max(map(len, row["output"]["fields"]), default=0)
    lines.extend(f"    {name:<{width}}  {kind}" for name, kind in row["output"]["fields"].items())
    return [*lines, "", "Declared", *_declared(row)]


def _indented(text: str) -> list[str]:
    return [f"  {line}".rstrip() for line in (text or "It has no documentation.").splitlines()]


def _options(options: list[dict[str, Any]]) -> list[str]:
    if not options:
        return ["  none"]
    head = ("option", "type", "default", "variable")
    rows = [(one["name"], one["type"], one["default"] or "required", one["variable"]) for one in options]
    widths = [min(max(len(row[column]) for row in [head, *rows]), _WIDEST) for column in range(4)]
    lines = [_columns(head, widths)]
    for row, option in zip(rows, options, strict=True):
        lines.append(_columns(row, widths))
        if option["description"]:
            lines.append(f"      {option['description']}")
    return lines


def _columns(row: tuple[str, ...], widths: list[int]) -> str:
    return ("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))).rstrip()


def _auth(row: dict[str, Any]) -> list[str]:
    modes: list[dict[str, Any]] | None = row["auth"]
    if modes is None:
        return ["  depends on its options"]
    lines = [f"  {number}. {_mode(mode)}" for number, mode in enumerate(modes, 1)] or ["  none needed"]
    return [*lines, "  (with the defaults: it depends on the options)"] if row["auth_by_options"] else lines


def _mode(mode: dict[str, Any]) -> str:
    traits = [
        "needs a person" if mode["attended"] else "needs no person",
        "expires" if mode["expires"] else "does not expire",
        *([] if mode["fit_for_ci"] else ["not fit for CI"]),
    ]
    return f"{mode['name']}: {', '.join(traits)}"


def _declared(row: dict[str, Any]) -> list[str]:
    limits = ", ".join(f"{name} ({most} at a time)" for name, most in row["limits"].items())
    retry = "as the step says"
    if row["retry"] is not None:
        retry = f"after {', '.join(row['retry']) or 'TransientError'}"
    said = {
        "effect": row["effect"],
        "runs on": ", ".join(row["runs_on"]) or "any machine",
        "occupies": limits or "nothing",
        "tried again": retry,
        "usually runs": "with the lane" if row["on"] in (None, "now") else f"at {row['on']}",
        "probe": _probe_words(row["probe"]),
    }
    return [f"  {word:<12}  {value}" for word, value in said.items()]


def _probe_words(probe: dict[str, Any] | None) -> str:
    if probe is None:
        return "none"
    modes = "under the step's own mode"
    if probe["auth"] is not None:
        modes = f"under {', '.join(probe['auth']) or 'none'}"
    return f"{modes}: {probe['summary']}" if probe["summary"] else modes
