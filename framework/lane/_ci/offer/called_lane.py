"""A call of a lane in a CI file, planned as its job would run it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane._ci.reading.found import CiCall


@dataclass(frozen=True, slots=True)
class CalledStep:
    """A step in a CI job: the mode that it would take there, or `none`.

    `person`: one has to give its credential, unless its `probe` finds the work done. `expires`: the credential is
    there, and stops working by itself. `missing`: no person is needed for it, and the file does not hand it over.
    """

    id: str
    line: str
    mode: str
    person: bool
    expires: bool
    missing: bool
    probe: bool


@dataclass(frozen=True, slots=True)
class CalledJob:
    """A job of the plan. `runs`: the call runs it; the others stay pending."""

    name: str
    runs: bool
    cron: str | None
    steps: tuple[CalledStep, ...]

    @property
    def by_person(self) -> tuple[CalledStep, ...]:
        """The steps that need a person."""
        return tuple(step for step in self.steps if step.person)


@dataclass(frozen=True, slots=True)
class CalledLane:
    """A call of a lane, planned; `lane` is None where the file does not tell which. `problem` says why not.

    `hands_over`: what stays pending is left for another CI job. `refused`: a hook needs a person, so that no job runs.
    `parameters` are those that the command gives, as far as the file has their values; `given` the modes that need
    no person and whose credential it has from there. `sandbox`, `env`: its options.
    """

    call: CiCall
    lane: str | None
    jobs: tuple[CalledJob, ...] = ()
    hands_over: bool = False
    problem: str | None = None
    refused: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()
    sandbox: bool = False
    env: str | None = None
