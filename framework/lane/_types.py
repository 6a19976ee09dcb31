"""Types of options and outputs: read from annotations, compared, and checked against values."""

from __future__ import annotations

import collections.abc
import types
import typing
from pathlib import Path
from typing import Any, Union, get_args, get_origin

_NUMBERS = {(bool, int), (bool, float), (int, float), (int, complex), (float, complex), (bool, complex)}
_UNIONS = (Union, types.UnionType)


class UnknownTypeError(Exception):
    """An annotation names something that does not exist where it is read at run time."""


def evaluate(annotation: object, module_globals: dict[str, Any], owner: str) -> Any:
    """The type that an annotation stands for. Raises UnknownTypeError."""
    if annotation is None:
        return type(None)
    if not isinstance(annotation, str):
        return annotation
    try:
        found = eval(annotation, module_globals)  # noqa: S307 - the user's own source, as typing.get_type_hints does
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise UnknownTypeError(f"{owner}: the annotation {annotation!r} cannot be read: {error}") from error
    return type(None) if found is None else found


def fields_of(model: type) -> dict[str, Any] | None:
    """The fields of a model, dataclass, typed dict or named tuple with their types; None for any other class."""
    if not isinstance(model, type):
        return None
    is_record = (
        hasattr(model, "model_fields")
        or hasattr(model, "__dataclass_fields__")
        or typing.is_typeddict(model)
        or hasattr(model, "_fields")
    )
    if not is_record:
        return None
    try:
        return typing.get_type_hints(model, include_extras=True)
    except (NameError, TypeError):
        return {name: Any for name in getattr(model, "__annotations__", {})}


class NoSuchMemberError(Exception):
    """An attribute or item that a type does not have; `names` are those that it has."""

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


def attribute_type(owner: Any, name: str) -> Any:
    """The type of `owner`'s attribute; Any where it is not known. Raises NoSuchMemberError."""
    owner = plain(owner)
    if owner is Any or isinstance(owner, typing.TypeVar):
        return Any
    if get_origin(owner) in _UNIONS:
        found = [attribute_type(member, name) for member in get_args(owner)]
        return Any if Any in found else Union[tuple(found)]
    cls = get_origin(owner) or owner
    fields = fields_of(cls) or {}
    if name in fields:
        return fields[name]
    member = getattr(cls, name, None) if isinstance(cls, type) else None
    if isinstance(member, property):
        return _return_type(member.fget)
    if callable(member):
        raise NoSuchMemberError(f"{name!r} of {shown(owner)} is a method", [])
    if member is None and isinstance(cls, type) and not hasattr(cls, "__getattr__"):
        public = sorted(fields) or [word for word in dir(cls) if not word.startswith("_")]
        raise NoSuchMemberError(f"{shown(owner)} has no attribute {name!r}", public)
    return Any


def item_type(owner: Any, key: int | str) -> Any:
    """The type of `owner[key]`; Any where it is not known. Raises NoSuchMemberError."""
    owner = plain(owner)
    origin, arguments = get_origin(owner) or owner, get_args(owner)
    if origin is Any:
        return Any
    if typing.is_typeddict(origin):
        fields = fields_of(origin) or {}
        if key not in fields:
            raise NoSuchMemberError(f"{shown(owner)} has no key {key!r}", sorted(fields))
        return fields[str(key)]
    if origin is tuple and arguments and arguments[-1] is not Ellipsis and isinstance(key, int):
        if not -len(arguments) <= key < len(arguments):
            raise NoSuchMemberError(f"{shown(owner)} has no item {key}", [])
        return arguments[key]
    if isinstance(origin, type) and not hasattr(origin, "__getitem__"):
        raise NoSuchMemberError(f"{shown(owner)} has no items", [])
    if isinstance(origin, type) and issubclass(origin, collections.abc.Mapping):
        return arguments[1] if len(arguments) == 2 else Any
    if origin is str:
        return str
    return arguments[0] if arguments else Any


def items_type(owner: Any) -> Any:
    """The type of what iterating over `owner` gives; Any where it is not known. Raises NoSuchMemberError."""
    owner = plain(owner)
    origin, arguments = get_origin(owner) or owner, get_args(owner)
    if isinstance(origin, type) and origin is not str and hasattr(origin, "__iter__"):
        if origin is tuple and len(arguments) > 1 and arguments[-1] is not Ellipsis:
            return Union[arguments]
        return arguments[0] if arguments else Any
    if origin is Any:
        return Any
    raise NoSuchMemberError(f"{shown(owner)} is no list", [])


