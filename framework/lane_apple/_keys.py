"""An App Store Connect API key and the tokens that it signs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from lane import CredentialError, Secret

if TYPE_CHECKING:
    from collections.abc import Callable

APPLE_URL = "https://api.appstoreconnect.apple.com"
ENTERPRISE_URL = "https://api.enterprise.developer.apple.com"

LONGEST_TOKEN = 1200  # seconds from iat to exp that Apple accepts ("Generating Tokens for API Requests")
_BACKDATED = 60  # seconds; Apple refuses an iat in the future, and clocks differ (asc-official-limits.md, 1)
USUAL_TOKEN = LONGEST_TOKEN - _BACKDATED
_MARGIN = 120  # seconds before its end at which a token is replaced


class ApiKey:
    """A team key (with an issuer id) or an individual key (without one).

    `private_key` is PEM text, PKCS#8 or SEC1, on the curve P-256: CredentialError says so where it is not.
    `duration` is a token's life in seconds, at most 1200. `clock` gives seconds since 1970.
    """

    unattended = True

    def __init__(
        self,
        key_id: str,
        issuer_id: str | None,
        private_key: str | Secret,
        *,
        source: str = "given in code",
        base_url: str | None = None,
        duration: int = USUAL_TOKEN,
        in_house: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 < duration <= LONGEST_TOKEN:
            raise CredentialError(
                f"A token may live for 1 to {LONGEST_TOKEN} seconds, not {duration}.", where=source
            )
        from ._pem import normalised

        text = private_key.reveal() if isinstance(private_key, Secret) else private_key
        self.key_id = key_id
        self.issuer_id = issuer_id
        self.private_key = Secret(normalised(text, source))
        self.source = source
        self.in_house = in_house
        self.base_url = (base_url or (ENTERPRISE_URL if in_house else APPLE_URL)).rstrip("/")
        self._duration = duration
        self.clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._replaced_at = 0.0

    @property
    def kind(self) -> str:
        """`team` or `individual`."""
        return "individual" if self.issuer_id is None else "team"

    def token(self, refused: str | None = None) -> str:
        """A token that is good for some time yet, and not the `refused` one. Threads may share a key."""
        with self._lock:
            if self._token is None or self._token == refused or self.clock() >= self._replaced_at:
                self._token = self._sign()
            return self._token

    def _sign(self) -> str:
        import jwt

        now = int(self.clock())
        issued = now - _BACKDATED
        expires = min(now + self._duration, issued + LONGEST_TOKEN)
        audience = "apple-developer-enterprise-v1" if self.in_house else "appstoreconnect-v1"
        who = {"sub": "user"} if self.issuer_id is None else {"iss": self.issuer_id}
        claims = {**who, "iat": issued, "exp": expires, "aud": audience}
        headers = {"kid": self.key_id, "typ": "JWT"}
        token = jwt.encode(claims, self.private_key.reveal(), algorithm="ES256", headers=headers)
        self._replaced_at = expires - min(_MARGIN, (expires - now) / 2)
        return Secret(token).reveal()

    def __repr__(self) -> str:
        return f"ApiKey({self.key_id!r}, {self.kind}, from {self.source})"
