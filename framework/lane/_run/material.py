"""What steps are run with: their options and credentials, and the outputs of those that have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._report.reporter import FAILED, SKIPPED

from .context import Context
from .states import DONE
from .values import ABSENT, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.step import Step
    from lane._plan.auth import AuthMode
    from lane._plan.bind import Binding
    from lane._plan.credentials import Choice, Found

    from .attempt import Outcome
    from .journal import StepState
    from .recorder import Recorder

_NO_STATES: Mapping[str, StepState] = {}


class Material:
    """The options, credentials and outputs of one graph's steps. `restored` are the steps' states in the journal."""

    def __init__(
        self,
        graph: Graph,
        binding: Binding,
        choices: Sequence[Choice],
        found: Callable[[AuthMode], Found],
        restored: Mapping[str, StepState] = _NO_STATES,
    ) -> None:
        self.graph = graph
        self._results: list[Any] = [ABSENT] * len(graph.steps)
        self._binding = binding
        self._choices = choices
        self._found = found
        self._restored = restored
        self._items: dict[str, dict[int, StepState]] | None = None

    def context(self, name: str, index: int, recorder: Recorder) -> Context:
        """The context of a step, with the credential of the mode that it runs under."""
        mode = self._choices[index].mode
        if mode is None:
            return Context(name, recorder, index=index)
        return Context(name, recorder, index=index, auth=mode.name, credential=self._found(mode).credential)

    def options(self, step: Step) -> dict[str, Any]:
        """A step's effective options; outputs still stand in them."""
        return self._binding.options(step)

    def result(self, index: int) -> Any:
        """The output of a step that has ended, from the journal if it ended in an earlier process."""
        value = self._results[index]
        if value is ABSENT:
            value = self._results[index] = self._restore(index, self.graph.steps[index])
        return value

    def keep(self, index: int, value: Any) -> None:
        """Keep the output of a step that has ended."""
        self._results[index] = value

    def known(self) -> Iterator[tuple[int, Any]]:
        """The outputs that are kept, with the index of each step."""
        return ((index, value) for index, value in enumerate(self._results) if value is not ABSENT)

    def readable(self, index: int) -> bool:
        """Whether the output of a step that has ended is known, or can be read back as the type that it is now."""
        if self._results[index] is not ABSENT:
            return True
        step = self.graph.steps[index]
        states = [self._restored.get(step.id)] if step.fan is None else self.items(index).values()
        if not all(state is not None and (state.kept or state.state not in DONE) for state in states):
            return False
        try:
            self.result(index)
        except ValueError:
            return False
        return True

    def encoded(
        self, step: Step, outcome: Outcome, fanned: list[Any] | None
    ) -> tuple[str | None, bool | None]:
        """A step's output for the journal; a fanned step's is how many items it had, since each has its own."""
        if outcome.state not in DONE:
            return None, None
        if fanned is not None:
            return str(len(fanned)), True
        return encode(outcome.value, step.action.options.result)

    def items(self, index: int) -> dict[int, StepState]:
        """The states of the items of a fanned step that began in an earlier process, by position."""
        if self._items is None:
            self._items = {}
            for name, state in self._restored.items():
                step, bracket, position = name.partition("[")
                if bracket:
                    self._items.setdefault(step, {})[int(position[:-1])] = state
        return self._items.get(self.graph.steps[index].id, {})

    def items_done(self, index: int) -> dict[int, Any]:
        """The outputs of the items of a fanned step that ended in an earlier process; ABSENT where there is none."""
        step = self.graph.steps[index]
        found: dict[int, Any] = {}
        for position, state in self.items(index).items():
            if state.state in DONE and state.kept:
                found[position] = decode(state.output or "null", step.action.options.result)
            elif state.state == SKIPPED or (state.state == FAILED and step.settings.allow_failure):
                found[position] = ABSENT
        return found

    def _restore(self, index: int, step: Step) -> Any:
        state = self._restored[step.id]
        if step.fan is None:
            return decode(state.output or "null", step.action.options.result)
        items = self.items_done(index)
        return [items.get(position, ABSENT) for position in range(int(state.output or 0))]
