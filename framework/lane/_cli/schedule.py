"""`lane schedule`: what is scheduled, and when; runs it now, pauses it, installs the scheduler."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._run.journal import Journal
    from lane._schedule.firings import Firings
    from lane._schedule.overview import Row


@click.group()
@click.help_option("-h", "--help")
def schedule() -> None:
    """What is scheduled: lanes that declare a schedule, and jobs that runs have left for a time."""


def _overview(file: str | None) -> tuple[Journal, list[Row]]:
    """The journal, closed with the command, and a row for each schedule."""
    from lane._lanefile.load import load
    from lane._run.journal import Journal, store_folder
    from lane._schedule.overview import overview

    project = load(file)
    journal = Journal(store_folder(project.folder))
    click.get_current_context().call_on_close(journal.close)
    return journal, overview(project, journal)


@schedule.command("list")
@options.as_json
@options.lanefile
@click.help_option("-h", "--help")
def list_schedules(*, as_json: bool, file: str | None) -> None:
    """List the schedules: when each fires next, and what became of its last firing."""
    from lane._schedule.alone import scheduler_at_work

    from .history import table

    journal, rows = _overview(file)
    who = scheduler_at_work(journal.folder)
    if as_json:
        click.echo(json.dumps({"scheduler": who, "schedules": [row.as_dict() for row in rows]}, indent=2))
        return
    if not rows:
        click.echo("Nothing is scheduled.")
        return
    heads = ("Schedule", "At", "Next", "Waiting", "State", "Last")
    table(heads, [row.cells() for row in rows])
    click.echo(
        f"The scheduler: {who}."
        if who
        else "No scheduler is at work: `lane scheduler`, or `lane schedule install`."
    )


@schedule.command("next")
@options.as_json
@options.lanefile
@click.help_option("-h", "--help")
def next_schedule(*, as_json: bool, file: str | None) -> None:
    """Tell what fires next, and when."""
    _, rows = _overview(file)
    first = min((row for row in rows if row.next is not None), key=lambda row: row.next or 0.0, default=None)
    if as_json:
        click.echo(json.dumps(None if first is None else first.as_dict(), indent=2))
    elif first is not None:
        click.echo(f"{first.name} at {first.shown_next()}")
    else:
        click.echo("All that is scheduled is paused or wrong." if rows else "Nothing is scheduled.")


@schedule.command()
@click.argument("name")
@options.running_options
@options.environment
@options.lanefile
@click.help_option("-h", "--help")
def run(name: str, *, setting: str | None, **rest: Any) -> int:
    """Run a schedule now: its lane, or all instances of its job. What was due or held is done with that."""
    from lane._schedule.schedules import named as find
    from lane._schedule.schedules import of_lanes, of_pending_jobs

    from .firing import run_schedule
    from .session import Session

    session = Session(setting=setting or options.detected_setting(as_json=rest["as_json"]), **rest)
    lane, _, job = name.partition("/")
    if (
        not job or lane not in session.project.lanes
    ):  # a job of a lane may have been done just now: that is no error
        journal = session.journal()
        try:
            find([*of_lanes(session.project), *of_pending_jobs(journal)], name)
        finally:
            journal.close()
    return run_schedule(session, name, rest["env"])


def _switch(name: str, file: str | None, change: Callable[[Firings], bool], done: str, was: str) -> None:
    from lane._schedule.firings import Firings
    from lane._schedule.schedules import named as find

    journal, rows = _overview(file)
    firings = Firings(journal)
    if name not in firings.paused():  # the job of one that is paused may wait no more
        find([row.schedule for row in rows], name)
    click.echo(f"{name} {done if change(firings) else was}.")


@schedule.command()
@click.argument("name")
@options.lanefile
@click.help_option("-h", "--help")
def pause(name: str, *, file: str | None) -> None:
    """Keep a schedule from firing until it is resumed; `lane schedule run` still runs it."""
    _switch(name, file, lambda firings: firings.pause(name), "is paused", "was paused before")


@schedule.command()
@click.argument("name")
@options.lanefile
@click.help_option("-h", "--help")
def resume(name: str, *, file: str | None) -> None:
    """Let a paused schedule fire again, from its next time on."""
    _switch(name, file, lambda firings: firings.unpause(name), "fires again", "was not paused")


@schedule.command()
@click.option("--systemd", "kind", flag_value="systemd", help="A systemd unit and timer.")
@click.option("--launchd", "kind", flag_value="launchd", help="A launchd agent.")
@click.option("--cron", "kind", flag_value="cron", help="A line for cron.")
@options.lanefile
@click.help_option("-h", "--help")
def install(*, kind: str | None, file: str | None) -> None:
    """Print what starts the scheduler on this machine (or what an option asks for). Nothing is installed."""
    from lane._lanefile.load import path_of
    from lane._run.journal import Journal, store_folder
    from lane._schedule import units

    path = Path(path_of(file)).resolve()
    store = store_folder(str(path.parent))
    Journal(store).close()  # so that the store is there: the log of what is printed is in it
    place = units.Place(path, store if os.environ.get("LANE_STORE") else None)
    made = {units.SYSTEMD: units.systemd, units.CRON: units.cron, units.LAUNCHD: units.launchd}
    click.echo(made[kind or units.usual()](place), nl=False)
