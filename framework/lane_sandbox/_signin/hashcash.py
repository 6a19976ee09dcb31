"""Hashcash: challenges that this sandbox recognises, and the check of a stamp."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._team import Team

BITS = 11
"""10, 11 and 12 were seen (apple-id-login.md, 6)."""
LIFE_SECONDS = 3600.0
FIELDS = (6, 7)
"""With the counter behind two colons there are six; older stamps have a random field between."""
LONGEST = 512


def new_challenge(team: Team) -> str:
    """32 hexadecimal digits: the time, and the sandbox's seal on it. Within `reading()`."""
    moment = f"{int(team.clock.now()) & 0xFFFFFFFF:08x}"
    return moment + _seal(team, moment)


def is_paid(team: Team, stamp: str) -> bool:
    """Whether a stamp answers a challenge of the last hour. Its date is not looked at. Within `reading()`."""
    fields = stamp.split(":")
    if len(stamp) > LONGEST or not stamp.isascii() or len(fields) not in FIELDS:
        return False
    version, bits, _, challenge, extension = fields[:5]
    return (
        (version, bits, extension) == ("1", str(BITS), "")
        and _is_issued(team, challenge)
        and leading_zero_bits(hashlib.sha1(stamp.encode()).digest()) >= BITS  # noqa: S324 - so it is defined
    )


def leading_zero_bits(value: bytes) -> int:
    """How many bits in front are zero."""
    return len(value) * 8 - int.from_bytes(value).bit_length()


def _is_issued(team: Team, challenge: str) -> bool:
    moment, seal = challenge[:8], challenge[8:]
    if not hmac.compare_digest(seal.encode(), _seal(team, moment).encode()):
        return False
    return team.clock.now() - LIFE_SECONDS <= int(moment, 16) <= team.clock.now()


def _seal(team: Team, moment: str) -> str:
    secret: str = team.store.fact("secret")
    return hmac.new(secret.encode(), f"hashcash {moment}".encode(), hashlib.sha256).hexdigest()[:24]
