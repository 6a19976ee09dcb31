"""What a server in the open needs: bounded bodies, and an end to guessing."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

SECURE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with the form, which is refused.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


async def body_of(request: Request, most: int) -> bytes | None:
    """The body, or None where it has more than `most` bytes; what is too much is not kept."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


class Misses:
    """Counts failures: more than `most` in `seconds` are too many. For one thread."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._times: deque[float] = deque(maxlen=most)

    def too_many(self) -> bool:
        """Count one more, and tell whether there were too many before it."""
        now = self._clock()
        full = len(self._times) == self._times.maxlen and now - self._times[0] < self._seconds
        self._times.append(now)
        return full
