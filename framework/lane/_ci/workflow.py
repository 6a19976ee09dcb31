"""A CI system's workflows and jobs, before they are written in any system's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .subfolder import label, within

if TYPE_CHECKING:
    from lane._lanefile.trigger import Trigger
    from lane._plan.plan import Machine

    from .inputs import Inputs
    from .policy import LanePolicy

HANDOFF = "handoff"  # the folder below which each job's hand-off has its own
DAYS_PENDING = 30  # as long as a job may wait for its time, or be put off
_DAYS_IN_RUN = 7


def pending(lane: str, job: str) -> str:
    """The name under which a CI system keeps the hand-offs for a job of a lane, by the lane's label."""
    return f"pending.{lane}.{job}"


@dataclass(frozen=True)
class CiJob:
    """One job of a lane's plan. `needs` are jobs of the same workflow, whose hand-offs it takes.

    `fetches` are the jobs of earlier runs whose hand-offs it takes. `followed`: others of the workflow take its own;
    `leaves` are the scheduled jobs that it is kept for. `locks` are the modes whose credential only one job at a
    time may use: a person's sign-in, a session. `had` are the modes that CI has, in this job or in others.
    `minutes` is how long it may take; `alone`: it is the whole plan. Its commands run in the project's folder, `below`
    the root of the repository; a system's own paths begin at the root.
    """

    below: str
    lane: str
    name: str
    steps: tuple[str, ...]
    machine: Machine
    attended: bool
    needs: tuple[str, ...]
    fetches: tuple[str, ...]
    followed: bool
    leaves: tuple[str, ...]
    locks: tuple[str, ...]
    had: tuple[str, ...]
    secrets: tuple[str, ...]
    variables: tuple[str, ...]
    minutes: int
    alone: bool

    def commands(self) -> list[str]:
        """What the job runs. Its folders are there even where nothing was left for it: a probe found the work done."""
        folder = self.folder if self.gives else HANDOFF if self.takes else None
        return [*([f"mkdir -p {folder}"] if folder else []), self._command()]

    @property
    def takes(self) -> bool:
        """Whether it takes hand-offs."""
        return bool(self.needs or self.fetches)

    @property
    def gives(self) -> bool:
        """Whether it leaves hand-offs."""
        return self.followed or bool(self.leaves)

    def _command(self) -> str:
        words = ["lane", "run", self.lane]
        if not self.alone:
            words += ["--by-machine", *(["--policy", f"have={','.join(self.had)}"] if self.had else [])]
            words += ["--job", self.name]
        if self.attended:
            words.append("--local")
        if self.takes:
            words += ["--handoff", HANDOFF]
        if self.gives:
            words += ["--export-handoff", self.folder]
        return " ".join([*words, "--junit", "report.xml"])

    @property
    def folder(self) -> str:
        """Where it puts its hand-off."""
        return f"{HANDOFF}/{self.name}"

    def path(self, inside: str) -> str:
        """A path of the project as the system reads it."""
        return within(self.below, inside)

    @property
    def label(self) -> str:
        """The lane's name among those of all projects of the repository."""
        return label(self.below, self.lane)

    @property
    def key(self) -> str:
        """Its name where one file has all lanes."""
        return f"{self.label}-{self.name}"

    @property
    def after(self) -> list[str]:
        """Such names of the jobs that it needs."""
        return [f"{self.label}-{need}" for need in self.needs]

    @property
    def declared(self) -> tuple[str, ...]:
        """The capabilities that the machine's system does not tell of itself."""
        return tuple(name for name in self.machine if name not in {"linux", "macos", "windows"})


@dataclass(frozen=True)
class Workflow:
    """Jobs that one start begins: `starts` where the lane does, `schedule` at a time; one of them is there or both.

    `name` is the lane's label, with the job's where earlier runs have left it. `branches` are those that a schedule
    is of, where a system asks for them. `keep` are the paths, from the root of the repository, that the next run of
    the lane finds as this one leaves them.
    `words` are the names of the modes and the actions of the lane, by which a policy gives its jobs something.
    """

    lane: str
    name: str
    summary: str
    digest: str
    starts: LanePolicy | None
    schedule: Trigger | None
    inputs: Inputs
    branches: tuple[str, ...]
    keep: tuple[str, ...]
    words: tuple[frozenset[str], frozenset[str]]
    below: str
    jobs: list[CiJob] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The lane's name among those of all projects of the repository."""
        return label(self.below, self.lane)

    @property
    def days(self) -> int:
        """How long what its jobs leave for one another is kept: a person may be waited for, a job be run again."""
        return DAYS_PENDING if any(job.attended for job in self.jobs) else _DAYS_IN_RUN
