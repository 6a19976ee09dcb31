"""Options that several commands share, and what their words mean."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lane._errors import LaneError, UsageError
from lane._lanefile.load import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane._plan.credentials import Policy

PARALLEL = 8

lanefile = click.option(
    "-f", "--file", "file", metavar="FILE", help="The Lanefile (default: in this folder or a parent)."
)
environment = click.option("--env", metavar="NAME", help="Read .env.NAME before .env.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
sandbox = click.option("--sandbox", is_flag=True, help="Meet the offline Apple.")
policy = click.option(
    "--policy", "rules", multiple=True, metavar="RULE", help="allow=MODE,…, prefer=MODE,… or have=MODE,…"
)
by_machine = click.option(
    "--by-machine", is_flag=True, help="Cut jobs where the machine changes that their steps need."
)


def _folder(_ctx: click.Context, _param: click.Parameter, name: str | None) -> Path | None:
    """A folder that an option names, from where the command was called. A variable that is not set names none."""
    if name == "":
        raise click.BadParameter("it is empty.")
    return None if name is None else Path(os.path.abspath(name))  # noqa: PTH100 - without `..`


def _new_folder(ctx: click.Context, param: click.Parameter, name: str | None) -> Path | None:
    """One that can be made or written, before a run that would find out at its end that it cannot."""
    folder = _folder(ctx, param, name)
    nearest = folder and next(one for one in (folder, *folder.parents) if one.exists())
    if nearest and not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise click.BadParameter(f"{nearest} {'cannot be written' if nearest.is_dir() else 'is a file'}.")
    return folder


_DIRECTORY = click.Path(file_okay=False)
handoff = click.option(
    "--handoff",
    metavar="DIR",
    type=_DIRECTORY,
    callback=_folder,
    help="Run the job that others left here: all hand-offs for it, each once.",
)
export_handoff = click.option(
    "--export-handoff",
    metavar="DIR",
    type=_DIRECTORY,
    callback=_new_folder,
    help="Leave what waits in a folder, for another store or CI job to run.",
)


def lane_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The lanes whose names begin so, for completion."""
    try:
        return [lane.name for lane in load(ctx.params.get("file")).public if lane.name.startswith(incomplete)]
    except LaneError:
        return []


lane_argument = click.argument("lane_name", metavar="LANE", shell_complete=lane_names)
parameters_argument = click.argument(
    "parameters", nargs=-1, type=click.UNPROCESSED, metavar="[PARAMETERS]..."
)

_SETTING = (
    click.option(
        "--ci",
        "setting",
        flag_value="ci",
        help="No person is here (default: where a CI system or no terminal is).",
    ),
    click.option("--local", "setting", flag_value="local", help="A person is here and can be asked."),
)
_RUNNING = (
    click.option(
        "--parallel", type=click.IntRange(1), default=PARALLEL, show_default=True, help="Steps at a time."
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one event a line as JSON."),
    click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False), help="Write a JUnit report."),
    click.option("-v", "--verbose", is_flag=True, help="Show the log lines of all steps."),
)


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--ci` and `--local`."""
    return _with(command, _SETTING)


def running_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every command takes that runs steps."""
    return _with(command, (*_SETTING, *_RUNNING))


def nearest_option(word: str, parameters: Sequence[click.Parameter]) -> str | None:
    """The option whose name is like a word that is none, if one is; the dashes make nothing alike."""
    known = {
        one.lstrip("-"): one for each in parameters if isinstance(each, click.Option) for one in each.opts
    }
    close = get_close_matches(word.lstrip("-"), known, 1)
    return known[close[0]] if close else None


def _with(command: Callable[..., Any], options: tuple[Callable[[Any], Any], ...]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def policy_of(rules: tuple[str, ...]) -> Policy | None:
    """The `--policy` options: `allow=api_key,none`, `prefer=api_key`, `have=apple_id`. Raises UsageError."""
    from lane._plan.credentials import Policy

    allowed: list[str] | None = None
    preferred: list[str] = []
    had: list[str] = []
    for rule in rules:
        word, equals, names = rule.partition("=")
        modes = [name.strip() for name in names.split(",") if name.strip()]
        if word == "allow" and equals:
            allowed = [*(allowed or []), *modes]
        elif word == "prefer" and modes:
            preferred.extend(modes)
        elif word == "have" and modes:
            had.extend(modes)
        else:
            hint = "Write allow=MODE,…, prefer=MODE,… or have=MODE,…."
            raise UsageError(f"--policy {rule!r} is no rule.", hint=hint)
    return Policy(allowed, preferred, had) if rules else None


def detected_setting(*, as_json: bool = False) -> str:
    """`local` where a person is here, else `ci`; nobody is asked where a script reads."""
    from lane._report.ci import setting

    return "ci" if as_json else setting()
