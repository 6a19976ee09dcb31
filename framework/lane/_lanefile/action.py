"""`@action`: a typed function that does one thing, declared with the auth modes that it supports."""

# ruff: noqa: F811  # overloads are known to it by typing's own import only

from __future__ import annotations

import sys

from lane._errors import UsageError
from lane._graph.tracing import tracing

from .lane import plain_function
from .place import Place
from .probe import Probe
from .settings import DEFAULT, Settings
from .trigger import Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

    from lane._plan.auth import AuthMode
    from lane._run.context import Context

    from .options import Options

    P = ParamSpec("P")
    R = TypeVar("R")
    R_co = TypeVar("R_co", covariant=True)

    Effect = Literal["read", "create", "replace", "irreversible"]

    class Call(Protocol[P, R_co]):
        """An action with its settings: called as the action itself is."""

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    class _Decorate(Protocol):
        def __call__(self, function: Callable[Concatenate[Context, P], R], /) -> Action[P, R]: ...

else:
    from .generic import Generic, P, R, overload

EFFECTS = ("read", "create", "replace", "irreversible")


class Action(Generic[P, R]):
    """A declared action. Calling it in a lane adds a step; the work is done when the plan is run.

    `effect` is what it does to the world: `read` and `replace` may safely be done again, `create` and
    `irreversible` not. `limits` are named resources that it occupies while it runs, `runs_on` the
    capabilities that its machine must have, `retry` the errors after which it is tried again.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        auth: Sequence[AuthMode] | Callable[[Any], Sequence[AuthMode]] = (),
        effect: Effect = "replace",
        runs_on: str | Sequence[str] = (),
        limits: str | Sequence[str] | Mapping[str, int] = (),
        retry: Sequence[type[BaseException]] | None = None,
        on: Trigger | None = None,
        probe: Callable[..., Any] | None = None,
    ) -> None:
        self.function: Any = plain_function(function, "@action")
        self.name = name or self.function.__name__
        self.__name__ = self.name
        self.__doc__ = self.function.__doc__
        self.__module__ = self.function.__module__
        listed = () if callable(auth) or hasattr(auth, "attended") else auth
        self.auth = auth if callable(auth) else tuple(listed)
        self.effect = effect
        self.runs_on = (runs_on,) if isinstance(runs_on, str) else tuple(runs_on)
        self.limits = _limits(limits)
        self.retry = None if retry is None else tuple(retry)
        self.on = on
        self.probe = probe if probe is None or isinstance(probe, Probe) else Probe(probe)
        self._options: Options | None = None
        if wrong := _wrong_declaration(self, auth):
            message, hint = wrong
            place = Place(self.function.__code__, 0)
            raise UsageError(f"{self.name} {message}", hint=hint, where=place.shown(), code="wrong_action")

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.__doc__ or "").strip().partition("\n")[0]

    @property
    def options(self) -> Options:
        """Its options, read from the function's signature when first asked."""
        if self._options is None:
            from .options import Options

            self._options = Options(self.function, self.name)
        return self._options

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Add a step to the lane that is being traced; the result stands for what it will give."""
        result: R = tracing(self).record(self, DEFAULT, args, kwargs, sys._getframe(1))
        return result

    def set(
        self,
        *,
        on: Trigger | None = None,
        after: object = (),
        when: object = None,
        name: str | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        no_output_timeout: float | None = None,
        allow_failure: bool = False,
        always: bool = False,
        auth: AuthMode | str | None = None,
    ) -> Call[P, R]:
        """The action with settings for this step: `upload.set(timeout=600)(ipa=…)`.

        `on` is its trigger (`nightly`, `cron("…")`, `now`); `after` the outputs or step ids that it waits
        for; `when` an output that must be true; `name` its id; `retries` how often it is tried again;
        `timeout` and `no_output_timeout` seconds; `allow_failure` lets the run go on; `always` runs it after
        a failure too; `auth` pins one of the declared modes.
        """
        settings = Settings(
            on, after, when, name, retries, timeout, no_output_timeout, allow_failure, always, auth
        )
        return _WithSettings(self, settings)

    def __repr__(self) -> str:
        return f"<action {self.name}>"


class _WithSettings(Generic[P, R]):
    __slots__ = ("action", "settings")

    def __init__(self, action: Action[P, R], settings: Settings) -> None:
        self.action = action
        self.settings = settings

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        action = self.action
        result: R = tracing(action).record(action, self.settings, args, kwargs, sys._getframe(1))
        return result


_GENERATOR_OR_COROUTINE = 0x20 | 0x80 | 0x200


def _wrong_declaration(action: Action[..., Any], auth: object) -> tuple[str, str] | None:
    """What is wrong with a declaration, as a type checker would say: a message, and what to write."""
    if action.function.__code__.co_flags & _GENERATOR_OR_COROUTINE:
        return (
            "is a generator or async function, and an action is a plain one.",
            "Write def, without yield or await.",
        )
    if (first := _first_parameter(action.function)) is not None:
        return (
            f"takes no context: its first parameter is {first}.",
            f"Write def {action.name}(ctx: Context, …).",
        )
    if hasattr(auth, "attended"):
        return "declares auth= without a list.", "Write auth=[api_key], the preferred mode first."
    if isinstance(action.auth, tuple) and not all(hasattr(mode, "attended") for mode in action.auth):
        return (
            "declares auth= with what is no auth mode.",
            "Write auth=[api_key], with modes that are imported.",
        )
    if action.effect not in EFFECTS:
        return f"declares the effect {action.effect!r}, which is none.", f"Effects: {', '.join(EFFECTS)}."
    if action.on is not None and not isinstance(action.on, Trigger):
        return f"declares on={action.on!r}, which is no trigger.", 'Write on=nightly or on=cron("0 3 * * *").'
    if not all(isinstance(most, int) and most > 0 for most in action.limits.values()):
        return "declares limits= with what is no number above 0.", 'Write limits={"upload": 4}.'
    if action.probe is not None and action.probe.function is action.function:
        return "is its own probe.", "Write a function that looks, and changes nothing."
    return None


_VALUES = frozenset(
    {"str", "int", "float", "bool", "bytes", "Path", "list", "dict", "tuple", "set", "Secret"}
)


def _first_parameter(function: Any) -> str | None:
    """The first parameter, as it is written, where its annotation is that of an option and not of a context."""
    code = function.__code__
    name = code.co_varnames[0] if code.co_argcount else ""
    annotation = function.__annotations__.get(name, "")
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return f"{name}: {text}" if text.partition("[")[0].partition(" |")[0] in _VALUES else None


def _limits(limits: str | Sequence[str] | Mapping[str, int]) -> dict[str, int]:
    """Named resources with how many steps may occupy each at once: one, unless a mapping says more."""
    if isinstance(limits, str):
        return {limits: 1}
    if isinstance(limits, dict):
        return dict(limits)
    return dict.fromkeys(limits, 1)


@overload
def action(function: Callable[Concatenate[Context, P], R], /) -> Action[P, R]: ...
@overload
def action(
    *,
    name: str | None = None,
    auth: Sequence[AuthMode] | Callable[[Any], Sequence[AuthMode]] = (),
    effect: Effect = "replace",
    runs_on: str | Sequence[str] = (),
    limits: str | Sequence[str] | Mapping[str, int] = (),
    retry: Sequence[type[BaseException]] | None = None,
    on: Trigger | None = None,
    probe: Callable[..., Any] | None = None,
) -> _Decorate: ...
def action(function: Any = None, /, **declarations: Any) -> Any:
    """Declare an action: a function of a `Context` and typed, keyword-only options.

    `auth`: the modes that it supports, the preferred first, or a function of the validated options that
    returns such a list (left out: none needed). `effect`: `read`, `create`, `replace` (the default) or
    `irreversible`. `runs_on`: the capabilities its machine needs, such as `macos`. `limits`: named resources
    that it occupies. `retry`: the errors after which it is tried again (left out: TransientError and network
    errors). `on`: its usual trigger. `probe`: a function of a context and of its options that returns the
    step's output if its work is already done, else None. Raises UsageError for a declaration that is wrong.
    """
    if function is not None:
        return Action(function)

    def decorate(function: Callable[..., Any], /) -> Action[..., Any]:
        return Action(function, **declarations)

    return decorate
