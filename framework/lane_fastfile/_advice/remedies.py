"""The modes that a call can run under, the edits that spare it some, and when it can be put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple import Remedy, api_key, api_key_for, app_specific_password, apple_id
from lane_fastfile._auth.modes import API_KEY, APPLE_ID, NONE, PASSWORD
from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._find.counterparts import NO_COUNTERPART, SIGN_IN, counterpart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane import AuthMode
    from lane_fastfile._audit import AuditedCall

# What a key has to be allowed to do for an action.
_PROVISIONING = ("certificates", "profiles", "devices")
_WORK = {
    "sync_code_signing": _PROVISIONING,
    "match_nuke": _PROVISIONING,
    "get_certificates": _PROVISIONING,
    "get_provisioning_profile": _PROVISIONING,
    "register_device": ("devices",),
    "register_devices": ("devices",),
    "modify_services": ("bundleIdCapabilities",),
    "upload_to_testflight": ("builds", "betaGroups"),
    "upload_to_app_store": ("apps", "appStoreVersions"),
    "update_app_age_rating": ("apps",),
}
_MODES: dict[str, AuthMode | None] = {
    NONE: None,
    PASSWORD: app_specific_password,
    API_KEY: api_key,
    APPLE_ID: apple_id,
}
# Better words than the catalogue's, for a whole advice.
_EDITS = {
    (
        "sync_code_signing",
        NONE,
    ): "write `match(readonly: true)`: CI only fetches then, and needs no Apple auth.",
}
_OURS = {
    "modify_services": (
        "set capabilities with Spaceship::ConnectAPI::BundleIdCapability, or with bundle_id_capabilities of `lane`:"
        " both take a key."
    ),
}


def modes_of(call: AuditedCall) -> tuple[AuthMode, ...]:
    """The modes that a call can run under, the one that it would take first."""
    key = _key(call)
    match call.auth:
        case "apple_id":
            return (apple_id,)
        case "api_key":
            return (key, apple_id) if _takes_apple_id(call) else (key,)
        case "app_specific_password":
            return (key, app_specific_password) if call.has_key else (app_specific_password, key)
        case _:
            return ()


def stays_signed_in(call: AuditedCall) -> bool:
    """Whether it is Spaceship code that nothing takes the place of: the sign-in above it has to stay."""
    return call.kind == "spaceship" and call.auth == APPLE_ID and _counterpart(call) is None


def remedies_of(call: AuditedCall, *, signed_in: bool = False) -> Iterator[Remedy]:
    """The edits after which it needs less; `signed_in`: where a sign-in has to stay."""
    if call.kind == "spaceship":
        instead = _counterpart(call)
        if instead is not None and not (signed_in and instead == SIGN_IN):
            yield Remedy(api_key, f"{call.written} → {instead}.")
        return
    if call.name in _OURS:
        yield Remedy(_key(call), _OURS[call.name])
    for edit, auth in zip(call.lowered_by, call.lowered_to, strict=False):
        mode = _key(call) if auth == API_KEY else _MODES[auth]
        yield Remedy(mode, _EDITS.get((call.name, auth), f"{edit}."))


def _key(call: AuditedCall) -> AuthMode:
    if call.name == "notarize":
        return api_key(kind="team")
    work = _WORK.get(call.name)
    return api_key if work is None else api_key_for(*work)


def _takes_apple_id(call: AuditedCall) -> bool:
    """Whether it would sign in where there is no key."""
    action = catalogue().find(call.name)
    if action is None:
        return call.kind == "spaceship"
    return any(rule.mode == APPLE_ID for rule in action.rules)


def _counterpart(call: AuditedCall) -> str | None:
    """What does the work of Spaceship code with a key."""
    if call.auth != APPLE_ID or not call.lowered_by:
        return None
    path, _, method = call.name.rpartition(".")
    instead = counterpart(path or call.name, method if path else None)
    makes_an_app = path.endswith("::Application") and method.startswith("create")
    return None if makes_an_app or instead == NO_COUNTERPART else instead
