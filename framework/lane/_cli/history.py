"""`lane pending`, `lane runs` and `lane show`: what the journal knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from lane._lanefile.load import path_of
from lane._report.reporter import CANCELLED, FAILED, RUNNING, SUCCEEDED, WAITING
from lane._report.text import duration
from lane._run.claim import is_claimed
from lane._run.journal import Journal, store_folder
from lane._run.resume import find_run
from lane._run.states import DROPPED, HANDED_OVER, PENDING

from .options import as_json, lanefile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._run.journal import JobState, Run, StepState


def open_journal(file: str | None) -> Journal:
    """The journal of the Lanefile's store; the Lanefile itself is not run."""
    from pathlib import Path

    path = Path(path_of(file)).resolve()
    journal = Journal(store_folder(str(path.parent)))
    click.get_current_context().call_on_close(journal.close)
    return journal


@click.command()
@as_json
@lanefile
@click.help_option("-h", "--help")
def pending(*, as_json: bool, file: str | None) -> None:
    """List the jobs that wait for a time or a person, and for what."""
    journal = open_journal(file)
    rows = [_pending_row(journal, run, job) for run, job in journal.unfinished()]
    waiting = [row for row in rows if row["state"] == PENDING or row["waits_again"]]
    if as_json:
        for row in waiting:
            row["hand_off"] = _hand_off(journal, row["run"], row["needs"])
        click.echo(json.dumps(waiting, indent=2))
    elif not waiting:
        click.echo("Nothing is pending.")
    else:
        table(
            ("Run", "Lane", "Job", "Waits for", "Due", "Steps"),
            [
                (
                    row["run"],
                    row["lane"],
                    row["job"],
                    f"{row['waits_for']}, {row['state']} before" if row["waits_again"] else row["waits_for"],
                    row["due"] or "",
                    ", ".join(row["steps"]),
                )
                for row in waiting
            ],
        )
        click.echo("lane resume RUN runs what waits; lane run LANE --job NAME all instances of a job.")
        click.echo("lane drop RUN gives up what a run has left.")


def _pending_row(journal: Journal, run_id: str, name: str) -> dict[str, Any]:
    run, job = journal.run(run_id), journal.jobs(run_id)[name]
    assert run is not None
    done = {other.name for other in journal.jobs(run_id).values() if other.state == SUCCEEDED}
    needs = [need for need in json.loads(job.needs) if need not in done]
    waits = ", ".join(needs) or job.held or job.cron or ("a person" if job.attended else "lane resume")
    return {
        "run": run_id,
        "lane": run.lane,
        "job": name,
        "state": job.state,
        "waits_again": job.cron is not None and job.state in (FAILED, CANCELLED),
        "kind": job.kind,
        "cron": job.cron,
        "timezone": job.timezone,
        "attended": bool(job.attended),
        "needs": json.loads(job.needs),
        "waits_for": waits,
        "due": _due(job),
        "steps": json.loads(job.steps),
    }


def _hand_off(journal: Journal, run_id: str, needs: list[str]) -> dict[str, Any]:
    """What the jobs that a job needs have left for it: the outputs of their steps, by step id."""
    jobs, states = journal.jobs(run_id), journal.states(run_id)
    names = [name for need in needs for name in json.loads(jobs[need].steps)]
    return {name: _output(name, states) for name in names if name in states and states[name].output}


def _output(name: str, states: dict[str, StepState]) -> Any:
    """A step's output; that of a step of an `each` is the list of its items' outputs."""
    if f"{name}[0]" not in states:
        return _parsed(states[name].output)
    items = [states.get(f"{name}[{position}]") for position in range(int(states[name].output or 0))]
    return [None if item is None else _parsed(item.output) for item in items]


def _due(job: JobState) -> str | None:
    if job.cron is None:
        return None
    from lane._lanefile.trigger import Trigger, next_fire

    due = next_fire(Trigger(job.cron, job.timezone or "UTC"), datetime.now(UTC))
    return None if due is None else due.astimezone(UTC).isoformat(timespec="minutes")


@click.command()
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@as_json
@lanefile
@click.help_option("-h", "--help")
def runs(*, most: int, as_json: bool, file: str | None) -> None:
    """List the runs, the newest first."""
    journal = open_journal(file)
    found = journal.runs(most)
    if as_json:
        click.echo(json.dumps([_run_row(journal, run) for run in found], indent=2))
    elif not found:
        click.echo("There are no runs yet.")
    else:
        table(
            ("Run", "Lane", "State", "Begun", "Took"),
            [
                (
                    run.id,
                    run.lane,
                    _state(journal, run),
                    _time(run.created),
                    _took(journal, run),
                )
                for run in found
            ],
        )


def _state(journal: Journal, run: Run) -> str:
    """`stopped`, where the journal says `running` and no process works on the run: it was killed."""
    return "stopped" if run.state == RUNNING and not is_claimed(journal.folder, run.id) else run.state


