"""Whether an output of one type may go to an option of another."""

from __future__ import annotations

import collections.abc
import typing
from pathlib import PurePath
from typing import Any, get_args, get_origin

from .types import UNIONS, plain

_NUMBERS = {(bool, int), (bool, float), (int, float), (int, complex), (float, complex), (bool, complex)}


def assignable(source: Any, target: Any) -> bool:
    """Whether an output of type `source` may go to an option of type `target`.

    What a type checker accepts, and also int to float, text to Path, and covariant containers; Any goes both
    ways.
    """
    source, target = plain(source), plain(target)
    if source is Any or target is Any or target is object or source == target:
        return True
    if isinstance(source, typing.TypeVar) or isinstance(target, typing.TypeVar):
        return True
    if get_origin(source) in UNIONS:
        return all(assignable(member, target) for member in get_args(source))
    if get_origin(target) in UNIONS:
        return any(assignable(source, member) for member in get_args(target))
    if get_origin(source) is typing.Literal:
        return _literal_fits(source, target)
    if get_origin(target) is typing.Literal:
        return False
    return _classes_fit(source, target)


def _literal_fits(source: Any, target: Any) -> bool:
    if get_origin(target) is typing.Literal:
        accepted = {(type(value), value) for value in get_args(target)}
        return all((type(value), value) in accepted for value in get_args(source))
    return all(assignable(type(value), target) for value in get_args(source))


def _classes_fit(source: Any, target: Any) -> bool:
    source_class, target_class = get_origin(source) or source, get_origin(target) or target
    if target_class is collections.abc.Callable:
        return any("__call__" in vars(base) for base in getattr(source_class, "__mro__", ()))
    if not isinstance(source_class, type) or not isinstance(target_class, type):
        return True  # a form that we do not know is the type checker's affair
    if (source_class, target_class) in _NUMBERS or (
        source_class is str and issubclass(target_class, PurePath)
    ):
        return True
    if typing.is_typeddict(target_class):
        return source_class is target_class
    if typing.is_typeddict(source_class):
        return issubclass(dict, target_class)
    try:
        if not issubclass(source_class, target_class):
            return False
    except TypeError:  # a protocol: what it asks for has to be there
        return all(hasattr(source_class, name) for name in dir(target_class) if not name.startswith("_"))
    if issubclass(source_class, str) and not issubclass(target_class, str):
        return all(assignable(str, argument) for argument in get_args(target))
    return _arguments_fit(source_class, get_args(source), target_class, get_args(target))


def _arguments_fit(
    source_class: type, source: tuple[Any, ...], target_class: type, target: tuple[Any, ...]
) -> bool:
    if not source or not target:
        return True
    if source_class is tuple and (target_class is not tuple or target[-1] is Ellipsis):
        return all(assignable(member, target[0]) for member in source if member is not Ellipsis)
    if source_class is tuple and (source[-1] is Ellipsis or len(source) != len(target)):
        return False
    if _is_mapping(source_class) and not _is_mapping(target_class):
        source = source[:1]
    return all(assignable(one, other) for one, other in zip(source, target, strict=False))


def _is_mapping(cls: type) -> bool:
    return issubclass(cls, collections.abc.Mapping)
