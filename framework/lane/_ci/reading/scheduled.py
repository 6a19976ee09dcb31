"""Schedules that stand in no file: where their time is to be seen, and what an exported file says of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .found import CiStart

_TO_MAKE = re.compile(
    r"^# Schedule to make: (?P<cron>\S+(?: \S+){4}) \(?(?P<zone>[\w/+-]+)\)? with the .*?\w+=(?P<name>\S+)$",
    re.MULTILINE,
)
_WITH = re.compile(r" with \S+?=(?P<name>\S+)$")


def to_make(text: str) -> dict[str, tuple[str, str]]:
    """The schedules that the first lines of an exported file ask people to make: cron and timezone, by name."""
    return {found["name"]: (found["cron"], found["zone"]) for found in _TO_MAKE.finditer(text)}


def told(
    starts: Iterable[CiStart], known: Mapping[str, tuple[str, str]], elsewhere: str
) -> Iterator[CiStart]:
    """The starts, where those at a time say at which, or that it stands elsewhere."""
    for start in starts:
        if start.kind != "schedule" or start.cron is not None:
            yield start
            continue
        named = _WITH.search(start.detail)
        at = known.get(named["name"]) if named is not None else None
        if at is None:
            yield replace(start, detail=f"{start.detail}, whose time {elsewhere}")
        else:
            yield replace(start, cron=at[0], timezone=at[1], detail="")
