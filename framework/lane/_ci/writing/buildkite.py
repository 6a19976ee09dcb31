"""Buildkite: one pipeline with the steps of all lanes; conditions say which of them a build has."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from lane._ci.subfolder import file_of
from lane._ci.workflow import HANDOFF, pending
from lane._ci.written import header, not_asked

from .cron import plain_cron
from .shell import enter, matches, set_up
from .yaml_text import Noted, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane._ci.inputs import Input
    from lane._ci.policy import CiPolicy, SystemName
    from lane._ci.workflow import CiJob, Workflow

NAME: SystemName = "buildkite"
TOKEN = "LANE_BUILDKITE_API_TOKEN"  # noqa: S105 - a variable's name; no secret may begin with BUILDKITE


def files(workflows: Sequence[Workflow], policy: CiPolicy, requirements: str | None) -> dict[str, str]:
    """The file, by its path from the root of the repository."""
    head = [*header(NAME, workflows), *dict.fromkeys(line for one in workflows for line in not_asked(one))]
    steps = [step for one in workflows for step in _steps(one, policy, requirements)]
    return {file_of(NAME, workflows[0].below): yaml_text({"steps": steps}, [*head, *_schedules(workflows)])}


def _schedules(workflows: Iterable[Workflow]) -> Iterator[str]:
    """A schedule is no part of a file here: what to make by hand, in the pipeline's settings."""
    for one in workflows:
        if one.schedule is not None:
            at = f"{plain_cron(str(one.schedule.cron))} {one.schedule.timezone}"
            yield f"Schedule to make: {at} with the environment variable LANE={one.name}"


def _steps(workflow: Workflow, policy: CiPolicy, requirements: str | None) -> Iterator[Any]:
    asks = workflow.starts is not None and workflow.starts.manual and bool(workflow.inputs.asked)
    if asks:
        yield {
            "input": f"Parameters of {workflow.label}",
            "key": f"{workflow.label}-inputs",
            "if": _by_hand(workflow),
            "fields": [_field(one, workflow.label) for one in workflow.inputs.asked],
        }
    for job in workflow.jobs:
        if job.attended:
            yield _approval(job, workflow)
        yield _job(job, workflow, policy, requirements, asks=asks)


def _field(asked: Input, lane: str) -> dict[str, Any]:
    default, description = map(_escaped, (asked.default, asked.description))
    made: dict[str, Any] = {"key": f"{lane}-{asked.name}", "default": default, "required": False}
    if asked.choices:
        return {"select": description, **made, "options": [_option(value) for value in asked.choices]}
    return {"text": description, **made}


def _option(value: str) -> dict[str, str]:
    return {"label": _escaped(value) or "as the lane has it", "value": _escaped(value)}


def _escaped(text: str) -> str:
    """A text as it has to stand in the file: the agent puts variables in before."""
    return text.replace("$", "$$")


def _approval(job: CiJob, workflow: Workflow) -> dict[str, Any]:
    return {
        "block": f"Sign in for {job.label}: {', '.join(job.steps)}",
        "key": f"{job.key}-approval",
        "if": _condition(workflow),
        "depends_on": job.after,
    }


def _by_hand(workflow: Workflow) -> str:
    return f'build.source == "ui" && build.env("LANE") == "{workflow.label}"'


def _condition(workflow: Workflow) -> str:
    starts = workflow.starts
    found: list[str] = []
    if starts is not None:
        pushed = 'build.source == "webhook" && '
        own = f"{pushed}build.pull_request.id == null && "  # a fork's branch may have the name of one of ours
        found += [f"{own}{matches('build.branch', branch)}" for branch in starts.branches]
        found += [f"{pushed}{matches('build.tag', tag)}" for tag in starts.tags]
        if starts.manual:
            found.append(_by_hand(workflow))
    if workflow.schedule is not None:
        found.append(f'build.source == "schedule" && build.env("LANE") == "{workflow.name}"')
    condition = " || ".join(f"({one})" for one in found) if len(found) > 1 else found[0] if found else "false"
    return _escaped(condition)


def _job(job: CiJob, workflow: Workflow, policy: CiPolicy, requirements: str | None, *, asks: bool) -> Any:
    waits = job.after
    if job.attended:
        waits.append(f"{job.key}-approval")
    if asks and not job.needs:
        waits.append(f"{workflow.label}-inputs")
    made: dict[str, Any] = {"label": f"{job.label} {job.name}", "key": job.key, "if": _condition(workflow)}
    made["depends_on"] = waits  # even if for nothing: else a step waits for all approvals above it
    runner = policy.runner(NAME, job.machine)
    if runner:
        made["agents"] = {"queue": runner} if isinstance(runner, str) else runner
    made["timeout_in_minutes"] = job.minutes
    made["concurrency"] = 1
    made["concurrency_group"] = _group(job)
    secrets = [*job.secrets, *([TOKEN] if job.fetches else [])]
    if secrets:
        made["secrets"] = secrets
    if job.declared:
        made["env"] = {"LANE_RUNS_ON": ",".join(job.declared)}
    paths = [*([".cache/pip"] if requirements is not None else []), *workflow.keep]
    if paths:
        made["cache"] = {"paths": paths, "name": f"lane-{job.label}"}
    made["command"] = _commands(job, workflow, policy, asks=asks)
    left = [job.path(f"{job.folder}/**/*")] if job.gives else []
    made["artifact_paths"] = [*left, job.path("report.xml")]
    given = f"\nVariables that the agent has to have: {', '.join(job.variables)}" if job.variables else ""
    return Noted(made, ", ".join(job.steps) + given)


def _group(job: CiJob) -> str:
    """Groups are an organization's: a lane is its pipeline's own, a person who signs in is the same for all."""
    return f"lane/sign-in-{job.locks[0]}" if job.locks else f"lane/$BUILDKITE_PIPELINE_SLUG/{job.label}"


def _commands(job: CiJob, workflow: Workflow, policy: CiPolicy, *, asks: bool) -> str:
    """A script. Values that were given by hand come from the build's meta-data, never from the script's text."""
    lines = ["set -eu", 'export PIP_CACHE_DIR="$$PWD/.cache/pip"', *enter(job.below), *set_up(policy)]
    for name, value in workflow.inputs.constants.items() if workflow.starts is not None else ():
        lines.append(f"export {name}={_quoted(value)}")
    for one in workflow.inputs.asked if asks else ():
        get = f"buildkite-agent meta-data get {job.label}-{one.name} --default {_quoted(one.default)}"
        lines.append(f'export {one.variable}="$$({get})"')
    lines += [
        f'buildkite-agent artifact download "{job.path(HANDOFF)}/{need}/**/*" {_root(job)} --step {step}'
        for need, step in zip(job.needs, job.after, strict=True)
    ]
    if job.fetches:
        lines.append(f"lane ci fetch {job.label} --job {job.name} --to {HANDOFF}")
        lines.append(f"trap 'lane ci settle {job.label} --job {job.name} --from {HANDOFF}' EXIT")
    lines += job.commands()
    left = quote(job.path(job.folder)) if job.below else job.name
    if job.followed:
        lines.append(f"touch {job.folder}/left")  # a download of nothing fails
    lines += [
        f"buildkite-agent meta-data set {pending(job.label, one)}.{job.name} {left}" for one in job.leaves
    ]
    return "\n".join(lines) + "\n"


def _root(job: CiJob) -> str:
    """The root of the repository, from the project's folder."""
    return "/".join(".." for _ in job.below.split("/")) if job.below else "."


def _quoted(value: str) -> str:
    """A word of the shell."""
    return _escaped(quote(value))
