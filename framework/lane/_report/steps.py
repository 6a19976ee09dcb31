"""Which step and job a report is about; steps of hooks belong to the job that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane._lanefile.step import Step
    from lane._plan.plan import Job, Plan

HOOKED = "/"  # in the id of a hook's step: `before_all/notify`


class Steps:
    """Looks steps up by their index and run-time id, `upload`, `upload[2]` or `before_all/notify`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.running: Job | None = None  # the job whose steps and hooks run

    def step(self, index: int, name: str) -> Step | None:
        """The plan's step, or None for one of a hook."""
        steps = self._plan.graph.steps
        if 0 <= index < len(steps):
            planned = steps[index]
            if name == planned.id or name.startswith(f"{planned.id}["):
                return planned
        return None

    def job(self, index: int, name: str) -> str | None:
        """The name of the job that the step belongs to; None for a step that a probe took out."""
        if self.step(index, name) is None:
            return self.running.name if self.running is not None else None
        number = self._plan.job_of[index]
        return self._plan.jobs[number].name if number >= 0 else None

    def position(self, index: int, name: str) -> int:
        """What sorts steps in the lane's order: the index; the hooks before and after them."""
        if HOOKED not in name or self.step(index, name) is not None:
            return index
        return -1 if name.startswith("before_all") else len(self._plan.graph.steps)
