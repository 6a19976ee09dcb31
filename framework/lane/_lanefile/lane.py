"""`@lane`: a function that is traced into a graph; hooks around the jobs; and `app(...)`."""

# ruff: noqa: F811  # overloads are known to it by typing's own import only

from __future__ import annotations

from lane._errors import UsageError

from .place import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType
    from typing import Any, Generic, ParamSpec, TypeVar, overload

    from .options import Options
    from .trigger import Trigger

    P = ParamSpec("P")
    R = TypeVar("R")
else:
    from .generic import Generic, P, R, overload

_GENERATOR_OR_COROUTINE = 0x20 | 0x80 | 0x200


class Lane(Generic[P, R]):
    """A declared lane. Called inside another lane its steps become part of that one."""

    def __init__(
        self, function: Callable[P, R], *, private: bool = False, schedule: Trigger | None = None
    ) -> None:
        self.function = plain_function(function, "@lane")
        self.name = self.function.__name__
        self.__doc__ = self.function.__doc__
        self.__module__ = self.function.__module__
        self.private = private or self.name.startswith("_")
        self.schedule = schedule
        if self.private and schedule is not None:
            raise UsageError(
                f"The lane {self.name} is private and has a schedule: only other lanes call it.",
                where=self.place.shown(),
                hint="Take one of them away.",
                code="wrong_schedule",
            )
        self._options: Options | None = None
        _declared.append(self)

    @property
    def place(self) -> Place:
        """Where it is declared."""
        return Place(self.function.__code__, 0)

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.__doc__ or "").strip().partition("\n")[0]

    @property
    def options(self) -> Options:
        """Its parameters, read from the function's signature when first asked."""
        if self._options is None:
            from .options import Options

            self._options = Options(self.function, self.name, skip=0)
        return self._options

    @property
    def refused(self) -> str | None:
        """Why this function cannot be a lane, or None."""
        if self.function.__code__.co_flags & _GENERATOR_OR_COROUTINE:
            return "it is a generator or async function, and a lane is a plain one"
        return None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Add the lane's steps to the lane that is being traced; its result is what the function returns."""
        return self._inline((), args, kwargs)

    def set(self, *, after: object) -> Callable[P, R]:
        """The lane with all its steps waiting for `after` (outputs or step ids) too."""
        waits = tuple(after) if isinstance(after, (list, tuple)) else (after,)

        def inline(*args: P.args, **kwargs: P.kwargs) -> R:
            return self._inline(waits, args, kwargs)

        return inline

    def _inline(self, after: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        from lane._graph.trace import inlined
        from lane._graph.tracing import tracing

        result: R = inlined(tracing(f"The lane {self.name}"), self, after, args, kwargs)
        return result

    def __repr__(self) -> str:
        return f"<lane {self.name}>"


@overload
def lane(function: Callable[P, R], /) -> Lane[P, R]: ...
@overload
def lane(
    *, private: bool = False, schedule: str | None = None, timezone: str | None = None
) -> Callable[[Callable[P, R]], Lane[P, R]]: ...
def lane(
    function: Any = None,
    /,
    *,
    private: bool = False,
    schedule: str | None = None,
    timezone: str | None = None,
) -> Any:
    """Declare a lane. A private one (also: whose name begins with `_`) is for other lanes and not listed.

    `schedule` is five cron fields at which `lane scheduler`, or a CI system, runs it; UTC unless `timezone` (an IANA
    name) says otherwise. What its actions would leave for the night runs with the lane then.
    """
    if function is not None:
        return Lane(function, private=private)
    trigger = _trigger(schedule, timezone)
    return lambda function: Lane(function, private=private, schedule=trigger)


def _trigger(schedule: object, timezone: object) -> Trigger | None:
    """What `schedule=` and `timezone=` say. Whether they are right is told when the lane is planned."""
    if schedule is None and timezone is None:
        return None
    if not isinstance(schedule, str) or not isinstance(timezone, str | None):
        raise UsageError(
            "@lane takes schedule= as a text with five cron fields, and timezone= with it as a text.",
            hint='Write @lane(schedule="0 3 * * *", timezone="Europe/Vienna").',
            code="wrong_schedule",
        )
    from .trigger import cron

    return cron(schedule, timezone=timezone or "UTC")


def plain_function(function: object, decorator: str) -> FunctionType:
    """The function that a decorator was given. Raises UsageError for anything else."""
    if type(function) is not type(plain_function):
        raise UsageError(
            f"{decorator} takes a function, not {function!r}.",
            hint=f"Write {decorator} above a def, and nothing between.",
        )
    return function  # type: ignore[return-value]  # its type was compared, without an import of types


class Hook:
    """Steps around every job of some lanes: `kind` is `before_all`, `after_all` or `on_error`."""

    def __init__(self, kind: str, function: Callable[..., object], lanes: tuple[str, ...]) -> None:
        self.kind = kind
        self.function = plain_function(function, f"@{kind}")
        self.lanes = lanes
        if self.function.__code__.co_argcount > (kind == "on_error"):
            takes = "may take one parameter, the Failure" if kind == "on_error" else "takes no parameters"
            parameter = "failure: Failure" if kind == "on_error" else ""
            raise UsageError(
                f"{self.function.__name__} cannot be a hook: @{kind} {takes}.",
                where=Place(self.function.__code__, 0).shown(),
                hint=f"Write def {self.function.__name__}({parameter}) -> None.",
            )
        _declared.append(self)

    @property
    def takes_failure(self) -> bool:
        """Whether it has a parameter, which gets the failure."""
        return self.function.__code__.co_argcount > 0

    def applies_to(self, lane_name: str) -> bool:
        """Whether it is for this lane: a hook that names none is for all."""
        return not self.lanes or lane_name in self.lanes


if TYPE_CHECKING:
    _OrName = Lane[..., Any] | str


def _hook(kind: str, what: tuple[Any, ...]) -> Any:
    """`@before_all` got its function, `@before_all(release)` the lanes that it is for: a lane is no hook."""
    if len(what) == 1 and not isinstance(what[0], (Lane, str)) and callable(what[0]):
        return Hook(kind, what[0], ())
    if not what or not all(isinstance(one, (Lane, str)) for one in what):
        raise UsageError(f"@{kind} takes lanes or their names.", hint=f"Write @{kind} or @{kind}(release).")
    names = tuple(one.name if isinstance(one, Lane) else one for one in what)
    return lambda function: Hook(kind, function, names)


@overload
def before_all(  # type: ignore[overload-overlap]  # a lane is callable too; see _hook
    lane: _OrName, /, *lanes: _OrName
) -> Callable[[Callable[[], object]], Hook]: ...
@overload
def before_all(function: Callable[[], object], /) -> Hook: ...
def before_all(*what: Any) -> Any:
    """Steps before every job of all lanes, or of those named: `@before_all`, `@before_all(release)`."""
    return _hook("before_all", what)


@overload
def after_all(  # type: ignore[overload-overlap]  # a lane is callable too; see _hook
    lane: _OrName, /, *lanes: _OrName
) -> Callable[[Callable[[], object]], Hook]: ...
@overload
def after_all(function: Callable[[], object], /) -> Hook: ...
def after_all(*what: Any) -> Any:
    """Steps after every job that succeeded, of all lanes or of those named."""
    return _hook("after_all", what)


@overload
def on_error(  # type: ignore[overload-overlap]  # a lane is callable too; see _hook
    lane: _OrName, /, *lanes: _OrName
) -> Callable[[Callable[..., object]], Hook]: ...
@overload
def on_error(function: Callable[..., object], /) -> Hook: ...
def on_error(*what: Any) -> Any:
    """Steps after a job that failed. The function may take one parameter, the `Failure`, as an output."""
    return _hook("on_error", what)


class App:
    """What `app(...)` said: values for options of the same name, and which Apple is meant."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.sandbox = False


_app = App()


def app(*, sandbox: bool = False, **values: Any) -> None:
    """Say what all lanes of this Lanefile share: `app(bundle_id="com.example.aurora", team_id="ABCDE12345")`.

    Each value is what options of that name get when neither the lane nor the environment gives one.
    `sandbox=True` makes the offline Apple the one that is meant.
    """
    if type(sandbox) is not bool:
        hint = "Write app(sandbox=True), or leave it out."
        raise UsageError(f"app(sandbox=…) takes True or False, not {sandbox!r}.", hint=hint, code="wrong_app")
    _app.values.update(values)
    _app.sandbox = _app.sandbox or sandbox


def collect_app() -> App:
    """What `app(...)` has said since the last call, so that each Lanefile has its own."""
    global _app
    said, _app = _app, App()
    return said


_declared: list[Lane[..., Any] | Hook] = []


def collect_declared() -> list[Lane[..., Any] | Hook]:
    """The lanes and hooks that were declared since the last call, those too whose names were given to others since."""
    global _declared
    said, _declared = _declared, []
    return said
