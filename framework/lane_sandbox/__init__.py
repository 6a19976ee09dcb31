"""An offline Apple: App Store Connect on loopback, to run releases against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._clock import Clock
    from lane_sandbox._keys import Key, credentials_of
    from lane_sandbox._server import PortInUseError, Sandbox

__all__ = ["Clock", "Key", "PortInUseError", "Sandbox", "credentials_of"]

_HOMES = {
    "Clock": "lane_sandbox._clock",
    "Key": "lane_sandbox._keys",
    "PortInUseError": "lane_sandbox._server",
    "Sandbox": "lane_sandbox._server",
    "credentials_of": "lane_sandbox._keys",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
