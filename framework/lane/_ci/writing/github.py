"""GitHub Actions: a workflow file for each lane, and one for each of its jobs that waits for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._ci.workflow import DAYS_PENDING, HANDOFF, pending
from lane._ci.written import header, not_asked

from .cron import plain_cron
from .yaml_text import Noted, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lane._ci.inputs import Input
    from lane._ci.policy import CiPolicy, Runner, SystemName
    from lane._ci.workflow import CiJob, Workflow

NAME: SystemName = "github"
FOLDER = ".github/workflows"
_MOST_INPUTS = 25

# Pinned by commit: a tag can be moved. Each stands with its version in many public repositories.
CHECKOUT = Noted("actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2")
SETUP_PYTHON = Noted("actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405", "v6.2.0")
UPLOAD = Noted("actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1")
DOWNLOAD = Noted("actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1")

CACHE = Noted("actions/cache@668228422ae6a00e4ad889ee87cd7109ec5666a7", "v5.0.4")

_NO_POISON = "zizmor: ignore[cache-poisoning]"
_ALWAYS = "${{ !cancelled() }}"


def files(workflows: Iterable[Workflow], policy: CiPolicy, requirements: str | None) -> dict[str, str]:
    """The files, by path from the root of the repository."""
    return {
        f"{FOLDER}/{workflow.name}.yml": yaml_text(
            _document(workflow, policy, requirements),
            [*header(NAME, [workflow]), *not_asked(workflow), *_too_many(workflow)],
        )
        for workflow in workflows
    }


def _too_many(workflow: Workflow) -> list[str]:
    names = ", ".join(one.name for one in workflow.inputs.asked[_MOST_INPUTS:])
    return [f"No input, since GitHub takes {_MOST_INPUTS}: {names}"] if names else []


def _document(workflow: Workflow, policy: CiPolicy, requirements: str | None) -> dict[str, Any]:
    env = _env(workflow)
    return {
        "name": workflow.name,
        "on": _starts(workflow),
        "permissions": {},
        "concurrency": {"group": f"lane-{workflow.name}", "queue": "max"},
        **({"env": env} if env else {}),
        **({"defaults": {"run": {"working-directory": workflow.below}}} if workflow.below else {}),
        "jobs": {job.name: _job(job, workflow, policy, requirements) for job in workflow.jobs},
    }


def _starts(workflow: Workflow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    starts = workflow.starts
    if starts is not None and (starts.branches or starts.tags):
        push = {"branches": list(starts.branches), "tags": list(starts.tags)}
        found["push"] = {key: value for key, value in push.items() if value}
    if workflow.schedule is not None:
        zone = workflow.schedule.timezone
        at = {
            "cron": plain_cron(str(workflow.schedule.cron)),
            **({} if zone == "UTC" else {"timezone": zone}),
        }
        found["schedule"] = [at]
    if starts is None or starts.manual or not found:
        asked = [] if starts is None else workflow.inputs.asked[:_MOST_INPUTS]
        found["workflow_dispatch"] = {"inputs": {one.name: _input(one) for one in asked}} if asked else {}
    return found


def _input(asked: Input) -> dict[str, Any]:
    made: dict[str, Any] = {"description": asked.description.replace("${{", "$ {{")}
    if asked.flag:
        return {**made, "type": "boolean", "default": asked.default == "true"}
    if asked.choices:
        return {**made, "type": "choice", "options": list(asked.choices), "default": asked.default}
    return {**made, "type": "string", "default": "" if "${{" in asked.default else asked.default}


def _env(workflow: Workflow) -> dict[str, str]:
    """The lane's parameters; those of a job that was put off are in its hand-off."""
    if workflow.starts is None:
        return {}
    asked = workflow.inputs.asked[:_MOST_INPUTS]
    return {one.variable: _value(one) for one in asked} | workflow.inputs.constants


def _value(asked: Input) -> str:
    """What was given by hand, else the default: a push gives nothing, and false is not nothing."""
    if not asked.declared and not asked.flag:
        return f"${{{{ inputs.{asked.name} }}}}"
    quoted = asked.default.replace("'", "''")
    return f"${{{{ format('{{0}}', inputs.{asked.name}) || '{quoted}' }}}}"


