"""The graph that tracing a lane gives: steps, and what each waits for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from . import _token
from ._check import Checker
from ._errors import Problem, UsageError
from ._fan import Fan
from ._output import Computed, Output, OutputError
from ._place import Place, here
from ._step import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ._action import Action
    from ._step import Settings

_current = threading.local()
_open: list[Graph] = []  # every graph that is being traced, in whatever thread
_serial = 0


class Graph:
    """The steps of one lane, in the order in which they were called, and all problems met while tracing it.

    `order` lists the step indices so that each comes after those that it needs; it is set by `finish()`.
    """

    def __init__(self, lane: str, folder: str | None = None) -> None:
        global _serial
        _serial += 1
        self.serial = _serial
        self.lane = lane
        self.folder = folder
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.tokens: list[Output] = []
        self.order: range | list[int] = range(0)
        self.failure: Output | None = None
        self.path: list[str] = []  # the lanes that are being inlined, outermost first
        self._names: dict[str, int] = {}
        self._named_after: list[tuple[int, str]] = []
        self._after_lanes: tuple[Any, ...] = ()
        self._fan: Fan | None = None
        self._checker = Checker(self)

    # Tracing

    def __enter__(self) -> Graph:
        _open.append(self)
        self._outer = getattr(_current, "graph", None)
        _current.graph = self
        return self

    def __exit__(self, *_: object) -> None:
        _open.remove(self)
        _current.graph = self._outer

    def record(
        self,
        action: Action[..., Any],
        settings: Settings,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        frame: FrameType,
    ) -> Output:
        """Add a step. Problems with its options are recorded, not raised: all are told at once."""
        code, offset = frame.f_code, frame.f_lasti
        index = len(self.steps)
        data: list[int] = []
        place = (code, offset)
        options = self._checker.options(action, args, kwargs, data, place)
        after: list[int] = []
        if settings.after or self._after_lanes or settings.when is not None:
            self._ordering(settings, index, place, data, after)
        if self._fan is not None:
            self._fan.steps.append(index)
            data.extend(self._checker.outputs_in(self._fan.items, place))
        data_needs = _indices(data)
        needs = _indices(data + after) if after else data_needs
        step = Step(
            self._free_id(settings.name or action.name),
            action,
            options,
            needs,
            data_needs,
            settings,
            place,
            self._fan,
        )
        self.steps.append(step)
        return Output(self, index)

    def _ordering(
        self, settings: Settings, index: int, place: tuple[Any, int], data: list[int], after: list[int]
    ) -> None:
        for one in (*settings.after, *self._after_lanes):
            if isinstance(one, str) and not _token.holds_token(one):
                self._named_after.append((index, one))
            else:
                found = self._checker.outputs_in(one, place)
                if not found:
                    self.problem(
                        "wrong_after",
                        f"after= takes outputs and step ids, not {type(one).__name__}.",
                        place,
                        "Pass what a step returned, or its id as a text.",
                    )
                after.extend(found)
        if settings.when is not None:
            data.extend(self._checker.condition(settings.when, place))

    def _free_id(self, name: str) -> str:
        count = self._names.get(name, 0) + 1
        self._names[name] = count
        if count == 1:
            return name
        numbered = f"{name}-{count}"
        return self._free_id(numbered) if numbered in self._names else self._claim(numbered)

    def _claim(self, name: str) -> str:
        self._names[name] = 1
        return name

    def finish(self) -> None:
        """Resolve the step ids of `after=`, order the steps, and report a cycle if there is one."""
        if self._named_after:
            by_id = {step.id: index for index, step in enumerate(self.steps)}
            for index, name in self._named_after:
                self._needs_by_name(index, name, by_id)
        from ._order import topological_order

        self.order = topological_order(self)

    def _needs_by_name(self, index: int, name: str, by_id: dict[str, int]) -> None:
        step = self.steps[index]
        needed = by_id.get(name)
        if needed is None:
            from difflib import get_close_matches

            close = get_close_matches(name, by_id, 1)
            self.problems.append(
                Problem(
                    "unknown_step",
                    f"after={name!r} of {step.id} names no step of the lane {self.lane}.",
                    line=step.place.shown(self.folder),
                    hint=f"Did you mean {close[0]!r}?"
                    if close
                    else f"Its steps: {', '.join(list(by_id)[:20])}.",
                )
            )
            return
        step.needs = _indices([*step.needs, needed])

    # Outputs

    def derived(self, output: Output, part: tuple[str, Any]) -> Output:
        """An attribute or item of an output; a name that its type lacks is recorded."""
        self._checker.member(output, part)
        return Output(self, output._step, (*output._path, part), output._let)

    def token_of(self, output: Output) -> str:
        """The text that stands for an output in a string."""
        if output._token is None:
            output._token = _token.token(self.serial, len(self.tokens))
            self.tokens.append(output)
        return output._token

    def computed(self, value: object, function: Callable[[Any], object]) -> Output:
        """The output of a `let`."""
        if not callable(function):
            raise UsageError("let() takes an output and a function.", hint="let(output, lambda value: …)")
        return Output(self, -1, (), Computed(value, function))

    def fanned_out(self, items: object, body: Callable[[Any], object]) -> Output:
        """Trace the body of an `each` once; the result stands for the list of what it returns."""
        place = here(3)
        where = (place.code, place.offset)
        if self._fan is not None:
            self.problem(
                "nested_each",
                "each() inside each() cannot be planned.",
                where,
                "Let an action take the inner list.",
            )
        fan, outer = Fan(items, place), self._fan
        self._checker.iterable(items, where)
        self._fan = fan
        try:
            fan.body = body(Output(self, -1, (), Computed(fan, _the_item)))
        finally:
            self._fan = outer
        if not fan.steps:
            self.problem(
                "empty_each",
                "The body of each() calls no action.",
                where,
                "Use let() to compute with a list.",
            )
        return Output(self, -1, (), Computed(fan, _the_results))

    def described(self, output: Output) -> str:
        """`build.number`, as a message says it."""
        let = output._let
        if let is None:
            base = self.steps[output._step].id if output._step >= 0 else "the failure"
        elif isinstance(let.source, Fan):
            base = "an item of each()" if let.function is _the_item else "each(...)"
        else:
            base = "let(...)"
        return base + "".join(
            f".{key}" if kind == "attribute" else f"[{key!r}]" for kind, key in output._path
        )

    # Lanes inside lanes, problems

    def ordered_after(self, after: tuple[Any, ...]) -> tuple[Any, ...]:
        """Make every step recorded from now on wait for `after` too; returns what was there before."""
        before = self._after_lanes
        self._after_lanes = after
        return before

    @property
    def fan(self) -> Fan | None:
        """The `each` whose body is being traced."""
        return self._fan

    def problem(self, code: str, message: str, place: tuple[Any, int], hint: str | None = None) -> None:
        """Record why this lane cannot be planned."""
        line = Place(*place).shown(self.folder)
        self.problems.append(Problem(code, message, line=line, hint=hint))


def _the_item(value: Any) -> Any:
    """Marks the output that stands for each item of a fan."""
    return value


def _the_results(value: Any) -> Any:
    """Marks the output that stands for the results of a fan."""
    return value


def _indices(found: list[int]) -> tuple[int, ...]:
    if len(found) < 2:
        return tuple(found)
    return tuple(sorted(set(found)))


def tracing(what: str) -> Graph:
    """The graph that this thread is tracing. Raises UsageError where none is."""
    graph: Graph | None = getattr(_current, "graph", None)
    if graph is not None:
        return graph
    place = here(2)
    if _open:
        message = f"{what} was used in another thread than the one that traces the lane."
        hint = "Lanes are traced in one thread; the steps run side by side anyway."
    else:
        message = f"{what} was used outside a lane."
        hint = "Call it inside a function decorated with @lane; `lane run` traces it."
    for other in _open:
        other.problems.append(Problem("outside_lane", message, line=place.shown(other.folder), hint=hint))
    raise OutputError(message, hint=hint, where=place.shown())
