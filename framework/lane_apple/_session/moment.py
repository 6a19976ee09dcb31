"""Times as fastlane's YAML writes them, to the nanosecond."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Self

_FORM = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d{0,9})\d*)?"
    r"[ \t]*(?:[Zz]|UTC|([-+])(\d\d):?(\d\d)?)?)?",
    re.ASCII,
)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_BILLION = 1_000_000_000


class Moment(float):
    """Seconds since 1970 that remember their nanoseconds: a float has room for a quarter of a microsecond."""

    __slots__ = ("nanoseconds",)
    nanoseconds: int

    @classmethod
    def at(cls, nanoseconds: int) -> Self:
        """The moment so many nanoseconds after the start of 1970."""
        moment = cls(nanoseconds / _BILLION)
        moment.nanoseconds = nanoseconds
        return moment


def parse_moment(text: str) -> Moment:
    """A time such as `2026-11-24 05:56:05.811830762 +00:00`; without an offset it is UTC.

    Raises ValueError where it is none.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = found.groups(default="0")
    whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    away = timedelta(hours=int(off_hours), minutes=int(off_minutes))
    if sign == "-":
        away = -away
    since = whole - _START - away
    return Moment.at((since.days * 86400 + since.seconds) * _BILLION + int(fraction.ljust(9, "0")))


def moment_text(seconds: float) -> str:
    """A time in UTC with nine digits after the point, as psych writes it; `parse_moment` gives an equal one."""
    exact = seconds if isinstance(seconds, Moment) else Moment.at(_nanoseconds(seconds))
    whole, rest = divmod(exact.nanoseconds, _BILLION)
    when = _START + timedelta(seconds=whole)
    return f"{when.isoformat(' ').removesuffix('+00:00')}.{rest:09d} +00:00"


def _nanoseconds(seconds: float) -> int:
    whole = int(seconds)
    return whole * _BILLION + round((seconds - whole) * _BILLION)
