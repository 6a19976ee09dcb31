"""Values from texts: the command line's, the environment's."""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import Any, Union, get_args, get_origin

from . import _types


def from_text(text: str, annotation: Any) -> Any:
    """A value of the annotated type. Lists are JSON or split at commas, mappings JSON, an enum goes by value or name.

    Raises ValueError that says what is wrong.
    """
    if annotation is str or annotation is Any:
        return text
    members = _members(annotation)
    if str in members and not any(_is_container(member) or _is_enum(member) for member in members):
        return _types.convert(text, annotation)
    for member in members:
        if _is_container(member) or _is_record(member):
            return _types.convert(_structure(text, member), annotation)
        if _is_enum(member) and text in member.__members__ and text not in {one.value for one in member}:
            return member[text]
    if type(None) in members and text.lower() in {"none", "null"}:
        return None
    return _types.convert(text, annotation)


def _members(annotation: Any) -> tuple[Any, ...]:
    annotation = _types.plain(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(_types.plain(member) for member in get_args(annotation))
    return (annotation,)


def _structure(text: str, member: Any) -> Any:
    import json

    if text.lstrip()[:1] in {"[", "{"}:
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"it is no JSON: {error}") from None
    if _is_record(member) or issubclass(get_origin(member) or member, collections.abc.Mapping):
        raise ValueError('JSON is needed, such as {"key": "value"}')
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_container(member: Any) -> bool:
    cls = get_origin(member) or member
    return (
        isinstance(cls, type)
        and issubclass(cls, collections.abc.Collection)
        and not issubclass(cls, (str, bytes))
    )


def _is_record(member: Any) -> bool:
    return isinstance(member, type) and not _is_enum(member) and _types.fields_of(member) is not None


def _is_enum(member: Any) -> bool:
    import enum

    return isinstance(member, type) and issubclass(member, enum.Enum)


def is_list(annotation: Any) -> bool:
    """Whether an option of this type may be given several times on the command line."""
    return any(
        _is_container(member) and not issubclass(get_origin(member) or member, collections.abc.Mapping)
        for member in _members(annotation)
    )


def is_flag(annotation: Any) -> bool:
    """Whether an option of this type is `--name` and `--no-name` on the command line."""
    return _members(annotation) in {(bool,), (bool, type(None)), (type(None), bool)}


def choices(annotation: Any) -> list[str]:
    """The values of an enum or Literal, as texts."""
    found: list[str] = []
    for member in _members(annotation):
        if _is_enum(member):
            found.extend(str(one.value) for one in member)
        elif get_origin(member) is typing.Literal:
            found.extend(str(one) for one in get_args(member))
    return found
