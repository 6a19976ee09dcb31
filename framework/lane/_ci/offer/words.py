"""A policy in words: the TOML to add to a project's file, and what to change in tables that it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lane._ci.policy import CiPolicy, Declared

Table = tuple[tuple[str, ...], list[str]]


def to_declare(before: CiPolicy, after: CiPolicy, place: Declared) -> tuple[str, list[str]]:
    """The tables to add, as TOML, and sentences on those that are there already: TOML has each table once."""
    added: list[str] = []
    changed: list[str] = []
    for keys, lines in _tables(before, after):
        header = f"[{'.'.join((*place.keys, *keys))}]"
        if not _is_there(place.table, keys):
            added.append("\n".join([header, *lines]))
        elif lines:
            changed.append(f"Under {header} in {place.file}, write {', and '.join(lines)}.")
    return "\n\n".join(added), changed


def _tables(before: CiPolicy, after: CiPolicy) -> Iterator[Table]:
    """The tables that differ, with their keys."""
    if after.modes != before.modes:
        yield (), [f"modes = {_list(after.modes)}"]
    for name, policy in after.lanes.items():
        old = before.lanes.get(name)
        lines = [
            f"{key} = {_list(value)}"
            for key in ("branches", "tags")
            if (value := getattr(policy, key)) and value != getattr(old, key, None)
        ]
        if lines or old is None:
            yield ("lanes", name), lines
        if policy.parameters != (old.parameters if old is not None else {}):
            values = [f"{key} = {json.dumps(value)}" for key, value in policy.parameters.items()]
            yield ("lanes", name, "parameters"), values


def _is_there(table: dict[str, Any] | None, keys: tuple[str, ...]) -> bool:
    found: Any = table
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found is not None


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(word) for word in words)}]"
