"""Release workflows that plan before they run: the public names."""

from __future__ import annotations

from ._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._ci.offer.called_lane import CalledJob, CalledLane, CalledStep
    from ._ci.offer.offer import ExportOffer, export_offers
    from ._ci.reading.found import CiCall, CiFile, CiReading, CiStart
    from ._ci.reading.read import read_ci
    from ._cli.around import Surroundings, WaitingJob, surroundings
    from ._cli.called import planned_calls
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
    from ._plan.auth import (
        AuthMode,
        CheckedByDoctor,
        Credential,
        ExpiringCredential,
        GivenByPerson,
        PartOfMode,
    )
    from ._run.context import Context
    from ._run.people import NotificationService, notification_urls
    from ._run.process import Completed
    from ._secret import Secret

__all__ = [
    "ActionError",
    "AuthMode",
    "CalledJob",
    "CalledLane",
    "CalledStep",
    "CancelledError",
    "CheckedByDoctor",
    "CiCall",
    "CiFile",
    "CiReading",
    "CiStart",
    "Completed",
    "Context",
    "Credential",
    "CredentialError",
    "ExpiringCredential",
    "ExportOffer",
    "Failure",
    "GivenByPerson",
    "LaneError",
    "Model",
    "NotificationService",
    "PartOfMode",
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
    "export_offers",
    "lane",
    "let",
    "nightly",
    "notification_urls",
    "now",
    "on_error",
    "planned",
    "planned_calls",
    "probe",
    "read_ci",
    "required",
    "surroundings",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "ActionError": "_errors",
    "AuthMode": "_plan.auth",
    "CalledJob": "_ci.offer.called_lane",
    "CalledLane": "_ci.offer.called_lane",
    "CalledStep": "_ci.offer.called_lane",
    "CancelledError": "_errors",
    "CheckedByDoctor": "_plan.auth",
    "CiCall": "_ci.reading.found",
    "CiFile": "_ci.reading.found",
    "CiReading": "_ci.reading.found",
    "CiStart": "_ci.reading.found",
    "Completed": "_run.process",
    "Context": "_run.context",
    "Credential": "_plan.auth",
    "CredentialError": "_errors",
    "ExpiringCredential": "_plan.auth",
    "ExportOffer": "_ci.offer.offer",
    "Failure": "_lanefile.failure",
    "GivenByPerson": "_plan.auth",
    "LaneError": "_errors",
    "Model": "_lanefile.model",
    "NotificationService": "_run.people",
    "PartOfMode": "_plan.auth",
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
    "export_offers": "_ci.offer.offer",
    "lane": "_lanefile.lane",
    "let": "_graph.output",
    "nightly": "_lanefile.trigger",
    "notification_urls": "_run.people",
    "now": "_lanefile.trigger",
    "on_error": "_lanefile.lane",
    "planned": "_cli.planned",
    "planned_calls": "_cli.called",
    "probe": "_lanefile.probe",
    "read_ci": "_ci.reading.read",
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
