"""What a call of `lane run` in a CI file would do there: planned with what that file hands to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane._ci.offer.called_lane import CalledJob, CalledLane, CalledStep
from lane._ci.planned import Given, parameters
from lane._ci.policy import CiPolicy, read_policy
from lane._ci.reading.places import plain
from lane._errors import LaneError, UsageError
from lane._lanefile.load import NAME, find, load
from lane._plan.credentials import Found, Policy
from lane._plan.environment import Environment
from lane._plan.prepare import Prepared, offered
from lane._plan.prepare import planned as _planned
from lane._run.journal import store_folder

from .options import policy_of
from .parameters import parse
from .run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lane._ci.reading.found import CiCall
    from lane._lanefile.lane import Lane
    from lane._lanefile.load import Project
    from lane._lanefile.text import Words
    from lane._plan.auth import AuthMode
    from lane._plan.plan import Plan

# The plan does not depend on an option's value; a hook that needs a person is told by its own words.
_LEFT_OUT = frozenset({"missing_option"})


def planned_calls(
    calls: Iterable[CiCall],
    root: Path,
    had: Callable[[CiCall, AuthMode], bool],
    file: str | None = None,
) -> list[CalledLane]:
    """Plan calls of `lane run` as their CI jobs would; nothing is run.

    `had` tells whether the job of a call has a mode's credential. `file` is the Lanefile of the lanes, None where
    there is none; calls that mean another are told so, not planned.
    """
    planner = _Planner(root, None if file is None else load(file), had)
    return [planner.planned(call) for call in calls]


class _Planner:
    """Plans the calls of one Lanefile's lanes."""

    def __init__(self, root: Path, project: Project | None, had: Callable[[CiCall, AuthMode], bool]) -> None:
        self._root = root
        self._project = project
        self._had = had

    def planned(self, call: CiCall) -> CalledLane:
        """One call. Raises nothing: what is wrong is in the result."""
        context = run.make_context("lane run", list(call.words[1:]), resilient_parsing=True)
        given = dict(context.params)  # as the command itself reads them, without what is wrong in them
        name = given["lane_name"]
        if not name or not plain(name):
            said = "Which lane runs is only known when it runs." if name else "It names no lane."
            return CalledLane(call, None, problem=said)
        try:
            with context:  # whose options are meant where one is not known
                return self._of(call, name, given)
        except LaneError as error:
            return CalledLane(call, name, problem=" ".join(f"{error} {error.hint or ''}".split()))

    def _of(self, call: CiCall, name: str, given: dict[str, Any]) -> CalledLane:
        project = self._here(call, given)
        known = _given(project.lane(name), given["parameters"] or ())
        had: dict[str, bool] = {}
        made = self._prepared(call, project, given, known, had)
        if wrong := [one for one in made.problems if one.code not in _LEFT_OUT]:
            said = "; ".join(dict.fromkeys(one.message.rstrip(".") for one in wrong))
            refused = any(one.code == "attended_hook" for one in wrong)
            return CalledLane(call, name, problem=f"{said}.", refused=refused)
        if elsewhere := _not_from_here(made.plan, given):
            return CalledLane(call, name, problem=elsewhere)
        claimed = frozenset(mode for mode, by_file in had.items() if not by_file)
        written = tuple((key, ",".join(words)) for key, words in known.items() if _is_known(words))
        return CalledLane(
            call,
            name,
            tuple(_jobs(made.plan, project.folder, given["job"], claimed)),
            bool(given["export_handoff"]),
            parameters=written,
            given=tuple(mode for mode, by_file in had.items() if by_file),
            sandbox=bool(given["sandbox"]),
            env=given["env"],
        )

    def _prepared(
        self,
        call: CiCall,
        project: Project,
        given: dict[str, Any],
        known: dict[str, Any],
        had: dict[str, bool],
    ) -> Prepared:
        """The lane, planned with the credentials that the call has: none of this machine's.

        `had` gathers the modes of these: True; False for one that only the call's policy claims.
        """
        lane = project.lane(given["lane_name"])
        policy = policy_of(given["rules"] or ()) or Policy()
        sandbox = bool(given["sandbox"]) or project.app.sandbox
        offline = offered(store_folder(project.folder)) if sandbox else {}
        names = {name for name, value in offline.items() if value}

        def look(mode: AuthMode) -> Found:
            if not mode.attended and not names.isdisjoint(mode.names):
                return Found(Given())
            by_file = self._had(call, mode)
            if by_file or mode.name in policy.had:
                had[mode.name] = by_file
                return Found(Given())
            return Found(None)

        return _planned(
            Prepared(project, lane, {}, Environment([("sandbox", offline)]), sandbox),
            {**parameters(lane, _declared(project)), **known},
            look,
            setting="local" if given["setting"] == "local" else "ci",
            policy=policy,
            by_machine=bool(given["by_machine"]),
        )

    def _here(self, call: CiCall, given: dict[str, Any]) -> Project:
        """The project, where the call means it. Raises UsageError."""
        folder = call.folder
        if folder is None and self._project is not None:
            return self._project
        place = self._root / (folder or "")
        named = given["file"]
        path = (place / named).resolve() if named and plain(named) else Path(find(str(place)))
        if self._project is not None and path == Path(self._project.file).resolve():
            return self._project
        if not path.is_relative_to(self._root) or not path.is_file():
            raise UsageError(f"There is no {NAME} in {folder or 'the root of the repository'}.")
        shown = os.path.relpath(path)  # from where the hint is typed
        raise UsageError(
            f"Its lanes are those of {shown}.", hint=f"`lane advise -f {shown}` advises on them."
        )


