"""Walks values in which outputs may stand: texts, paths, lists, dicts, dataclasses and models."""

from __future__ import annotations

import enum
import io
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from pathlib import PurePath
from typing import Any

from lane._lanefile import types as _types

from . import token as _token
from .output import Output

_LEAVES = (int, float, complex, bytes, enum.Enum, type, type(None))
_ONCE = (Iterator, KeysView, ValuesView, ItemsView)

Found = list["Output | str"]


def outputs_in(value: object) -> Found:
    """Every output in a value, and every text that has a token in it."""
    found: Found = []
    seen: set[int] = set()
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, (Output, str, PurePath)):
            if isinstance(one, Output):
                found.append(one)
            elif _token.holds_token(text := str(one)):
                found.append(text)
        elif not isinstance(one, _LEAVES) and id(one) not in seen:
            seen.add(id(one))
            left.extend(_parts(one))
    return found


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    return [getattr(value, name, None) for name in _types.fields_of(type(value)) or ()]


def kept(value: Any) -> Any:
    """A value as a step keeps it: what can be read once is read, and lists and dicts are copied.

    So what the lane does to them afterwards does not change the step.
    """
    if isinstance(value, Output):
        return value
    if type(value) in (list, set):
        return type(value)(map(kept, value))
    if type(value) is dict:
        return {key: kept(one) for key, one in value.items()}
    if isinstance(value, _ONCE) and not isinstance(value, io.IOBase):
        return [kept(one) for one in value]
    return value
