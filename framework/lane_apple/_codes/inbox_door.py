"""The door of the inbox: lets in what is proven, new and whole, and tells the rest why not."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .guard import SECURE_HEADERS, Misses, body_of
from .inbox_message import fields_of, message_of
from .inbox_proof import bearer, by_twilio, signed
from .question import SourceError
from .twilio import TwilioClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from lane import Secret

    from .inbox_proof import Proof

_MOST_BYTES = 16384
_MOST_MISSES = 30  # unproven posts a minute, before they are answered shortly
_REMEMBERED = 1000  # requests that are known again


@dataclass(frozen=True, slots=True)
class TwilioHook:
    """What is known of Twilio: the account, and the address of this inbox that was given to it."""

    account_sid: str
    auth_token: Secret
    url: str
    api: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the door: a secret shared with one's phone, Twilio's token, or both."""

    secret: Secret | None = None
    twilio: TwilioHook | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A proven SMS. `at` is when the phone received it, `arrived` when it came here, in seconds since 1970."""

    text: str = field(repr=False)
    at: float
    arrived: float


class Door:
    """Takes posts on every path, and gives each message to `taken` once, on the server's thread."""

    def __init__(
        self, keys: Keys, taken: Callable[[Arrival], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._taken = taken
        self._clock = clock
        self._misses = Misses(_MOST_MISSES, 60.0)
        self._seen: OrderedDict[str, None] = OrderedDict()

    def application(self) -> Starlette:
        """The application."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(routes=[Route("/{path:path}", self._serve, methods=["POST"])])

    async def _serve(self, request: Request) -> Response:
        arrived = self._clock()
        body = await body_of(request, _MOST_BYTES)
        if body is None:
            return _answer(413, "too long for an SMS")
        hook = self._keys.twilio
        if hook is not None and "x-twilio-signature" in request.headers:
            return await self._from_twilio(request, body, hook, arrived)
        proof = self._proof(request, body)
        if proof is None:
            return self._refuse()
        if proof.once in self._seen:
            return _answer(409, "this was posted before")
        sms = message_of(body, request.headers.get("Content-Type", ""))
        if sms is None:
            return _answer(422, "no text of an SMS is in it")
        at = proof.signed_at if sms.at is None else sms.at
        if at is None:
            return _answer(
                422, "it does not tell when the SMS came: send its time, in milliseconds since 1970"
            )
        self._take(proof, Arrival(sms.text, at, arrived))
        return _answer(202, "taken")

    async def _from_twilio(self, request: Request, body: bytes, hook: TwilioHook, arrived: float) -> Response:
        """Twilio's webhook has no time and could be repeated later: the message is looked up at Twilio."""
        from starlette.concurrency import run_in_threadpool

        fields = fields_of(body)
        proof = by_twilio(request.headers, fields, hook.url, hook.auth_token)
        if proof is None or fields.get("AccountSid") != [hook.account_sid]:
            return self._refuse()
        if proof.once in self._seen:
            return _answer(409, "this was posted before")
        try:
            found = await run_in_threadpool(_looked_up, hook, fields.get("MessageSid", [""])[0])
        except SourceError:
            return _answer(503, "Twilio cannot be asked for this message")
        if found is None:
            return _answer(422, "Twilio has received no such message")
        if proof.once in self._seen:  # the same came a second time while Twilio was asked
            return _answer(409, "this was posted before")
        self._take(proof, Arrival(found[0], found[1], arrived))
        return _answer(200, "<Response/>", "text/xml")

    def _proof(self, request: Request, body: bytes) -> Proof | None:
        secret = self._keys.secret
        if secret is None:
            return None
        return signed(request.headers, body, secret, self._clock) or bearer(request.headers, body, secret)

    def _refuse(self) -> Response:
        return _answer(429 if self._misses.too_many() else 401, "no proof of who posts this")

    def _take(self, proof: Proof, arrival: Arrival) -> None:
        self._seen[proof.once] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        self._taken(arrival)


def _looked_up(hook: TwilioHook, sid: str) -> tuple[str, float] | None:
    """The text, and the time by our clock. Raises SourceError where Twilio does not answer."""
    import requests

    try:
        with TwilioClient(hook.account_sid, hook.auth_token, url=hook.api) as client:
            message = client.message(sid)
            return None if message is None else (message.text, message.sent_at - client.ahead)
    except requests.RequestException:
        raise SourceError("Twilio does not answer.") from None


def _answer(status: int, text: str, kind: str = "text/plain") -> Response:
    from starlette.responses import Response

    return Response(text, status, SECURE_HEADERS, media_type=kind)
