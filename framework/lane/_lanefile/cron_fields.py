"""What is wrong with five cron fields or a timezone, in words that say what to write."""

from __future__ import annotations

from typing import NamedTuple

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    wraps: bool = False

    def number(self, text: str) -> int | None:
        """The number that a value stands for, or None."""
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.low
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def values(self) -> str:
        """What it takes."""
        also = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.low} to {self.high}{also}"


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS, wraps=True),
)


def wrong_fields(expression: str) -> str | None:
    """Why an expression is none that cron takes; None where it is one."""
    if expression.startswith("@"):
        written = _NICKNAMES.get(expression.lower())
        return f"write {written!r} for it." if written else "cron's five fields are what is taken."
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return f"it has {len(fields)} field{'' if len(fields) == 1 else 's'}, not five: {names}."
    problems = (
        _wrong_part(part, field)
        for text, field in zip(fields, _FIELDS, strict=True)
        for part in text.split(",")
    )
    return next((problem for problem in problems if problem), None)


def _wrong_part(part: str, field: _Field) -> str | None:
    base, slash, step = part.partition("/")
    first, dash, last = base.partition("-")
    ends = [] if base == "*" else [field.number(one) for one in ((first, last) if dash else (first,))]
    if None in ends or (slash and not (step.isascii() and step.isdigit())):
        return _no_part(part, field)
    numbers = [one for one in ends if one is not None]
    for one in numbers:
        if not field.low <= one <= field.high:
            return f"the {field.name} {one} is not in {field.values}."
    if slash and not 1 <= int(step) <= field.high - field.low:
        return f"the step {step} of {part!r} is not in 1 to {field.high - field.low}."
    if dash and numbers[0] > numbers[1] and not field.wraps:
        return f"the range {base!r} runs backwards: write {first}-{field.high},{field.low}-{last}."
    return None


def _no_part(part: str, field: _Field) -> str:
    text = (
        f"{part!r} is no {field.name}: {field.values}, *, ranges (1-5), steps (*/2) and lists (1,3) of them."
    )
    return f"{text} cron has no L, W, # and ?." if set(part.upper()) & set("LW#?") else text


def wrong_timezone(name: str) -> str | None:
    """Why a timezone's name is none that this machine knows; None where it is one."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        close = _close(name)
        return f"there is no timezone {name!r}" + (f"; did you mean {close!r}?" if close else ".")
    return None


def _close(name: str) -> str | None:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = {zone.casefold(): zone for zone in sorted(available_timezones()) if "/" in zone}
    cities = {folded.rpartition("/")[2]: zone for folded, zone in zones.items()}
    folded = name.casefold().replace(" ", "_")
    for known in (zones, cities):
        found = get_close_matches(folded, known, 1, 0.8)
        if found:
            return known[found[0]]
    return None
