"""`register_bundle_id`: a bundle id that is registered, under its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, LaneError, Model, action, probe
from lane_apple import api_key_for, apple_id, ensure_bundle_id, find_bundle_id

from ._door import provisioning
from ._ensured import recorded
from ._which_app import bundle_id_of_app

if TYPE_CHECKING:
    import lane_apple


class BundleId(Model):
    """A registered bundle id. `identifier` is the bundle id itself, `id` Apple's key of it."""

    id: str
    identifier: str
    name: str
    platform: str


@probe(auth=[api_key_for("bundleIds", write=False), apple_id(face="developer_portal")])
def is_registered(ctx: Context, *, bundle_id: str | None = None, name: str | None = None) -> BundleId | None:
    """The bundle id, if it is registered under its name."""
    try:
        found = find_bundle_id(provisioning(ctx, patient=False), bundle_id_of_app(ctx, bundle_id))
    except LaneError:
        return None  # the step itself will meet it, and tell
    return None if found is None or name not in {None, found.name} else _bundle_id(found)


@action(auth=[api_key_for("bundleIds"), apple_id(face="developer_portal")], probe=is_registered)
def register_bundle_id(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "What is registered; left out: app(bundle_id=…)"] = None,
    name: Annotated[str | None, "Its name at Apple; left out: stays, or is made of the bundle id"] = None,
    platform: Annotated[Literal["IOS", "MAC_OS", "UNIVERSAL"], "What a new one is for"] = "IOS",
) -> BundleId:
    """Register a bundle id, and give it its name. One that is registered so already is left alone.

    An app record is another thing, which no API key can make: create_app_record, or produce for both.
    """
    identifier = _checked(bundle_id_of_app(ctx, bundle_id))
    wanted = ensure_bundle_id(provisioning(ctx), identifier, name=name, platform=platform)
    found = recorded(ctx, wanted)
    if not wanted.changes:
        ctx.log.info(f"{identifier} is registered already, as {found.name}.")
    return _bundle_id(found)


def _bundle_id(found: lane_apple.BundleId) -> BundleId:
    return BundleId(id=found.id, identifier=found.identifier, name=found.name, platform=found.platform)


def _checked(identifier: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?", identifier):
        return identifier
    raise ActionError(
        f"{identifier!r} is no bundle id.",
        hint="It has letters, digits, hyphens and dots only, as com.example.aurora; a wildcard ends in .*",
        code="bundle_id",
    )
