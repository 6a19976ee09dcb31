"""The files of an export, for one system: from the lanes that are declared, or named."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import UsageError

from .pipeline import workflows
from .policy import requirements
from .subfolder import check_fit, subfolder, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._lanefile.load import Project

    from .policy import CiPolicy, SystemName
    from .workflow import Workflow

_CLOSE = 0.75  # of difflib's measure: two letters swapped, one too many
SYSTEMS: tuple[SystemName, ...] = ("github", "gitlab", "circleci", "buildkite")


def declared_lanes(project: Project, policy: CiPolicy) -> list[str]:
    """The lanes that CI runs: where the policy names some, these and those with a schedule, else all.

    Raises UsageError for a lane of the policy that is not there.
    """
    for name in policy.lanes:
        project.lane(name)
    return [
        lane.name
        for lane in project.public
        if not policy.lanes or lane.name in policy.lanes or lane.schedule is not None
    ]


def exported(
    project: Project, policy: CiPolicy, system: SystemName, lanes: Sequence[str], store: str
) -> dict[str, str]:
    """The files of a system, by path from the root of the repository. Raises PlanError and UsageError."""
    folder = Path(project.folder)
    below = subfolder(folder)
    check_fit(below)
    if not lanes:
        raise UsageError(
            f"{project.file} has no lanes to export.",
            hint="Declare one: a function with @lane.",
            code="no_lanes",
        )
    found = [one for name in lanes for one in workflows(project, project.lane(name), policy, store)]
    _check_words(found, policy)
    _check_machines(found, policy, system)
    from importlib import import_module

    writer = import_module(f"lane._ci.writing.{system}")
    installed = requirements(folder)
    files: dict[str, str] = writer.files(
        found, policy, None if installed is None else within(below, installed)
    )
    return files


def _check_words(found: Sequence[Workflow], policy: CiPolicy) -> None:
    """Raises UsageError for a mode or an action of the policy that looks like a misspelt one of the lanes.

    One that no lane has is none: it may be of a lane that is not exported, or to come.
    """
    modes = frozenset[str]().union(*(one.words[0] for one in found))
    both = modes.union(*(one.words[1] for one in found))
    for key, names, known, kind in (
        ("modes", policy.modes, modes, "no mode"),
        ("secrets", policy.secrets, both, "no mode and no action"),
        ("variables", policy.variables, both, "no mode and no action"),
    ):
        for name in names:
            close = [] if name in known else get_close_matches(name, sorted(known), 1, _CLOSE)
            if close:
                raise UsageError(
                    f"{key}: {name!r} is {kind} of these lanes. Did you mean {close[0]!r}?",
                    hint="It stands in the project's policy: [tool.lane.ci] in pyproject.toml, or [ci] in lane.toml.",
                    code="unknown_word",
                )


def _check_machines(found: Sequence[Workflow], policy: CiPolicy, system: SystemName) -> None:
    for workflow in found:
        for job in workflow.jobs:
            if policy.runner(system, job.machine) is None:
                name = "+".join(job.machine)
                raise UsageError(
                    f"{', '.join(job.steps)} of {workflow.lane} needs a machine with {' and '.join(job.machine)}, "
                    f"and none of {system} is declared.",
                    hint=f'Declare it under [tool.lane.ci.runners.{system}]: "{name}" = "…".',
                    code="no_runner",
                )
