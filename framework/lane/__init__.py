"""Release workflows that plan before they run: the public names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from ._auth import AuthMode, Credential
    from ._errors import (
        ActionError,
        CancelledError,
        CredentialError,
        LaneError,
        PersonNeededError,
        PlanError,
        TransientError,
        UsageError,
    )
    from ._secret import Secret

__all__ = [
    "ActionError",
    "AuthMode",
    "CancelledError",
    "Credential",
    "CredentialError",
    "LaneError",
    "PersonNeededError",
    "PlanError",
    "Secret",
    "TransientError",
    "UsageError",
    "__version__",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "ActionError": "_errors",
    "AuthMode": "_auth",
    "CancelledError": "_errors",
    "Credential": "_auth",
    "CredentialError": "_errors",
    "LaneError": "_errors",
    "PersonNeededError": "_errors",
    "PlanError": "_errors",
    "Secret": "_secret",
    "TransientError": "_errors",
    "UsageError": "_errors",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'lane' has no attribute {name!r}")
    module = __import__(f"lane.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
