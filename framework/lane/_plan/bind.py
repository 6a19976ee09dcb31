"""Effective options, each with its origin; and each step's auth modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._errors import LaneError, Problem
from lane._graph.output import OutputError
from lane._lanefile.place import Place
from lane._lanefile.text import accepts_text, from_text

from .auth import wider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.action import Action
    from lane._lanefile.options import Option
    from lane._lanefile.step import Step

    from .auth import AuthMode
    from .environment import Environment


def variable(action: str, option: str) -> str:
    """The environment variable of an option: `LANE_<ACTION>__<OPTION>`."""
    return f"LANE_{action.upper().replace('-', '_')}__{option.upper()}"


class Defaults:
    """What an action's options are where the call leaves them out, with the origin of each.

    `missing` are those that have no value.
    """

    __slots__ = ("missing", "origins", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.missing: set[str] = set()


class OptionValues:
    """The validated options as one object: what a function for `auth=` gets."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Binding:
    """The effective options and declared modes of every step of a graph.

    The first that has a value wins: the call in the lane, the environment, `.env.<name>` and `.env`,
    `app(...)`, the option's default.
    """

    def __init__(self, graph: Graph, environment: Environment, app: dict[str, Any]) -> None:
        self.graph = graph
        self._environment = environment
        self._app = app
        self._defaults: dict[int, Defaults] = {}
        self.problems: list[Problem] = []
        self.modes: list[tuple[AuthMode, ...]] = []
        for step in graph.steps:
            self._bind(step)

    def defaults(self, action: Action[..., Any]) -> Defaults:
        """What an action's options are where a call leaves them out."""
        found = self._defaults.get(id(action))
        if found is None:
            found = self._defaults[id(action)] = self._read(action)
        return found

    def options(self, step: Step) -> dict[str, Any]:
        """A step's effective options; outputs still stand in them."""
        return {**self.defaults(step.action).values, **step.options}

    def origin(self, step: Step, option: str) -> str:
        """Where a value came from: `call`, `environment (NAME)`, `.env (NAME)`, `app()`, `default`."""
        return "call" if option in step.options else self.defaults(step.action).origins.get(option, "missing")

    def _bind(self, step: Step) -> None:
        defaults = self.defaults(step.action)
        if defaults.missing and not defaults.missing <= step.options.keys():
            for name in sorted(defaults.missing - step.options.keys()):
                action = step.action.name
                hint = f"Write {action}({name}=…), or set {variable(action, name)}."
                self._problem(step, "missing_option", f"{step.id} needs the option {name!r}.", hint)
        auth = step.action.auth
        if step.settings.auth is None and not callable(auth):
            self.modes.append(auth)
        else:
            self.modes.append(self._modes(step, self._asked(step, auth) if callable(auth) else auth))

    def _modes(self, step: Step, modes: tuple[AuthMode, ...]) -> tuple[AuthMode, ...]:
        """The modes that a pin leaves."""
        pin = step.settings.auth
        if pin is None or (pin == "none" and not modes):
            return modes
        pinned = tuple(mode for mode in modes if pin in (mode, mode.name, wider(mode)))
        if not pinned:
            name = pin if isinstance(pin, str) else pin.name
            declared = ", ".join(mode.name for mode in modes) or "none"
            message = f"{step.id} is pinned to {name}, which {step.action.name} does not declare."
            self._problem(step, "auth_not_declared", message, f"It declares: {declared}.")
            return modes
        return pinned

    def _asked(self, step: Step, function: Callable[[Any], Sequence[AuthMode]]) -> tuple[AuthMode, ...]:
        """What a function for `auth=` says of a step's options."""
        name, graph = step.action.name, self.graph
        known = len(graph.problems)
        code = getattr(function, "__code__", None)
        where = f"It is in {Place(code, 0).shown(graph.folder)}." if code is not None else None
        try:
            modes = tuple(function(OptionValues(self.options(step))))
        except OutputError as error:
            del graph.problems[known:]  # told here, with what to do about it
            message = f"The auth of {step.id} depends on what is not known yet. {error.message}"
            self._problem(
                step, "auth_unknown", message, "Give a value that is known, or pin a mode with .set(auth=…)."
            )
        except Exception as error:  # noqa: BLE001 - the function is the user's
            self._problem(
                step,
                "auth_failed",
                f"The auth function of {name} raised {type(error).__name__}: {error}",
                where,
            )
        else:
            if all(hasattr(mode, "attended") for mode in modes):
                return modes
            message = f"The auth function of {name} returned what is no auth mode."
            self._problem(step, "auth_failed", message, where)
        return ()

    def _problem(self, step: Step, code: str, message: str, hint: str | None) -> None:
        self._note(Problem(code, message, line=step.place.shown(self.graph.folder), hint=hint))

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _read(self, action: Action[..., Any]) -> Defaults:
        found = Defaults()
        try:
            options = action.options.by_name
            unknown = sorted(set(action.probe.options) - options.keys()) if action.probe is not None else []
        except LaneError as error:
            self._note(Problem(error.code, error.message, line=error.where, hint=error.hint))
            return found
        if unknown:
            line = Place(action.function.__code__, 0).shown(self.graph.folder)
            message = f"The probe of {action.name} takes {unknown[0]!r}, which is no option of the action."
            self._note(Problem("wrong_probe", message, line=line, hint=f"Its options: {', '.join(options)}."))
        for option in options.values():
            value, origin = self._value(action, option)
            if origin is None:
                found.missing.add(option.name)
            else:
                found.values[option.name] = value
                found.origins[option.name] = origin
        return found

    def _value(self, action: Action[..., Any], option: Option) -> tuple[Any, str | None]:
        name = variable(action.name, option.name)
        given = self._environment.lookup(name)
        if given is not None:
            text, layer = given
            return self._converted(option, text, f"{layer} ({name})", from_text)
        if option.name in self._app:
            return self._converted(
                option, self._app[option.name], "app()", lambda value, _: option.check(value)
            )
        return (None, None) if option.required else (option.default, "default")

    def _converted(
        self, option: Option, value: Any, origin: str, convert: Callable[[Any, Any], Any]
    ) -> tuple[Any, str]:
        try:
            return convert(value, option.type), origin
        except ValueError as error:
            # A text is refused by a check of the action's own, which may be that it holds a password.
            shown = "" if option.secret or accepts_text(option.type) else f" {value!r}"
            message = f"The option {option.name!r} got{shown} from {origin}: {error}."
            self._note(Problem("wrong_type", message, hint=f"Correct it in {origin}."))
            return value, origin
