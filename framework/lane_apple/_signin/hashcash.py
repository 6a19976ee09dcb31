"""The stamp that Apple asks for before it looks at a password (apple-id-login.md, 6)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import count

MOST_BITS = 24
"""Apple asks for 10 to 12; this takes about ten seconds, and each bit more doubles it."""


def stamp(bits: int, challenge: str, now: float) -> str:
    """`1:<bits>:<date>:<challenge>::<counter>`, whose SHA-1 begins with `bits` zero bits. `now` is since 1970.

    Raises ValueError for more than MOST_BITS.
    """
    if not 0 <= bits <= MOST_BITS:
        raise ValueError(f"{bits} bits of hashcash are too many.")
    date = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d%H%M%S")
    begin = f"1:{bits}:{date}:{challenge}::"
    begun = hashlib.sha1(begin.encode(), usedforsecurity=False)
    for counter in count():
        tried = begun.copy()
        tried.update(b"%d" % counter)
        if int.from_bytes(tried.digest()[:4], "big") >> (32 - bits) == 0:
            return f"{begin}{counter}"
    raise AssertionError("counting does not end")
