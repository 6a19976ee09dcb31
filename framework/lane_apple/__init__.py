"""Apple's doors as a client library: keys, App Store Connect, packages. Usable without lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._dsym import uuids_of
    from ._keys import ApiKey
    from ._modes import AppSpecificPassword, api_key, app_specific_password, apple_id
    from ._package import Bundle, Package, read_package
    from ._tree import PackageError

__all__ = [
    "ApiKey",
    "AppSpecificPassword",
    "Bundle",
    "Package",
    "PackageError",
    "api_key",
    "app_specific_password",
    "apple_id",
    "read_package",
    "uuids_of",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "ApiKey": "_keys",
    "AppSpecificPassword": "_modes",
    "Bundle": "_package",
    "Package": "_package",
    "PackageError": "_tree",
    "api_key": "_modes",
    "app_specific_password": "_modes",
    "apple_id": "_modes",
    "read_package": "_package",
    "uuids_of": "_dsym",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'lane_apple' has no attribute {name!r}")
    module = __import__(f"lane_apple.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
