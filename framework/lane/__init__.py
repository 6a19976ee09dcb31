"""Release workflows that plan before they run: the public names."""

from __future__ import annotations

from ._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._action import action
    from ._auth import AuthMode, Credential
    from ._context import Context
    from ._deferred import deferred
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
    from ._failure import Failure
    from ._lane import after_all, app, before_all, lane, on_error
    from ._model import Model
    from ._output import each, let
    from ._probe import probe
    from ._process import Completed
    from ._secret import Secret
    from ._trigger import cron, nightly, now

__all__ = [
    "ActionError",
    "AuthMode",
    "CancelledError",
    "Completed",
    "Context",
    "Credential",
    "CredentialError",
    "Failure",
    "LaneError",
    "Model",
    "PersonNeededError",
    "PlanError",
    "Secret",
    "TransientError",
    "UsageError",
    "__version__",
    "action",
    "after_all",
    "app",
    "before_all",
    "cron",
    "deferred",
    "each",
    "lane",
    "let",
    "nightly",
    "now",
    "on_error",
    "probe",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "ActionError": "_errors",
    "AuthMode": "_auth",
    "CancelledError": "_errors",
    "Completed": "_process",
    "Context": "_context",
    "Credential": "_auth",
    "CredentialError": "_errors",
    "Failure": "_failure",
    "LaneError": "_errors",
    "Model": "_model",
    "PersonNeededError": "_errors",
    "PlanError": "_errors",
    "Secret": "_secret",
    "TransientError": "_errors",
    "UsageError": "_errors",
    "action": "_action",
    "after_all": "_lane",
    "app": "_lane",
    "before_all": "_lane",
    "cron": "_trigger",
    "deferred": "_deferred",
    "each": "_output",
    "lane": "_lane",
    "let": "_output",
    "nightly": "_trigger",
    "now": "_trigger",
    "on_error": "_lane",
    "probe": "_probe",
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
