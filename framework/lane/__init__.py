"""Release workflows that plan before they run: the public names."""

from __future__ import annotations

from ._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._cli.around import Surroundings, WaitingJob, surroundings
    from ._cli.planned import PlannedLane, PlannedStep, planned
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
    from ._graph.output import each, let
    from ._lanefile.action import action
    from ._lanefile.deferred import deferred
    from ._lanefile.failure import Failure
    from ._lanefile.lane import after_all, app, before_all, lane, on_error
    from ._lanefile.model import Model
    from ._lanefile.options import required
    from ._lanefile.probe import probe
    from ._lanefile.trigger import cron, nightly, now
    from ._plan.auth import AuthMode, CheckedByDoctor, Credential, ExpiringCredential, GivenByPerson
    from ._run.context import Context
    from ._run.people import NotificationService
    from ._run.process import Completed
    from ._secret import Secret

__all__ = [
    "ActionError",
    "AuthMode",
    "CancelledError",
    "CheckedByDoctor",
    "Completed",
    "Context",
    "Credential",
    "CredentialError",
    "ExpiringCredential",
    "Failure",
    "GivenByPerson",
    "LaneError",
    "Model",
    "NotificationService",
    "PersonNeededError",
    "PlanError",
    "PlannedLane",
    "PlannedStep",
    "Secret",
    "Surroundings",
    "TransientError",
    "UsageError",
    "WaitingJob",
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
    "planned",
    "probe",
    "required",
    "surroundings",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "ActionError": "_errors",
    "AuthMode": "_plan.auth",
    "CancelledError": "_errors",
    "CheckedByDoctor": "_plan.auth",
    "Completed": "_run.process",
    "Context": "_run.context",
    "Credential": "_plan.auth",
    "CredentialError": "_errors",
    "ExpiringCredential": "_plan.auth",
    "Failure": "_lanefile.failure",
    "GivenByPerson": "_plan.auth",
    "LaneError": "_errors",
    "Model": "_lanefile.model",
    "NotificationService": "_run.people",
    "PersonNeededError": "_errors",
    "PlanError": "_errors",
    "PlannedLane": "_cli.planned",
    "PlannedStep": "_cli.planned",
    "Secret": "_secret",
    "Surroundings": "_cli.around",
    "TransientError": "_errors",
    "UsageError": "_errors",
    "WaitingJob": "_cli.around",
    "action": "_lanefile.action",
    "after_all": "_lanefile.lane",
    "app": "_lanefile.lane",
    "before_all": "_lanefile.lane",
    "cron": "_lanefile.trigger",
    "deferred": "_lanefile.deferred",
    "each": "_graph.output",
    "lane": "_lanefile.lane",
    "let": "_graph.output",
    "nightly": "_lanefile.trigger",
    "now": "_lanefile.trigger",
    "on_error": "_lanefile.lane",
    "planned": "_cli.planned",
    "probe": "_lanefile.probe",
    "required": "_lanefile.options",
    "surroundings": "_cli.around",
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
