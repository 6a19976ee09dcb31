"""One thing that `lane doctor` looked at: how it is, and what to do about it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """`subject` is what was looked at, such as `store` or `lane release`; `hint` is what to do, or empty."""

    level: Level
    subject: str
    message: str
    hint: str = ""
