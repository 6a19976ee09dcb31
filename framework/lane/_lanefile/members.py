"""The types of a type's attributes and items."""

from __future__ import annotations

import collections.abc
import inspect
import operator
import sys
import typing
from functools import reduce
from typing import Any, get_args, get_origin

from .types import UNIONS, UnknownTypeError, evaluate, fields_of, plain, shown


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
    if get_origin(owner) in UNIONS:
        return union_of([attribute_type(member, name) for member in get_args(owner)])
    if get_origin(owner) is typing.Literal:
        return union_of([attribute_type(type(value), name) for value in get_args(owner)])
    cls = get_origin(owner) or owner
    fields = fields_of(cls) or {}
    if name in fields and typing.is_typeddict(cls):
        raise NoSuchMemberError(f"{shown(owner)} has no attribute {name!r}, but an item of that name", [])
    if name in fields:
        return fields[name]
    member = getattr(cls, name, None) if isinstance(cls, type) else None
    if isinstance(member, property):
        return _return_type(member.fget)
    if callable(member) and not hasattr(member, "__get__"):
        return Any
    if callable(member):
        raise NoSuchMemberError(f"{name!r} of {shown(owner)} is a method", [])
    if member is None and isinstance(cls, type):
        return _annotated(cls, name, owner)
    return Any


def _annotated(cls: type, name: str, owner: Any) -> Any:
    """The type of an attribute that a plain class annotates. Raises NoSuchMemberError."""
    for base in cls.__mro__:
        found = inspect.get_annotations(base)
        if name in found:
            try:
                return evaluate(found[name], vars(sys.modules[base.__module__]), name)
            except (UnknownTypeError, KeyError):
                return Any
    # Of an enum's class `value` cannot be read, though its members have it.
    if _may_have_more(cls) or any(name in vars(base) for base in cls.__mro__):
        return Any
    public = sorted(fields_of(cls) or {}) or _values_of(cls)
    raise NoSuchMemberError(f"{shown(owner)} has no attribute {name!r}", public)


def _values_of(cls: type) -> list[str]:
    """The public attributes of a class that are no methods."""
    return [word for word in dir(cls) if not word.startswith("_") and not callable(getattr(cls, word, None))]


def _may_have_more(cls: type) -> bool:
    """Whether a class may have attributes that nothing declares."""
    if fields_of(cls) is not None:
        return getattr(cls, "model_config", {}).get("extra") == "allow"
    return hasattr(cls, "__getattr__") or (cls.__module__ != "builtins" and "__init__" in vars(cls))


def item_type(owner: Any, key: int | str) -> Any:
    """The type of `owner[key]`; Any where it is not known. Raises NoSuchMemberError."""
    owner = plain(owner)
    if owner is Any or isinstance(owner, typing.TypeVar):
        return Any
    if get_origin(owner) in UNIONS:
        return union_of([item_type(member, key) for member in get_args(owner)])
    origin, arguments = get_origin(owner) or owner, get_args(owner)
    if typing.is_typeddict(origin):
        fields = fields_of(origin) or {}
        if key not in fields:
            raise NoSuchMemberError(f"{shown(owner)} has no key {key!r}", sorted(fields))
        return fields[str(key)]
    if origin is tuple and arguments and arguments[-1] is not Ellipsis and isinstance(key, int):
        if not -len(arguments) <= key < len(arguments):
            raise NoSuchMemberError(f"{shown(owner)} has no item {key}", [])
        return arguments[key]
    if not isinstance(origin, type):
        return Any
    if not hasattr(origin, "__getitem__"):
        raise NoSuchMemberError(f"{shown(owner)} has no items", [])
    if issubclass(origin, collections.abc.Mapping):
        return arguments[1] if len(arguments) == 2 else Any
    if issubclass(origin, collections.abc.Sequence) and isinstance(key, str):
        raise NoSuchMemberError(f"{shown(owner)} has items by number, not by {key!r}", [])
    return str if issubclass(origin, str) else arguments[0] if arguments else Any


def items_type(owner: Any) -> Any:
    """The type of what iterating over `owner` gives; Any where it is not known. Raises NoSuchMemberError."""
    owner = plain(owner)
    if owner is Any or isinstance(owner, typing.TypeVar):
        return Any
    if get_origin(owner) in UNIONS:
        return union_of([items_type(member) for member in get_args(owner)])
    origin, arguments = get_origin(owner) or owner, get_args(owner)
    record = hasattr(origin, "model_fields")  # pydantic's models give their fields, which is no list either
    if (
        isinstance(origin, type)
        and not (issubclass(origin, str | bytes) or record)
        and hasattr(origin, "__iter__")
    ):
        if origin is tuple and len(arguments) > 1 and arguments[-1] is not Ellipsis:
            return union_of(list(arguments))
        return arguments[0] if arguments else Any
    raise NoSuchMemberError(f"{shown(owner)} is no list", [])


def union_of(members: list[Any]) -> Any:
    """The union of some types; Any swallows the others."""
    return Any if Any in members or not members else reduce(operator.or_, members)


def _return_type(function: Any) -> Any:
    annotation = getattr(function, "__annotations__", {}).get("return", Any)
    try:
        return evaluate(annotation, getattr(function, "__globals__", {}), "property")
    except UnknownTypeError:
        return Any
