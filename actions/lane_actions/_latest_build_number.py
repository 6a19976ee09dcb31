"""`latest_build_number`: the highest build number in use."""

from __future__ import annotations

from typing import Annotated

from lane import ActionError, Context, action
from lane_apple import api_key, apple_id, find_app
from lane_apple import latest_build_number as find_latest

from ._door import app_store_connect


@action(auth=[api_key, apple_id], effect="read")
def latest_build_number(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    version: Annotated[str | None, "Only builds of this version"] = None,
    platform: Annotated[str | None, "IOS, MAC_OS, TV_OS or VISION_OS; left out: all"] = None,
    initial: Annotated[int, "What it is where there is no build yet"] = 0,
) -> int:
    """The highest build number in use, among builds and uploads that are not builds yet.

    Numbers in parts (1.2.3) give their last part.
    """
    if bundle_id is None:
        raise ActionError(
            "latest_build_number knows no app.",
            hint='Pass bundle_id=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_app",
        )
    apple = app_store_connect(ctx)
    app = find_app(apple, bundle_id)
    found = find_latest(apple, app.id, version=version, platform=platform)
    return initial if found is None else int(found.rpartition(".")[2])
