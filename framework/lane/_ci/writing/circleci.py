"""CircleCI: one file; a workflow of pushes and one by hand for each lane, one for each job that waits for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._ci.shelf.circleci import DONE
from lane._ci.subfolder import file_of
from lane._ci.workflow import HANDOFF, pending
from lane._ci.written import header, not_asked
from lane._errors import UsageError

from .cron import plain_cron
from .shell import ACTIVATE, regular, set_up
from .yaml_text import Noted, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane._ci.inputs import Input
    from lane._ci.policy import CiPolicy, SystemName
    from lane._ci.workflow import CiJob, Workflow

NAME: SystemName = "circleci"


def files(workflows: Sequence[Workflow], policy: CiPolicy, requirements: str | None) -> dict[str, str]:
    """The file, by its path from the root of the repository. Raises UsageError for a schedule that is not in UTC."""
    head = [*header(NAME, workflows), *dict.fromkeys(line for one in workflows for line in not_asked(one))]
    document = {
        "version": 2.1,
        "parameters": _parameters(workflows),
        "commands": {"set-up": {"steps": _set_up(policy, requirements, workflows[0].below)}},
        "jobs": {job.key: _job(job, one, policy) for one in workflows for job in one.jobs},
        "workflows": dict(entry for one in workflows for entry in _workflows(one)),
    }
    return {
        file_of(NAME, workflows[0].below): yaml_text(
            {key: value for key, value in document.items() if value}, head
        )
    }


def _parameters(workflows: Iterable[Workflow]) -> dict[str, Any]:
    by_hand = [one for one in workflows if one.starts is not None and one.starts.manual]
    if not by_hand:
        return {}
    lanes = {"type": "enum", "enum": ["", *(one.lane for one in by_hand)], "default": ""}
    found: dict[str, Any] = {"lane": {"description": "The lane that this pipeline runs", **lanes}}
    for one in by_hand:
        found.update({_name(one.lane, asked): _parameter(asked) for asked in one.inputs.asked})
    return found


def _plain(default: str) -> str:
    """A default that CircleCI does not take for an expression; empty, which means the lane's own, where it would."""
    return "" if "<<" in default else default


def _name(lane: str, asked: Input) -> str:
    return f"{lane}_{asked.name}".lower()


def _parameter(asked: Input) -> dict[str, Any]:
    made = {"description": asked.description.replace("<<", "< <")}
    if asked.choices:
        return {**made, "type": "enum", "enum": list(asked.choices), "default": asked.default}
    return {**made, "type": "string", "default": _plain(asked.default)}


def _set_up(policy: CiPolicy, requirements: str | None, below: str) -> list[Any]:
    install = "\n".join([*set_up(policy), f"echo '{ACTIVATE}' >> \"$BASH_ENV\""])
    run = _run(below, {"name": "Install", "command": install})
    if requirements is None:
        return ["checkout", run]
    key = f'pip-{{{{ arch }}}}-{{{{ checksum "{requirements}" }}}}'
    paths = {"key": key, "paths": ["~/.cache/pip", "~/Library/Caches/pip"]}
    return ["checkout", {"restore_cache": {"keys": [key]}}, run, {"save_cache": paths}]


def _run(below: str, step: dict[str, str]) -> dict[str, Any]:
    """A step that runs a command in the project's folder."""
    return {"run": {**step, "working_directory": below} if below else step}


def _job(job: CiJob, workflow: Workflow, policy: CiPolicy) -> Any:
    runner = policy.runner(NAME, job.machine)
    made: dict[str, Any] = dict(runner) if isinstance(runner, dict) else {"machine": {"image": runner}}
    env = _environment(job, workflow)
    if env:
        made["environment"] = env
    made["steps"] = list(_steps(job, workflow.keep))
    names = [*job.secrets, *job.variables]
    given = f"\nIn the context {job.key}: {', '.join(names)}" if names else ""
    return Noted(made, ", ".join(job.steps) + given)


def _environment(job: CiJob, workflow: Workflow) -> dict[str, str]:
    found: dict[str, str] = {"LANE_RUNS_ON": ",".join(job.declared)} if job.declared else {}
    starts = workflow.starts
    if starts is not None:
        found |= workflow.inputs.constants
        for one in workflow.inputs.asked:
            by_hand = f"<< pipeline.parameters.{_name(job.lane, one)} >>"
            found[one.variable] = by_hand if starts.manual else _plain(one.default)
    return {name: value for name, value in found.items() if value}


