"""`@action`: a typed function that does one thing, declared with the auth modes that it supports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from ._errors import UsageError
from ._step import DEFAULT, Settings
from ._trigger import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    from ._auth import AuthMode
    from ._context import Context
    from ._options import Options

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Effect = Literal["read", "create", "replace", "irreversible"]
EFFECTS = ("read", "create", "replace", "irreversible")

# A function of the validated options that gives the modes: `[]` means that none is needed.
AuthFunction = "Callable[[Any], Sequence[AuthMode]]"


class Call(Protocol[P, R_co]):
    """An action with its settings: called as the action itself is."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Add the step to the lane that is being traced."""


class Action(Generic[P, R]):
    """A declared action. Calling it in a lane adds a step; the work is done when the plan is run.

    `effect` is what it does to the world: `read` and `replace` may safely be done again, `create` and
    `irreversible` not. `limits` are named resources that it occupies while it runs, `runs_on` the capabilities that its
    machine must have, `retry` the errors after which it is tried again.
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
        self.function = function
        self.name = name or function.__name__
        self.auth = auth if callable(auth) else tuple(auth)
        self.effect = effect
        self.runs_on = (runs_on,) if isinstance(runs_on, str) else tuple(runs_on)
        self.limits = (limits,) if isinstance(limits, str) else tuple(limits)
        self.retry = None if retry is None else tuple(retry)
        self.on = on
        self.probe = probe
        self._options: Options | None = None

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # an action's doc is its function's
        return self.function.__doc__

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def options(self) -> Options:
        """Its options, read from the function's signature when first asked."""
        if self._options is None:
            from ._options import Options

            self._options = Options(self.function, self.name)
        return self._options

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Add a step to the lane that is being traced; the result stands for what it will give."""
        return record(self, DEFAULT, args, kwargs, sys._getframe(1))

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

        `on` is its trigger (`nightly`, `cron("…")`, `now`), `after` the outputs or step ids that it waits for, `when` an output that
        must be true, `name` its id, `retries` how often it is tried again, `timeout` and `no_output_timeout` seconds,
        `allow_failure` lets the run go on, `always` runs it after a failure too, `auth` pins one of the declared modes.
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
        return record(self.action, self.settings, args, kwargs, sys._getframe(1))


def record(
    action: Action[..., Any],
    settings: Settings,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    frame: FrameType,
) -> Any:
    """Add a step to the graph that this thread is tracing. Raises UsageError where none is."""
    from ._graph import tracing

    return tracing(f"The action {action.name}").record(action, settings, args, kwargs, frame)


class _Decorate(Protocol):
    def __call__(self, function: Callable[Concatenate[Context, P], R], /) -> Action[P, R]: ...


@overload
def action(function: Callable[Concatenate[Context, P], R], /) -> Action[P, R]: ...
@overload
def action(
    *,
    name: str | None = None,
    auth: Sequence[AuthMode] | Callable[[Any], Sequence[AuthMode]] = (),
    effect: Effect = "replace",
    runs_on: str | Sequence[str] = (),
    limits: str | Sequence[str] = (),
    retry: Sequence[type[BaseException]] | None = None,
    on: Trigger | None = None,
    probe: Callable[..., Any] | None = None,
) -> _Decorate: ...
def action(function: Any = None, /, **declarations: Any) -> Any:
    """Declare an action: a function of a `Context` and typed, keyword-only options.

    `auth`: the modes that it supports, the preferred first, or a function of the validated options that returns such a
    list (left out: none needed). `effect`: `read`, `create`, `replace` (the default) or `irreversible`. `runs_on`: the
    capabilities its machine needs, such as `macos`. `limits`: named resources that it occupies. `retry`: the errors after
    which it is tried again (left out: TransientError and network errors). `on`: its usual trigger. `probe`: a function of a context and
    the same options that returns the step's output if its work is already done, else None.
    """
    if function is not None:
        if not callable(function):
            raise UsageError(
                "@action takes keyword arguments only.", hint="Write @action or @action(auth=[…], effect=…)."
            )
        return Action(function)

    def decorate(function: Callable[..., Any], /) -> Action[..., Any]:
        return Action(function, **declarations)

    return decorate
