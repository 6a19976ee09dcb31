"""Whether a call of `lane run` in a CI file would stop there for want of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple._keyfile import JSON_PATH, JSON_TEXT, KEY, KEY_FILEPATH, KEY_ID
from lane_apple._modes import ApiKeyMode, AppleIdMode, AppSpecificPasswordMode

from .ci_verdict import PASSWORDS, SESSIONS, CiVerdict, carried
from .words import listed, verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lane import AuthMode, CalledJob, CalledLane, CalledStep, CiCall

    from .ci_verdict import CiCode

_USER = AppSpecificPasswordMode.names[1]  # others want it too
_PASSWORD_AND_USER = (AppSpecificPasswordMode.names,)
# The variables that give a key: all of one row.
_KEYS = (
    (JSON_TEXT,),
    (JSON_PATH,),
    (KEY_ID, KEY),
    (KEY_ID, KEY_FILEPATH),
    ("SPACESHIP_CONNECT_API_KEY_ID", "SPACESHIP_CONNECT_API_KEY"),
    ("SPACESHIP_CONNECT_API_KEY_ID", "SPACESHIP_CONNECT_API_KEY_FILEPATH"),
)


def had(call: CiCall, mode: AuthMode) -> bool:
    """Whether the CI file hands the credential of a mode to a command, by the names of what it hands over."""
    if isinstance(mode, ApiKeyMode):
        return _whole(call, _KEYS)
    if isinstance(mode, AppSpecificPasswordMode):
        return _whole(call, _PASSWORD_AND_USER)
    if isinstance(mode, AppleIdMode):
        return carried(call, SESSIONS) is not None
    return not mode.attended and carried(call, mode.names) is not None


def _whole(call: CiCall, rows: Iterable[Sequence[str]]) -> bool:
    return any(call.variables.issuperset(row) for row in rows)


def _parts(call: CiCall) -> Iterator[str]:
    """What is handed over of a credential that is not whole."""
    for rows in (_KEYS, _PASSWORD_AND_USER):
        begun = next((row for row in rows if not call.variables.isdisjoint({*row} - {_USER})), ())
        if begun and not _whole(call, rows):
            there = [name for name in begun if name in call.variables]
            lacking = [name for name in begun if name not in call.variables]
            yield f"{listed(there)} is not enough: {listed(lacking)} goes with it."


def judged(planned: CalledLane) -> CiVerdict:
    """The verdict on a planned call; `lane` itself waits at no prompt, it plans first."""
    if planned.problem is not None:
        code: CiCode = "stops" if planned.refused else "unknown"
        return CiVerdict(planned.lane, code, (planned.problem,))
    running = [step for job in planned.jobs if job.runs for step in job.steps]
    if person := [step for step in running if step.person]:
        said = f"{_named(person)} {verb(person, 'needs', 'need')} a person, by {_modes(person)}"
        why = f"{said}: lane does not begin, and exits with 4 where nobody is{_unless(person)}."
        return CiVerdict(planned.lane, "stops", (why, *_password(planned.call)), _lines(person))
    waiting = [job for job in planned.jobs if not job.runs and job.by_person]
    first = next((job for job in waiting if job.cron is None), None)
    if not running and first is not None:
        steps = first.by_person
        said = f"All of it waits for {_named(steps)}, which {verb(steps, 'needs', 'need')} a person"
        why = f"{said}: lane exits with 4{_unless(steps)}."
        return CiVerdict(planned.lane, "stops", (why, *_password(planned.call)), _lines(first.by_person))
    return _without_prompt(planned, running, waiting)


def _without_prompt(
    planned: CalledLane, running: Sequence[CalledStep], waiting: Sequence[CalledJob]
) -> CiVerdict:
    lane = planned.lane
    more = tuple(_lost(planned))
    if missing := [step for step in running if step.missing]:
        said = f"{_named(missing)} {verb(missing, 'needs', 'need')} {_modes(missing)}"
        why = f"{said}, which the file does not hand over: without it lane asks nobody, and exits with 3."
        return CiVerdict(lane, "missing", (why, *_parts(planned.call), *more), _lines(missing))
    if held := [step for step in running if step.expires]:
        variable = carried(planned.call, SESSIONS)
        life = "It works until that ends, hours to days; then lane exits with 4."
        why = f"{_named(held)}: by the session in {variable}. {life}"
        return CiVerdict(lane, "session", (why, *more), _lines(held))
    if waiting:
        steps = [step for job in waiting for step in job.by_person]
        jobs = [job.name for job in waiting]
        said = f"{_named(steps)} {verb(steps, 'needs', 'need')} a person"
        left = f"{verb(steps, 'is', 'are')} left pending ({listed(jobs)})"
        why = f"{said}, and {left}; the rest runs, and lane exits with 0."
        return CiVerdict(lane, "waits", (why, *more), _lines(steps))
    return CiVerdict(lane, "runs", more)


def lost(planned: CalledLane) -> list[str]:
    """The jobs that a call leaves pending on a machine that does not stay, and hands to nobody."""
    ran = any(job.runs for job in planned.jobs)
    if not ran or planned.hands_over or _names_job(planned.call):
        return []
    return [job.name for job in planned.jobs if not job.runs]


def _lost(planned: CalledLane) -> Iterator[str]:
    if left := lost(planned):
        yield f"What is pending ({listed(left)}) is lost where the runner does not stay: nothing hands it over."


def _names_job(call: CiCall) -> bool:
    return any(word.partition("=")[0] == "--job" for word in call.words)


def _password(call: CiCall) -> Iterator[str]:
    name = carried(call, PASSWORDS)
    if name is not None:
        yield f"{name} alone does not spare the code: the trust of 30 days is bound to the machine that made it."


def _unless(steps: Sequence[CalledStep]) -> str:
    """What a probe may spare."""
    return ", unless a probe finds that done" if all(step.probe for step in steps) else ""


def _named(steps: Iterable[CalledStep]) -> str:
    return listed(f"{step.id} ({step.line})" for step in steps)


def _modes(steps: Iterable[CalledStep]) -> str:
    return listed(step.mode for step in steps)


def _lines(steps: Iterable[CalledStep]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.line for step in steps))
