"""Which machine each step runs on, where a plan's jobs are cut by machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plan import ANY

if TYPE_CHECKING:
    from .plan import Machine, Plan


class Machines:
    """The machine of each step of a plan whose modes and triggers are chosen, by the step's index.

    A step that runs anywhere is *drawn* to the machine of the steps that take its output, if these agree on one and
    share its trigger and its need of a person: what it leaves there (a keychain, a folder) is there for them. That
    does not hold for what comes after a step of that machine: the work that follows a build leaves the Mac.
    """

    __slots__ = ("_brought", "_leader", "of")

    def __init__(self, plan: Plan) -> None:
        steps, order = plan.graph.steps, plan.graph.order
        self.of: list[Machine] = [
            tuple(sorted(name for name in plan.runs_on(index) if name != "any"))
            for index in range(len(steps))
        ]
        self._leader = list(range(len(steps)))  # the step in whose job a drawn one has to be
        self._brought: dict[int, list[int]] = {}
        behind = self._behind(plan)
        rank = {index: position for position, index in enumerate(order)}
        followers: list[list[int]] = [[] for _ in steps]
        for index in order:
            for needed in steps[index].needs:
                followers[needed].append(index)
        for index in reversed(order):
            machine = ANY if self.of[index] else self._wanted(plan, index, followers[index])
            if machine and machine not in behind[index]:
                self.of[index] = machine
                self._lead(
                    plan, index, min((self._leader[one] for one in followers[index]), key=rank.__getitem__)
                )

    def with_brought(self, index: int) -> list[int]:
        """The steps that go into a job together with this one, itself the last; none where it goes with another."""
        return [] if self._leader[index] != index else [*reversed(self._brought.get(index, [])), index]

    def _behind(self, plan: Plan) -> list[frozenset[Machine]]:
        """The machines that some step before each has to have."""
        behind: list[frozenset[Machine]] = [frozenset()] * len(self.of)
        for index in plan.graph.order:
            for needed in plan.graph.steps[index].needs:
                behind[index] |= behind[needed] | ({self.of[needed]} if self.of[needed] else set())
        return behind

    def _wanted(self, plan: Plan, index: int, followers: list[int]) -> Machine:
        """The one machine of all that take a step's output, or any."""
        takers = [one for one in followers if index in plan.graph.steps[one].data]
        wanted = {self.of[one] for one in takers}
        alike = all(_starts(plan, one) == _starts(plan, index) for one in takers)
        return wanted.pop() if alike and len(wanted) == 1 else ANY

    def _lead(self, plan: Plan, index: int, leader: int) -> None:
        """Let a drawn step go with the first that follows it, if that is of the same kind.

        Those that follow later come later anyway, so no circle of jobs can arise.
        """
        if self.of[leader] == self.of[index] and _starts(plan, leader) == _starts(plan, index):
            self._leader[index] = leader
            self._brought.setdefault(leader, []).append(index)


def _starts(plan: Plan, index: int) -> tuple[object, bool]:
    return plan.triggers[index], plan.choices[index].attended
