"""What fastlane's actions do in a release, and whose work waits for theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane_fastfile._audit import AuditedCall

Role = Literal[
    "record", "signing", "xcode", "build", "check", "ship", "download", "symbols", "apart", "code", "plain"
]

_ACTIONS: dict[Role, tuple[str, ...]] = {
    "record": ("create_app_online", "modify_services"),
    "signing": (
        *("sync_code_signing", "match_nuke", "get_certificates", "get_provisioning_profile"),
        *("register_device", "register_devices", "import_certificate", "install_provisioning_profile"),
        *("update_project_provisioning", "update_code_signing_settings"),
    ),
    "xcode": ("xcodes", "xcode_install", "xcversion", "xcode_select"),
    "build": (
        "build_app",
        "build_ios_app",
        "build_mac_app",
        "xcodebuild",
        "xcarchive",
        "run_tests",
        "resign",
    ),
    "check": ("check_app_store_metadata",),
    "ship": ("upload_to_testflight", "upload_to_app_store", "notarize", "set_changelog"),
    "download": ("download_dsyms",),
    "symbols": (
        *("upload_symbols_to_crashlytics", "upload_symbols_to_sentry", "upload_symbols_to_bugsnag"),
        *("dsym_zip", "sentry_upload_dsym", "sentry_debug_files_upload", "clean_build_artifacts"),
    ),
    "apart": (
        *("get_push_certificate", "upload_app_privacy_details_to_app_store"),
        "download_app_privacy_details_from_app_store",
    ),
}
_ROLES: dict[str, Role] = {name: role for role, names in _ACTIONS.items() for name in names}
_ALL: frozenset[Role] = frozenset(get_args(Role))
# Code of the user's own may give anything to what stands below it. What tells of a release stands below it too.
_FEEDS: dict[Role, frozenset[Role]] = {
    "record": frozenset({"signing", "check", "ship", "download"}),
    "signing": frozenset({"build", "ship"}),
    "xcode": frozenset({"build"}),
    "build": frozenset({"ship", "symbols"}),
    "check": frozenset({"ship"}),
    "ship": frozenset({"download", "plain"}),
    "download": frozenset({"symbols"}),
    "code": _ALL,
}


def role_of(call: AuditedCall) -> Role:
    """What a call does in a release."""
    found = _ROLES.get(call.name)
    if found is not None:
        return found
    return "plain" if call.kind == "action" or call.auth == "none" else "code"


def waits(calls: Sequence[AuditedCall]) -> list[list[int]]:
    """For each call of a lane, the indices of those whose work it waits for."""
    roles: list[Role] = [role_of(call) for call in calls]
    feeding = [index for index, role in enumerate(roles) if role in _FEEDS]
    return [
        [
            earlier
            for earlier in feeding
            if earlier != later
            and roles[later] in _FEEDS[roles[earlier]]
            and _comes_first(calls, roles, earlier, later)
        ]
        for later in range(len(calls))
    ]


def _comes_first(calls: Sequence[AuditedCall], roles: Sequence[Role], earlier: int, later: int) -> bool:
    """Whether the one may be done when the other begins: of roles in a release, their order there says so.

    Of other calls the text does, where both stand in the same place. Code elsewhere may come first.
    """
    if (roles[earlier], roles[later]) == ("build", "symbols"):
        return "download" not in roles  # else they are what was downloaded
    if roles[later] != "plain" and roles[earlier] != "code":
        return True
    if calls[earlier].via == calls[later].via or roles[later] in ("code", "plain"):
        return earlier < later
    return True
