"""`latest_build_number`: the highest build number in use."""

from __future__ import annotations

from typing import Annotated, Literal

from lane import ActionError, Context, action
from lane_apple import api_key, apple_id, find_app
from lane_apple import latest_build_number as find_latest

from ._door import app_store_connect


@action(auth=[api_key, apple_id(face="app_store_connect")], effect="read")
def latest_build_number(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    version: Annotated[str | None, "Only builds of this version"] = None,
    platform: Annotated[
        Literal["IOS", "MAC_OS", "TV_OS", "VISION_OS"] | None, "Only builds for this; left out: all"
    ] = None,
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
    ctx.log.info(f"{app.name} has no build yet." if found is None else f"The highest in use is {found}.")
    return initial if found is None else _last_part(found)


def _last_part(number: str) -> int:
    last = number.rpartition(".")[2]
    if not (last.isascii() and last.isdigit()):
        raise ActionError(
            f"The highest build number in use is {number}, which does not end in a number.",
            hint="Give the next build's number yourself.",
            code="build_number",
        )
    return int(last)