def _took(journal: Journal, run: Run) -> str:
    """How long its jobs ran that are over; what one of them waits for, a night or a person, is not counted."""
    over = [
        job.ended - job.started
        for job in journal.jobs(run.id).values()
        if job.started is not None and job.ended is not None and job.ended >= job.started
    ]
    return duration(sum(over)) if over else ""


def _run_row(journal: Journal, run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "lane": run.lane,
        "state": _state(journal, run),
        "sandbox": run.sandbox,
        "setting": run.setting,
        "digest": run.digest,
        "parameters": json.loads(run.parameters),
        "begun": _time(run.created),
        "ended": None if run.ended is None else _time(run.ended),
    }


@click.command()
@click.argument("run_name", metavar="[RUN]", required=False)
@as_json
@lanefile
@click.help_option("-h", "--help")
def show(run_name: str | None, *, as_json: bool, file: str | None) -> None:
    """Show what became of a run (without RUN: the newest): its steps, artifacts, and changes made at Apple."""
    journal = open_journal(file)
    newest = journal.runs(1)
    if run_name is None and not newest:
        click.echo("null" if as_json else "There are no runs yet.")
        return
    run = newest[0] if run_name is None else find_run(journal, run_name)
    assert run is not None
    story = _story(journal, run)
    if as_json:
        click.echo(json.dumps(story, indent=2))
    else:
        _tell(story)


def _story(journal: Journal, run: Run) -> dict[str, Any]:
    states = journal.states(run.id)
    spans = {step: ended - begun for step, _, begun, ended in journal.durations(run.id)}
    jobs = []
    listed: set[str] = set()
    for job in journal.jobs(run.id).values():
        names = json.loads(job.steps)
        listed.update(names)
        rows = [_step_row(name, states, spans) for name in names]
        if job.state in (HANDED_OVER, DROPPED):
            rows = [{**row, "message": job.state} if row["state"] == WAITING else row for row in rows]
        jobs.append({**_pending_row(journal, run.id, job.name), "steps": rows})
    others = [_step_row(name, states, spans) for name in states if name not in listed]
    artifacts = journal.read(
        "SELECT step, path, size, sha256 FROM artifacts WHERE run=? ORDER BY step, path", (run.id,)
    )
    ledger = journal.read(
        "SELECT step, time, what, before, after FROM ledger WHERE run=? ORDER BY id", (run.id,)
    )
    return {
        **_run_row(journal, run),
        "jobs": jobs,
        "other_steps": others,
        "artifacts": [dict(zip(("step", "path", "size", "sha256"), row, strict=True)) for row in artifacts],
        "changes": [
            {
                "step": step,
                "time": _time(at),
                "what": what,
                "before": _parsed(before),
                "after": _parsed(after),
            }
            for step, at, what, before, after in ledger
        ],
    }


def _step_row(name: str, states: dict[str, Any], spans: dict[str, float]) -> dict[str, Any]:
    state = states.get(name)
    return {
        "id": name,
        "state": WAITING if state is None else state.state,
        "seconds": round(spans[name], 3) if name in spans else None,
        "attempts": None if state is None else state.attempt,
        "output": None if state is None else _parsed(state.output),
        "message": None if state is None else state.message,
    }


def _tell(story: dict[str, Any]) -> None:
    place = " against the sandbox" if story["sandbox"] else ""
    click.echo(f"{story['lane']} {story['state']}{place} · run {story['run']} · begun {story['begun']}\n")
    rows = [(job["job"], step) for job in story["jobs"] for step in job["steps"]]
    rows += [("", step) for step in story["other_steps"]]
    table(
        ("Job", "Step", "State", "Time", "Attempts", "Message"),
        [
            (
                job,
                step["id"],
                step["state"],
                "" if step["seconds"] is None else duration(step["seconds"]),
                str(step["attempts"] or ""),
                step["message"] or "",
            )
            for job, step in rows
        ],
    )
    if story["artifacts"]:
        table(
            ("Artifact", "Bytes", "SHA-256"),
            [(one["path"], str(one["size"]), one["sha256"][:16]) for one in story["artifacts"]],
        )
    if story["changes"]:
        table(
            ("Changed by", "What", "Before", "After"),
            [
                (one["step"], one["what"], _short(one["before"]), _short(one["after"]))
                for one in story["changes"]
            ],
        )
    if story["state"] == "stopped":
        click.echo(f"No process works on it any more: lane resume {story['run']} goes on.")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their heads, and an empty line."""
    from rich.table import Table

    from .console import printed

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, no_wrap=head == "Run")  # an id has to be whole to be copied
    for row in rows:
        table.add_row(*row)
    printed(lambda console: console.print(table, ""))


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _short(value: Any) -> str:
    text = (
        ""
        if value is None
        else json.dumps(value, ensure_ascii=False)
        if not isinstance(value, str)
        else value
    )
    return text if len(text) <= 60 else text[:59] + "…"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
