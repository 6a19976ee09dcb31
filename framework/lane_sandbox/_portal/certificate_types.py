"""The portal's types of certificates, and what each is in the official API."""

from __future__ import annotations

from dataclasses import dataclass

from lane_sandbox._authority import CLIENT, KINDS, Kind

IOS, MAC, BOTH = ("ios",), ("mac",), ("ios", "mac")
PUSH_MARKS = {"development": "1.2.840.113635.100.6.3.1", "production": "1.2.840.113635.100.6.3.2"}
VOIP_MARK = "1.2.840.113635.100.6.3.4"
ACTIVE_PUSH = 2
"""At most, for each App ID and type (private-endpoints.md, 3)."""


@dataclass(frozen=True, slots=True)
class CertificateType:
    """One type. `official` is its name in the official API; one without it is of the portal alone, for `owner`."""

    id: str
    name: str
    platforms: tuple[str, ...]
    purpose: str
    official: str | None = None
    own: Kind | None = None
    owner: str = "bundleId"

    @property
    def kind(self) -> Kind:
        """What is signed."""
        return self.own or KINDS[self.official or ""]

    @property
    def owner_type(self) -> str:
        """Whose it is, in the portal's word."""
        if self.own is not None:
            return {"bundleId": "bundle", "websitePushId": "website"}.get(self.owner, self.owner)
        if self.kind.target:
            return "merchant" if self.kind.target == "merchantId" else "passType"
        return "teamMember" if self.purpose == "development" else "team"


def _push(
    number: str, name: str, title: str, purpose: str, mark: str, *more: str, mac: bool = False, days: int = 30
) -> CertificateType:
    platform = "MAC_OS" if mac else "IOS"
    kind = Kind(title, platform, mark, 1, days, ACTIVE_PUSH, usage=CLIENT, more_marks=more)
    return CertificateType(number, name, MAC if mac else IOS, purpose, own=kind)


_DEV, _PROD = PUSH_MARKS["development"], PUSH_MARKS["production"]
_WEBSITE = Kind("Website Push ID", "IOS", _PROD, 1, 30, ACTIVE_PUSH, usage=CLIENT)
_INSTALLER = Kind("Developer ID Installer", "MAC_OS", "1.2.840.113635.100.6.1.14", 5, 0, 5)

_OWN = (
    _push("JKG5JZ54H7", "APNs Development iOS", "Apple Development IOS Push Services", "development", _DEV),
    _push("UPV3DW712I", "APNs Production iOS", "Apple Push Services", "production", _PROD, _DEV),
    _push("E5D663CMZW", "VoIP Services", "VoIP Services", "production", VOIP_MARK, _PROD, _DEV),
    _push(
        "HQ4KP3I34R",
        "APNs Development Mac",
        "Apple Development Mac Push Services",
        "development",
        _DEV,
        mac=True,
    ),
    _push(
        "CDZ7EMXIZ1",
        "APNs Production Mac",
        "Apple Production Mac Push Services",
        "production",
        _PROD,
        mac=True,
    ),
    _push(
        "BKLRAVXMGM",
        "APNs Development iOS (older)",
        "Apple Development IOS Push Services",
        "development",
        _DEV,
    ),
    _push(
        "3BQKVH9I2X", "APNs Production iOS (older)", "Apple Production IOS Push Services", "production", _PROD
    ),
    CertificateType("3T2ZP62QW8", "Website Push ID", BOTH, "production", own=_WEBSITE, owner="websitePushId"),
    CertificateType(
        "OYVN2GW35E", "Developer ID Installer", MAC, "distribution", own=_INSTALLER, owner="team"
    ),
)
_OFFICIAL = (
    ("83Q87W3TGH", "Apple Development", BOTH, "development", "DEVELOPMENT"),
    ("WXV89964HE", "Apple Distribution", BOTH, "distribution", "DISTRIBUTION"),
    ("5QPB9NHCEI", "iOS Development", IOS, "development", "IOS_DEVELOPMENT"),
    ("R58UK2EWSO", "iOS Distribution", IOS, "distribution", "IOS_DISTRIBUTION"),
    ("749Y1QAGU7", "Mac Development", MAC, "development", "MAC_APP_DEVELOPMENT"),
    ("HXZEUKP0FP", "Mac App Distribution", MAC, "distribution", "MAC_APP_DISTRIBUTION"),
    ("2PQI8IDXNH", "Mac Installer Distribution", MAC, "distribution", "MAC_INSTALLER_DISTRIBUTION"),
    ("W0EURJRMC5", "Developer ID Application", MAC, "distribution", "DEVELOPER_ID_APPLICATION"),
    ("DIVN2GW3XT", "Developer ID Application (G2)", MAC, "distribution", "DEVELOPER_ID_APPLICATION_G2"),
    ("Y3B2F3TYSI", "Pass Type ID", IOS, "production", "PASS_TYPE_ID"),
    ("4APLUP237T", "Apple Pay", IOS, "production", "APPLE_PAY"),
    ("MD8Q2VRT6A", "Apple Pay Merchant Identity", IOS, "production", "APPLE_PAY_MERCHANT_IDENTITY"),
)
TYPES = {each.id: each for each in (*_OWN, *(CertificateType(*each) for each in _OFFICIAL))}
"""private-endpoints.md, 3; the in-house type is for teams that the sandbox does not have."""
BY_OFFICIAL = {each.official: each for each in TYPES.values() if each.official}
DEVELOPMENT_PUSH = frozenset({"JKG5JZ54H7", "HQ4KP3I34R", "BKLRAVXMGM"})
PRODUCTION_PUSH = frozenset({"UPV3DW712I", "CDZ7EMXIZ1", "3BQKVH9I2X"})
