"""`produce`: a lane that registers a bundle id, switches its capabilities, and makes the app record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

from lane import lane

from ._capability_types import CapabilityType, Setting

if TYPE_CHECKING:
    from ._create_app_record import AppRecord  # noqa: TC004 - nobody evaluates what a lane returns


class _Which(TypedDict, total=False):
    bundle_id: str


@lane
def produce(
    name: Annotated[str, "Its name in the App Store, 2 to 30 characters"],
    sku: Annotated[str, "Your own word for it, which nobody else sees and which stays"],
    bundle_id: Annotated[str | None, "Left out: app(bundle_id=…)"] = None,
    bundle_id_name: Annotated[str | None, "Its name at Apple; left out: stays, or is made of it"] = None,
    enable: Annotated[list[CapabilityType] | None, "Capabilities that are to be on"] = None,
    settings: Annotated[
        dict[CapabilityType, dict[Setting, str]] | None,
        'Settings of what is to be on: {"ICLOUD": {"ICLOUD_VERSION": "XCODE_6"}}',
    ] = None,
    platforms: Annotated[
        list[Literal["IOS", "MAC_OS", "TV_OS", "VISION_OS"]] | None, "What it is for; left out: IOS"
    ] = None,
    primary_language: Annotated[str, "The language that stands in for missing ones"] = "en-US",
    version: Annotated[str, "The first version, on each platform"] = "1.0",
    company_name: Annotated[str | None, "Asked for with the first app of an account only"] = None,
    users: Annotated[list[str] | None, "Addresses of people who are to see the app"] = None,
) -> AppRecord:
    """Have all that an app needs at Apple: its bundle id, capabilities and app record.

    Three steps, of which only the last needs an Apple ID. Each finds out first whether its work is done: an app that
    exists costs no sign-in.
    """
    from . import bundle_id_capabilities, create_app_record, register_bundle_id

    which: _Which = {} if bundle_id is None else {"bundle_id": bundle_id}
    registered = register_bundle_id(**which, name=bundle_id_name)
    if enable or settings:
        bundle_id_capabilities.set(after=registered)(**which, enable=enable, settings=settings)
    return create_app_record.set(after=registered)(
        **which,
        name=name,
        sku=sku,
        platforms=platforms,
        primary_language=primary_language,
        version=version,
        company_name=company_name,
        users=users,
    )
