"""One cookie of an Apple ID's session, as every form on disk holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lane import Secret

_ALWAYS_SECRET = ("myacinfo", "DES", "dqsid", "itctx")
_LONG = 16  # characters; what is shorter may be a language or a country, which are ordinary words

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e\x80-\xff]*")
_DOMAIN = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_.-]{0,251}[0-9A-Za-z_])?|\[?[0-9A-Fa-f:.]{2,45}\]?")
_PATH = re.compile(r"/[\x20-\x3a\x3c-\x7e]{0,1024}")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie with what fastlane's YAML knows of it (session-formats.md, 1.2). Times are seconds since 1970.

    `for_domain` says that sub-domains get it too; `domain` has no dot in front. `max_age` is in seconds.
    Making one tells the redactor its value.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    for_domain: bool = True
    path: str = "/"
    secure: bool = True
    httponly: bool = True
    expires: float | None = None
    max_age: int | None = None
    created_at: float | None = None
    accessed_at: float | None = None

    def __post_init__(self) -> None:
        if len(self.value) >= _LONG or self.name.startswith(_ALWAYS_SECRET):
            Secret(self.value)

    @property
    def until(self) -> float | None:
        """When it ends; None: with the session."""
        if self.expires is not None:
            return self.expires
        if self.max_age is None or self.created_at is None:
            return None
        return self.created_at + self.max_age

    @property
    def flaw(self) -> str | None:
        """Why no request can carry it (it could put a header of its own into one), or None."""
        if not _NAME.fullmatch(self.name):
            return "a name that no cookie may have"
        if not _VALUE.fullmatch(self.value):
            return "a value that no cookie may have"
        if not _DOMAIN.fullmatch(self.domain):
            return "a domain that is none"
        return None if _PATH.fullmatch(self.path) else "a path that is none"
