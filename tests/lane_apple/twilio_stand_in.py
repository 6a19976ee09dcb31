"""A stand-in for Twilio's REST API: the resource Message, version 2010-04-01, as Twilio documents it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

import requests

if TYPE_CHECKING:
    from types import TracebackType

_API = "2010-04-01"


@dataclass
class Sms:
    """A message of the account."""

    to: str
    body: str
    sent_at: float
    sender: str = "+18005550100"
    direction: str = "inbound"
    sid: str = field(default_factory=lambda: f"SM{secrets.token_hex(16)}")


class TwilioStandIn:
    """Keeps messages and answers for them. `ahead` moves its clock; `refusals` are answered before anything else."""

    def __init__(self) -> None:
        self.account_sid = f"AC{secrets.token_hex(16)}"
        self.auth_token = secrets.token_hex(16)
        self.messages: list[Sms] = []
        self.ahead = 0.0
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.asked: list[str] = []
        self.wait = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def now(self) -> float:
        return time.time() + self.ahead

    def receive(self, to: str, body: str, *, ago: float = 0.0, **more: Any) -> Sms:
        """A number of the account receives an SMS."""
        sms = Sms(to, body, self.now - ago, **more)
        self.messages.append(sms)
        return sms

    def until_asked(self, times: int = 1) -> None:
        """Wait until the list was asked for so many times."""
        with self.wait:
            assert self.wait.wait_for(lambda: len(self.asked) >= times, timeout=30)

    # Webhooks

    def fields(self, sms: Sms) -> dict[str, str]:
        """What Twilio posts for a message that came."""
        return {
            "ToCountry": "DE", "SmsMessageSid": sms.sid, "NumMedia": "0", "FromZip": "", "SmsSid": sms.sid,
            "SmsStatus": "received", "Body": sms.body, "FromCountry": "US", "To": sms.to, "NumSegments": "1",
            "MessageSid": sms.sid, "AccountSid": self.account_sid, "From": sms.sender, "ApiVersion": _API,
        }  # fmt: skip

    def signature(self, url: str, fields: dict[str, str]) -> str:
        """`X-Twilio-Signature`."""
        text = url
        for name in sorted(fields):
            text += name + fields[name]
        digest = hmac.new(self.auth_token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def post(self, sms: Sms, url: str, *, to: str | None = None, **changes: str) -> requests.Response:
        """Send the webhook for a message, signed for `url`, to the server that stands there (or `to`)."""
        fields = self.fields(sms)
        headers = {"X-Twilio-Signature": self.signature(url, fields), "I-Twilio-Idempotency-Token": sms.sid}
        return requests.post(to or url, data={**fields, **changes}, headers=headers, timeout=30)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is answered

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers."""
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return status, _error(20429 if status == 429 else 20500, "Not now", status), headers
        if (
            authorization
            != "Basic " + base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        ):
            return 401, _error(20003, "Authenticate", 401), {}
        parts = urlsplit(path)
        base = f"/{_API}/Accounts/{self.account_sid}/Messages"
        if parts.path == f"{base}.json":
            return 200, self._list(parse_qs(parts.query), path), {}
        for sms in self.messages:
            if parts.path == f"{base}/{sms.sid}.json":
                return 200, self._json(sms), {}
        return 404, _error(20404, f"The requested resource {parts.path} was not found", 404), {}

    def _list(self, query: dict[str, list[str]], path: str) -> dict[str, Any]:
        found = sorted(self.messages, key=lambda sms: sms.sent_at, reverse=True)
        if "To" in query:
            found = [sms for sms in found if sms.to == query["To"][0]]
        if "DateSent>" in query:
            found = [sms for sms in found if _day(sms.sent_at) >= query["DateSent>"][0]]
        size = int(query.get("PageSize", ["50"])[0])
        return {
            "first_page_uri": path, "end": len(found[:size]) - 1, "previous_page_uri": None, "page": 0,
            "messages": [self._json(sms) for sms in found[:size]], "uri": path, "page_size": size, "start": 0,
            "next_page_uri": f"{path}&Page=1" if len(found) > size else None,
        }  # fmt: skip

    def _json(self, sms: Sms) -> dict[str, Any]:
        sent = format_datetime(datetime.fromtimestamp(int(sms.sent_at), UTC))
        return {
            "account_sid": self.account_sid, "api_version": _API, "body": sms.body, "date_created": sent,
            "date_sent": sent, "date_updated": sent, "direction": sms.direction, "error_code": None,
            "error_message": None, "from": sms.sender, "to": sms.to, "num_media": "0", "num_segments": "1",
            "price": None, "price_unit": "USD", "messaging_service_sid": None, "sid": sms.sid,
            "status": "received", "uri": f"/{_API}/Accounts/{self.account_sid}/Messages/{sms.sid}.json",
        }  # fmt: skip


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _error(code: int, message: str, status: int) -> dict[str, Any]:
    return {
        "code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }  # fmt: skip


def _handler(twilio: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = twilio.answer(self.path, self.headers.get("Authorization", ""))
            text = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header(
                "Date", format_datetime(datetime.fromtimestamp(int(twilio.now), UTC), usegmt=True)
            )
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
            with twilio.wait:
                twilio.asked.append(self.path)
                twilio.wait.notify_all()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