def _given(lane: Lane[..., Any], words: Sequence[str]) -> dict[str, Any]:
    """The parameters of a command. One whose value is only known when it runs is left out, unless it has no default."""
    options = lane.options.by_name
    return {
        name: value
        for name, value in parse(lane, words).items()
        if isinstance(value, bool) or all(map(plain, value)) or (name in options and options[name].required)
    }


def _is_known(value: Words | bool) -> bool:
    return not isinstance(value, bool) and all(map(plain, value))


def _declared(project: Project) -> CiPolicy:
    """The project's policy, for the parameters in it."""
    try:
        return read_policy(Path(project.folder))
    except UsageError:
        return CiPolicy()


def _not_from_here(plan: Plan, given: dict[str, Any]) -> str | None:
    """Why a call of one job is not told by the plan; None where it is."""
    named = given["job"]
    if named is None:
        return None
    job = next((one for one in plan.jobs if one.name == named), None)
    if given["handoff"]:
        return None if job is not None else "What its hand-off leaves to it is only known when it runs."
    if job is None:
        return f"The plan has no job {named}."
    if job is plan.first_job or not (job.needs or plan.first_job is not None):
        return None
    return (
        "It runs what earlier runs left pending on the same machine, which is only known then; else nothing."
    )


def _jobs(plan: Plan, folder: str, only: str | None, claimed: frozenset[str]) -> Iterable[CalledJob]:
    """The jobs; those of a person stay pending with `--local` too, where nobody is."""
    for job in plan.jobs:
        runs = job.name == only if only else job is plan.first_job
        cron = job.trigger.cron if job.trigger else None
        yield CalledJob(
            job.name, runs, cron, tuple(_step(plan, index, folder, claimed) for index in job.steps)
        )


def _step(plan: Plan, index: int, folder: str, claimed: frozenset[str]) -> CalledStep:
    """A step. A credential that is only claimed is missing when it runs."""
    step, choice = plan.graph.steps[index], plan.choices[index]
    mode = choice.mode
    lacking = mode is not None and mode.name in claimed
    return CalledStep(
        step.id,
        step.place.shown(folder),
        "none" if mode is None else mode.name,
        choice.attended,
        mode is not None and mode.expires and not choice.attended and not lacking,
        choice.missing or lacking,
        step.action.probe is not None and step.fan is None and step.settings.when is None,
    )
