"""Values from texts: the command line's, the environment's."""

from __future__ import annotations

import collections.abc
import enum
import typing
from pathlib import Path
from typing import Any, TypeGuard, get_args, get_origin

from lane._secret import Secret

from . import types as _types

_BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on", "y", "t"), True),
    **dict.fromkeys(("false", "0", "no", "off", "n", "f"), False),
}


def from_text(text: str, annotation: Any) -> Any:
    """A value of the annotated type.

    Lists are JSON or split at commas, mappings and models JSON, an enum goes by value or name, `none` is None
    where None is accepted and a text is not. Raises ValueError that says what is wrong.
    """
    annotation = _types.undocumented(annotation)
    members = _members(annotation)
    if members in {(str,), (Any,), (str, type(None))}:
        checked = typing.get_origin(annotation) is typing.Annotated
        return _types.convert(text, annotation) if checked else text
    if type(None) in members and str not in members and text.lower() in {"none", "null"}:
        return None
    if str not in members:
        for member in members:
            if _is_container(member) or _is_record(member):
                return _types.convert(_structure(text, member), annotation)
    for member in members:
        found = _simple(text, member)
        if found is not None and _types.plain(annotation) is annotation:
            return found
        if found is not None:
            return _types.convert(found, annotation)
    return _types.convert(text, annotation)


def accepts_text(annotation: Any) -> bool:
    """Whether a text is a value of the type as it is."""
    return str in _members(annotation)


class Words(list[str]):
    """What was written on the command line for one parameter: one text, or several for a list."""


def from_words(words: Words, annotation: Any) -> Any:
    """As `from_text`; several texts are the items of one list. Raises ValueError."""
    if len(words) == 1:
        return from_text(words[0], annotation)
    lists = [member for member in _members(annotation) if _is_container(member)]
    if not lists:
        raise ValueError("it was given several times")
    return _types.convert([item for text in words for item in _structure(text, lists[0])], annotation)


def _simple(text: str, member: Any) -> Any:
    """The value of a simple type, for which pydantic need not be asked; None where it has to be."""
    if member is bool:
        return _BOOLEANS.get(text.strip().lower())
    if member is int:
        digits = text.strip()
        return int(digits) if digits.isascii() and digits.removeprefix("-").isdigit() else None
    if member is Path and text:
        return Path(text)
    if member is Secret:
        return Secret(text)
    if _is_enum(member):
        named: dict[str, Any] = dict(member.__members__)
        return {str(one.value): one for one in named.values()}.get(text, named.get(text))
    if get_origin(member) is typing.Literal:
        return {str(one): one for one in get_args(member)}.get(text)
    return None


def _members(annotation: Any) -> tuple[Any, ...]:
    annotation = _types.plain(annotation)
    if get_origin(annotation) in _types.UNIONS:
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
    items = [part.strip() for part in text.split(",") if part.strip()]
    arguments = get_args(member)
    alike = len(arguments) == 1 or arguments[1:] == (Ellipsis,)
    return [from_text(item, arguments[0]) for item in items] if alike else items


def _is_container(member: Any) -> bool:
    cls = get_origin(member) or member
    return (
        isinstance(cls, type)
        and issubclass(cls, collections.abc.Collection)
        and not issubclass(cls, (str, bytes, enum.Enum))
    )


def _is_record(member: Any) -> bool:
    return isinstance(member, type) and _types.fields_of(member) is not None


def _is_enum(member: Any) -> TypeGuard[type[enum.Enum]]:
    return isinstance(member, type) and issubclass(member, enum.Enum)


def is_list(annotation: Any) -> bool:
    """Whether an option of this type may be given several times on the command line."""
    return any(
        _is_container(member) and not issubclass(get_origin(member) or member, collections.abc.Mapping)
        for member in _members(annotation)
    )


def is_structure(annotation: Any) -> bool:
    """Whether only JSON can say a value of this type: a mapping, a record, or a list of such."""
    members = [member for member in _members(annotation) if member is not type(None)]
    return bool(members) and all(_is_structure(member) for member in members)


def _is_structure(member: Any) -> bool:
    if not _is_container(member):
        return _is_record(member)
    if issubclass(get_origin(member) or member, collections.abc.Mapping):
        return True
    return any(_is_structure(_types.plain(one)) for one in get_args(member) if one is not ...)


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
