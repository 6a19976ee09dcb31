"""Tells a person who rehearses which codes the offline Apple delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access import Access

    Say = Callable[[str], None]

MESSAGES_URL = "LANE_SANDBOX_MESSAGES_URL"
"""Given by a rehearsal alone: where its offline Apple shows what it delivered. Real codes are shown nowhere."""

_SECONDS = 10.0


def with_deliveries(say: Say, access: Access) -> Say:
    """`say`; in a rehearsal it also tells the codes that the offline Apple has delivered by then."""
    url = access.environment.get(MESSAGES_URL)
    if not url:
        return say
    deliveries = _Deliveries(url, say)

    def said(line: str) -> None:
        say(line)
        deliveries.tell()

    return said


class _Deliveries:
    """What came to phones and devices since the last look."""

    def __init__(self, url: str, say: Say) -> None:
        self._url = url
        self._say = say
        self._seen = len(self._messages())

    def tell(self) -> None:
        """Say what came."""
        new = self._messages()[self._seen :]
        self._seen += len(new)
        for message in new:
            self._say(_told(message))

    def _messages(self) -> list[dict[str, Any]]:
        import requests

        found: list[dict[str, Any]] = requests.get(self._url, timeout=_SECONDS).json()["messages"]
        return found


def _told(message: dict[str, Any]) -> str:
    code = message["code"]
    if message["phone"] is None:
        return f"The offline Apple shows {code} on {', '.join(message['devices'])}."
    way = "reads" if message["way"] == "voice" else "sent"
    return f"The offline Apple {way} {code} to {message['phone']}."
