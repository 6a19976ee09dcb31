"""What one call needs, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """The auth mode of a call. `option` decided, `lowered_by` says what would make it need less.

    `lowered_to` has the mode that each of these leads to. `has_key`: an API key can be seen that the call uses;
    `sure_key`: on all ways that CI goes.
    `unless` names what the text leaves open: the mode that it could be as well, and when.
    """

    auth: str
    why: str
    option: str | None = None
    lowered_by: tuple[str, ...] = ()
    unless: str | None = None
    lowered_to: tuple[str, ...] = ()
    has_key: bool = False
    sure_key: bool = False
