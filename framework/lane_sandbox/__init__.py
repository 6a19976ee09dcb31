"""An offline Apple: App Store Connect on loopback, to run releases against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._clock import Clock
    from lane_sandbox._faults import Fault, FaultError
    from lane_sandbox._folder import SandboxError, person_of, reset
    from lane_sandbox._keys import Key, credentials_of
    from lane_sandbox._seed import SeedError
    from lane_sandbox._server import PortInUseError, Sandbox
    from lane_sandbox._signin.accounts import Account

__all__ = [
    "Account",
    "Clock",
    "Fault",
    "FaultError",
    "Key",
    "PortInUseError",
    "Sandbox",
    "SandboxError",
    "SeedError",
    "credentials_of",
    "person_of",
    "reset",
]

_HOMES = {
    "Account": "lane_sandbox._signin.accounts",
    "Clock": "lane_sandbox._clock",
    "Fault": "lane_sandbox._faults",
    "FaultError": "lane_sandbox._faults",
    "Key": "lane_sandbox._keys",
    "PortInUseError": "lane_sandbox._server",
    "Sandbox": "lane_sandbox._server",
    "SandboxError": "lane_sandbox._folder",
    "SeedError": "lane_sandbox._seed",
    "credentials_of": "lane_sandbox._keys",
    "person_of": "lane_sandbox._folder",
    "reset": "lane_sandbox._folder",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(_HOMES[name], fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value
