"""The one sink that takes secrets out of everything that leaves the process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

MASK = "****"
_LINES = (64, 76)  # characters in a line of base64: PEM's, and MIME's
_SHORTEST = 4  # a shorter secret would mask ordinary words


class Redactor:
    """Replaces every known secret, and its base64, URL-encoded and JSON forms, by `****`. For many threads."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._stale = False
        self._tell: Callable[[str], None] | None = None
        self._lock = threading.Lock()

    def tell(self, who: Callable[[str], None] | None) -> None:
        """Let someone know of every secret that is added from now on."""
        self._tell = who

    def add(self, secret: str) -> None:
        """Take `secret` out of all that is printed or written from now on; under 4 characters it stays."""
        forms = _forms_of(secret)
        with self._lock:
            fresh = not forms <= self._forms
            if fresh:
                self._forms |= forms
                self._stale = True  # the pattern is made when it is needed: tokens come often, texts later
        if fresh and self._tell is not None:
            self._tell(secret)

    def forms(self) -> frozenset[str]:
        """All texts that are taken out, for who looks for them in what is no text."""
        with self._lock:
            return frozenset(self._forms)

    def __call__(self, text: str) -> str:
        """`text` without secrets."""
        if self._stale:
            self._compile()
        pattern = self._pattern
        return text if pattern is None else pattern.sub(MASK, text)

    def _compile(self) -> None:
        import re

        with self._lock:
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            self._stale = False


def _forms_of(secret: str) -> set[str]:
    """The ways in which a secret is met in texts; each line of a key too, since output comes by lines."""
    stripped = secret.strip()
    if len(stripped) < _SHORTEST or stripped == MASK:  # the mask comes from a text that is read back
        return set()
    import json
    import re
    from urllib.parse import quote, quote_plus

    quoted = {quote(stripped, safe=""), quote(stripped), quote_plus(stripped)}
    forms = {stripped, json.dumps(stripped)[1:-1], repr(stripped)[1:-1], *quoted}
    forms |= {re.sub("%..", lambda found: found[0].lower(), one) for one in quoted}
    forms |= {json.dumps(stripped, ensure_ascii=False)[1:-1]}
    for text in {secret, stripped}:
        forms |= _base64_forms(text.encode())
    lines = stripped.splitlines()
    if len(lines) > 1:
        forms |= {line for line in map(str.strip, lines) if len(line) >= 16 and not line.startswith("-----")}
    return {form for form in forms if len(form) >= _SHORTEST}


def _base64_forms(raw: bytes) -> set[str]:
    """Base64 of the secret by itself and inside a longer text, at each of the three alignments."""
    from base64 import b64encode, urlsafe_b64encode

    forms = set()
    for encode in (b64encode, urlsafe_b64encode):
        whole = encode(raw).decode()
        forms |= {whole, whole.rstrip("=")}
        for width in _LINES:
            if len(whole) > width:
                lines = [whole[start : start + width] for start in range(0, len(whole), width)]
                forms |= {line for line in lines if len(line) >= 8}
        for pad in range(3):
            # The characters that mix with the neighbours' bits are left out at both ends.
            encoded = encode(b"\0" * pad + raw).decode()
            start = (0, 2, 3)[pad]
            end = len(encoded) - {0: 0, 1: 3, 2: 2}[(pad + len(raw)) % 3]
            inner = encoded[start:end].rstrip("=")
            if len(inner) >= 8:
                forms.add(inner)
    return forms


redactor = Redactor()
