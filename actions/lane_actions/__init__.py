"""The built-in actions, one module each. They have no privilege over a user's own."""

from __future__ import annotations

from lane import deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._app_info import AppInfo, AppTexts, VersionTexts, app_info
    from ._audit_symbols import Audit, MissingSymbols, audit_symbols
    from ._beta_groups import BetaGroup, BetaTester
    from ._build import Build
    from ._build_app import App, build_app
    from ._bundle_id_capabilities import Capabilities, bundle_id_capabilities
    from ._certificates import Certificate, certificates
    from ._copy_artifacts import copy_artifacts
    from ._create_app_record import AppRecord, create_app_record
    from ._download_dsyms import Dsyms, download_dsyms
    from ._latest_build_number import latest_build_number
    from ._match import match
    from ._notify import notify
    from ._pem import PushCertificate, pem
    from ._produce import produce
    from ._profiles import profiles
    from ._register_bundle_id import BundleId, register_bundle_id
    from ._register_devices import Device, register_devices
    from ._sh import ShellResult, sh
    from ._signing import Profile, Signing
    from ._testflight import BetaTesting, testflight
    from ._upload import upload
    from ._upload_symbols import StoredSymbols, upload_symbols

__all__ = [
    "App",
    "AppInfo",
    "AppRecord",
    "AppTexts",
    "Audit",
    "BetaGroup",
    "BetaTester",
    "BetaTesting",
    "Build",
    "BundleId",
    "Capabilities",
    "Certificate",
    "Device",
    "Dsyms",
    "MissingSymbols",
    "Profile",
    "PushCertificate",
    "ShellResult",
    "Signing",
    "StoredSymbols",
    "VersionTexts",
    "app_info",
    "audit_symbols",
    "build_app",
    "bundle_id_capabilities",
    "certificates",
    "copy_artifacts",
    "create_app_record",
    "download_dsyms",
    "latest_build_number",
    "match",
    "notify",
    "pem",
    "produce",
    "profiles",
    "register_bundle_id",
    "register_devices",
    "sh",
    "testflight",
    "upload",
    "upload_symbols",
]

_LANES = frozenset({"produce"})
_ACTIONS = frozenset(name for name in __all__ if name[0].islower()) - _LANES
_TYPES = {
    "App": "_build_app",
    "AppInfo": "_app_info",
    "AppRecord": "_create_app_record",
    "AppTexts": "_app_info",
    "Audit": "_audit_symbols",
    "BetaGroup": "_beta_groups",
    "BetaTester": "_beta_groups",
    "BetaTesting": "_testflight",
    "Build": "_build",
    "BundleId": "_register_bundle_id",
    "Capabilities": "_bundle_id_capabilities",
    "Certificate": "_certificates",
    "Device": "_register_devices",
    "Dsyms": "_download_dsyms",
    "MissingSymbols": "_audit_symbols",
    "Profile": "_signing",
    "PushCertificate": "_pem",
    "ShellResult": "_sh",
    "Signing": "_signing",
    "StoredSymbols": "_upload_symbols",
    "VersionTexts": "_app_info",
}


def __getattr__(name: str) -> object:
    if name in _ACTIONS:
        value: object = deferred(f"lane_actions._{name}", name)
    elif name in _LANES:
        value = getattr(__import__(f"lane_actions._{name}", fromlist=[name]), name)
    elif name in _TYPES:
        value = getattr(__import__(f"lane_actions.{_TYPES[name]}", fromlist=[name]), name)
    else:
        raise AttributeError(f"module 'lane_actions' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
