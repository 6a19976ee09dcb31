"""The auth modes in order of strictness, and the strictest of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NONE = "none"
PASSWORD = "app_specific_password"  # noqa: S105  # the name of a mode
API_KEY = "api_key"
APPLE_ID = "apple_id"
UNKNOWN = "unknown"
ORDER = (NONE, PASSWORD, API_KEY, APPLE_ID)
_RANK = {NONE: 0, UNKNOWN: 1, PASSWORD: 2, API_KEY: 3, APPLE_ID: 4}


def strictest(modes: Iterable[str]) -> str:
    """The strictest; what is unknown counts only where nothing is known to need anything."""
    return max(modes, key=_RANK.__getitem__, default=NONE)


def stricter(left: str, right: str) -> bool:
    """Whether the one asks for more than the other."""
    return _RANK[left] > _RANK[right]
