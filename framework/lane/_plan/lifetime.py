"""How long the credentials of a plan are expected to live, and whether that reaches to the jobs that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .auth import ExpiringCredential

if TYPE_CHECKING:
    from datetime import datetime

    from .auth import AuthMode
    from .plan import Job, Plan


class Lifetime:
    """A credential that expires, and one job that runs under it. `until` and `due` are in UTC, to the minute.

    `until` is None where nobody knows, `due` is None for a job that waits for no time. `steps` are ids.
    """

    __slots__ = ("due", "job", "mode", "source", "steps", "until")

    def __init__(
        self,
        mode: AuthMode,
        source: str,
        until: datetime | None,
        job: str,
        due: datetime | None,
        steps: list[str],
    ) -> None:
        self.mode = mode
        self.source = source
        self.until = until
        self.job = job
        self.due = due
        self.steps = steps

    @property
    def reaches(self) -> bool | None:
        """Whether it is expected to live until the job begins; None where that is not known."""
        return None if self.until is None or self.due is None else self.until > self.due


def lifetimes(plan: Plan, now: datetime) -> list[Lifetime]:
    """The credentials that expire, by job, in the plan's order; those that need a person anyway are left out."""
    found: dict[tuple[AuthMode, str], Lifetime] = {}
    for job in plan.jobs:
        for index in job.steps:
            choice = plan.choices[index]
            mode, credential = choice.mode, choice.credential
            if mode is None or choice.attended or not isinstance(credential, ExpiringCredential):
                continue
            key = (mode, job.name)
            if key not in found:
                until = _moment(credential.until)
                found[key] = Lifetime(mode, credential.source, until, job.name, _due(job, now), [])
            found[key].steps.append(plan.graph.steps[index].id)
    return list(found.values())


def told(lifetime: Lifetime, now: datetime) -> str:
    """`expected to live until 2026-11-25 06:40 UTC (20 h), which reaches to scheduled at 2026-11-25 03:00 UTC`."""
    if lifetime.until is None:
        return "how long it lives is not known"
    text = (
        f"expected to live until {_shown(lifetime.until)} ({_span((lifetime.until - now).total_seconds())})"
    )
    if lifetime.due is None:
        return text
    reaches = "reaches to" if lifetime.reaches else "ends before"
    return f"{text}, which {reaches} {lifetime.job} at {_shown(lifetime.due)}"


def _due(job: Job, now: datetime) -> datetime | None:
    from lane._lanefile.trigger import next_fire

    return None if job.trigger is None else next_fire(job.trigger, now)


def _moment(seconds: float | None) -> datetime | None:
    from datetime import UTC, datetime

    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _shown(moment: datetime) -> str:
    from datetime import UTC

    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(seconds: float) -> str:
    if seconds <= 0:
        return "over"
    if seconds < 2 * 3600:
        return f"{seconds // 60:.0f} min"
    return f"{seconds // 3600:.0f} h" if seconds < 72 * 3600 else f"{seconds // 86400:.0f} days"
