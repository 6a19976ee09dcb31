"""`bundle_id_capabilities`: what a bundle id is capable of, switched on, set and switched off."""

from __future__ import annotations

from typing import Annotated, Literal

from lane import ActionError, Context, Model, action
from lane_apple import (
    api_key_for,
    disable_capability,
    enable_capability,
    find_capabilities,
)

from ._door import app_store_connect
from ._ensured import recorded
from ._which_app import bundle_id_of_app, registered

# Apple's CapabilityType.
CapabilityType = Literal[
    "ACCESS_WIFI_INFORMATION",
    "APPLE_ID_AUTH",
    "APPLE_PAY",
    "APP_GROUPS",
    "ASSOCIATED_DOMAINS",
    "AUTOFILL_CREDENTIAL_PROVIDER",
    "CLASSKIT",
    "COREMEDIA_HLS_LOW_LATENCY",
    "DATA_PROTECTION",
    "GAME_CENTER",
    "HEALTHKIT",
    "HOMEKIT",
    "HOT_SPOT",
    "ICLOUD",
    "INTER_APP_AUDIO",
    "IN_APP_PURCHASE",
    "MAPS",
    "MULTIPATH",
    "NETWORK_CUSTOM_PROTOCOL",
    "NETWORK_EXTENSIONS",
    "NFC_TAG_READING",
    "PERSONAL_VPN",
    "PUSH_NOTIFICATIONS",
    "SIRIKIT",
    "SYSTEM_EXTENSION_INSTALL",
    "USER_MANAGEMENT",
    "WALLET",
    "WIRELESS_ACCESSORY_CONFIGURATION",
]
Setting = Literal["APPLE_ID_AUTH_APP_CONSENT", "DATA_PROTECTION_PERMISSION_LEVEL", "ICLOUD_VERSION"]


class Capabilities(Model):
    """What a bundle id is capable of now: the types that are on, by name, and the settings of those with any."""

    bundle_id: str
    enabled: list[str]
    settings: dict[str, dict[str, str]]


@action(auth=[api_key_for("bundleIds", "bundleIdCapabilities")])
def bundle_id_capabilities(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "A registered bundle id; left out: app(bundle_id=…)"] = None,
    enable: Annotated[list[CapabilityType] | None, "What is to be on"] = None,
    disable: Annotated[list[CapabilityType] | None, "What is to be off"] = None,
    settings: Annotated[
        dict[CapabilityType, dict[Setting, str]] | None,
        'Settings of what is to be on: {"ICLOUD": {"ICLOUD_VERSION": "XCODE_6"}}',
    ] = None,
) -> Capabilities:
    """Switch capabilities of a bundle id on and off, and set them; what is not named stays as it is.

    Profiles that were made before become invalid by a change: let profiles follow.
    """
    on = list(dict.fromkeys([*(enable or ()), *(settings or ())]))
    off = list(dict.fromkeys(disable or ()))
    if both := [each for each in on if each in off]:
        raise ActionError(
            f"{', '.join(both)} is to be on and off at once.",
            hint="Name it in enable= and settings=, or in disable=.",
            code="capability_contradiction",
        )
    identifier = bundle_id_of_app(ctx, bundle_id)
    apple = app_store_connect(ctx)
    owner = registered(apple, identifier)
    for capability in on:
        wanted = {str(key): option for key, option in (settings or {}).get(capability, {}).items()}
        recorded(ctx, enable_capability(apple, owner, capability, wanted))
    for capability in off:
        recorded(ctx, disable_capability(apple, owner, capability))
    now = find_capabilities(apple, owner)
    return Capabilities(
        bundle_id=identifier,
        enabled=[each.type for each in now],
        settings={each.type: dict(each.settings) for each in now if each.settings},
    )
