"""Checks a call's options and settings while the lane is traced, and finds the steps that it waits for."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import PosixPath, WindowsPath
from typing import TYPE_CHECKING, Any

from lane._lanefile import types as _types
from lane._lanefile.members import NoSuchMemberError, items_type
from lane._lanefile.settings import faults, shown

from . import token as _token
from .kind import check_member, misfits, type_of
from .output import Output
from .walk import kept, outputs_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lane._lanefile.action import Action
    from lane._lanefile.fan import Fan
    from lane._lanefile.options import Option, Options
    from lane._lanefile.settings import Settings

    from .graph import Graph
    from .walk import Found

_ATOMS = frozenset({str, int, float, bool, bytes, type(None), PosixPath, WindowsPath})
Where = tuple[Any, int]


class Checker:
    """Finds what is wrong with the options of a call, and which steps it takes outputs of."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._fitting: set[tuple[Any, str, Any]] = set()  # (action, option, action whose output fits it)

    def options(
        self,
        action: Action[..., Any],
        args: tuple[Any, ...],
        given: dict[str, Any],
        data: list[int],
        place: Where,
    ) -> dict[str, Any]:
        """The call's options, converted where they are known; the steps whose outputs they take go to `data`.

        `given` belongs to the call: it is changed only where a value is not kept as it is.
        """
        spec = action.options
        if args:
            given = self._named(action, spec, args, given, place)
        exact = spec.exact
        for name, value in given.items():
            cls = type(value)
            if exact.get(name) is cls and cls in _ATOMS and (cls is not str or not _token.holds_token(value)):
                continue
            if cls is Output and self._known_to_fit(action, name, value, data):
                continue
            option = spec.by_name.get(name)
            if option is None:
                self._unknown(action, spec, name, place)
            else:
                given[name] = self._option(action, option, value, data, place)
        return given

    def _known_to_fit(self, action: Action[..., Any], name: str, output: Output, data: list[int]) -> bool:
        """Whether the output is a whole step's, of an action whose output was found to fit before."""
        index = output._step
        if index < 0 or output._path or output._graph is not self.graph:
            return False
        step = self.graph.steps[index]
        if step.fan is not None or (action, name, step.action) not in self._fitting:
            return False
        data.append(index)
        return True

    def _named(
        self,
        action: Action[..., Any],
        spec: Options,
        args: tuple[Any, ...],
        given: dict[str, Any],
        place: Where,
    ) -> dict[str, Any]:
        named = dict(zip(spec.positional, args, strict=False))
        twice = named.keys() & given.keys()
        if len(args) > len(spec.positional) or twice:
            count = f"{len(args)} positional argument{'s' if len(args) > 1 else ''}"
            what = f"gives {min(twice)!r} twice" if twice else f"has {count}"
            self.graph.problem(
                "wrong_call",
                f"The call of {action.name} {what}.",
                place,
                f"Name its options: {', '.join(f'{name}=…' for name in spec.names)}."
                if spec.names
                else "It has no options.",
            )
        return {**named, **given}

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
        value = kept(value)
        label = f"{action.name}({option.name}=…)"
        if found := outputs_in(value):
            data.extend(self.steps_of(found, place))
            self._fit(action, option, value, label, place)
            return value
        try:
            return option.check(value)
        except ValueError as error:
            given = "" if option.secret else f", not {shown(value)}"
            example = _types.example(option.type)
            self.graph.problem(
                "wrong_type",
                f"{label} takes {_types.shown(option.type)}{given}: {error}.",
                place,
                f"Write {option.name}={example}, for example." if example else "Pass a value of that type.",
            )
            return value

    def _fit(self, action: Action[..., Any], option: Option, value: Any, label: str, place: Where) -> None:
        wrong = list(misfits(self.graph, value, option.type, label))
        for fault in wrong:
            hint = "Pass another output, or convert it with let(output, lambda value: …)."
            self.graph.problem("wrong_output_type", fault, place, hint)
        if wrong or not isinstance(value, Output) or value._step < 0 or value._path:
            return
        if value._graph is self.graph:
            self._fitting.add((action, option.name, self.graph.steps[value._step].action))

    # Settings

    def settings(self, settings: Settings, place: Where) -> bool:
        """Whether settings can be used; what is wrong with them is recorded."""
        fine = True
        for message, hint in faults(settings):
            self.graph.problem("wrong_setting", message, place, hint)
            fine = False
        return fine

    def condition(self, when: Any, place: Where) -> list[int]:
        """The steps that a `when=` waits for."""
        if isinstance(when, (Output, bool)):
            return self.steps_of(outputs_in(when), place)
        self.graph.problem(
            "wrong_setting",
            f"when= takes an output or a bool, not {shown(when)}.",
            place,
            "Write when=let(output, lambda value: value > 3).",
        )
        return []

    def order(self, after: Iterable[Any], place: Where) -> list[str | int]:
        """What `after=` says, as step ids and indices of steps."""
        found: list[str | int] = []
        for one in after:
            if type(one) is Output and one._step >= 0 and one._graph is self.graph:
                self._inside(self.graph.steps[one._step].fan, "An output", place)
                found.append(one._step)
            elif isinstance(one, str) and not _token.holds_token(one):
                found.append(one)
            else:
                found.extend(self._waits(one, place))
        return found

    def _waits(self, one: Any, place: Where) -> list[int]:
        found = outputs_in(one)
        if not found:
            what = "None, which a call without a result gives" if one is None else shown(one)
            self.graph.problem(
                "wrong_after",
                f"after= takes outputs and step ids, not {what}.",
                place,
                "Pass what a step returned, or its id as a text.",
            )
        return self.steps_of(found, place)

    # Outputs

    def steps_of(self, found: Found, place: Where) -> list[int]:
        """The steps behind some outputs; those that cannot be used here are recorded as problems."""
        steps: list[int] = []
        for one in found:
            if isinstance(one, Output):
                steps.extend(self._steps_of(one, place))
            else:
                for output in self._in_text(one, place):
                    steps.extend(self._steps_of(output, place))
        return steps

    def _in_text(self, text: str, place: Where) -> list[Output]:
        graph = self.graph
        try:
            tokens = [part for part in _token.split(text) if not isinstance(part, str)]
        except _token.DamagedTokenError:
            graph.problem(
                "damaged_token",
                "A text that was made from an output was cut or changed before the output is known.",
                place,
                "Change the value when it is known: let(output, lambda value: value[:7]).",
            )
            return []
        mine = [
            number
            for serial, number in tokens
            if serial == graph.serial % _token.GRAPHS and number < len(graph.tokens)
        ]
        if len(mine) < len(tokens):
            self._foreign("another lane", place)
        return [graph.tokens[number] for number in mine]

    def _steps_of(self, output: Output, place: Where) -> Iterable[int]:
        graph = self.graph
        if output._graph is not graph:
            self._foreign(f"the lane {output._graph.lane!r}, which was traced by itself", place)
            return ()
        let = output._let
        if let is not None:
            self._inside(let.fan, graph.described(output), place)
            return let.steps
        if output._step < 0:
            return ()
        step = graph.steps[output._step]
        self._inside(step.fan, step.id, place)
        return (output._step,)

    def fan_of(self, found: Found) -> Fan | None:
        """The `each` to whose body some outputs belong, if they belong to one."""
        for one in found:
            for output in (one,) if isinstance(one, Output) else self._in_text(one, (None, 0)):
                fan = self._fan_of(output)
                if fan is not None:
                    return fan
        return None

    def _fan_of(self, output: Output) -> Fan | None:
        if output._let is not None:
            return output._let.fan
        return self.graph.steps[output._step].fan if output._step >= 0 else None

    def _foreign(self, whose: str, place: Where) -> None:
        self.graph.problem(
            "foreign_output",
            f"An output of {whose} was used in {self.graph.lane!r}.",
            place,
            "An output belongs to one tracing: call the other lane here, and use what it returns.",
        )

    def _inside(self, fan: Fan | None, name: str, place: Where) -> None:
        if fan is not None and fan is not self.graph.fan:
            self.graph.problem(
                "escaped_each",
                f"{name} belongs to the body of an each(), and was used outside it.",
                place,
                "Use what each() returns: the list of the body's results.",
            )

    def iterable(self, items: Any, place: Where) -> None:
        """Record that `each` was given what is no list."""
        try:
            items_type(type_of(items) if isinstance(items, Output) else type(items))
        except NoSuchMemberError as error:
            hint = "Give it an output that is a list, or a list in which outputs stand."
            self.graph.problem("wrong_each", f"each() takes a list: {error}.", place, hint)

    def member(self, output: Output, part: tuple[str, Any]) -> None:
        """Record an attribute or item that the output's type lacks, and raise."""
        check_member(self.graph, output, part)
