"""Outputs on their way to another place: where paths stand in their JSON, and how others are put there."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from .taken import swapped
from .values import dumped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path, PurePath


class NotCarriedError(Exception):
    """An output writes a path in a way in which no other can be put in its place."""


def carried(value: Any, annotation: Any, places: Mapping[PurePath, str]) -> tuple[Any, dict[str, str]]:
    """A value as JSON, and where in it (JSON pointers) the paths stand that have a place, with that in their place.

    Raises NotCarriedError.
    """
    marks: dict[str, str] = {}
    nonce = secrets.token_hex(8)

    def mark(path: PurePath) -> PurePath:
        if path not in places:
            return path
        name = f"lane-{nonce}-{len(marks)}"
        marks[name] = places[path]
        return type(path)(name)

    document = json.loads(dumped(swapped(value, mark), annotation))
    found: dict[str, str] = {}

    def note(text: str, pointer: str) -> str:
        if text not in marks:
            return text
        place = found[pointer] = marks[text]
        return place

    document = with_texts(document, "", note)
    if nonce in json.dumps(document):
        raise NotCarriedError("it writes a path as a part of a text, or as the key of a dict")
    return document, found


def settled(document: Any, files: Mapping[str, str], base: Path) -> str:
    """The JSON of an output with the paths put in that its files have now, below `base`. Raises LookupError."""
    left = dict(files)

    def put(text: str, pointer: str) -> str:
        place = left.pop(pointer, None)
        return text if place is None else str(base / place)

    document = with_texts(document, "", put)
    if left:
        raise LookupError(min(left))
    return json.dumps(document)


def with_texts(value: Any, pointer: str, change: Callable[[str, str], str]) -> Any:
    """JSON with each text, but no key, replaced by what `change` gives for it and its JSON pointer."""
    if isinstance(value, str):
        return change(value, pointer)
    if isinstance(value, list):
        return [with_texts(one, f"{pointer}/{number}", change) for number, one in enumerate(value)]
    if isinstance(value, dict):
        return {key: with_texts(one, f"{pointer}/{_escaped(key)}", change) for key, one in value.items()}
    return value


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
