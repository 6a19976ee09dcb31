"""What an `on_error` hook is told about the step that failed."""

from __future__ import annotations

from typing import NamedTuple


class Failure(NamedTuple):
    """The first step of a job that failed. `message` has no secrets in it."""

    lane: str
    job: str
    step: str
    action: str
    message: str
    hint: str
    run: str
