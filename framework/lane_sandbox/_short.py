"""Ids as the developer portal gives them: ten letters and digits."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._resource import Change
    from lane_sandbox._team import Team

ALPHABET = string.ascii_uppercase + string.digits


def short_id(_team: Team, _change: Change) -> str:
    """A new id, such as `2X9R4HXF34`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))
