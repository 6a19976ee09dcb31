"""`lane scheduler`: runs what is due, when it is."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now, and end; for cron, or a systemd timer.")
@click.option("--json", "as_json", is_flag=True, help="Print one event a line as JSON.")
@options.environment
@options.lanefile
@click.help_option("-h", "--help")
def scheduler(*, once: bool, as_json: bool, env: str | None, file: str | None) -> int:
    """Run lanes and pending jobs at their times, until a signal asks to stop.

    One at a time, each in a process of its own. The first SIGTERM or Ctrl-C lets what runs end, the second stops it.
    """
    from pathlib import Path

    from lane._lanefile.load import path_of
    from lane._run.journal import Journal, store_folder
    from lane._schedule.alarm import Alarm
    from lane._schedule.alone import BusyError, only_scheduler
    from lane._schedule.serve import Scheduler
    from lane._schedule.telling import Voice

    path = Path(path_of(file)).resolve()
    journal, voice = Journal(store_folder(str(path.parent))), Voice(as_json=as_json)
    try:
        with only_scheduler(journal.folder), Alarm() as alarm:
            worker = Scheduler(str(path), journal, voice, alarm, env)
            try:
                return worker.catch_up() if once else worker.serve()
            finally:
                worker.close()
    except BusyError as error:
        if not once:
            raise
        voice.say("nothing_to_do", str(error))  # the one at work does what was to do
        return 0
    finally:
        journal.close()
