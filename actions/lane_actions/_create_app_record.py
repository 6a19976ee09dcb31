"""`create_app_record`: the record of an app on App Store Connect, which no API key can make."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

import lane_apple
from lane import ActionError, Context, LaneError, Model, action, probe
from lane_apple import api_key, apple_id

from ._door import app_store_connect
from ._ensured import recorded
from ._which_app import bundle_id_of_app

Platform = Literal["IOS", "MAC_OS", "TV_OS", "VISION_OS"]


class AppRecord(Model):
    """An app on App Store Connect. `id` is Apple's number, as in the store's address."""

    id: str
    name: str
    bundle_id: str
    sku: str


@probe(auth=[api_key, apple_id(face="app_store_connect")])
def has_app_record(
    ctx: Context, *, bundle_id: str | None = None, users: list[str] | None = None
) -> AppRecord | None:
    """The record, if it is listed, and those who are to see the app do."""
    try:
        apple = app_store_connect(ctx, patient=False)
        found = lane_apple.find_app(apple, bundle_id_of_app(ctx, bundle_id))
        people = lane_apple.find_users(apple, users) if users else []
    except LaneError:
        return None  # the step itself will meet it, and tell
    seen = all(each.all_apps_visible or found.id in each.visible_apps for each in people)
    return _record(found) if seen else None


@action(auth=[apple_id(face="app_store_connect")], effect="create", probe=has_app_record)
def create_app_record(
    ctx: Context,
    *,
    name: Annotated[str, Field(min_length=2, max_length=30), "Its name in the App Store, 2 to 30 characters"],
    sku: Annotated[str, "Your own word for it, which nobody else sees and which stays"],
    bundle_id: Annotated[str | None, "A registered bundle id; left out: app(bundle_id=…)"] = None,
    platforms: Annotated[list[Platform] | None, "What it is for; left out: IOS"] = None,
    primary_language: Annotated[str, "The language that stands in for missing ones"] = "en-US",
    version: Annotated[str, "The first version, on each platform"] = "1.0",
    company_name: Annotated[str | None, "Asked for with the first app of an account only"] = None,
    users: Annotated[list[str] | None, "Addresses of people who are to see the app"] = None,
    wait: Annotated[float, "Seconds that Apple may take to list it"] = 3000.0,
) -> AppRecord:
    """Make the record of an app on App Store Connect, and wait until it is listed. One that is there stays as it is.

    Only an Apple ID can; but an API key can see that there is one, and then nobody needs to sign in. The bundle id
    has to be registered: produce does both. `users` who do not see the app yet are let see it.
    """
    identifier = bundle_id_of_app(ctx, bundle_id)
    if platforms is not None and not platforms:
        raise ActionError(
            "create_app_record was asked for no platform.", hint='Say platforms=["IOS"].', code="no_platform"
        )
    wanted = lane_apple.create_app_record(
        app_store_connect(ctx),
        identifier,
        name=name,
        sku=sku,
        primary_locale=primary_language,
        platforms=list(dict.fromkeys(platforms or ["IOS"])),
        version=version,
        company_name=company_name,
        users=users or (),
        deadline=wait,
    )
    found = recorded(ctx, wanted)
    if not wanted.changes:
        ctx.log.info(f"{identifier} has its app record already: {found.name} ({found.id}).")
    return _record(found)


def _record(app: lane_apple.App) -> AppRecord:
    return AppRecord(id=app.id, name=app.name, bundle_id=app.bundle_id, sku=app.sku)
