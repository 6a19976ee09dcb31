"""Checks a call's options while the lane is traced, and finds the outputs that stand in them."""

from __future__ import annotations

import enum
from difflib import get_close_matches
from pathlib import Path, PosixPath, WindowsPath
from typing import TYPE_CHECKING, Any, get_args, get_origin

from . import _token, _types
from ._errors import UsageError
from ._fan import Fan
from ._output import Computed, Output, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._action import Action
    from ._graph import Graph
    from ._options import Option, Options

_ATOMS = frozenset({str, int, float, bool, bytes, type(None), PosixPath, WindowsPath})
Where = tuple[Any, int]


class Checker:
    """Finds what is wrong with the options of a call, and which steps it takes outputs of."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def options(
        self,
        action: Action[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        data: list[int],
        place: Where,
    ) -> dict[str, Any]:
        """The call's options, converted where they are known; the steps whose outputs they take go to `data`."""
        spec = action.options
        if args:
            kwargs = self._named(action, spec, args, kwargs, place)
        exact = spec.exact
        for name, value in kwargs.items():
            cls = type(value)
            if exact.get(name) is cls and cls in _ATOMS and (cls is not str or not _token.holds_token(value)):
                continue
            option = spec.by_name.get(name)
            if option is None:
                self._unknown(action, spec, name, place)
            else:
                kwargs[name] = self._option(action, option, value, data, place)
        return kwargs

    def _named(
        self,
        action: Action[..., Any],
        spec: Options,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        place: Where,
    ) -> dict[str, Any]:
        named = dict(zip(spec.positional, args, strict=False))
        twice = named.keys() & kwargs.keys()
        if len(args) > len(spec.positional) or twice:
            what = f"gives {min(twice)!r} twice" if twice else f"has {len(args)} positional arguments"
            self.graph.problem(
                "wrong_call",
                f"The call of {action.name} {what}.",
                place,
                f"Name its options: {', '.join(spec.names)}.",
            )
        return {**named, **kwargs}

    def _unknown(self, action: Action[..., Any], spec: Options, name: str, place: Where) -> None:
        close = get_close_matches(name, spec.names, 1)
        names = ", ".join(spec.names) or "none"
        self.graph.problem(
            "unknown_option",
            f"{action.name} has no option {name!r}.",
            place,
            f"Did you mean {close[0]!r}?" if close else f"Its options: {names}.",
        )

    def _option(
        self, action: Action[..., Any], option: Option, value: Any, data: list[int], place: Where
    ) -> Any:
        found = self.outputs_in(value, place)
        label = f"{action.name}({option.name}=…)"
        if found or self._unresolved(value):
            data.extend(found)
            for fault in self._faults(value, option.type, label):
                self.graph.problem(
                    "wrong_output_type", fault, place, "Pass another output, or convert it with let()."
                )
            return value
        try:
            return option.check(value)
        except ValueError as error:
            shown = "" if option.secret else f", not {_short(value)}"
            self.graph.problem(
                "wrong_type",
                f"{label} takes {_types.shown(option.type)}{shown}: {error}.",
                place,
                f"Pass a {_types.shown(option.type)}.",
            )
            return value

    def _unresolved(self, value: Any) -> bool:
        """Whether a value holds an output that waits for no step (the failure in a hook, a let over known values)."""
        return any(True for _ in _outputs(value, self.graph, []))

    def _faults(self, value: Any, expected: Any, label: str) -> Iterator[str]:
        """What does not fit where outputs stand in a value; values that are known are checked when the step runs."""
        if isinstance(value, Output):
            given = self.type_of(value)
            if not _types.assignable(given, expected):
                yield (
                    f"{label} takes {_types.shown(expected)}, but {self.graph.described(value)} is "
                    f"{_types.shown(given)}."
                )
        elif isinstance(value, str):
            if not _types.assignable(str, expected):
                yield f"{label} takes {_types.shown(expected)}, but a text made from an output is a str."
        elif isinstance(value, (list, tuple, set)):
            for index, item in enumerate(value):
                yield from self._faults(item, _item_of(expected, index), label)
        elif isinstance(value, dict):
            arguments = get_args(expected) if get_origin(expected) is dict else ()
            for item in value.values():
                yield from self._faults(item, arguments[1] if arguments else Any, label)
        else:
            for name, kind in (_types.fields_of(type(value)) or {}).items():
                yield from self._faults(
                    getattr(value, name, None), kind, f"{label} {type(value).__name__}.{name}"
                )

    # Outputs

    def outputs_in(self, value: Any, place: Where) -> list[int]:
        """The steps whose outputs stand in a value; outputs that cannot be used here are recorded as problems."""
        steps: list[int] = []
        problems: list[str] = []
        for output in _outputs(value, self.graph, problems):
            steps.extend(self._steps_of(output, place))
        for message in problems:
            self.graph.problem(
                "damaged_token", message, place, "Build the text with an f-string at once, or with let()."
            )
        return steps

    def _steps_of(self, output: Output, place: Where) -> list[int]:
        graph = self.graph
        if output._graph is not graph:
            graph.problem(
                "foreign_output",
                f"An output of the lane {output._graph.lane!r} was used in {graph.lane!r}.",
                place,
                "An output belongs to the lane that is being traced: call the other lane here and use what it returns.",
            )
            return []
        let = output._let
        if let is None:
            if output._step < 0:
                return []
            fan = graph.steps[output._step].fan
            if fan is not None and fan is not graph.fan:
                self._escaped(graph.steps[output._step].id, place)
            return [output._step]
        if isinstance(let.source, Fan):
            return self._steps_of_fan(output, let, let.source, place)
        return self.outputs_in(let.source, place)

    def _steps_of_fan(self, output: Output, let: Computed, fan: Fan, place: Where) -> list[int]:
        from ._graph import _the_item

        if let.function is _the_item:
            if fan is not self.graph.fan:
                self._escaped("the item", place)
            return self.outputs_in(fan.items, place)
        return [*fan.steps, *self.outputs_in(fan.items, place)]

    def _escaped(self, name: str, place: Where) -> None:
        self.graph.problem(
            "escaped_each",
            f"{name} of an each() was used outside its body.",
            place,
            "Use what each() returns: the list of the body's results.",
        )

    def condition(self, when: Any, place: Where) -> list[int]:
        """The steps that a `when=` waits for."""
        found = self.outputs_in(when, place)
        if not isinstance(when, (Output, bool)):
            self.graph.problem(
                "wrong_when",
                f"when= takes an output or a bool, not {type(when).__name__}.",
                place,
                "when=let(output, lambda value: value > 3)",
            )
        return found

    def iterable(self, items: Any, place: Where) -> None:
        """Record that `each` was given what is no list."""
        if isinstance(items, Output):
            try:
                _types.items_type(self.type_of(items))
            except _types.NoSuchMemberError as error:
                self.graph.problem("wrong_each", f"each() takes a list: {error}.", place, None)
        elif isinstance(items, str) or not hasattr(items, "__iter__"):
            self.graph.problem("wrong_each", f"each() takes a list, not {type(items).__name__}.", place, None)

    def member(self, output: Output, part: tuple[str, Any]) -> None:
        """Record an attribute or item that the output's type lacks, and raise."""
        kind, key = part
        try:
            owner = self.type_of(output)
            (_types.attribute_type if kind == "attribute" else _types.item_type)(owner, key)
        except _types.NoSuchMemberError as error:
            from ._output import _refuse

            close = get_close_matches(str(key), error.names, 1)
            instead = (
                f"did you mean {close[0]!r}?" if close else f"it has {', '.join(error.names[:12]) or 'none'}"
            )
            if not error.names:
                instead = "let(output, lambda value: …) computes with the value when it is known"
            _refuse(output, f"{error}", instead.rstrip("."))

    def type_of(self, output: Output) -> Any:
        """The type that an output will have; Any where it is not known."""
        let = output._let
        if let is None:
            found = (
                self.graph.steps[output._step].action.options.result if output._step >= 0 else _failure_type()
            )
        elif isinstance(let.source, Fan):
            found = self._type_in_fan(let, let.source)
        else:
            found = Any
        for kind, key in output._path:
            found = (_types.attribute_type if kind == "attribute" else _types.item_type)(found, key)
        return found

    def _type_in_fan(self, let: Computed, fan: Fan) -> Any:
        from ._graph import _the_item

        if let.function is _the_item:
            return _types.items_type(self.type_of(fan.items)) if isinstance(fan.items, Output) else Any
        body = self.type_of(fan.body) if isinstance(fan.body, Output) else Any
        return list[body]  # type: ignore[valid-type]  # a type known at run time only


