"""The plan as a value: jobs, the steps in each, the mode of each step, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .auth import runs_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane._errors import Problem
    from lane._graph.graph import Graph
    from lane._lanefile.trigger import Trigger

    from .auth import AuthMode
    from .credentials import Choice, Found

Machine = tuple[str, ...]  # the capabilities that a machine has to have, sorted; none: any machine will do
ANY: Machine = ()


class Missing:
    """A mode whose credential is not there, the steps that need it, and how to give it."""

    __slots__ = ("how", "mode", "needed_by")

    def __init__(self, mode: AuthMode, how: list[str]) -> None:
        self.mode = mode
        self.how = how
        self.needed_by: list[str] = []


class Plan:
    """Jobs, the steps in each, the mode of each step, and what is missing. A value: nothing in it is run.

    `choices` and `job_of` have one entry a step, by the step's index in the graph; `job_of` is -1 for a step
    that a probe took out.
    """

    __slots__ = (
        "by_machine",
        "choices",
        "digest",
        "graph",
        "job_of",
        "jobs",
        "lane",
        "missing",
        "modes",
        "problems",
        "setting",
        "triggers",
    )

    def __init__(self, graph: Graph, setting: str, modes: Sequence[tuple[AuthMode, ...]]) -> None:
        self.graph = graph
        self.lane = graph.lane
        self.setting = setting
        self.by_machine = False
        self.modes = modes
        self.digest = ""
        self.choices: list[Choice] = []
        self.triggers: list[Trigger | None] = []
        self.job_of: list[int] = []
        self.jobs: list[Job] = []
        self.missing: list[Missing] = []
        self.problems: list[Problem] = []

    @property
    def unattended(self) -> bool:
        """Whether no job needs a person."""
        return not any(job.attended for job in self.jobs)

    @property
    def ready(self) -> bool:
        """Whether no credential is missing."""
        return not self.missing

    @property
    def first_job(self) -> Job | None:
        """The job that `lane run` runs at once: of trigger `main`, waiting for nothing."""
        return next((job for job in self.jobs if job.kind == "main" and not job.needs), None)

    def runs_on(self, index: int) -> tuple[str, ...]:
        """The capabilities that a step's machine needs: its action's, and those of the mode that it runs under."""
        choice = self.choices[index]
        return tuple(dict.fromkeys((*self.graph.steps[index].action.runs_on, *runs_on(choice.mode))))

    def miss(self, mode: AuthMode, needed_by: str, found: Callable[[AuthMode], Found]) -> None:
        """Note that a step needs a mode whose credential is not there."""
        missing = next((one for one in self.missing if one.mode == mode), None)
        if missing is None:
            reason = found(mode).reason
            unfit = [f"Found, but unfit: {reason}"] if reason else []
            missing = Missing(mode, unfit + mode.how())
            self.missing.append(missing)
        missing.needed_by.append(needed_by)

    def job(self, name: str) -> Job | None:
        """A job by its name."""
        return next((job for job in self.jobs if job.name == name), None)


class Job:
    """Steps that run together, under one trigger. `steps` are indices in the graph, in their order.

    `machine` is what the job's machine has to be, where jobs are cut by that.
    """

    __slots__ = ("attended", "index", "kind", "machine", "name", "needs", "steps", "trigger")

    def __init__(
        self, index: int, name: str, trigger: Trigger | None, attended: bool, machine: Machine = ANY
    ) -> None:
        self.index = index
        self.name = name
        self.trigger = trigger
        self.attended = attended
        self.machine = machine
        self.kind = kind_name(trigger, attended)
        self.needs: list[str] = []
        self.steps: list[int] = []


def kind_name(trigger: Trigger | None, attended: bool) -> str:
    """The word for what starts a job, which its name begins with."""
    return "scheduled" if trigger is not None else "attended" if attended else "main"