def _job(job: CiJob, workflow: Workflow, policy: CiPolicy, requirements: str | None) -> Any:
    runner: Runner | None = policy.runner(NAME, job.machine)
    made: dict[str, Any] = {"name": job.name}
    if job.needs:
        made["needs"] = list(job.needs)
    made["runs-on"] = runner
    made["timeout-minutes"] = job.minutes
    if job.attended:
        made["environment"] = Noted(f"{job.label}-attended", "its required reviewers approve the job")
    elif job.secrets or job.variables:
        made["environment"] = job.label
    if job.locks:
        made["concurrency"] = {"group": f"lane-sign-in-{job.locks[0]}", "queue": "max"}
    rights: dict[str, Any] = {"contents": "read"}
    if job.fetches:
        rights["actions"] = Noted("write", "to remove the hand-offs that are done")
    made["permissions"] = rights
    made["steps"] = [
        *_set_up(workflow, policy, requirements),
        *_take(job),
        _run(job),
        *_leave(job, workflow.days),
    ]
    return Noted(made, ", ".join(job.steps))


def _set_up(workflow: Workflow, policy: CiPolicy, requirements: str | None) -> Iterator[dict[str, Any]]:
    yield {"name": "Check out", "uses": CHECKOUT, "with": {"persist-credentials": False}}
    python: dict[str, Any] = {"python-version": policy.python}
    cache = _cache(workflow)
    if cache is not None and requirements is not None:
        python["cache"] = cache
        python["cache-dependency-path"] = requirements
    yield {"name": "Set up Python", "uses": SETUP_PYTHON, "with": python}
    yield {"name": "Install", "run": policy.install}
    if workflow.keep:
        begin = f"keep-{workflow.label}-"
        kept = {
            "path": "\n".join(workflow.keep),
            "key": f"{begin}${{{{ github.run_id }}}}-${{{{ github.job }}}}",
        }
        uses = CACHE if not _publishes(workflow) else Noted(CACHE.value, f"{_NO_POISON} {CACHE.comment}")
        yield {"name": "Keep what the next run finds", "uses": uses, "with": {**kept, "restore-keys": begin}}


def _cache(workflow: Workflow) -> Any:
    """Packages are kept, but not for a push that publishes: others could fill a cache with what would go out."""
    if not _publishes(workflow):
        return "pip"
    if workflow.schedule is not None or (workflow.starts is not None and workflow.starts.manual):
        return Noted("${{ github.event_name != 'push' && 'pip' || '' }}", f"{_NO_POISON} not for a push")
    return None


def _publishes(workflow: Workflow) -> bool:
    """Whether a push to a tag, or to a branch of releases, starts it."""
    starts = workflow.starts
    return starts is not None and bool(starts.tags or any("release" in branch for branch in starts.branches))


def _take(job: CiJob) -> Iterator[dict[str, Any]]:
    """Get the hand-offs that the job takes: of other jobs of this run, or of earlier runs."""
    for need in job.needs:
        yield {
            "name": f"Take over from {need}",
            "uses": DOWNLOAD,
            "with": {"name": need, "path": job.below or "."},
        }
    if job.fetches:
        yield {
            "name": "Fetch what earlier runs left",
            "run": f"lane ci fetch {job.label} --job {job.name} --to {HANDOFF}",
            "env": {"GITHUB_TOKEN": "${{ github.token }}"},
        }


def _run(job: CiJob) -> dict[str, Any]:
    env = {name: f"${{{{ secrets.{name} }}}}" for name in job.secrets}
    env |= {name: f"${{{{ vars.{name} }}}}" for name in job.variables}
    if job.declared:
        env["LANE_RUNS_ON"] = ",".join(job.declared)
    return {"name": "Run", "run": "\n".join(job.commands()), **({"env": env} if env else {})}


def _leave(job: CiJob, days: int) -> Iterator[dict[str, Any]]:
    """Keep the hand-off for the next jobs of this run, and for those that wait for a time; and the report."""
    if job.fetches:
        yield {
            "name": "Remove what is done",
            "if": _ALWAYS,
            "run": f"lane ci settle {job.label} --job {job.name} --from {HANDOFF}",
            "env": {"GITHUB_TOKEN": "${{ github.token }}"},
        }
    folder, report = job.path(job.folder), job.path("report.xml")
    paths = f"{folder}\n{report}\n" if job.followed else report
    title = "Keep the report, and what the next jobs need" if job.followed else "Keep the report"
    yield _artifact(title, job.name, paths, days, always=True)
    for other in job.leaves:
        name = f"{pending(job.label, other)}.{job.name}"
        yield _artifact(f"Leave it for {other}", name, folder, DAYS_PENDING)


def _artifact(title: str, name: str, path: str, days: int, *, always: bool = False) -> dict[str, Any]:
    with_: dict[str, Any] = {"name": name, "path": path, "retention-days": days}
    return {
        "name": title,
        **({"if": _ALWAYS} if always else {}),
        "uses": UPLOAD,
        "with": {**with_, "if-no-files-found": "ignore", "overwrite": True},
    }
