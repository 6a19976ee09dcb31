"""Effective options: the call's, the environment's, `.env`'s, `app(...)`'s, the default; and each step's auth modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import LaneError, Problem
from ._output import OutputError
from ._text import from_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._action import Action
    from ._auth import AuthMode
    from ._environment import Environment
    from ._graph import Graph
    from ._options import Option
    from ._step import Step


def variable(action: str, option: str) -> str:
    """The environment variable of an option: `LANE_<ACTION>__<OPTION>`."""
    return f"LANE_{action.upper()}__{option.upper()}"


class Defaults:
    """What an action's options are where the call leaves them out, with the origin of each; `missing` have no value."""

    __slots__ = ("missing", "origins", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.missing: set[str] = set()


class OptionValues:
    """The validated options as one object: what a function for `auth=` gets."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


class Binding:
    """The effective options and declared modes of every step of a graph."""

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
        """Where the value of an option came from: `call`, `environment`, `.env`, `app()` or `default`."""
        return "call" if option in step.options else self.defaults(step.action).origins.get(option, "missing")

    def _bind(self, step: Step) -> None:
        defaults = self.defaults(step.action)
        if defaults.missing and not defaults.missing <= step.options.keys():
            for name in sorted(defaults.missing - step.options.keys()):
                self.problems.append(
                    Problem(
                        "missing_option",
                        f"{step.id} needs the option {name!r}.",
                        line=step.place.shown(self.graph.folder),
                        hint=f"Write {step.action.name}({name}=…), or set {variable(step.action.name, name)}.",
                    )
                )
        self.modes.append(self._modes(step))

    def _modes(self, step: Step) -> tuple[AuthMode, ...]:
        auth = step.action.auth
        modes = self._asked(step, auth) if callable(auth) else auth
        pin = step.settings.auth
        if pin is None or (pin == "none" and not modes):
            return tuple(modes)
        pinned = tuple(mode for mode in modes if mode == pin or mode.name == pin)
        if not pinned:
            name = pin if isinstance(pin, str) else pin.name
            declared = ", ".join(mode.name for mode in modes) or "none"
            self._problem(
                step, "auth_not_declared", f"{step.id} is pinned to {name}, which {step.action.name} does not declare.",
                f"It declares: {declared}.",
            )  # fmt: skip
            return tuple(modes)
        return pinned

    def _asked(self, step: Step, function: Any) -> Sequence[AuthMode]:
        try:
            return tuple(function(OptionValues(self.options(step))))
        except OutputError as error:
            self.graph.problems.remove(self.graph.problems[-1])
            self._problem(
                step, "auth_unknown", f"The auth of {step.id} depends on an output: {error.message}",
                "Give that option a value that is known, or pin a mode with .set(auth=…).",
            )  # fmt: skip
        except Exception as error:
            self._problem(
                step,
                "auth_failed",
                f"The auth function of {step.action.name} raised {type(error).__name__}: {error}",
                None,
            )
        return ()

    def _problem(self, step: Step, code: str, message: str, hint: str | None) -> None:
        self.problems.append(Problem(code, message, line=step.place.shown(self.graph.folder), hint=hint))

    def _read(self, action: Action[..., Any]) -> Defaults:
        found = Defaults()
        try:
            options = action.options.by_name.values()
        except LaneError as error:
            self.problems.append(Problem(error.code, error.message, line=error.where, hint=error.hint))
            return found
        for option in options:
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
                option, self._app[option.name], "app()", lambda value, _type: option.check(value)
            )
        return (None, None) if option.required else (option.default, "default")

    def _converted(self, option: Option, value: Any, origin: str, convert: Any) -> tuple[Any, str]:
        try:
            return convert(value, option.type), origin
        except ValueError as error:
            shown = "" if option.secret else f" {value!r}"
            problem = Problem(
                "wrong_type",
                f"The option {option.name!r} got{shown} from {origin}: {error}.",
                hint=f"Correct it in {origin}.",
            )
            if problem not in self.problems:
                self.problems.append(problem)
            return value, origin
