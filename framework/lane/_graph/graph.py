"""The graph that tracing a lane gives: steps, and what each waits for."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane._errors import Problem
from lane._lanefile.fan import Fan
from lane._lanefile.place import Place, here, nearest_users
from lane._lanefile.settings import DEFAULT
from lane._lanefile.step import Step

from . import token as _token
from .check import Checker
from .output import Computed, Output, set_token
from .tracing import current, open_graphs, tracing
from .walk import kept, outputs_in

__all__ = ["Graph", "tracing"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from lane._lanefile.action import Action
    from lane._lanefile.settings import Settings
    from lane._lanefile.trigger import Trigger

_serials = itertools.count(1)


class Graph:
    """The steps of one lane, in the order in which they were called, and all problems met while tracing it.

    `order` lists the step indices so that each comes after those that it needs; it is set by `finish()`.
    """

    def __init__(self, lane: str, folder: str | None = None) -> None:
        self.serial = next(_serials)
        self.lane = lane
        self.folder = folder
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.tokens: list[Output] = []
        self.lets: list[Computed] = []
        self.fans: list[Fan] = []
        self.order: range | list[int] = range(0)
        self.failure: Output | None = None
        self.schedule: Trigger | None = None  # of the lane that was called: it defers all steps at once
        self.path: list[str] = []  # the lanes that are being inlined, outermost first
        self._names: dict[str, int] = {}
        self._files: set[str] = set()  # of the user's code
        self._noted: set[tuple[str, str, str | None]] = set()
        self._named_after: list[tuple[int, str]] = []
        self._lanes: list[object] = []
        self._lane_after: tuple[str | int, ...] = ()  # what every step waits for that is recorded now
        self._fan: Fan | None = None
        self._checker = Checker(self)

    # Tracing

    def __enter__(self) -> Graph:
        open_graphs.append(self)
        self._outer = current.graph
        current.graph = self
        return self

    def __exit__(self, *_: object) -> None:
        open_graphs.remove(self)
        current.graph = self._outer

    def record(
        self,
        action: Action[..., Any],
        settings: Settings,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        frame: FrameType,
    ) -> Any:
        """Add a step and return its Output. Problems with its options are recorded: all are told at once."""
        if frame.f_code.co_filename not in self._files:
            frame = self._in_users(frame)
        place = (frame.f_code, frame.f_lasti)
        index = len(self.steps)
        data: list[int] = []
        after: list[int] = []
        options = self._checker.options(action, args, kwargs, data, place)
        if settings is not DEFAULT or self._lane_after:
            settings = self._arranged(settings, index, place, data, after)
        fan = self._fan
        if fan is not None:
            fan.steps.append(index)
            data.extend(fan.needs)
        data_needs = _indices(data)
        step = Step(
            self._free_id(settings.name or action.name),
            action,
            options,
            _indices(data + after) if after else data_needs,
            data_needs,
            settings,
            place,
            fan,
        )
        self.steps.append(step)
        return Output(self, index)

    def _in_users(self, frame: FrameType) -> FrameType:
        """The frame of the user's line that led here, also where an installed package calls actions."""
        found = nearest_users(frame, self.folder)
        if found is frame:
            self._files.add(frame.f_code.co_filename)
        return found

    def _arranged(
        self, settings: Settings, index: int, place: tuple[Any, int], data: list[int], after: list[int]
    ) -> Settings:
        """Find what the settings make the step wait for; what is left of them when that is known."""
        checker = self._checker
        for one in (*self._lane_after, *checker.order(settings.after, place)):
            if type(one) is int:
                after.append(one)
            else:
                self._named_after.append((index, str(one)))
        if settings.only_order:
            return DEFAULT
        if settings.when is not None:
            data.extend(checker.condition(settings.when, place))
        return settings if checker.settings(settings, place) else DEFAULT

    def _free_id(self, name: str) -> str:
        """`upload`, `upload-2`, …: an id that no step has."""
        names = self._names
        if name not in names:
            names[name] = 1
            return name
        count = names[name] + 1
        while (numbered := f"{name}-{count}") in names:
            count += 1
        names[name] = count
        names[numbered] = 1
        return numbered

    def finish(self) -> None:
        """Resolve the step ids of `after=`, order the steps, and report a cycle if there is one."""
        if self._named_after:
            by_id = {step.id: index for index, step in enumerate(self.steps)}
            for index, name in self._named_after:
                self._needs_by_name(index, name, by_id)
        from .order import topological_order

        self.order = topological_order(self)

    def _needs_by_name(self, index: int, name: str, by_id: dict[str, int]) -> None:
        step = self.steps[index]
        needed = by_id.get(name)
        if needed is None:
            from difflib import get_close_matches

            close = get_close_matches(name, by_id, 1)
            self.problem(
                "unknown_step",
                f"after={name!r} of {step.id} names no step of the lane {self.lane}.",
                (step.place.code, step.place.offset),
                f"Did you mean {close[0]!r}?" if close else f"Its steps: {', '.join(list(by_id)[:20])}.",
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
            set_token(output, _token.token(self.serial, len(self.tokens)))
            self.tokens.append(output)
        return str(output._token)

    def computed(self, value: object, function: Callable[[Any], object]) -> Output:
        """The output of a `let`."""
        place = here(3, self.folder)
        where = (place.code, place.offset)
        if not callable(function):
            self.problem(
                "wrong_let",
                "let() takes an output and a function.",
                where,
                "Write let(output, lambda value: …).",
            )
        found = outputs_in(value := kept(value))
        steps = _indices(self._checker.steps_of(found, where))
        let = Computed(value, function, steps, self._checker.fan_of(found))
        self.lets.append(let)
        return Output(self, -1, (), let)

    def fanned_out(self, items: object, body: Callable[[Any], object]) -> Output:
        """Trace the body of an `each` once; the result stands for the list of what it returns."""
        place = here(3, self.folder)
        where = (place.code, place.offset)
        if self._fan is not None:
            hint = "Let an action take the inner list."
            self.problem("nested_each", "each() inside each() cannot be planned.", where, hint)
        self._checker.iterable(items, where)
        needs = _indices(self._checker.steps_of(outputs_in(items := kept(items)), where))
        fan, outer = Fan(items, place, needs), self._fan
        self._fan = fan
        self.fans.append(fan)
        try:
            fan.body = kept(body(Output(self, -1, (), Computed(fan, _the_item, needs, fan))))
            self._checker.steps_of(outputs_in(fan.body), where)
        finally:
            self._fan = outer
        if not fan.steps:
            hint = "Use let() to compute with a list."
            self.problem("empty_each", "The body of each() calls no action.", where, hint)
        return Output(self, -1, (), Computed(fan, _the_results, _indices([*fan.steps, *needs])))

    def described(self, output: Output) -> str:
        """`build.number`, as a message says it."""
        let = output._let
        if let is None:
            base = output._graph.steps[output._step].id if output._step >= 0 else "the failure"
        elif isinstance(let.source, Fan):
            base = "an item of each()" if let.function is _the_item else "each(...)"
        else:
            base = "let(...)"
        return base + "".join(
            f".{key}" if kind == "attribute" else f"[{key!r}]" for kind, key in output._path
        )

    # Lanes inside lanes, problems

    @contextmanager
    def inside(
        self, lane: object, name: str, after: tuple[Any, ...] = (), place: Place | None = None
    ) -> Iterator[None]:
        """Record the steps of a lane, all of which wait for `after` too."""
        outer = self._lane_after
        if after and place is not None:
            steps = self._checker.order(after, (place.code, place.offset))
            self._lane_after = (*outer, *steps)
        self.path.append(name)
        self._lanes.append(lane)
        try:
            yield
        finally:
            self._lanes.pop()
            self.path.pop()
            self._lane_after = outer

    def is_inside(self, lane: object) -> bool:
        """Whether a lane is being inlined."""
        return any(one is lane for one in self._lanes)

    @property
    def fan(self) -> Fan | None:
        """The `each` whose body is being traced."""
        return self._fan

    def problem(self, code: str, message: str, place: tuple[Any, int], hint: str | None = None) -> None:
        """Record why this lane cannot be planned."""
        self.note(Problem(code, message, line=Place(*place).shown(self.folder), hint=hint))

    def forget(self, code: str, line: str | None) -> None:
        """Take back what was recorded of a line, for a better word on it."""
        self.problems[:] = [one for one in self.problems if (one.code, one.line) != (code, line)]

    def note(self, problem: Problem) -> None:
        """Record a problem once: a loop meets the same one many times."""
        key = (problem.code, problem.message, problem.line)
        if key not in self._noted:
            self._noted.add(key)
            self.problems.append(problem)


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
