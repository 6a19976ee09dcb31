"""What is asked when Apple wants a code, and what a source of codes is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from lane import LaneError

if TYPE_CHECKING:
    import threading

Way = Literal["trusted_device", "sms", "voice"]


class SourceError(LaneError):
    """A source of codes cannot do its work. The next one is tried; people read this if none gives a code."""

    code = "code_source"


@dataclass(frozen=True, slots=True)
class CodeQuestion:
    """One request for a code. `account` is the Apple ID; `length` in digits; `phone` as Apple masks it.

    `asked_at` is in seconds since 1970, read before Apple was asked to send the code: a code that came earlier
    is not the one. `attempt` counts from 1; `resent`: since the last one Apple sent another code, as was wished.
    `ways` are those by which this Apple ID can get one.
    """

    account: str
    length: int
    way: Way
    phone: str | None
    asked_at: float
    attempt: int = 1
    resent: bool = False
    ways: tuple[Way, ...] = ("trusted_device", "sms", "voice")

    @property
    def refused(self) -> bool:
        """Whether the last answer was a code, and wrong."""
        return self.attempt > 1 and not self.resent

    @property
    def masked(self) -> str:
        """The Apple ID as messages show it: `r…@example.com`."""
        from lane_apple._session.masking import masked

        return masked(self.account)


@dataclass(frozen=True, slots=True)
class Resend:
    """What a person may answer in place of a code: send another. `way` None is the way of the question."""

    way: Way | None = None


Answer = str | Resend

Invite = Callable[[CodeQuestion, str], None]
"""Tells people of a question, and how to answer it. Raises SourceError where it cannot."""


class CodeSource(Protocol):
    """A place that a code can come from."""

    @property
    def name(self) -> str:
        """The word in the configuration, such as `command`."""
        ...

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Answer | None:
        """The code, or None where none came in this time or the wait was cancelled. Never logged.

        A source that asks a person may give a `Resend` instead: ask Apple again, then ask for the code anew.
        """
        ...
