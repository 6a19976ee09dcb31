"""`lane run` and `lane resume`."""

from __future__ import annotations

import signal
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from . import _prepare, _run
from ._cli import environment, lanefile
from ._errors import PlanError, UsageError
from ._journal import Journal, store_folder
from ._load import load
from ._parameters import help_of, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._credentials import Policy
    from ._load import Project
    from ._prepare import Prepared

PARALLEL = 8

_setting = (
    click.option("--ci", "setting", flag_value="ci", help="No person is here (default: where a CI system or no terminal is)."),
    click.option("--local", "setting", flag_value="local", help="A person is here and can be asked."),
)
_running = (
    click.option("--parallel", type=click.IntRange(1), default=PARALLEL, show_default=True, help="Steps at a time."),
    click.option("--json", "as_json", is_flag=True, help="Print one event a line as JSON."),
    click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False), help="Write a JUnit report."),
    click.option("-v", "--verbose", is_flag=True, help="Show the log lines of all steps."),
)


def _options(*groups: tuple[Any, ...]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed([one for group in groups for one in group]):
            function = option(function)
        return function

    return decorate


def _lane_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    try:
        return [lane.name for lane in load(ctx.params.get("file")).public if lane.name.startswith(incomplete)]
    except UsageError:
        return []


lane_argument = click.argument("lane_name", metavar="LANE", shell_complete=_lane_names)
parameters_argument = click.argument("parameters", nargs=-1, type=click.UNPROCESSED, metavar="[PARAMETERS]...")
OPEN = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=OPEN)
@click.argument("lane_name", metavar="LANE", required=False, shell_complete=_lane_names)
@parameters_argument
@_options(_setting, _running)
@click.option("--job", metavar="NAME", help="Run one job of the plan; a pending one if there is one.")
@click.option("--plan", "approved", metavar="DIGEST", help="Refuse to run anything but the plan with this digest.")
@click.option("--policy", multiple=True, metavar="RULE", help="allow=MODE,… or prefer=MODE,…")
@click.option("--no-probe", is_flag=True, help="Do not ask first what is already done.")
@click.option("--sandbox", is_flag=True, help="Meet the offline Apple.")
@environment
@lanefile
@click.option("-h", "--help", "wants_help", is_flag=True, help="Show this, or the parameters of a lane.")
def run(
    lane_name: str | None,
    parameters: tuple[str, ...],
    *,
    setting: str | None,
    parallel: int,
    as_json: bool,
    junit: str | None,
    verbose: bool,
    job: str | None,
    approved: str | None,
    policy: tuple[str, ...],
    no_probe: bool,
    sandbox: bool,
    env: str | None,
    file: str | None,
    wants_help: bool,
) -> int:
    """Run a lane: what can go now goes, the rest waits (`lane pending`).

    Parameters of the lane: --name VALUE or name=VALUE; `lane run LANE --help` lists them.
    """
    if lane_name is None:
        click.echo(click.get_current_context().get_help())
        if wants_help:
            return 0
        names = ", ".join(lane.name for lane in load(file).public)
        raise UsageError("Which lane?", hint=f"Lanes: {names or 'none'}.", code="no_lane")
    project = load(file)
    lane = project.lane(lane_name)
    if wants_help:
        click.echo(help_of(lane, click.get_current_context()))
        return 0
    store = store_folder(project.folder)
    prepared = _prepare.prepare(
        project,
        lane,
        parse(lane, parameters),
        setting=setting or detected_setting(as_json),
        policy=policy_of(policy),
        env=env,
        sandbox=sandbox,
        store=store,
    )
    check(prepared, approved)
    only = prepared.plan.job(job) if job else None
    if job and only is None:
        raise _no_job(prepared, job)
    if only is not None and (only.needs or only is not prepared.plan.first_job):
        waiting = _pending_runs(store, lane_name, only.name)
        if waiting or only.needs or prepared.plan.first_job is not None:
            return _resume_all(waiting, only.name, file, env, setting, parallel, as_json, junit, verbose, store)
    reporter = _reporter(as_json, junit, verbose)
    with _sandbox(prepared, store):
        find = _prepare.finder(prepared.environment, project.folder)
        satisfied = {} if no_probe else _probe(prepared, find, reporter, policy_of(policy))
        return _run.start(prepared, store, reporter, parallel=parallel, find=find, only=only, satisfied=satisfied)


@click.command()
@click.argument("run_name", metavar="[RUN]", required=False)
@_options(_setting, _running)
@click.option("--job", metavar="NAME", help="Only this job.")
@click.option("--again", multiple=True, metavar="STEP", help="Run a step again of which nobody knows whether it happened.")
@environment
@lanefile
@click.help_option("-h", "--help")
def resume(
    run_name: str | None,
    *,
    setting: str | None,
    parallel: int,
    as_json: bool,
    junit: str | None,
    verbose: bool,
    job: str | None,
    again: tuple[str, ...],
    env: str | None,
    file: str | None,
) -> int:
    """Go on with a run where it stopped; where only waiting jobs are left, run those now.

    Without RUN: the newest run that has work left.
    """
    from ._resume import find_run

    project = load(file)
    store = store_folder(project.folder)
    journal = Journal(store)
    try:
        found = find_run(journal, run_name, job=job)
        if found is None or not [one for one in journal.jobs(found.id).values() if one.state != "succeeded"]:
            click.echo("There is nothing to do: no run has work left." if found is None else f"There is nothing left to do of {found.id}.")
            return 0
        options = (parallel, as_json, junit, verbose)
        return _resume_one(project, found, journal, store, env, setting, options, job, frozenset(again))
    finally:
        journal.close()


