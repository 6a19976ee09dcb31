"""Chooses, orders and pages the resources that a query asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._query import Query
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team


def select(team: Team, records: list[Record], query: Query) -> list[Record]:
    """Those of `records` that every filter accepts, in the order asked for."""
    chosen = [record for record in records if _matches(team, record, query)]
    if query.sort and query.sort[0][1]:
        chosen.reverse()  # of equals the newest comes first, as in the rest of a descending list
    for name, descending in reversed(query.sort):
        chosen.sort(key=lambda record: _sort_key(team, record, name), reverse=descending)
    return chosen


def page(records: list[Record], query: Query) -> tuple[list[Record], int | None]:
    """The page that begins where the query says, and the position of the next one (None: the last page).

    A cursor remembers the resource before it: a page neither repeats nor skips when others come or go.
    """
    position, last_id = query.start
    for index, record in enumerate(records):
        if last_id and record.id == last_id:
            position = index + 1
    end = position + query.limit
    return records[position:end], end if end < len(records) else None


def _matches(team: Team, record: Record, query: Query) -> bool:
    for path, wanted in query.filters.items():
        if not set(wanted) & _texts(team, record, path):
            return False
    return all(bool(_texts(team, record, name)) == wanted for name, wanted in query.exists.items())


def _texts(team: Team, record: Record, path: str) -> set[str]:
    """What is found at a path such as `preReleaseVersion.version`, as a query would write it."""
    name, _, rest = path.partition(".")
    if name == "id":
        return {record.id}
    if name in team.types[record.type].relationships:
        others = team.store.related(record, name)
        if not rest:
            return {each.id for each in others}
        return set().union(*(_texts(team, each, rest) for each in others))
    value = team.attributes(record).get(name)
    if isinstance(value, dict):
        value = value.get("state")  # buildUploads: a state is an object with a state in it
    if isinstance(value, list):
        return {str(each) for each in value}
    if value is None:
        return set()
    return {str(value).lower() if isinstance(value, bool) else str(value)}


def _sort_key(team: Team, record: Record, name: str) -> tuple[Any, ...]:
    """Numbers within texts count as numbers: version 10 comes after 9."""
    if name in team.types[record.type].relationships:
        other = team.store.related_one(record, name)
        return _sort_key(team, other, "version") if other else ()
    value = str(team.attributes(record).get(name) or "")
    parts = re.split(r"([0-9]{1,18})", value.lower())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
