"""What each type of provisioning profile holds: which certificates, which devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import lane_apple

# Apple's ProfileType.
ProfileType = Literal[
    "IOS_APP_DEVELOPMENT",
    "IOS_APP_STORE",
    "IOS_APP_ADHOC",
    "IOS_APP_INHOUSE",
    "MAC_APP_DEVELOPMENT",
    "MAC_APP_STORE",
    "MAC_APP_DIRECT",
    "TVOS_APP_DEVELOPMENT",
    "TVOS_APP_STORE",
    "TVOS_APP_ADHOC",
    "TVOS_APP_INHOUSE",
    "MAC_CATALYST_APP_DEVELOPMENT",
    "MAC_CATALYST_APP_STORE",
    "MAC_CATALYST_APP_DIRECT",
]


@dataclass(frozen=True, slots=True)
class ProfileKind:
    """A ProfileType taken apart: TVOS and ADHOC."""

    system: str
    purpose: str

    @property
    def is_for_mac(self) -> bool:
        """Whether it is for Macs, whose profiles have a suffix of their own."""
        return self.system.startswith("MAC")

    @property
    def suffix(self) -> str:
        """The file's."""
        return ".provisionprofile" if self.is_for_mac else ".mobileprovision"

    @property
    def certificate_types(self) -> tuple[str, ...]:
        """Apple's types of certificates that may sign under it."""
        if self.purpose == "DIRECT":
            return ("DEVELOPER_ID_APPLICATION", "DEVELOPER_ID_APPLICATION_G2")
        if self.purpose == "DEVELOPMENT":
            return ("DEVELOPMENT", "MAC_APP_DEVELOPMENT" if self.is_for_mac else "IOS_DEVELOPMENT")
        return ("DISTRIBUTION", "MAC_APP_DISTRIBUTION" if self.is_for_mac else "IOS_DISTRIBUTION")

    @property
    def has_devices(self) -> bool:
        """Whether it names the devices that it is good for."""
        return self.purpose in {"DEVELOPMENT", "ADHOC"}

    def takes(self, device: lane_apple.Device) -> bool:
        """Whether it is for such a device."""
        if not self.has_devices:
            return False
        if self.is_for_mac:
            return device.platform == "MAC_OS"
        television = device.device_class == "APPLE_TV"
        return device.platform == "IOS" and television == (self.system == "TVOS")


def kind_of(profile_type: ProfileType) -> ProfileKind:
    """The parts of a ProfileType."""
    system, _, purpose = profile_type.partition("_APP_")
    return ProfileKind(system, purpose)
