"""`lane drop`: gives up what runs have left."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True)
@options.lanefile
@click.help_option("-h", "--help")
def drop(run_names: tuple[str, ...], *, file: str | None) -> None:
    """Give up what runs have left: their jobs wait no more, and cannot be resumed."""
    from lane._run.drop import drop as give_up
    from lane._run.resume import named

    from .history import open_journal

    journal = open_journal(file)
    for run in [named(journal, name) for name in dict.fromkeys(run_names)]:
        jobs = give_up(journal, run.id)
        click.echo(f"{run.id}: {', '.join(jobs)} dropped." if jobs else f"{run.id}: there is nothing left.")
