"""Where the doors are that an Apple ID opens: sign-in, App Store Connect, the developer portal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lane import CredentialError

if TYPE_CHECKING:
    from collections.abc import Mapping

WEB_URL = "APPLE_WEB_URL"
"""The variable that puts one address in the place of all of them: that of the offline Apple."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Addresses without a slash at the end. Apple's own, unless another is given."""

    sign_in: str = "https://idmsa.apple.com"
    app_store_connect: str = "https://appstoreconnect.apple.com"
    developer: str = "https://developer.apple.com"

    @classmethod
    def at(cls, url: str) -> Self:
        """All doors at one address. Raises CredentialError where it is no address."""
        if not re.match(r"https?://[^/\s]+", url):
            raise CredentialError(
                f"{WEB_URL} is not an address.", hint="It looks like http://127.0.0.1:8700."
            )
        url = url.rstrip("/")
        return cls(url, url, url)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The doors that an environment leads to."""
        url = environment.get(WEB_URL, "").strip()
        return cls.at(url) if url else cls()