def _steps(job: CiJob, keep: Sequence[str]) -> Iterator[Any]:
    """What a job runs. Hand-offs go to other jobs by the workspace, to a later pipeline by caches."""
    yield "set-up"
    if keep:
        yield {"restore_cache": {"name": "Find what the last run kept", "keys": [f"keep-{job.label}-"]}}
    if job.needs:
        yield {"attach_workspace": {"at": "."}}
    yield from _fetch(job)
    run = "\n".join(job.commands())
    yield _run(job.below, {"name": "Run", "command": run, "no_output_timeout": f"{job.minutes}m"})
    if job.fetches:
        settle = f"lane ci settle {job.label} --job {job.name} --from {HANDOFF}"
        yield _run(job.below, {"name": "Remember what is done", "when": "always", "command": settle})
        yield _save(_done(job.label, job.name), {"when": "always"}, [job.path(DONE)])
    if job.followed:
        yield {"persist_to_workspace": {"root": ".", "paths": [job.path(job.folder)]}}
    for other in job.leaves:
        yield from _leave(job, other)
    if keep:
        yield _save(f"keep-{job.label}-", {}, keep)
    yield {"store_test_results": {"path": job.path("report.xml")}}


def _fetch(job: CiJob) -> Iterator[Any]:
    """Restore what earlier pipelines left, and what of it is done: each cache has one job that writes it."""
    if job.fetches:
        for name in job.fetches:
            yield _restore(_left(job.label, job.name, name))
        yield _restore(_done(job.label, job.name))
        fetch = f"lane ci fetch {job.label} --job {job.name} --to {HANDOFF}"
        yield _run(job.below, {"name": "Fetch what earlier runs left", "command": fetch})


def _leave(job: CiJob, other: str) -> Iterator[Any]:
    left = _left(job.label, other, job.name)
    yield _restore(left)
    yield _restore(_done(job.label, other))
    keep = f"lane ci keep {job.label} --job {other} --from {job.folder}"
    yield _run(job.below, {"name": f"Leave it for {other}", "command": keep})
    yield _save(left, {}, [job.path(f"{pending(job.label, other)}/{job.name}")])


def _left(lane: str, job: str, left_by: str) -> str:
    return f"{pending(lane, job)}.{left_by}."


def _done(lane: str, job: str) -> str:
    return f"done.{lane}.{job}."


def _restore(begin: str) -> dict[str, Any]:
    return {"restore_cache": {"keys": [begin]}}


def _save(begin: str, rest: dict[str, str], paths: Sequence[str]) -> dict[str, Any]:
    return {"save_cache": {**rest, "key": f"{begin}{{{{ epoch }}}}", "paths": list(paths)}}


def _workflows(workflow: Workflow) -> Iterator[tuple[str, Any]]:
    starts = workflow.starts
    chosen = "<< pipeline.parameters.lane >>"
    someone_chooses = starts is not None and starts.manual
    if starts is not None and (starts.branches or starts.tags):
        when = {"when": {"equal": ["", chosen]}} if someone_chooses else {}
        yield (
            workflow.name,
            {**when, "jobs": _jobs(workflow, {"filters": _filters(starts.branches, starts.tags)})},
        )
    if someone_chooses:
        yield (
            f"{workflow.name}-by-hand",
            {"when": {"equal": [workflow.lane, chosen]}, "jobs": _jobs(workflow, {})},
        )
    if workflow.schedule is not None:
        if workflow.schedule.timezone != "UTC":
            raise UsageError(
                f"{workflow.name} has a schedule in {workflow.schedule.timezone}; CircleCI knows UTC only.",
                hint="Give the schedule in UTC, or start the workflow by a trigger of the project's settings.",
                code="no_timezone",
            )
        at = {
            "cron": plain_cron(str(workflow.schedule.cron), steps=False),
            "filters": {"branches": {"only": list(workflow.branches)}},
        }
        name = workflow.name if starts is None else f"{workflow.name}-on-schedule"
        yield name, {"triggers": [{"schedule": at}], "jobs": _jobs(workflow, {})}


def _jobs(workflow: Workflow, rest: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    signs: dict[str, str] = {}  # by mode, the last job of the workflow that signs in by it
    for job in workflow.jobs:
        requires = job.after
        if job.locks and job.locks[0] in signs and signs[job.locks[0]] not in requires:
            requires.append(signs[job.locks[0]])
        if job.attended:
            approval = f"{job.key}-approval"
            found.append(
                {approval: {"type": "approval", **({"requires": requires} if requires else {}), **rest}}
            )
            requires = [*requires, approval]
        made: dict[str, Any] = {"requires": requires} if requires else {}
        if job.secrets or job.variables:
            made["context"] = [job.key]
        # A key may stand only once in a workflow: a newer pipeline that waits for it would take the next job's turn.
        first = job.locks and job.locks[0] not in signs
        group = f"sign-in-{job.locks[0]}" if first else job.key
        found.append({job.key: {**made, "serial-group": f"<< pipeline.project.slug >>/{group}", **rest}})
        signs.update(dict.fromkeys(job.locks[:1], job.key))
    return found


def _filters(branches: Sequence[str], tags: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"branches": _only(branches) if branches else {"ignore": ["/.*/"]}}
    return {**found, "tags": _only(tags)} if tags else found


def _only(patterns: Sequence[str]) -> dict[str, list[str]]:
    return {"only": [regular(one) if "*" in one else one for one in patterns]}
