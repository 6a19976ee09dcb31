"""Reads SMS from Twilio: its REST API's list of messages, asked again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from .digits import code_in_message
from .question import SourceError
from .variables import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_NUMBER
from .waiting import Wait

if TYPE_CHECKING:
    import threading
    from types import TracebackType

    import requests

    from lane import Secret

    from .question import CodeQuestion

URL = "https://api.twilio.com"
_EVERY = 3.0  # seconds between two questions
_TIMEOUT = (5.0, 10.0)  # seconds to connect, seconds for each part of the answer
_COARSE = 2.0  # seconds: Twilio's dates are whole ones, and so is the header that tells its clock


@dataclass(frozen=True, slots=True)
class TwilioMessage:
    """An SMS that Twilio received. `sent_at` is in seconds since 1970, by Twilio's clock."""

    sid: str
    text: str = field(repr=False)
    sent_at: float


class TwilioClient:
    """The part of Twilio's REST API that is needed: version 2010-04-01, resource Message."""

    def __init__(self, account_sid: str, auth_token: Secret, *, url: str = URL) -> None:
        import requests

        self._base = f"{url}/2010-04-01/Accounts/{quote(account_sid, safe='')}"
        self._session = requests.Session()
        self._session.auth = (account_sid, auth_token.reveal())
        self._session.trust_env = False  # a .netrc would take the place of the token
        self.ahead = 0.0  # seconds that Twilio's clock is ahead of ours

    def received(self, number: str, since: float) -> list[TwilioMessage]:
        """What `number` received since the day of `since`. Raises SourceError; requests' errors pass."""
        day = datetime.fromtimestamp(since + self.ahead - _COARSE, UTC).date().isoformat()
        body = self._get("/Messages.json", {"To": number, "DateSent>": day, "PageSize": "50"})
        return [message for one in body.get("messages", []) if (message := _message(one)) is not None]

    def message(self, sid: str) -> TwilioMessage | None:
        """One message; None where Twilio did not receive it but sent it."""
        return _message(self._get(f"/Messages/{quote(sid, safe='')}.json", {}))

    def came_after(self, message: TwilioMessage, asked_at: float) -> bool:
        """Whether a message came after a time of our clock. Ask Twilio first: its answers tell its clock."""
        return message.sent_at >= asked_at + self.ahead - _COARSE

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        response = self._session.get(self._base + path, params=query, timeout=_TIMEOUT, allow_redirects=False)
        if 400 <= response.status_code < 500 and response.status_code not in {408, 429}:
            raise SourceError(
                f"Twilio refused the request (HTTP {response.status_code}).",
                hint=f"Check {TWILIO_ACCOUNT_SID}, {TWILIO_AUTH_TOKEN} and {TWILIO_NUMBER} in Twilio's console.",
                where=TWILIO_ACCOUNT_SID,
            )
        response.raise_for_status()
        self._learn_clock(response)
        body = response.json()
        return body if isinstance(body, dict) else {}

    def _learn_clock(self, response: requests.Response) -> None:
        theirs = _seconds(response.headers.get("Date"))
        if theirs is not None:
            self.ahead = theirs - time.time()

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Twilio:
    """Asks Twilio every few seconds for what a number received, until the code is among it."""

    name = "twilio"

    def __init__(
        self, account_sid: str, auth_token: Secret, number: str, *, url: str = URL, every: float = _EVERY
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._number = number
        self._url = url
        self._every = every
        self._given: set[str] = set()

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code. Raises SourceError where Twilio refuses; troubles that pass are waited out."""
        import requests

        wait = Wait.of(seconds, cancelled)
        with TwilioClient(self._account_sid, self._auth_token, url=self._url) as client:
            while wait.left:
                pause = self._every
                try:
                    code = self._look(client, question)
                    if code is not None:
                        return code
                except requests.RequestException as error:
                    pause = max(pause, _retry_after(error))
                wait.sleep(pause)
        return None

    def _look(self, client: TwilioClient, question: CodeQuestion) -> str | None:
        messages = client.received(self._number, question.asked_at)
        for message in sorted(messages, key=lambda one: one.sent_at, reverse=True):
            if message.sid in self._given or not client.came_after(message, question.asked_at):
                continue
            code = code_in_message(message.text, question.length)
            if code is not None:
                self._given.add(message.sid)
                return code
        return None


def _message(body: dict[str, Any]) -> TwilioMessage | None:
    """A message that was received, of the API's JSON; the dates are as in e-mail (RFC 2822)."""
    sent_at = _seconds(body.get("date_sent") or body.get("date_created"))
    sid, text = body.get("sid"), body.get("body")
    if body.get("direction") != "inbound" or not isinstance(sid, str) or not isinstance(text, str):
        return None
    return None if sent_at is None else TwilioMessage(sid, text, sent_at)


def _seconds(date: object) -> float | None:
    try:
        return parsedate_to_datetime(str(date)).timestamp() if date else None
    except ValueError:
        return None


def _retry_after(error: requests.RequestException) -> float:
    given = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return min(float(given), 60.0) if given.isdecimal() else 0.0
