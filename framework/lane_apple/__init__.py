"""Apple's doors as a client library: keys, App Store Connect, packages. Usable without lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._dsym import uuids_of
    from ._package import Bundle, Package, read_package
    from ._tree import PackageError

__all__ = ["Bundle", "Package", "PackageError", "read_package", "uuids_of"]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "Bundle": "_package",
    "Package": "_package",
    "PackageError": "_tree",
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
