"""Cron expressions as every CI system reads them: weekdays from 0 to 6, and no names."""

from __future__ import annotations

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEKDAY = 4


def plain_cron(cron: str, *, steps: bool = True) -> str:
    """An expression without names and without 7 for Sunday, and where `steps` is false without `/`: as lists."""
    return " ".join(
        ",".join(_part(part, number, steps=steps) for part in field.split(","))
        for number, field in enumerate(cron.split())
    )


def _part(part: str, field: int, *, steps: bool) -> str:
    base, slash, step = part.partition("/")
    low, high = _RANGES[field]
    if base == "*":
        return part if steps or not slash else _listed(low, high, int(step), field)
    first, dash, last = base.partition("-")
    begin = _number(first, field)
    end = _number(last, field) if dash else high if slash else begin
    if field == _WEEKDAY and (end < begin or max(begin, end) > high):
        return _listed(begin, end + 7 if end < begin else end, int(step or 1), field)
    if slash and not steps:
        return _listed(begin, end, int(step), field)
    written = f"{begin}-{end}" if dash else str(begin)
    return f"{written}/{step}" if slash else written


def _number(text: str, field: int) -> int:
    if text.isdigit():
        return int(text)
    names = _DAYS if field == _WEEKDAY else _MONTHS
    return names.index(text.lower()) + (0 if field == _WEEKDAY else 1)


def _listed(first: int, last: int, step: int, field: int) -> str:
    values = range(first, last + 1, step)
    return ",".join(map(str, (value % 7 for value in values) if field == _WEEKDAY else values))
