"""Takes the code from a Redis list that a person or a program pushes to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlunsplit

from lane import Secret, UsageError

from .addresses import parted
from .digits import LONGEST, code_in
from .question import SourceError
from .variables import REDIS
from .waiting import Wait

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from redis import Redis

    from .question import CodeQuestion, Invite

T = TypeVar("T")
_SLICE = 1.0  # seconds of one BLPOP; between two, it is seen whether the wait was cancelled
_CONNECT = 5.0  # seconds
_CLOCKS_APART = 10.0  # seconds that the clock of who pushes may be behind ours


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """A server, with its password in the address, and the key of a list on it."""

    url: Secret
    key: str

    @classmethod
    def of(cls, address: str) -> RedisPlace:
        """Read `redis://host:6379/key` or `redis://:password@host:6379/2/key` (2 is the database; `rediss` is TLS).

        Raises UsageError.
        """
        parts = parted(address)
        names = parts.path.strip("/").split("/") if parts and parts.scheme in {"redis", "rediss"} else []
        database, key = (names[0], names[1:]) if len(names) > 1 and names[0].isdecimal() else ("0", names)
        if parts is None or not key or not key[0]:
            raise UsageError(
                f"{REDIS} is no address of a list.", hint="It looks like redis://127.0.0.1:6379/lane-codes."
            )
        return cls(Secret(urlunsplit(parts._replace(path=f"/{database}"))), unquote("/".join(key)))


class RedisList:
    """Pops from a list until the code is there: a code, Apple's message, or JSON with `text` and `time`.

    What lies in the list before the question is old: `open` empties it. `time`, in seconds since 1970, is when the
    code came; where it is given, it counts.
    """

    name = "redis"

    def __init__(self, place: RedisPlace, *, invite: Invite | None = None) -> None:
        self._place = place
        self._invite = invite
        self._client: Redis | None = None

    def open(self) -> None:
        """Connect and empty the list, unless that was done. Raises SourceError where the server cannot be used."""
        if self._client is None:
            client = _connected(self._place.url)
            _asked(lambda: client.delete(self._place.key))
            self._client = client

    def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code. Raises SourceError where the server cannot be used."""
        self.open()
        client = self._client
        assert client is not None
        if self._invite is not None:
            self._invite(question, f"push it to the Redis list {self._place.key}.")
        wait = Wait.of(seconds, cancelled)
        while wait.left:
            popped = _asked(
                lambda: client.blpop([self._place.key], timeout=max(0.01, min(_SLICE, wait.left)))
            )
            if popped:
                code = _code(popped[1], question)
                if code is not None:
                    return code
        return None


def _connected(url: Secret) -> Redis:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return _asked(
        lambda: Redis.from_url(
            url.reveal(),
            socket_connect_timeout=_CONNECT,
            socket_timeout=_CONNECT + _SLICE,
            retry=Retry(NoBackoff(), 1),
        )
    )


def _asked(ask: Callable[[], T]) -> T:
    import redis

    try:
        return ask()
    except (redis.RedisError, ValueError, OSError) as error:
        raise SourceError(
            f"the Redis server cannot be used: {type(error).__name__}.",
            hint=f"Check {REDIS}, and that the server can be reached from here.",
            where=REDIS,
        ) from None  # its text may hold the address with the password


def _code(item: bytes | str, question: CodeQuestion) -> str | None:
    text = item.decode(errors="replace") if isinstance(item, bytes) else item
    try:
        body = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return code_in(text, question.length)
    at = body.get("time")
    if isinstance(at, int | float) and at < question.asked_at - _CLOCKS_APART:
        return None
    return code_in(str(body.get("text", "")), question.length)
