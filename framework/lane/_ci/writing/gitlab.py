"""GitLab: one file with the jobs of all lanes; rules say which of them a pipeline has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._ci.subfolder import file_of, label, slug
from lane._ci.workflow import HANDOFF
from lane._ci.written import header, not_asked

from .cron import plain_cron
from .shell import ACTIVATE, enter, matches, set_up
from .yaml_text import Noted, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane._ci.inputs import Input
    from lane._ci.policy import CiPolicy, SystemName
    from lane._ci.workflow import CiJob, Workflow
    from lane._plan.plan import Machine

NAME: SystemName = "gitlab"


def files(workflows: Sequence[Workflow], policy: CiPolicy, requirements: str | None) -> dict[str, str]:
    """The file, by its path from the root of the repository."""
    head = [*header(NAME, workflows), *dict.fromkeys(line for one in workflows for line in not_asked(one))]
    below = workflows[0].below
    document = {
        "stages": _stages(below),
        "workflow": {"auto_cancel": {"on_new_commit": "none"}},
        "variables": _variables(workflows),
        _template(below): _common(policy, requirements, below),
        **{
            f"{job.label}:{job.name}": _job(job, one, policy, requirements)
            for one in workflows
            for job in one.jobs
        },
    }
    return {file_of(NAME, below): yaml_text(document, [*head, *_schedules(workflows)])}


def _stages(below: str) -> list[str]:
    """Those that a pipeline has anyway, too, where jobs of others are in it: a list replaces another."""
    return [*(["build", "test", "deploy"] if below else []), "lane"]


def _template(below: str) -> str:
    return f".{label(below, 'lane')}"


def _of(below: str, variable: str) -> str:
    """A variable of the pipeline: each project of a repository has its own, `LANE_OF_IOS_RELEASE__TEXT`."""
    return (
        f"LANE_OF_{slug(below).replace('-', '_').upper()}{variable.removeprefix('LANE')}"
        if below
        else variable
    )


def _schedules(workflows: Iterable[Workflow]) -> Iterator[str]:
    """A schedule is no part of a file here: what to make by hand, under Build, Pipeline schedules."""
    for one in workflows:
        if one.schedule is not None:
            at = f"{plain_cron(str(one.schedule.cron))} ({one.schedule.timezone})"
            yield f"Schedule to make: {at} with the variable LANE_SCHEDULE={one.name}"


def _variables(workflows: Sequence[Workflow]) -> dict[str, Any]:
    below = workflows[0].below
    own = {one.lane: one for one in workflows if one.starts is not None}
    by_hand = [name for name, one in own.items() if one.starts is not None and one.starts.manual]
    found: dict[str, Any] = {}
    if by_hand:
        description = (
            f"The lane of {below} that this pipeline runs" if below else "The lane that this pipeline runs"
        )
        found[_of(below, "LANE")] = {"value": "", "options": ["", *by_hand], "description": description}
    for one in own.values():
        found.update({_of(below, asked.variable): _variable(asked, one.label) for asked in one.inputs.asked})
        found.update({_of(below, name): value for name, value in one.inputs.constants.items()})
    return found


def _variable(asked: Input, lane: str) -> dict[str, Any]:
    made: dict[str, Any] = {"value": asked.default}
    if asked.choices:
        made["options"] = list(asked.choices)
    if "$" in asked.default:
        made["expand"] = False
    return {**made, "description": f"{lane}: {asked.description}"}


def _common(policy: CiPolicy, requirements: str | None, below: str) -> dict[str, Any]:
    made: dict[str, Any] = {"stage": "lane", "before_script": [*enter(below), *set_up(policy)]}
    if requirements is not None:
        made["variables"] = {"PIP_CACHE_DIR": "$CI_PROJECT_DIR/.cache/pip"}
        made["cache"] = _packages(requirements, (), below)
    return made


def _packages(requirements: str | None, machine: Machine, below: str) -> list[dict[str, Any]]:
    """The cache of what is installed on machines of a kind."""
    if requirements is None:
        return []
    prefix = label(below, "-".join(["pip", *machine]))
    return [{"key": {"files": [requirements], "prefix": prefix}, "paths": [".cache/pip"]}]


def _job(job: CiJob, workflow: Workflow, policy: CiPolicy, requirements: str | None) -> Any:
    scope = f"{job.label}/{job.name}"
    runner = policy.runner(NAME, job.machine)
    made: dict[str, Any] = {
        "extends": _template(job.below),
        **(runner if isinstance(runner, dict) else {"tags": _list(runner)}),
    }
    made["rules"] = list(_rules(workflow, manual=job.attended))
    made["needs"] = [f"{job.label}:{need}" for need in job.needs]
    if job.secrets or job.variables or job.attended:
        made["environment"] = {"name": scope, "action": "access"}
    made["resource_group"] = f"sign-in-{job.locks[0]}" if job.locks else job.label
    made["timeout"] = f"{job.minutes} minutes"
    if job.declared:
        made["variables"] = {"LANE_RUNS_ON": ",".join(job.declared)}
    packages = _packages(requirements, job.machine, job.below)
    if workflow.keep:
        made["cache"] = [*packages, {"key": f"keep-{job.label}", "paths": list(workflow.keep)}]
    elif packages and job.machine:
        made["cache"] = packages
    made["script"] = [*_given(workflow), *_script(job)]
    if job.fetches:
        settle = f"lane ci settle {job.label} --job {job.name} --from {HANDOFF}"
        made["after_script"] = [*enter(job.below), ACTIVATE, settle]
    made["artifacts"] = _artifacts(job, workflow.days)
    names = [*job.secrets, *job.variables]
    given = f"\nVariables with the scope {scope}: {', '.join(names)}" if names else ""
    return Noted(made, ", ".join(job.steps) + given)


def _list(runner: object) -> list[str]:
    return [runner] if isinstance(runner, str) else list(runner) if isinstance(runner, list) else []


def _rules(workflow: Workflow, *, manual: bool) -> Iterator[dict[str, str]]:
    when = {"when": "manual"} if manual else {}
    starts = workflow.starts
    pushed = '$CI_PIPELINE_SOURCE == "push"'
    for branch in starts.branches if starts is not None else ():
        yield {"if": f"{pushed} && {matches('$CI_COMMIT_BRANCH', branch)}", **when}
    for tag in starts.tags if starts is not None else ():
        yield {"if": f"{pushed} && {matches('$CI_COMMIT_TAG', tag)}", **when}
    if starts is not None and starts.manual:
        yield {"if": f'${_of(workflow.below, "LANE")} == "{workflow.lane}"', **when}
    if workflow.schedule is not None:
        scheduled = '$CI_PIPELINE_SOURCE == "schedule"'
        yield {"if": f'{scheduled} && $LANE_SCHEDULE == "{workflow.name}"', **when}


def _given(workflow: Workflow) -> Iterator[str]:
    """The lane's parameters, where the pipeline's variables have other names than the lane's."""
    if workflow.below and workflow.starts is not None:
        for name in [*(one.variable for one in workflow.inputs.asked), *workflow.inputs.constants]:
            yield f'export {name}="${_of(workflow.below, name)}"'


def _script(job: CiJob) -> Iterator[str]:
    if job.fetches:
        yield f"lane ci fetch {job.label} --job {job.name} --to {HANDOFF}"
    yield from job.commands()
    for other in job.leaves:
        yield f"lane ci keep {job.label} --job {other} --from {job.folder}"


def _artifacts(job: CiJob, days: int) -> dict[str, Any]:
    made: dict[str, Any] = {"when": "always", "expire_in": f"{days} days"}
    if job.followed:
        made["paths"] = [job.path(job.folder)]
    return {**made, "reports": {"junit": job.path("report.xml")}}