def _resume_all(
    waiting: list[str],
    job: str,
    file: str | None,
    env: str | None,
    setting: str | None,
    parallel: int,
    as_json: bool,
    junit: str | None,
    verbose: bool,
    store: str,
) -> int:
    """Run every pending instance of a job, each with what its own run left for it."""
    if not waiting:
        click.echo(f"There is nothing to do: no run has left the job {job} pending.")
        return 0
    code = 0
    journal = Journal(store)
    try:
        for run_id in waiting:
            found = journal.run(run_id)
            assert found is not None
            options = (parallel, as_json, junit, verbose)
            ended = _resume_one(load(file), found, journal, store, env, setting, options, job, frozenset())
            code = code or ended
    finally:
        journal.close()
    return code


def _resume_one(
    project: Project,
    found: Any,
    journal: Journal,
    store: str,
    env: str | None,
    setting: str | None,
    options: tuple[int, bool, str | None, bool],
    job: str | None,
    again: frozenset[str],
) -> int:
    from ._resume import given_parameters
    from ._resume import resume as go_on

    parallel, as_json, junit, verbose = options
    prepared = _prepare.prepare(
        project,
        project.lane(found.lane),
        given_parameters(found),
        setting=setting or detected_setting(as_json),
        env=env,
        sandbox=found.sandbox,
        store=store,
    )
    check(prepared, None)
    reporter = _reporter(as_json, junit, verbose)
    with _sandbox(prepared, store):
        find = _prepare.finder(prepared.environment, project.folder)
        return go_on(prepared, found, journal, reporter, parallel=parallel, find=find, only=job, again=again)


def _pending_runs(store: str, lane_name: str, job: str) -> list[str]:
    """The runs that left a job pending, the oldest first."""
    journal = Journal(store)
    try:
        rows = journal.unfinished()
        found = [run for run, name in rows if name == job and _lane_of(journal, run) == lane_name]
        return found[::-1]
    finally:
        journal.close()


def _lane_of(journal: Journal, run_id: str) -> str | None:
    found = journal.run(run_id)
    return None if found is None else found.lane


def check(prepared: Prepared, approved: str | None) -> None:
    """Raise PlanError for a lane that cannot be planned, UsageError where another plan was approved."""
    if prepared.problems:
        raise PlanError(prepared.problems)
    if approved is not None and approved != prepared.plan.digest:
        raise UsageError(
            f"The plan is not the one that was approved: it is {prepared.plan.digest}.",
            hint="Look at `lane plan`, and approve the new digest.",
            code="not_approved",
        )


def policy_of(rules: tuple[str, ...]) -> Policy | None:
    """The `--policy` options: `allow=api_key,none`, `prefer=api_key`."""
    from ._credentials import Policy

    allowed: list[str] | None = None
    preferred: list[str] = []
    for rule in rules:
        word, equals, names = rule.partition("=")
        modes = [name.strip() for name in names.split(",") if name.strip()]
        if word == "allow" and equals:
            allowed = [*(allowed or []), *modes]
        elif word == "prefer" and modes:
            preferred.extend(modes)
        else:
            raise UsageError(f"--policy {rule!r} is no rule.", hint="Write allow=MODE,… or prefer=MODE,….")
    return Policy(allowed, preferred) if rules else None


def detected_setting(as_json: bool = False) -> str:
    """`local` where a terminal and no CI system is, else `ci`."""
    import sys

    from ._ci import detect, terminal

    person = not as_json and detect() is None and terminal(sys.stdout) and sys.stdin.isatty()
    return "local" if person else "ci"


def _probe(prepared: Prepared, find: Any, reporter: Any, policy: Policy | None) -> dict[int, Any]:
    """Ask all probes; what is done already leaves the plan, and its output is known."""
    if not any(step.action.probe for step in prepared.graph.steps):
        return {}
    from ._plan import plan
    from ._probing import Probing

    before = prepared.plan
    probing = Probing(prepared.graph, prepared.binding, prepared.environment, find, reporter.notice)
    satisfied = probing.satisfied(before.choices)
    if satisfied:
        prepared.plan = plan(
            prepared.graph, before.modes, find, setting=before.setting, policy=policy, satisfied=satisfied.__contains__
        )
        prepared.plan.digest = before.digest
    return satisfied


def _no_job(prepared: Prepared, name: str) -> UsageError:
    names = ", ".join(job.name for job in prepared.plan.jobs)
    return UsageError(f"The plan has no job {name!r}.", hint=f"Its jobs: {names}.", code="unknown_job")


def _sandbox(prepared: Prepared, store: str) -> AbstractContextManager[Any]:
    """Run the offline Apple while a lane that is meant for it runs."""
    return _Sandboxed(prepared, store) if prepared.sandbox else nullcontext()


class _Sandboxed:
    def __init__(self, prepared: Prepared, store: str) -> None:
        self._prepared = prepared
        self._server = _prepare.started(store)

    def __enter__(self) -> None:
        names = self._server.__enter__()
        self._prepared.environment = self._prepared.environment.overlaid("sandbox", names)

    def __exit__(self, *error: Any) -> None:
        self._server.__exit__(*error)


def _reporter(as_json: bool, junit: str | None, verbose: bool) -> Any:
    from pathlib import Path

    from ._report import reporters_for

    signal.signal(signal.SIGTERM, _terminated)
    return reporters_for(json=as_json, junit=Path(junit) if junit else None, verbose=verbose)


def _terminated(_number: int, _frame: object) -> None:
    """SIGTERM stops a run as Ctrl-C does."""
    raise KeyboardInterrupt