def _failure_type() -> Any:
    from ._failure import Failure

    return Failure


def _outputs(value: Any, graph: Graph, problems: list[str]) -> Iterator[Output]:
    """Every output in a value: in texts, paths, lists, dicts, dataclasses and models."""
    if isinstance(value, Output):
        yield value
    elif isinstance(value, str):
        if _token.holds_token(value):
            yield from _outputs_in_text(value, graph, problems)
    elif value is None or isinstance(value, (int, float, bytes, enum.Enum, type)):
        return
    elif isinstance(value, Path):
        yield from _outputs(str(value), graph, problems)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _outputs(key, graph, problems)
            yield from _outputs(item, graph, problems)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _outputs(item, graph, problems)
    elif _types.fields_of(type(value)):
        for item in vars(value).values() if hasattr(value, "__dict__") else ():
            yield from _outputs(item, graph, problems)


def _outputs_in_text(text: str, graph: Graph, problems: list[str]) -> Iterator[Output]:
    try:
        parts = _token.split(text)
    except _token.DamagedTokenError:
        problems.append("A text that was made from an output was cut or changed before the output is known.")
        return
    for part in parts:
        if isinstance(part, str):
            continue
        serial, number = part
        if serial == graph.serial % (62 * 62) and number < len(graph.tokens):
            yield graph.tokens[number]
        else:
            problems.append("A text holds an output of another lane.")


def _item_of(expected: Any, index: int) -> Any:
    try:
        if get_origin(expected) is tuple:
            return _types.item_type(expected, index)
        return _types.items_type(expected)
    except _types.NoSuchMemberError:
        return expected


def _short(value: object) -> str:
    """A value for a message, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
