"""Types of options and outputs: read from annotations, shown, and checked against values."""

from __future__ import annotations

import types
import typing
from functools import cache, lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Union, cast, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pydantic import TypeAdapter

UNIONS = (Union, types.UnionType)


class UnknownTypeError(Exception):
    """An annotation names something that does not exist where it is read at run time."""


class _Annotated:
    """Carries one annotation to typing.get_type_hints."""

    def __init__(self, annotation: object) -> None:
        self.__annotations__ = {"value": annotation}


def evaluate(annotation: object, module_globals: dict[str, Any], owner: str) -> Any:
    """The type that an annotation stands for. Raises UnknownTypeError."""
    if annotation is Any or type(annotation) is type:
        return annotation
    try:
        return typing.get_type_hints(_Annotated(annotation), module_globals, include_extras=True)["value"]
    except Exception as error:  # an annotation is an expression: it may raise anything
        raise UnknownTypeError(f"{owner}: the annotation {annotation!r} cannot be read: {error}") from error


def fields_of(model: type) -> dict[str, Any] | None:
    """The fields and their types of a model, dataclass, typed dict or named tuple; None for other classes."""
    return _fields_of(cast("Hashable", model))


@cache
def _fields_of(model: Any) -> dict[str, Any] | None:
    names = _field_names(model)
    if names is None:
        return None
    try:
        hints = typing.get_type_hints(model, include_extras=True)
    except Exception:  # noqa: BLE001 - a name that only type checkers import; Any stands for its type
        hints = {}
    return {name: hints.get(name, Any) for name in names}


def _field_names(model: Any) -> list[str] | None:
    if hasattr(model, "__dataclass_fields__"):
        import dataclasses

        return [field.name for field in dataclasses.fields(model)]
    fields = getattr(model, "model_fields", None)
    if isinstance(fields, dict):
        return list(fields)
    names = getattr(model, "_fields", None)
    if isinstance(names, tuple) and issubclass(model, tuple):
        return list(names)
    return list(model.__annotations__) if typing.is_typeddict(model) else None


def exactly(value: object, annotation: Any) -> bool:
    """Whether a plain value is of exactly the annotated type, so that pydantic need not be asked."""
    annotation = undocumented(annotation)
    if annotation is Any or annotation is object:
        return True
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return type(value) is annotation or (
            issubclass(annotation, PurePath) and isinstance(value, annotation)
        )
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in UNIONS:
        return any(exactly(value, member) for member in arguments)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if origin in (list, set, frozenset) and type(value) is origin:
        return all(exactly(item, arguments[0]) for item in cast("list[object]", value))
    if origin is dict and type(value) is dict:
        return all(exactly(key, arguments[0]) and exactly(item, arguments[1]) for key, item in value.items())
    if origin is tuple and type(value) is tuple:
        if arguments[-1] is Ellipsis:
            return all(exactly(item, arguments[0]) for item in value)
        return len(value) == len(arguments) and all(map(exactly, value, arguments))
    return False


def undocumented(annotation: Any) -> Any:
    """Without an Annotated that only describes: texts in it check nothing, as a Field or a validator may."""
    while get_origin(annotation) is typing.Annotated and all(
        isinstance(extra, str) for extra in annotation.__metadata__
    ):
        annotation = annotation.__origin__
    return annotation


def convert(value: object, annotation: Any) -> Any:
    """`value` as the annotated type by pydantic. Raises ValueError that tells every fault."""
    if annotation is float and type(value) is int:
        return float(value)
    if annotation is Path and type(value) is str:
        return Path(value)
    from pydantic import PydanticUserError, ValidationError

    try:
        return adapter(annotation).validate_python(value)
    except ValidationError as error:
        raise ValueError("; ".join(_fault(fault) for fault in error.errors(include_url=False))) from None
    except PydanticUserError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def adapter(annotation: Any) -> TypeAdapter[Any]:
    """Pydantic's validator for a type, built once. Raises PydanticUserError for a type that can have none."""
    try:
        return _adapter(annotation)
    except TypeError:  # an annotation that cannot be a key
        return _adapter.__wrapped__(annotation)


@lru_cache(maxsize=None, typed=True)
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    from pydantic import PydanticUserError, TypeAdapter

    try:
        return TypeAdapter(annotation, config={"arbitrary_types_allowed": True})
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
        return TypeAdapter(annotation)


def _fault(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("function-"))
    message = str(fault["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{place}: {message}" if place else message


def shown(annotation: Any) -> str:
    """A type as a person writes it: `list[str]`, `Path | None`."""
    annotation = plain(annotation)
    if annotation is type(None):
        return "None"
    if get_origin(annotation) in UNIONS:
        return " | ".join(shown(member) for member in get_args(annotation))
    if get_origin(annotation) is typing.Literal:
        return " | ".join(repr(value) for value in get_args(annotation))
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    arguments = get_args(annotation)
    name = getattr(get_origin(annotation), "__name__", None)
    if name and arguments:
        return f"{name}[{', '.join(_shown_argument(one) for one in arguments)}]"
    return str(annotation).replace("typing.", "")


def _shown_argument(argument: Any) -> str:
    if argument is Ellipsis:
        return "..."
    return f"[{', '.join(map(shown, argument))}]" if isinstance(argument, list) else shown(argument)


_EXAMPLES = {
    "int": "3",
    "str": '"text"',
    "bool": "True",
    "float": "1.5",
    "Path": 'Path("file")',
    "None": "None",
}


def example(annotation: Any) -> str | None:
    """A value of a type as one writes it, where it is simple to say."""
    annotation = plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in UNIONS:
        return next((found for member in arguments if (found := example(member))), None)
    if origin is typing.Literal:
        return repr(arguments[0])
    if origin is list and arguments:
        item = example(arguments[0])
        return f"[{item}]" if item else None
    members = getattr(annotation, "__members__", None)
    if members and isinstance(annotation, type):
        return f"{annotation.__name__}.{next(iter(members))}"
    return _EXAMPLES.get(shown(annotation))


def plain(annotation: Any) -> Any:
    """Without Annotated, NewType and type aliases."""
    while True:
        if get_origin(annotation) is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif annotation is None:
            return type(None)
        else:
            return annotation
