"""`lane init` and `lane new`: write a project, an action with its test."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane._errors import UsageError
from lane._lanefile.load import find

from .layout import lay_out
from .options import lanefile

if TYPE_CHECKING:
    from .layout import Laid


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(path_type=Path))
@click.help_option("-h", "--help")
def init(folder: Path) -> None:
    """Lay out a project that runs on the sandbox at once.

    Files that are there are kept.
    """
    laid = lay_out("project", folder)
    _tell(laid)
    if ".gitignore" in laid.kept:
        _tell_ignored(folder / ".gitignore")
    go = "" if folder.resolve() == Path.cwd() else f"cd {_quoted(folder)} && "
    click.echo(f"\nNext: {go}lane run release\nThen: lane plan release, lane list, lane doctor")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def new() -> None:
    """Write a new action with its test."""


@new.command()
@click.argument("name")
@lanefile
@click.help_option("-h", "--help")
def action(name: str, file: str | None) -> None:
    """Write actions/NAME.py and tests/test_NAME.py."""
    _check_name(name)
    folder = _project_of(file)
    for path in (folder / "actions" / f"{name}.py", folder / "tests" / f"test_{name}.py"):
        if path.exists():
            raise UsageError(
                f"{path} is there already.", hint="Choose another name, or remove it.", code="file_exists"
            )
    _tell(lay_out("action", folder, {"new_action": name, "NewActionResult": f"{_camel(name)}Result"}))
    click.echo(f"\nNext: pytest {_quoted(Path('tests') / f'test_{name}.py')}")
    click.echo(f"In a lane: from actions.{name} import {name}")


def _project_of(file: str | None) -> Path:
    """The Lanefile's folder. Raises UsageError where there is none."""
    lanefile = Path(file or find()).absolute()
    if not lanefile.is_file():
        hint = "Name a Lanefile with -f FILE; `lane init` writes one."
        raise UsageError(f"There is no {lanefile}.", hint=hint, code="no_lanefile")
    return lanefile.parent


def _check_name(name: str) -> None:
    """Raise UsageError for what cannot be the name of a module, a function and an environment variable."""
    if name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("_"):
        return
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    better = re.sub(r"\W+", "_", snake, flags=re.ASCII).strip("_").lower()
    if keyword.iskeyword(name):
        why, better = "it is a word of Python itself", ""
    elif name.startswith("_"):
        why = "an action that begins with _ would not be found"
    else:
        why = "an action is called by its name: ASCII letters, digits and _, no digit first"
    good = better.isidentifier() and not keyword.iskeyword(better)
    hint = f"Write `lane new action {better}`." if good else "Write a name such as take_screenshots."
    raise UsageError(f"{name!r} cannot be the name of an action: {why}.", hint=hint, code="wrong_name")


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _tell(laid: Laid) -> None:
    for name in laid.written:
        click.echo(f"wrote  {name}")
    for name in laid.kept:
        click.echo(f"kept   {name} (it was there)")


def _tell_ignored(path: Path) -> None:
    """Say what a .gitignore that was there lacks: `.env` holds credentials."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = {line.strip().strip("/") for line in text.splitlines()}
    lacks = [name for name in (".env", ".lane") if name not in lines]
    if lacks:
        click.echo(f"→ Add {' and '.join(lacks)} to .gitignore: credentials and runs do not belong into git.")


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
