"""Writes the query of a list: filters, sparse fields, includes, sorting, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Value = str | bool | int | Sequence[str] | None

MOST = 200  # resources in a page; the fewer pages, the less of the hour's budget is used


def query(
    filters: Mapping[str, Value] | None = None,
    *,
    fields: Mapping[str, Sequence[str]] | None = None,
    include: Sequence[str] = (),
    sort: Sequence[str] = (),
    limit: int | None = MOST,
    limits: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """A query by its parts, in Apple's grammar (asc-official-limits.md, 5). A filter that is None is left out.

    `fields` and `limits` are by resource type and by relationship; `sort` has names, with a minus for the largest
    first. One resource by its id takes no limit: None.
    """
    wanted: dict[str, Value] = {f"filter[{name}]": value for name, value in (filters or {}).items()}
    wanted |= {f"fields[{kind}]": names for kind, names in (fields or {}).items()}
    wanted |= {"include": include or None, "sort": sort or None, "limit": limit}
    wanted |= {f"limit[{name}]": number for name, number in (limits or {}).items()}
    return {name: _text(value) for name, value in wanted.items() if value is not None}


def _text(value: str | bool | int | Sequence[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ",".join(value)
