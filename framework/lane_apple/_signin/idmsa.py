"""One sign-in's talk with idmsa.apple.com: the headers that tie its requests together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Reply, Step, Wire

_AUTH = "/appleauth/auth"
_TIES = {"x-apple-id-session-id": "X-Apple-ID-Session-Id", "scnt": "scnt"}
"""What Apple hands out and wants back; the newest of each counts (apple-id-login.md, 3)."""
_PRIVATE = ("x-apple-session-token", "x-apple-twosv-trust-token", "x-apple-repair-session-token")


class Idmsa:
    """Calls below /appleauth/auth, for one account and one sign-in."""

    def __init__(self, wire: Wire, key: str) -> None:
        self.wire = wire
        self.key = key
        self._ties: dict[str, str] = {}

    def call(
        self,
        step: Step,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer; what ties the sign-in together goes along, and is taken from the answer."""
        sent = {"Accept": "application/json", "X-Apple-Widget-Key": self.key, **self._ties, **(headers or {})}
        reply = self.wire.call(step, method, "sign_in", _AUTH + path, headers=sent, body=body)
        for name, spelt in _TIES.items():
            if reply.headers.get(name):
                self._ties[spelt] = reply.headers[name]
        for name in (*_TIES, *_PRIVATE):
            Secret(reply.headers.get(name) or "")  # registers it with the redactor
        return reply

    @property
    def tied(self) -> bool:
        """Whether Apple named a session for the second factor."""
        return len(self._ties) == len(_TIES)
