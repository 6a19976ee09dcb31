"""The options of an action or the parameters of a lane, read from a function's signature."""

from __future__ import annotations

import typing
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lane._errors import UsageError

from . import types as _types
from .place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FunctionType


class _Required:
    """As a default: a value has to be given, but a call may leave that to the environment or `app(...)`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "required"


required: Any = _Required()  # Any, so that it is a default of every type
MISSING: Any = required
_VARIADIC = 0x04 | 0x08  # CO_VARARGS | CO_VARKEYWORDS


class Option:
    """One option: its name, type, and default (`MISSING` where it is required)."""

    __slots__ = ("default", "name", "type")

    def __init__(self, name: str, type: Any, default: Any) -> None:  # noqa: A002 - it is the option's type
        self.name = name
        self.type = type
        self.default = default

    @property
    def required(self) -> bool:
        """Whether a value has to be given."""
        return self.default is MISSING

    @property
    def secret(self) -> bool:
        """Whether its value must never be shown."""
        return holds_secret(self.type)

    @property
    def description(self) -> str:
        """What `Annotated[…, "text"]` or a pydantic Field says about it."""
        if typing.get_origin(self.type) is not typing.Annotated:
            return ""
        for extra in self.type.__metadata__:
            text = extra if isinstance(extra, str) else getattr(extra, "description", None)
            if text:
                return str(text)
        return ""

    def check(self, value: object) -> Any:
        """`value` as the option's type. Raises ValueError that says what is wrong."""
        if _types.exactly(value, self.type):
            return value
        return _types.convert(value, self.type)


def _unwrapped(function: Any) -> FunctionType:
    """The function whose signature counts, below decorators that use functools.wraps."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return typing.cast("FunctionType", function)


def _refused(code: CodeType, skip: int) -> str | None:
    if code.co_flags & _VARIADIC:
        return "takes *args or **kwargs"
    if code.co_argcount < skip:
        return "takes no context"
    if code.co_posonlyargcount > skip:
        return f"takes {code.co_varnames[skip]!r} by position only"
    return None


class Options:
    """A function's options in their order. `skip` leading parameters (the context) are not options.

    Raises UsageError for a signature that cannot be one; an annotation that cannot be read is a UsageError
    when first asked for.
    """

    def __init__(self, function: Callable[..., Any], name: str, *, skip: int = 1) -> None:
        self._function = _unwrapped(function)
        self.name = name
        code = self._function.__code__
        if refused := _refused(code, skip):
            leading = "ctx: Context, *, " if skip else ""
            raise UsageError(
                f"{name} cannot be declared: it {refused}.",
                where=self.place.shown(),
                hint=f"Write def {name}({leading}option: type = default) -> Result.",
                code="wrong_signature",
            )
        count = code.co_argcount + code.co_kwonlyargcount
        self.names: tuple[str, ...] = code.co_varnames[skip:count]
        self.positional: tuple[str, ...] = code.co_varnames[skip : code.co_argcount]

    @property
    def place(self) -> Place:
        """Where the function is defined."""
        return Place(self._function.__code__, 0)

    @cached_property
    def by_name(self) -> dict[str, Option]:
        """Every option by its name."""
        return {option.name: option for option in self._read()}

    @cached_property
    def exact(self) -> dict[str, type]:
        """The options whose type is one plain class: a value of just that class needs no further check."""
        kinds = {option.name: _types.undocumented(option.type) for option in self.by_name.values()}
        return {
            name: kind
            for name, kind in kinds.items()
            if isinstance(kind, type) and not typing.get_args(kind) and kind not in _CONTAINERS
        }

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The defaults of those that have one."""
        return {option.name: option.default for option in self.by_name.values() if not option.required}

    @cached_property
    def result(self) -> Any:
        """The type of the output."""
        annotation = self._function.__annotations__.get("return", Any)
        return self._evaluate(annotation, "return")

    def _read(self) -> Iterator[Option]:
        function = self._function
        defaults = dict(function.__kwdefaults__ or {})
        if function.__defaults__:
            tail = self.positional[-len(function.__defaults__) :]
            defaults.update(zip(tail, function.__defaults__[-len(tail) :] if tail else (), strict=True))
        for name in self.names:
            annotation = self._evaluate(function.__annotations__.get(name, Any), name)
            yield Option(name, annotation, defaults.get(name, MISSING))

    def _evaluate(self, annotation: object, name: str) -> Any:
        try:
            return _types.evaluate(annotation, self._function.__globals__, f"{self.name}({name})")
        except _types.UnknownTypeError as error:
            raise UsageError(
                f"{error}.",
                where=self.place.shown(),
                hint="Import the name at run time too, not only under `if TYPE_CHECKING:`.",
            ) from None


_CONTAINERS = (list, dict, tuple, set, frozenset, type(None))


def holds_secret(annotation: Any) -> bool:
    """Whether a type is, or has in it, a secret."""
    if isinstance(annotation, type) and annotation.__name__ in {"Secret", "SecretStr", "SecretBytes"}:
        return True
    return any(holds_secret(argument) for argument in typing.get_args(annotation))
