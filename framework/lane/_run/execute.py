"""Runs the steps of a job: longest path first, side by side, each change journalled before it counts."""

from __future__ import annotations

import time
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from lane._report.reporter import CANCELLED, FAILED, RUNNING, SATISFIED, SKIPPED, SUCCEEDED, StepEnd

from .attempt import Outcome, perform, told
from .context import INTERRUPTED, Context
from .crew import OVER, STOP, Crew
from .frontier import Frontier
from .limits import Limits
from .states import DONE
from .values import ABSENT, Item, NoValueError, Resolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.step import Step

    from .material import Material
    from .recorder import Recorder
    from .watch import Watch

NOT_BEGUN = "not begun"
Task = tuple[int, int, int]  # minus the length of the longest path behind it, step index, item or -1


class Execution:
    """One walk over some steps of a graph. `run()` returns when all have ended or can no longer begin.

    `states` has the state of every step that has ended, by index, from earlier jobs too.
    """

    def __init__(
        self,
        graph: Graph,
        indices: Sequence[int],
        material: Material,
        recorder: Recorder,
        *,
        parallel: int,
        states: dict[int, str],
        prefix: str = "",
        failure: Any = None,
        seconds: list[float | None] | None = None,
    ) -> None:
        self.graph = graph
        self.material = material
        self.recorder = recorder
        self.reporter = recorder.reporter
        self.prefix = prefix
        self.states = states
        self.seconds: list[float | None] = [None] * len(graph.steps) if seconds is None else seconds
        self.failed: tuple[int, Outcome] | None = None
        self.interrupted = False
        self.resolver = Resolver(graph, self._result, failure)
        self._indices = [index for index in indices if index not in states]
        self._heap: list[Task] = []
        self._limits = Limits(self._heap)
        self._active: dict[Context, Task] = {}
        self._settled: list[int] = []  # ended, their followers not yet looked at
        self._items: dict[int, list[Any]] = {}
        self._fanned: dict[int, list[Any]] = {}
        self._cut: set[int] = set()  # fanned steps of which some items are left for later
        self._fanned_left: dict[int, int] = {}
        self._fanned_at: dict[int, float] = {}
        self._over = False
        self._crew = Crew(recorder.lock, parallel, self._heap, self._work)
        self._wake = self._crew.lock
        self._watch: Watch | None = None
        self._error: BaseException | None = None

    # Before

    def run(self) -> None:
        """Run the steps; `stop()`, from anywhere, stops them in order. Raises JournalError."""
        if not self._indices:
            return
        self._frontier = Frontier(self.graph.steps, self._indices)
        self.interrupted = self._crew.told
        with self._wake:
            self._begin_ready()
        while self._crew.hear() == STOP:
            self._interrupt()
        if self._watch is not None:
            self._watch.end()
        if self._error is not None:
            self._come_back()
            raise self._error

    def _come_back(self) -> None:
        """Wait for the steps that were ended when the journal failed, as long as any step is waited for."""
        from .watch import GRACE

        with self._wake:
            self._wake.wait_for(lambda: not self._active, GRACE)

    def stop(self) -> None:
        """Begin no further steps but the `always` ones, and end those that run. Takes no lock."""
        self._crew.tell(STOP)

    # Workers: everything below that touches state is called with the lock held

    def _begin_ready(self) -> None:
        for index in self._frontier.first(self._indices):
            self._ready(index)
        self._advance()
        self._dispatch(1)

    def _advance(self) -> None:
        """See which steps became ready through those that were settled; a loop, since chains are long."""
        frontier, settled = self._frontier, self._settled
        while settled:
            for follower in frontier.settled(settled.pop()):
                self._ready(follower)

    def _ready(self, index: int) -> None:
        """All that a step waits for is settled: queue it, skip it, or leave it for a later `lane resume`."""
        step = self.graph.steps[index]
        for needed in step.needs:
            state = self.states.get(needed, SATISFIED)
            if state not in DONE and not self._goes_on(index, step, needed, state):
                return
        if self._stopping and not step.settings.always:
            self._not_begun(index)
        elif step.fan is not None:
            self._fan_out(index)
        else:
            heappush(self._heap, (-self._frontier.behind[index], index, -1))

    def _goes_on(self, index: int, step: Step, needed: int, state: str) -> bool:
        """Whether a step goes on though one that it needs gave nothing; if not, it is settled here."""
        other = self.graph.steps[needed]
        final = state == SKIPPED or (state == FAILED and other.settings.allow_failure)
        if needed in step.data:
            if final:
                message = f"it takes the output of {other.id}, which {_was(state)}"
                self._settle(index, StepEnd(SKIPPED, message=message), None)
            else:
                self._not_begun(index)
            return False
        if final or step.settings.always:
            return True
        self._not_begun(index)
        return False

    def _not_begun(self, index: int) -> None:
        """A step will not begin in this execution. Nothing is journalled: it is there for a later one."""
        self.states[index] = NOT_BEGUN
        self._settled.append(index)
        why = "the run was interrupted" if self.interrupted else "an earlier step failed"
        end = StepEnd(SKIPPED, message=f"not run: {why}")
        self.reporter.step_ended(index, self._name(self.graph.steps[index], -1), end)

    @property
    def _stopping(self) -> bool:
        return self.failed is not None or self.interrupted

    def _fan_out(self, index: int) -> None:
        step = self.graph.steps[index]
        assert step.fan is not None
        try:
            items = self._items[index] = self.resolver.items(step.fan)
        except BaseException as error:  # noqa: BLE001 - the functions of let() are the user's
            outcome = Outcome(FAILED, message=f"each() cannot fan out: {told(error)}", error=error)
            outcome.where = step.fan.place.shown(self.graph.folder)
            end = outcome.end()
            end.allowed = step.settings.allow_failure
            self._settle(index, end, outcome)
            return
        self._fanned[index] = [ABSENT] * len(items)
        begun = self.material.items_done(index)
        left = [position for position in range(len(items)) if position not in begun]
        for position, value in begun.items():
            self._fanned[index][position] = value
        self._fanned_left[index] = len(left)
        self._fanned_at[index] = time.monotonic()
        for position in left:
            heappush(self._heap, (-self._frontier.behind[index], index, position))
        if not left:
            self._settle(index, StepEnd(SUCCEEDED), Outcome(SUCCEEDED, value=self._fanned[index]))

    def _dispatch(self, most: int | None = None) -> None:
        """Let threads take what is ready; find out whether all is over."""
        if not self._heap and not self._active and not self._limits:
            self._finish()
        else:
            self._crew.call(most)

    def _finish(self) -> None:
        self.recorder.commit()
        self._over = True
        self._crew.tell(OVER)
        self._wake.notify_all()

    def _work(self) -> None:
        crew = self._crew
        try:
            with self._wake:
                goes_on = True
                while not self._over:
                    task = self._take() if goes_on else None
                    if task is not None:
                        seconds = self._run_task(task)
                        if seconds is None:
                            return  # the engine went on without this thread
                        goes_on = crew.ended(seconds)
                        continue
                    if not self._active:
                        self._finish()
                        return
                    self.recorder.commit()
                    crew.rest()
                    goes_on = True
        except BaseException as error:  # noqa: BLE001 - run() raises it
            with self._wake:
                self._break_off(error)
                self._wake.notify_all()

    def _break_off(self, error: BaseException) -> None:
        """The journal cannot be written: what runs is ended, since nobody could know about it."""
        if self._error is not None:
            return
        self._error = error
        self._over = True
        for ctx in self._active:
            ctx.cancel("The journal could not be written.")
        self._crew.tell(OVER)
        self._wake.notify_all()

    def _take(self) -> Task | None:
        """The next task whose limits are free; once the run is stopping, only steps that run always."""
        heap, steps = self._heap, self.graph.steps
        while heap:
            task = heappop(heap)
            step = steps[task[1]]
            if self._stopping and not step.settings.always:
                self._drop(task)
                continue
            if not step.action.limits or self._limits.take(task, step.action.limits):
                return task
        return None

    def _drop(self, task: Task) -> None:
        _, index, position = task
        if position < 0:
            self._not_begun(index)
        else:
            self._cut.add(index)
            self._item_settled(index)
        self._advance()

    def _run_task(self, task: Task) -> float | None:
        """Run a task, without the lock, and take its outcome. Its seconds; None where it was given up."""
        _, index, position = task
        step = self.graph.steps[index]
        ctx = self.material.context(self._name(step, position), index, self.recorder)
        self.recorder.event(ctx.step, RUNNING)
        self.recorder.commit()
        self._active[ctx] = task
        settings = step.settings
        if settings.timeout is not None or settings.no_output_timeout is not None:
            self._watching().add(ctx, settings.timeout, settings.no_output_timeout)
        if self._heap:
            self._crew.ask()
        self._wake.release()
        try:
            self.reporter.step_started(index, ctx.step)
            begun = time.monotonic()
            item = None if step.fan is None else Item(step.fan, position, self._items[index][position])
            outcome = perform(self, step, ctx, item)
            outcome.seconds = time.monotonic() - begun
            outcome.artifacts = self.recorder.close_step(ctx)
        except BaseException:
            self._active.pop(ctx, None)
            raise
        finally:
            self._wake.acquire()
        if ctx not in self._active:
            return None
        self._ended(ctx, outcome)
        return outcome.seconds

    def _ended(self, ctx: Context, outcome: Outcome) -> None:
        _, index, position = self._active.pop(ctx)
        step = self.graph.steps[index]
        if step.action.limits:
            self._limits.free(step.action.limits)
        if self._watch is not None:
            self._watch.forget(ctx)
        if outcome.artifacts:
            self.recorder.keep(ctx.step, outcome.artifacts)
        end = outcome.end()
        end.allowed = step.settings.allow_failure
        end.log = self.recorder.close_log(ctx.step)
        if position < 0:
            self._settle(index, end, outcome)
        else:
            self._settle_item(index, position, ctx.step, end, outcome)
        self._advance()

    def _settle(self, index: int, end: StepEnd, outcome: Outcome | None) -> None:
        """A step has ended: write it; those that follow are seen to by `_advance`."""
        step = self.graph.steps[index]
        name = self._name(step, -1)
        output, kept = (
            (None, None) if outcome is None else self.material.encoded(step, outcome, self._fanned.get(index))
        )
        self.recorder.event(name, end.state, end.attempts, output, kept, end.message)
        self.states[index] = end.state
        if outcome is not None and end.state in DONE:
            self.material.keep(index, outcome.value)
        self._failed_with(index, end, outcome)
        self.seconds[index] = end.seconds
        self._settled.append(index)
        self.reporter.step_ended(index, name, end)

    def _failed_with(self, index: int, end: StepEnd, outcome: Outcome | None) -> None:
        if end.state in (FAILED, CANCELLED) and not end.allowed and self.failed is None:
            self.failed = (index, outcome or Outcome(end.state, message=end.message))
            self._limits.let_go()

    def _settle_item(self, index: int, position: int, name: str, end: StepEnd, outcome: Outcome) -> None:
        output, kept = self.material.encoded(self.graph.steps[index], outcome, None)
        self.recorder.event(name, end.state, end.attempts, output, kept, end.message)
        self.reporter.step_ended(index, name, end)
        if end.state in DONE:
            self._fanned[index][position] = outcome.value
        self._failed_with(index, end, outcome)
        if end.state == CANCELLED or (end.state == FAILED and not end.allowed):
            self._cut.add(index)
        self._item_settled(index)

    def _item_settled(self, index: int) -> None:
        """An item of a fanned step is done with; when all are, so is the step, unless some are left."""
        self._fanned_left[index] -= 1
        if self._fanned_left[index]:
            return
        if index in self._cut:
            self._not_begun(index)
        else:
            end = StepEnd(SUCCEEDED, time.monotonic() - self._fanned_at[index])
            self._settle(index, end, Outcome(SUCCEEDED, value=self._fanned[index]))

    # Stopping

    def _interrupt(self) -> None:
        with self._wake:
            if self.interrupted or self._over:
                return
            self.interrupted = True
            self._limits.let_go()
            self.reporter.notice(
                "warning", "Interrupted: the running steps are ended. Once more ends at once."
            )
            for ctx, (_, index, _) in list(self._active.items()):
                if not self.graph.steps[index].settings.always:
                    ctx.cancel(INTERRUPTED)
                    self._watching().expect(ctx)
            try:
                self._dispatch()
            except BaseException as error:  # noqa: BLE001 - run() raises it
                self._break_off(error)

    def give_up(self, ctx: Context, outcome: Outcome) -> None:
        """Go on without a step whose thread does not come back; called by the watch."""
        with self._wake:
            if ctx in self._active:
                outcome.where = self.graph.steps[self._active[ctx][1]].place.shown(self.graph.folder)
                ctx.closed = True
                self._crew.lost()
                try:
                    self._ended(ctx, outcome)
                    self.recorder.commit()
                    self._dispatch()
                except BaseException as error:  # noqa: BLE001 - run() raises it
                    self._break_off(error)

    def _watching(self) -> Watch:
        if self._watch is None:
            from .watch import Watch

            self._watch = Watch(self.give_up)
        return self._watch

    # Names and results

    def _name(self, step: Step, position: int) -> str:
        name = self.prefix + step.id if self.prefix else step.id
        return name if position < 0 else f"{name}[{position}]"

    def _result(self, index: int) -> Any:
        if self.states.get(index, SATISFIED) not in DONE:
            raise NoValueError(self.graph.steps[index].id)
        return self.material.result(index)


def _was(state: str) -> str:
    return {
        FAILED: "failed",
        SKIPPED: "was skipped",
        CANCELLED: "was cancelled",
        NOT_BEGUN: "did not run",
    }.get(state, f"is {state}")
