"""The first factor: SRP start, hashcash, SRP finish (apple-id-login.md, 4 and 6)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from lane import Secret

from .errors import SignInChangedError, WrongPasswordError
from .hashcash import MOST_BITS, stamp
from .outcome import app_specific, refusal_of
from .srp import WIDTH, Ephemeral, Proof, UnfitNumberError, ephemeral, password_key, prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from .idmsa import Idmsa
    from .srp import Protocol
    from .wire import Reply, Wire

_WEB = {"Accept": "application/json, text/javascript", "X-Requested-With": "XMLHttpRequest"}
_MOST_ITERATIONS = 10_000_000  # Apple's are about 20,000; this takes seconds
_LONGEST_SALT = 256
_LONGEST_CHALLENGE = 256
_APP_SPECIFIC = re.compile(r"[a-z]{4}(-[a-z]{4}){3}")  # an Apple ID's own has a capital and a digit


@dataclass(frozen=True, slots=True)
class Challenge:
    """Apple's answer to the start: what the proof is made of."""

    salt: bytes
    iteration: int
    protocol: Protocol
    b: bytes
    c: str


def give_password(
    idmsa: Idmsa, account: str, password: Secret, clock: Callable[[], float], *, proven: bool
) -> Literal["signed in", "code needed"]:
    """Give the password once; a second time, with fresh numbers, where a refusal may have another reason.

    That is where numbers began with a zero byte, which clients and servers have read differently, and where the
    password is `proven`. Raises the errors of `outcome`.
    """
    for last in (False, True):
        mine = ephemeral()
        challenge = start(idmsa, account, mine)
        proof = _proof(account, password, challenge, mine)
        reply = _finish(idmsa, account, challenge, proof, hashcash(idmsa.wire, idmsa.key, clock))
        if reply.status == 200 and not reply.problems:
            return "signed in"
        if reply.status == 409 and not _wants_second_proof(reply):
            return _second_factor(idmsa, reply)
        error = refusal_of(reply)
        if isinstance(error, WrongPasswordError) and _APP_SPECIFIC.fullmatch(password.reveal()):
            raise app_specific(reply)
        if last or not isinstance(error, WrongPasswordError) or not (proven or proof.doubtful):
            raise error
    raise AssertionError("the second try ends in an answer or an error")


def start(idmsa: Idmsa, account: str, mine: Ephemeral) -> Challenge:
    """Name the account and get Apple's numbers. Raises SignInChangedError where they have another shape."""
    body = {"a": _text(mine.public), "accountName": account, "protocols": ["s2k", "s2k_fo"]}
    reply = idmsa.call("srp_init", "POST", "/signin/init", body, headers=_WEB)
    if not reply.ok or reply.problems:
        raise refusal_of(reply)
    fields = reply.json()
    try:
        return _challenge(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise reply.changed(f"Apple's numbers for the password have another shape: {error!s:.200}.") from None


def hashcash(wire: Wire, key: str, clock: Callable[[], float]) -> str | None:
    """The stamp that Apple asks for, or None where it asks for none."""
    path = f"/appleauth/auth/signin?widgetKey={quote(key, safe='')}"
    reply = wire.call("hashcash", "GET", "sign_in", path, reads=True)
    if not reply.ok:
        raise refusal_of(reply)
    bits, challenge = reply.headers.get("X-Apple-HC-Bits", ""), reply.headers.get("X-Apple-HC-Challenge", "")
    if not bits or not challenge:
        return None
    if (
        not (bits.isdecimal() and len(bits) < 4 and int(bits) <= MOST_BITS)
        or len(challenge) > _LONGEST_CHALLENGE
    ):
        raise reply.changed(f"Apple asks for a stamp of {bits:.20} bits, more than {MOST_BITS}.")
    return stamp(int(bits), challenge, clock())


def _challenge(fields: dict[str, Any]) -> Challenge:
    protocol, iteration, c = fields["protocol"], fields["iteration"], fields["c"]
    if protocol not in {"s2k", "s2k_fo"}:
        raise ValueError("an unknown protocol")
    if not isinstance(iteration, int) or not 1 <= iteration <= _MOST_ITERATIONS:
        raise ValueError("an unfit number of iterations")
    if not isinstance(c, str):
        raise TypeError("c is no text")
    salt, b = _raw(fields["salt"], _LONGEST_SALT), _raw(fields["b"], WIDTH)
    return Challenge(salt, iteration, protocol, b, c)


def _proof(account: str, password: Secret, challenge: Challenge, mine: Ephemeral) -> Proof:
    key = password_key(password.reveal(), challenge.protocol, challenge.salt, challenge.iteration)
    try:
        return prove(account, key, challenge.salt, mine, challenge.b)
    except UnfitNumberError as error:
        where = "POST /appleauth/auth/signin/init"
        raise SignInChangedError("srp_init", f"No proof is sent: {error}", where=where) from None


def _finish(idmsa: Idmsa, account: str, challenge: Challenge, proof: Proof, stamped: str | None) -> Reply:
    """Send the proofs. To be remembered is what makes the session, and the trust, last."""
    m1, m2 = Secret(_text(proof.m1)), Secret(_text(proof.m2))
    body = {
        "accountName": account,
        "c": challenge.c,
        "m1": m1.reveal(),
        "m2": m2.reveal(),
        "rememberMe": True,
    }
    headers = _WEB if stamped is None else {**_WEB, "X-Apple-HC": stamped}
    return idmsa.call(
        "srp_complete", "POST", "/signin/complete?isRememberMeEnabled=true", body, headers=headers
    )


def _wants_second_proof(reply: Reply) -> bool:
    return "X-Apple-EDP" in reply.headers or "X-Apple-PDP" in reply.headers


def _second_factor(idmsa: Idmsa, reply: Reply) -> Literal["code needed"]:
    if not idmsa.tied:
        raise reply.changed("Apple wants a code, but names no session for it (X-Apple-ID-Session-Id, scnt).")
    return "code needed"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: object, longest: int) -> bytes:
    if not isinstance(text, str):
        raise TypeError("a number is no text")
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a number is not base64") from error
    if not 0 < len(raw) <= longest:
        raise ValueError(f"a number has {len(raw)} bytes")
    return raw
