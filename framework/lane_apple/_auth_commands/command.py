"""`lane auth`: its commands with their options; what each does is imported when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import ACCOUNT, JSON, SETTINGS, somewhere
from .push_command import push
from .watch_command import watch

if TYPE_CHECKING:
    from .place import Place


class _InOrder(click.Group):
    """Lists its commands as one comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=_InOrder, context_settings=SETTINGS)
def auth() -> None:
    """Sign an Apple ID in; show, carry and end its sessions.

    ACCOUNT is the Apple ID; left out, it is FASTLANE_USER, or the only one with a session.
    """


@auth.command(short_help="Sign an Apple ID in, and keep its session.", context_settings=SETTINGS)
@ACCOUNT
@click.option("--fresh", is_flag=True, help="Do not use the trust of an earlier sign-in: Apple wants a code.")
@JSON
@somewhere
def login(place: Place, account: str | None, *, fresh: bool, as_json: bool) -> int:
    """Sign an Apple ID in, and keep its session.

    What is not known is asked for in the terminal: the Apple ID, its password, the code, the team. Without a
    terminal nothing is asked, and the exit code is 4.
    """
    from .login import log_in_here

    return log_in_here(place, account, fresh=fresh, as_json=as_json)


@auth.command(short_help="Show which sessions live, and for how long.", context_settings=SETTINGS)
@ACCOUNT
@JSON
@click.option("--offline", is_flag=True, help="Do not ask Apple: say what is known here.")
@somewhere
def status(place: Place, account: str | None, *, as_json: bool, offline: bool) -> int:
    """Show whether the sessions live, how long they are expected to, and which lanes depend on them.

    Apple is asked, and nobody is signed in. Exit code 0 where all work without a person, 4 where one is needed
    now, 3 where what is there cannot be used, 1 where Apple could not be asked.
    """
    from .status import show_status

    return show_status(place, account, as_json=as_json, offline=offline)


@auth.command(short_help="List an Apple ID's teams, and which are chosen.", context_settings=SETTINGS)
@ACCOUNT
@JSON
@somewhere
def teams(place: Place, account: str | None, *, as_json: bool) -> int:
    """List the teams of an Apple ID, which of them are chosen, and the variables that choose."""
    from .teams import show_teams

    return show_teams(place, account, as_json=as_json)


@auth.command(short_help="Print a session, to carry it elsewhere.", context_settings=SETTINGS)
@ACCOUNT
@click.option(
    "--format",
    "form",
    type=click.Choice(["fastlane", "cookies", "lane"]),
    default="fastlane",
    show_default=True,
    help="The value of FASTLANE_SESSION, fastlane's file of cookies, or lane's own with all that is known.",
)
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write a file, readable by you only."
)
@click.option("--show", is_flag=True, help="Print it even into a terminal.")
@somewhere
def export(place: Place, account: str | None, *, form: str, output: str | None, show: bool) -> int:
    """Print a session, to carry it elsewhere. Whoever has it is signed in."""
    from .carry import export_session

    return export_session(place, account, form=form, output=output, show=show)


@auth.command("import", short_help="Keep a session that was made elsewhere.", context_settings=SETTINGS)
@click.argument("source", metavar="[FILE]", required=False)
@ACCOUNT
@JSON
@somewhere
def import_command(place: Place, source: str | None, account: str | None, *, as_json: bool) -> int:
    """Keep a session that was made elsewhere: FASTLANE_SESSION's text, fastlane's cookie file, or lane's export.

    FILE `-`, or none, is standard input. Apple is asked whose the session is, and whether it lives.
    """
    from .carry import import_session

    return import_session(place, source or "-", account, as_json=as_json)


@auth.command(short_help="Forget a session here.", context_settings=SETTINGS)
@ACCOUNT
@click.option("--all", "every", is_flag=True, help="Forget the sessions of all Apple IDs.")
@somewhere
def logout(place: Place, account: str | None, *, every: bool) -> int:
    """Forget a session here. Apple is not told: where else it is, it works on."""
    from .logout import forget

    return forget(place, account, every=every)


@auth.command(short_help="List the API keys that are found.", context_settings=SETTINGS)
@JSON
@somewhere
def keys(place: Place, *, as_json: bool) -> int:
    """List the App Store Connect API keys that are found here, and what is missing; never what they are.

    Exit code 0 where one can be used, else 3.
    """
    from .keys import show_keys

    return show_keys(place, as_json=as_json)


auth.add_command(watch)
auth.add_command(push)
