"""Which names of Spaceship belong to its old clients."""

from __future__ import annotations

from lane_fastfile._catalogue.catalogue import catalogue

KINDS = {
    "Portal": "portal",
    "Tunes": "tunes",
    "TestFlight": "testflight",
    "DUClient": "tunes",
    "Launcher": "launcher",
    "Client": "client",
    "SpaceauthRunner": "spaceauth",
    "Playground": "spaceauth",
}
# Methods of the module itself: all of them go to the developer portal.
PORTAL_METHODS = {
    *("login", "select_team", "client", "app", "app_group", "app_service", "certificate", "device", "key"),
    *(
        "cloud_container",
        "merchant",
        "passbook",
        "person",
        "persons",
        "provisioning_profile",
        "website_push",
        "invite",
    ),
}
_NOT_CALLED = ("Error", "Exception", "Status")


def kind_of(path: str, method: str | None = None) -> str | None:
    """The kind of old code that a path and a method are; None: none of it."""
    parts = path.removeprefix("::").split("::")
    if parts[0] != "Spaceship":
        return None
    if len(parts) == 1:
        if method not in PORTAL_METHODS:
            return None
        return "login" if method in ("login", "select_team") else "portal"
    if parts[1] == "ConnectAPI" or parts[-1].endswith(_NOT_CALLED):
        return None
    if parts[1] in KINDS:
        return KINDS[parts[1]]
    return _kind_of_class(parts[1])


def is_legacy(path: str, method: str | None = None) -> bool:
    """Whether code goes to one of the old clients."""
    return kind_of(path, method) is not None


def _kind_of_class(name: str) -> str | None:
    """Classes of the two old clients that Spaceship also offers by their bare names."""
    for module, kind in (("Spaceship::Portal", "portal"), ("Spaceship::Tunes", "tunes")):
        if name in catalogue().spaceship(module):
            return kind
    return None
