"""Names the app that a step is for, and finds its registered bundle id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import ActionError
from lane_apple import find_bundle_id

if TYPE_CHECKING:
    from lane import Context
    from lane_apple import AppStoreConnect


def bundle_id_of_app(ctx: Context, bundle_id: str | None) -> str:
    """The bundle id that a step is given. Raises ActionError without one."""
    if bundle_id is None:
        raise ActionError(
            f"{ctx.step} knows no app.",
            hint='Pass bundle_id=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_app",
        )
    return bundle_id


def registered(apple: AppStoreConnect, identifier: str) -> str:
    """Apple's id of a registered bundle id. Raises ActionError where it is not registered."""
    found = find_bundle_id(apple, identifier)
    if found is None:
        raise ActionError(
            f"The bundle id {identifier} is not registered.",
            hint="Register it first: register_bundle_id(bundle_id=…).",
            code="bundle_id_missing",
        )
    return found.id
