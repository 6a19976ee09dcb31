"""`lane run` and `lane resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lane._errors import LaneError, UsageError
from lane._report.reporter import SUCCEEDED
from lane._run import run as _run

from . import options
from .complain import complain
from .looking import look
from .parameters import help_of, parse
from .session import Session, approve, say

if TYPE_CHECKING:
    from pathlib import Path

    from lane._lanefile.load import Project
    from lane._plan.credentials import Policy
    from lane._plan.plan import Job, Plan
    from lane._plan.prepare import Prepared
    from lane._run.journal import Journal, Run


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("lane_name", metavar="LANE", required=False, shell_complete=options.lane_names)
@options.parameters_argument
@options.running_options
@click.option(
    "--job", metavar="NAME", help="Run one job of the plan; where runs left it pending, all of those."
)
@click.option(
    "--plan", "approved", metavar="DIGEST", help="Refuse to run anything but the plan with this digest."
)
@options.by_machine
@options.export_handoff
@options.handoff
@options.policy
@click.option("--no-probe", is_flag=True, help="Do not ask first what is already done.")
@options.sandbox
@click.option(
    "--faults",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Rehearse a bad day: a YAML file that says what goes wrong at the offline Apple.",
)
@options.environment
@options.lanefile
@click.option("-h", "--help", "wants_help", is_flag=True, help="Show this, or the parameters of a lane.")
def run(
    lane_name: str | None,
    parameters: tuple[str, ...],
    *,
    setting: str | None,
    job: str | None,
    approved: str | None,
    by_machine: bool,
    export_handoff: Path | None,
    handoff: Path | None,
    rules: tuple[str, ...],
    no_probe: bool,
    sandbox: bool,
    wants_help: bool,
    **rest: Any,
) -> int:
    """Run a lane: what can go now goes, the rest waits (`lane pending`).

    Parameters of the lane: --name VALUE or name=VALUE; `lane run LANE --help` lists them.
    """
    if lane_name is None:
        return _no_lane(rest["file"], wants_help=wants_help)
    session = Session(setting=setting or options.detected_setting(as_json=rest["as_json"]), **rest)
    lane = session.project.lane(lane_name)
    if wants_help:
        click.echo(help_of(lane, click.get_current_context()))
        return 0
    policy = options.policy_of(rules)
    given = parse(lane, parameters)
    if handoff is not None:
        from .handoff import run_handed_over

        return run_handed_over(
            session,
            lane_name,
            job,
            handoff,
            given=given,
            policy=policy,
            sandbox=sandbox,
            approved=approved,
            export=export_handoff,
        )
    prepared = session.prepare(lane_name, given, policy=policy, sandbox=sandbox, by_machine=by_machine)
    approve(prepared, approved)
    only = _job(prepared.plan, job)
    if only is not None and only is not prepared.plan.first_job:
        waiting = _waiting(session, lane_name, only.name)
        if waiting or only.needs or prepared.plan.first_job is not None:
            return _resume_all(session, waiting, only.name, export_handoff)
    return _begin(session, prepared, only, policy, probe=not no_probe, export=export_handoff)


def _begin(
    session: Session,
    prepared: Prepared,
    only: Job | None,
    policy: Policy | None,
    *,
    probe: bool,
    export: Path | None,
) -> int:
    with session.surroundings(prepared) as find:
        satisfied = look(prepared, find, session.reporter.notice, policy) if probe else {}
        return _run.start(
            prepared,
            session.store,
            session.reporter,
            parallel=session.parallel,
            find=find,
            only=only,
            satisfied=satisfied,
            handoffs=export,
        )


def _job(plan: Plan, name: str | None) -> Job | None:
    """The job that was asked for. Raises UsageError where the plan has none of that name."""
    found = plan.job(name) if name else None
    if name and found is None:
        names = ", ".join(one.name for one in plan.jobs)
        raise UsageError(f"The plan has no job {name!r}.", hint=f"Its jobs: {names}.", code="unknown_job")
    return found


def _no_lane(file: str | None, *, wants_help: bool) -> int:
    """`lane run` without a lane: the help that was asked for, or which lanes there are."""
    from lane._lanefile.load import load

    if wants_help:
        click.echo(click.get_current_context().get_help())
        return 0
    project: Project = load(file)
    names = ", ".join(lane.name for lane in project.public)
    raise UsageError("Which lane?", hint=f"Lanes: {names or 'none'}.", code="no_lane")


@click.command()
@click.argument("run_name", metavar="[RUN]", required=False)
@options.running_options
@click.option("--job", metavar="NAME", help="Only this job.")
@click.option(
    "--again",
    multiple=True,
    metavar="STEP",
    help="Run a step again of which nobody knows whether it happened.",
)
@options.export_handoff
@options.environment
@options.lanefile
@click.help_option("-h", "--help")
def resume(
    run_name: str | None,
    *,
    setting: str | None,
    job: str | None,
    again: tuple[str, ...],
    export_handoff: Path | None,
    **rest: Any,
) -> int:
    """Go on with a run where it stopped; where only waiting jobs are left, run those now.

    Without RUN: the newest run that has work left.
    """
    from lane._run.resume import find_run
    from lane._run.states import HANDED_OVER, OVER

    session = Session(setting=setting or options.detected_setting(as_json=rest["as_json"]), **rest)
    journal = session.journal()
    try:
        found = find_run(journal, run_name, job=job)
        if found is None:
            return _nothing_to_do(session, "There is nothing to do: no run has work left.")
        jobs = journal.jobs(found.id)
        asked = jobs.get(job) if job else None
        if all(one.state in OVER for one in jobs.values()) and (asked is None or asked.state != HANDED_OVER):
            return _nothing_to_do(session, f"There is nothing left to do of {found.id}.")
        left = [name for name, one in jobs.items() if one.state not in OVER]
        code = resume_run(session, journal, found, job, frozenset(again), export_handoff)
        _finish_alike(session, journal, found, left)
        return code
    finally:
        journal.close()


def _finish_alike(session: Session, journal: Journal, run: Run, left: list[str]) -> None:
    """What has been done now is not done again for the runs that left the same."""
    from lane._run.pending import finish_alike

    jobs = journal.jobs(run.id)
    for name in left:
        if jobs[name].state == SUCCEEDED:
            finish_alike(
                journal,
                run,
                name,
                prepare=session.prepare_again,
                tell=lambda text: say(session, "done_elsewhere", text),
            )


def resume_run(
    session: Session,
    journal: Journal,
    found: Run,
    job: str | None,
    again: frozenset[str] = frozenset(),
    export: Path | None = None,
) -> int:
    """Go on with a run, or with one of its jobs; its exit code. Raises LaneError where it cannot go on."""
    from lane._run.resume import resume as go_on

    prepared = session.prepare_again(found)
    approve(prepared, None)
    with session.surroundings(prepared) as find:
        return go_on(
            prepared,
            found,
            journal,
            session.reporter,
            parallel=session.parallel,
            find=find,
            only=job,
            again=again,
            handoffs=export,
        )


def _waiting(session: Session, lane: str, job: str) -> list[Run]:
    from lane._run.pending import waiting

    journal = session.journal()
    try:
        return waiting(journal, lane, job)
    finally:
        journal.close()


def _resume_all(session: Session, waiting: list[Run], job: str, export: Path | None) -> int:
    """Run every pending instance of a job, each with what its own run left for it, and equal ones once."""
    from lane._run.pending import run_each_once

    if not waiting:
        return _nothing_to_do(session, f"There is nothing to do: no run has left the job {job} pending.")
    journal = session.journal()
    try:
        return run_each_once(
            journal,
            waiting,
            job,
            prepare=session.prepare_again,
            go_on=lambda found: _resume_or_complain(session, journal, found, job, export),
            tell=lambda text: say(session, "done_elsewhere", text),
        )
    finally:
        journal.close()


def _nothing_to_do(session: Session, text: str) -> int:
    say(session, "nothing_to_do", text)
    return 0


def _resume_or_complain(session: Session, journal: Journal, found: Run, job: str, export: Path | None) -> int:
    """One run that cannot go on does not keep the others waiting."""
    try:
        return resume_run(session, journal, found, job, export=export)
    except LaneError as error:
        return complain(error)
