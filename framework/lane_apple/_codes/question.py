"""What is asked when Apple wants a code, and what a source of codes is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import threading

Way = Literal["trusted_device", "sms", "voice"]


@dataclass(frozen=True, slots=True)
class CodeQuestion:
    """One request for a code. `account` is the Apple ID; `length` in digits; `phone` as Apple masks it.

    `asked_at` is in seconds since 1970: a code that came before is not the one. `attempt` counts from 1.
    """

    account: str
    length: int
    way: Way
    phone: str | None
    asked_at: float
    attempt: int = 1


class CodeSource(Protocol):
    """A place that a code can come from."""

    @property
    def name(self) -> str:
        """The word in the configuration, such as `command`."""
        ...

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code, or None where none came in this time or the wait was cancelled. Never logged."""
        ...
