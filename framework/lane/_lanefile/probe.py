"""`@probe`: a cheap check, under modes of its own, of whether an action's work is already done."""

# ruff: noqa: F811  # overloads are known to it by typing's own import only

from __future__ import annotations

from lane._errors import UsageError

from .lane import plain_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

    from lane._plan.auth import AuthMode
    from lane._run.context import Context

    P = ParamSpec("P")
    R = TypeVar("R")
else:
    from .generic import Generic, P, R, overload


class Probe(Generic[P, R]):
    """A declared probe. Called with a context and the action's options it gives the step's output, or None.

    `auth` are the modes that it can run under, the preferred first; None: the step's own.
    """

    def __init__(
        self, function: Callable[Concatenate[Context, P], R], auth: Sequence[AuthMode] | None = None
    ) -> None:
        self.function: Any = plain_function(function, "@probe")
        self.auth = None if auth is None else tuple(auth)
        self.__doc__ = self.function.__doc__
        self.__name__ = self.function.__name__

    def __call__(self, ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The step's output if its work is already done, else None."""
        found: R = self.function(ctx, *args, **kwargs)
        return found

    @property
    def options(self) -> tuple[str, ...]:
        """The options that it takes: some or all of the action's."""
        from .options import Options

        return Options(self.function, self.__name__).names

    def __repr__(self) -> str:
        return f"<probe {self.__name__}>"


if TYPE_CHECKING:

    class _Decorate(Protocol):
        def __call__(self, function: Callable[Concatenate[Context, P], R], /) -> Probe[P, R]: ...


@overload
def probe(function: Callable[Concatenate[Context, P], R], /) -> Probe[P, R]: ...
@overload
def probe(*, auth: Sequence[AuthMode]) -> _Decorate: ...
def probe(function: Any = None, /, *, auth: Sequence[AuthMode] | None = None) -> Any:
    """Declare a probe: a function of a `Context` and of options of its action.

    It returns the step's output if the work is already done, else None, and changes nothing. `auth`: the
    modes that it supports, weaker than the action's (`[]`: none needed; left out: the step's own).
    """
    if hasattr(function, "effect"):
        raise UsageError(
            f"@probe takes no action, and it got {function!r}.",
            hint="Write @probe above the function that looks, and name that function in @action(probe=…).",
            code="wrong_probe",
        )
    if function is not None:
        return Probe(function)
    return lambda function: Probe(function, auth)
