"""Before a job begins: whether the credentials work that stop working by themselves, and what a person gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import CredentialError, PersonNeededError, TransientError
from lane._plan.auth import ExpiringCredential, GivenByPerson
from lane._plan.credentials import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._errors import LaneError
    from lane._plan.auth import AuthMode
    from lane._plan.credentials import Choice, Finder
    from lane._plan.plan import Job, Plan
    from lane._report.reporter import Reporter


def held_back(job: Job, plan: Plan, find: Finder, reporter: Reporter) -> LaneError | None:
    """Make the credentials of a job ready; why it cannot begin, or None.

    One that expires is asked whether it works, and renewed where that needs no person. Where a person is here,
    a mode that needs one is given by them. What cannot be known for lack of a network does not hold a job back:
    its steps will meet it.
    """
    for mode, choice in _used(job, plan):
        try:
            _make_ready(mode, choice, plan.setting, find, reporter)
        except (PersonNeededError, CredentialError) as error:
            return error
        except TransientError as error:
            reporter.notice("warning", f"Whether {mode.name} works cannot be known now: {error}")
    return None


def person_asked_for(plan: Plan, job: Job, run: str) -> str:
    """What a person has to do for a job that waits for one."""
    names = dict.fromkeys(mode.name for mode, choice in _used(job, plan) if choice.attended)
    return f"needs a person for {' and '.join(names) or 'it'}: lane resume {run} --local"


def _used(job: Job, plan: Plan) -> Iterator[tuple[AuthMode, Choice]]:
    """The modes that a job's steps run under, each once."""
    seen: set[AuthMode] = set()
    for index in job.steps:
        choice = plan.choices[index]
        if choice.mode is not None and choice.mode not in seen:
            seen.add(choice.mode)
            yield choice.mode, choice


def _make_ready(mode: AuthMode, choice: Choice, setting: str, find: Finder, reporter: Reporter) -> None:
    credential = find(mode).credential
    if credential is None and isinstance(choice.credential, Elsewhere):
        raise CredentialError(f"{mode.name} is not here, but where the job is meant to run.")
    if isinstance(credential, ExpiringCredential) and credential.unattended:
        try:
            credential.ensure()
        except PersonNeededError:
            if setting != "local" or not isinstance(mode, GivenByPerson):
                raise
        else:
            return
    elif not choice.attended:
        return
    if isinstance(mode, GivenByPerson):
        from pathlib import Path

        with reporter.paused():
            given = mode.give(find.environment, Path(find.folder), lambda text: reporter.notice("info", text))
        find.put(mode, given)
