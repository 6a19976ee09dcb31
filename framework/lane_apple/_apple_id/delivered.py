"""Tells a person who rehearses which codes the offline Apple delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_apple._doors import WEB_URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access import Access

    Say = Callable[[str], None]

_SECONDS = 10.0


def with_deliveries(say: Say, access: Access) -> Say:
    """`say`; where the doors are not Apple's, it also tells the codes that an offline one has delivered by then."""
    if not access.environment.get(WEB_URL, "").strip():
        return say
    deliveries = _Deliveries(access.doors.sign_in, say)

    def said(line: str) -> None:
        say(line)
        deliveries.tell()

    return said


class _Deliveries:
    """What came to phones and devices since the last look; `url` is the offline Apple's."""

    def __init__(self, url: str, say: Say) -> None:
        self._url = f"{url}/_sandbox/messages"
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

        try:
            found: list[dict[str, Any]] = requests.get(self._url, timeout=_SECONDS).json()["messages"]
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return []  # another server than the sandbox stands in for Apple
        return found


def _told(message: dict[str, Any]) -> str:
    code = message["code"]
    if message["phone"] is None:
        return f"The offline Apple shows {code} on {', '.join(message['devices'])}."
    way = "reads" if message["way"] == "voice" else "sent"
    return f"The offline Apple {way} {code} to {message['phone']}."
