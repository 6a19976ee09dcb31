"""Apple's capabilities of a bundle id, and their settings, by Apple's names."""

from __future__ import annotations

from typing import Literal

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
