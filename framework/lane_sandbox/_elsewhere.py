"""What other accounts have, and so nobody here can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._team import Team

TYPE = "foreignApps"


def is_elsewhere(team: Team, attribute: str, value: str) -> bool:
    """Whether an app of another account has this `name`, or this `bundleId`, in whatever case."""
    wanted = value.casefold()
    return any(str(each.attributes[attribute] or "").casefold() == wanted for each in team.store.all(TYPE))
