"""What comes before a run: whether this machine can run it, and its first lines in the journal."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from lane._errors import CredentialError, UsageError
from lane._plan.credentials import Elsewhere

from .journal import JobRow, Journal, Run
from .states import PENDING
from .values import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._plan.plan import Job
    from lane._plan.prepare import Prepared


def check_before(prepared: Prepared, jobs: Sequence[Job]) -> None:
    """Before anything runs: raise CredentialError or UsageError where these jobs cannot run on this machine."""
    check_steps(prepared, [index for job in jobs for index in job.steps])


def check_steps(prepared: Prepared, steps: Sequence[int]) -> None:
    """As `check_before`, for steps of a job."""
    _note_what_others_have(prepared, steps)
    needed = {prepared.graph.steps[index].id for index in steps}
    hooks = {f"{hook.kind}/{step.id}" for hook in prepared.hooks for step in hook.graph.steps}
    lacking = [missing for missing in prepared.plan.missing if (needed | hooks) & set(missing.needed_by)]
    if lacking:
        lines = [
            f"{one.mode.name} is missing; {', '.join(one.needed_by[:8])} "
            f"{'needs' if len(one.needed_by) == 1 else 'need'} it."
            for one in lacking
        ]
        raise CredentialError("\n".join(lines), hint="\n".join(how for one in lacking for how in one.how))
    met = machine()
    for index in steps:
        step = prepared.graph.steps[index]
        lacks = [name for name in prepared.plan.runs_on(index) if name not in met and name != "any"]
        if lacks:
            raise UsageError(
                f"{step.id} needs a machine with {', '.join(lacks)}; this one has {', '.join(sorted(met))}.",
                where=step.place.shown(prepared.project.folder),
                hint=f"Run it there, or declare it met with LANE_RUNS_ON={','.join(lacks)}.",
                code="wrong_machine",
            )


def _note_what_others_have(prepared: Prepared, steps: Sequence[int]) -> None:
    """What the plan takes for granted, since the machines have it that run the steps: here it has to be there."""
    for index in steps:
        choice = prepared.plan.choices[index]
        if choice.mode is not None and isinstance(choice.credential, Elsewhere):
            prepared.plan.miss(choice.mode, prepared.graph.steps[index].id, prepared.find)


def machine() -> set[str]:
    """The capabilities of this machine: its system, and what `LANE_RUNS_ON` declares."""
    import sys

    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    return {system, *(name.strip() for name in os.environ.get("LANE_RUNS_ON", "").split(",") if name.strip())}


def next_time(job: Job) -> str | None:
    """When a scheduled job is due next, as an ISO time in UTC."""
    if job.trigger is None:
        return None
    from datetime import UTC, datetime

    from lane._lanefile.trigger import next_fire

    due = next_fire(job.trigger, datetime.now(UTC))
    return None if due is None else due.astimezone(UTC).isoformat(timespec="minutes")


def new_run(prepared: Prepared) -> Run:
    """A run of a prepared lane that begins now; nothing knows of it yet."""
    now = time.time()
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{os.urandom(2).hex()}"
    plan = prepared.plan
    return Run(
        run_id,
        plan.lane,
        prepared.project.file,
        _parameters(prepared),
        plan.digest,
        plan.setting,
        prepared.sandbox,
        now,
    )


def record(journal: Journal, prepared: Prepared, run: Run) -> None:
    """Write a run into the journal, with all its jobs pending; the caller has claimed it."""
    journal.add_run(run, [_job_row(prepared, job) for job in prepared.plan.jobs])


def _parameters(prepared: Prepared) -> str:
    """The lane's parameters as JSON; secrets are left out, and asked for again by a resume."""
    kept: dict[str, Any] = {}
    for name, value in prepared.parameters.items():
        option = prepared.lane.options.by_name[name]
        text, whole = encode(value, option.type)
        if whole and not option.secret:
            kept[name] = json.loads(text)
    return json.dumps(kept)


def _job_row(prepared: Prepared, job: Job) -> JobRow:
    steps = [prepared.graph.steps[index].id for index in job.steps]
    trigger = job.trigger
    cron, zone = (trigger.cron, trigger.timezone) if trigger else (None, None)
    return (
        job.name,
        job.kind,
        cron,
        zone,
        job.attended,
        json.dumps(job.needs),
        json.dumps(steps),
        PENDING,
        None,
    )
