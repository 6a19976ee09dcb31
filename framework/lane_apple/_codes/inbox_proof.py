"""What proves that a post to the inbox comes from one's own phone, or from Twilio."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lane import Secret

_FRESH = 300.0  # seconds that a signature's time may be off


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds. `once` names the request, so that a second one like it is known for a replay.

    `signed_at`, in seconds since 1970, is when the sender signed; None where its scheme has no time.
    """

    once: str
    signed_at: float | None = None


def bearer(headers: Mapping[str, str], body: bytes, secret: Secret) -> Proof | None:
    """`Authorization: Bearer …` with the secret itself: for apps that can set a header, but not sign."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _same(given.strip(), secret.reveal()):
        return None
    return Proof("bearer:" + hashlib.sha256(body).hexdigest())


def signed(
    headers: Mapping[str, str], body: bytes, secret: Secret, clock: Callable[[], float] = time.time
) -> Proof | None:
    """`X-Signature`: HMAC-SHA256, in hex, of the body and then the text of `X-Timestamp`, seconds since 1970.

    That is how the app SMS Gateway for Android signs (its documentation, "Payload Signing").
    """
    given, stamp = headers.get("x-signature", ""), headers.get("x-timestamp", "")
    if not given or not (stamp.isascii() and stamp.isdecimal()) or len(stamp) > 12:
        return None
    wanted = hmac.new(secret.reveal().encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    if not _same(given.lower(), wanted) or abs(clock() - int(stamp)) > _FRESH:
        return None
    return Proof("signed:" + wanted, float(stamp))


def by_twilio(
    headers: Mapping[str, str], fields: Mapping[str, Sequence[str]], url: str, auth_token: Secret
) -> Proof | None:
    """`X-Twilio-Signature`: HMAC-SHA1, in base64, of the address and the sorted fields (Twilio, "Webhooks Security").

    `url` is the one that was given to Twilio; it may or may not write the scheme's own port.
    """
    given = headers.get("x-twilio-signature", "")
    rest = "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    for written in (url, _with_port(url), _without_port(url)):
        mac = hmac.new(auth_token.reveal().encode(), (written + rest).encode(), hashlib.sha1).digest()
        if given and _same(given, b64encode(mac).decode()):
            return Proof("twilio:" + hashlib.sha256(rest.encode()).hexdigest())
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port is not None:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"))


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{parts.port}")))
