"""`register_bundle_id`: a bundle id that is registered, under its name."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from lane import ActionError, Context, Model, action
from lane_apple import api_key_for, ensure_bundle_id

from ._door import app_store_connect
from ._ensured import recorded
from ._which_app import bundle_id_of_app


class BundleId(Model):
    """A registered bundle id. `identifier` is the bundle id itself, `id` Apple's key of it."""

    id: str
    identifier: str
    name: str
    platform: str


@action(auth=[api_key_for("bundleIds")])
def register_bundle_id(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "What is registered; left out: app(bundle_id=…)"] = None,
    name: Annotated[str | None, "Its name at Apple; left out: stays, or is made of the bundle id"] = None,
    platform: Annotated[Literal["IOS", "MAC_OS", "UNIVERSAL"], "What a new one is for"] = "IOS",
) -> BundleId:
    """Register a bundle id, and give it its name. One that is registered so already is left alone.

    An app record is another thing, which no API key can make.
    """
    identifier = _checked(bundle_id_of_app(ctx, bundle_id))
    wanted = ensure_bundle_id(app_store_connect(ctx), identifier, name=name, platform=platform)
    found = recorded(ctx, wanted)
    if not wanted.changes:
        ctx.log.info(f"{identifier} is registered already, as {found.name}.")
    return BundleId(id=found.id, identifier=found.identifier, name=found.name, platform=found.platform)


def _checked(identifier: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?", identifier):
        return identifier
    raise ActionError(
        f"{identifier!r} is no bundle id.",
        hint="It has letters, digits, hyphens and dots only, as com.example.aurora; a wildcard ends in .*",
        code="bundle_id",
    )
