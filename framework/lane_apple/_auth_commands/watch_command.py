"""`lane auth watch`: its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import ACCOUNT, JSON, SETTINGS, somewhere

if TYPE_CHECKING:
    from .place import Place


@click.command(
    short_help="Renew what can be renewed; tell people in time what cannot.", context_settings=SETTINGS
)
@ACCOUNT
@JSON
@somewhere
def watch(place: Place, account: str | None, *, as_json: bool) -> int:
    """Look after sessions: made to be run by cron, some times a day.

    Apple is asked for each session that is known here. One that is over is renewed by password and trust. People
    are told 7, 3 and 1 days before a trust ends, and when a session is over that only a person can renew, with what
    waits for it; each service of LANE_NOTIFY__URLS once.

    Exit code 0 where all work without a person, 4 where one is needed now, 3 where what is there cannot be used, 1
    where Apple could not be asked or people could not be told.
    """
    from .watch import watch_here

    return watch_here(place, account, as_json=as_json)
