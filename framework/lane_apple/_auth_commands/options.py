"""The options that the commands of `lane auth` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

ACCOUNT = click.argument("account", metavar="[ACCOUNT]", required=False)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PLACE = (
    click.option("--sandbox", is_flag=True, help="Meet the offline Apple."),
    click.option("--env", metavar="NAME", help="Read .env.NAME before .env."),
    click.option(
        "-f", "--file", "file", metavar="FILE", help="The Lanefile (default: in this folder or a parent)."
    ),
    click.help_option("-h", "--help"),
)


def somewhere(command: Callable[..., int]) -> Callable[..., int]:
    """What every command takes that says where it works; it is given as `place`."""

    def called(*, sandbox: bool, env: str | None, file: str | None, **given: Any) -> int:
        return command(Place.of(file, env=env, sandbox=sandbox), **given)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    for option in reversed(_PLACE):
        called = option(called)
    return called
