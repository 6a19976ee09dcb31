"""The types of push certificates, with Apple's ids of them and what they are made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .identifiers import APP_IDS, MERCHANT_IDS, PASS_TYPE_IDS, WEBSITE_PUSH_IDS

if TYPE_CHECKING:
    from .portal import Kind, Slug
    from .push_names import PaymentType, PushType


@dataclass(frozen=True, slots=True)
class PushKind:
    """Apple's `id` of a type, the part of the portal it lives in, and the identifiers it is made for."""

    id: str
    slug: Slug
    owners: Kind


PUSH_KINDS: dict[PushType | PaymentType, PushKind] = {
    "development": PushKind("JKG5JZ54H7", "ios", APP_IDS),
    "production": PushKind("UPV3DW712I", "ios", APP_IDS),
    "macos-development": PushKind("HQ4KP3I34R", "mac", APP_IDS),
    "macos-production": PushKind("CDZ7EMXIZ1", "mac", APP_IDS),
    "website": PushKind("3T2ZP62QW8", "ios", WEBSITE_PUSH_IDS),
    "voip": PushKind("E5D663CMZW", "ios", APP_IDS),
    "pass-type": PushKind("Y3B2F3TYSI", "ios", PASS_TYPE_IDS),
    "older-development": PushKind("BKLRAVXMGM", "ios", APP_IDS),
    "older-production": PushKind("3BQKVH9I2X", "ios", APP_IDS),
    "apple-pay": PushKind("4APLUP237T", "ios", MERCHANT_IDS),
    "apple-pay-merchant": PushKind("MD8Q2VRT6A", "ios", MERCHANT_IDS),
}
"""From private-endpoints.md, 3."""
