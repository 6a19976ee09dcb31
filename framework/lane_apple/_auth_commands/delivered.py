"""Tells a person who rehearses which codes the offline Apple delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 10.0


class Deliveries:
    """What came to one Apple ID's phones and devices since the last look; `url` is the offline Apple's."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
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

        found: list[dict[str, Any]] = requests.get(self._url, timeout=_SECONDS).json()["messages"]
        return found


def _told(message: dict[str, Any]) -> str:
    code = message["code"]
    if message["phone"] is None:
        return f"The offline Apple shows {code} on {', '.join(message['devices'])}."
    way = "reads" if message["way"] == "voice" else "sent"
    return f"The offline Apple {way} {code} to {message['phone']}."
