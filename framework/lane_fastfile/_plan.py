"""How a plan of ours would split a lane: what CI runs at once, what waits for a schedule or a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._audit import PlannedJob
from ._auth.modes import APPLE_ID, NONE, strictest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._audit import AuditedCall

NIGHTLY = "0 3 * * *"
_DOWNLOAD = "download_dsyms"
# They send on what was downloaded, and follow it into its job.
_SENDS = {"upload_symbols_to_crashlytics", "upload_symbols_to_sentry", "dsym_zip"}


def planned(calls: Sequence[AuditedCall]) -> tuple[PlannedJob, ...]:
    """The jobs of a lane, from all that it reaches; a lane without calls has none."""
    jobs: dict[str, list[AuditedCall]] = {"main": [], "scheduled": [], "attended": []}
    downloads = any(call.name == _DOWNLOAD for call in calls)
    for call in calls:
        if call.name == _DOWNLOAD or (downloads and call.name in _SENDS):
            jobs["scheduled"].append(call)
        else:
            jobs["attended" if call.auth == APPLE_ID else "main"].append(call)
    return tuple(_job(name, found) for name, found in jobs.items() if found)


def _job(name: str, calls: Sequence[AuditedCall]) -> PlannedJob:
    auth = strictest([NONE, *(call.auth for call in calls)])
    written = tuple(dict.fromkeys(call.written for call in calls))
    return PlannedJob(name, name, auth, written, NIGHTLY if name == "scheduled" else None)