def assignable(source: Any, target: Any) -> bool:
    """Whether an output of type `source` may go to an option of type `target`.

    What a type checker accepts, and also int to float, text to Path, and covariant containers; Any goes both ways.
    """
    source, target = plain(source), plain(target)
    if source is Any or target is Any or target is object or source == target:
        return True
    if isinstance(source, typing.TypeVar) or isinstance(target, typing.TypeVar):
        return True
    if get_origin(source) in _UNIONS:
        return all(assignable(member, target) for member in get_args(source))
    if get_origin(target) in _UNIONS:
        return any(assignable(source, member) for member in get_args(target))
    if get_origin(source) is typing.Literal:
        return _literal_fits(source, target)
    if get_origin(target) is typing.Literal:
        return False
    return _classes_fit(source, target)


def _literal_fits(source: Any, target: Any) -> bool:
    if get_origin(target) is typing.Literal:
        return set(get_args(source)) <= set(get_args(target))
    return all(assignable(type(value), target) for value in get_args(source))


def _classes_fit(source: Any, target: Any) -> bool:
    source_class, target_class = get_origin(source) or source, get_origin(target) or target
    if not isinstance(source_class, type) or not isinstance(target_class, type):
        return True  # a form that we do not know is the type checker's affair
    if (source_class, target_class) in _NUMBERS or (source_class is str and issubclass(target_class, Path)):
        return True
    if typing.is_typeddict(target_class):
        return source_class is dict
    if target_class in (collections.abc.Callable,) and callable(source_class):
        return True
    try:
        if not issubclass(source_class, target_class):
            return False
    except TypeError:  # a protocol with data members
        return True
    if source_class is str and issubclass(target_class, collections.abc.Iterable) and target_class is not str:
        return all(assignable(str, argument) for argument in get_args(target))
    return _arguments_fit(source_class, get_args(source), target_class, get_args(target))


def _arguments_fit(
    source_class: type, source: tuple[Any, ...], target_class: type, target: tuple[Any, ...]
) -> bool:
    if not source or not target:
        return True
    if source_class is tuple and target_class is not tuple:
        return all(assignable(member, target[0]) for member in source if member is not Ellipsis)
    if source_class is tuple:
        if target[-1] is Ellipsis:
            return all(assignable(member, target[0]) for member in source if member is not Ellipsis)
        if source[-1] is Ellipsis or len(source) != len(target):
            return False
    if issubclass(source_class, collections.abc.Mapping) and not issubclass(
        target_class, collections.abc.Mapping
    ):
        source = source[:1]
    return all(assignable(one, other) for one, other in zip(source, target, strict=False))


def exactly(value: object, annotation: Any) -> bool:
    """Whether a plain value is of exactly the annotated type, so that pydantic need not be asked."""
    if annotation is Any or annotation is object:
        return True
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if type(value) is annotation:
            return True
        return isinstance(value, annotation) and issubclass(annotation, Path)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in _UNIONS:
        return any(exactly(value, member) for member in arguments)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if origin in (list, set, frozenset) and type(value) is origin:
        return all(exactly(item, arguments[0]) for item in typing.cast("list[object]", value))
    if origin is dict and type(value) is dict:
        return all(exactly(key, arguments[0]) and exactly(item, arguments[1]) for key, item in value.items())
    if origin is tuple and type(value) is tuple:
        if arguments[-1] is Ellipsis:
            return all(exactly(item, arguments[0]) for item in value)
        return len(value) == len(arguments) and all(map(exactly, value, arguments))
    return False


def convert(value: object, annotation: Any) -> Any:
    """`value` as the annotated type by pydantic. Raises ValueError with one line per fault."""
    from pydantic import PydanticUserError, TypeAdapter, ValidationError

    try:
        adapter = TypeAdapter(annotation, config={"arbitrary_types_allowed": True})
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise ValueError(str(error).splitlines()[0]) from error
        adapter = TypeAdapter(annotation)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise ValueError("; ".join(_fault(fault) for fault in error.errors())) from None


def _fault(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("function-"))
    message = str(fault["msg"])
    message = message[:1].lower() + message[1:]
    return f"{place}: {message}" if place else message


def shown(annotation: Any) -> str:
    """A type as a person writes it: `list[str]`, `Path | None`."""
    if annotation is type(None):
        return "None"
    annotation = plain(annotation)
    if get_origin(annotation) in _UNIONS:
        return " | ".join(shown(member) for member in get_args(annotation))
    if get_origin(annotation) is typing.Literal:
        return " | ".join(repr(value) for value in get_args(annotation))
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    arguments = get_args(annotation)
    name = getattr(get_origin(annotation), "__name__", None)
    if name and arguments:
        return f"{name}[{', '.join('...' if one is Ellipsis else shown(one) for one in arguments)}]"
    return str(annotation).replace("typing.", "")


def plain(annotation: Any) -> Any:
    """Without Annotated, NewType and type aliases."""
    while True:
        if get_origin(annotation) is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        elif annotation is None:
            return type(None)
        else:
            return annotation


def _return_type(function: Any) -> Any:
    annotation = getattr(function, "__annotations__", {}).get("return", Any)
    try:
        return evaluate(
            annotation, getattr(function, "__globals__", {}), getattr(function, "__name__", "property")
        )
    except UnknownTypeError:
        return Any
