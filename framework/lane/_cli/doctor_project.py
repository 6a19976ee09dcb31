"""What `lane doctor` sees of a project: its lanes, its own actions, the credentials that they need."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from lane._errors import LaneError, Problem
from lane._plan.prepare import prepare

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lane._lanefile.lane import Lane
    from lane._lanefile.load import Project
    from lane._plan.auth import AuthMode
    from lane._plan.prepare import Prepared

    from .finding import Level


class Lanes:
    """The public lanes of a project, each traced and planned with its default parameters."""

    def __init__(self, project: Project, store: str, env: str | None) -> None:
        self.project = project
        self._store = store
        self._env = env
        self.prepared: list[Prepared] = []

    def findings(self) -> Iterator[Finding]:
        """One for each lane, and one for each that is wrong with it."""
        if not self.project.public:
            yield Finding("warn", "lanes", "The Lanefile declares no lanes.", "Write a function below @lane.")
        for lane in self.project.public:
            yield from self._lane(lane)

    def _lane(self, lane: Lane[..., Any]) -> Iterator[Finding]:
        subject = f"lane {lane.name}"
        try:
            made = prepare(self.project, lane, {}, setting="ci", env=self._env, store=self._store)
        except LaneError as error:
            yield Finding("fail", subject, str(error), error.hint or "")
            return
        except Exception as error:  # noqa: BLE001 - the offline Apple has errors of its own
            yield Finding("fail", subject, f"{type(error).__name__}: {error}", "Mend it and try again.")
            return
        wrong = [problem for problem in made.problems if problem.code != "missing_parameter"]
        if wrong:
            yield from _problems(subject, wrong)
        elif made.problems:
            needed = " ".join(f"{name}=…" for name, option in lane.options.by_name.items() if option.required)
            yield Finding("ok", subject, f"needs {needed}; `lane plan {lane.name} {needed}` checks it")
        else:
            self.prepared.append(made)
            yield _verdict(subject, made)
            yield from _wrong_machine(subject, made)


def _problems(subject: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding("fail", subject, str(problem), problem.hint or "")


def _verdict(subject: str, made: Prepared) -> Finding:
    plan = made.plan
    steps = f"{len(made.graph.steps)} step{'' if len(made.graph.steps) == 1 else 's'}"
    jobs = f"{len(plan.jobs)} job{'' if len(plan.jobs) == 1 else 's'}"
    where = " against the sandbox" if made.sandbox else ""
    hint = f"`lane plan {made.lane.name}` says why."
    if plan.missing:
        names = ", ".join(dict.fromkeys(missing.mode.name for missing in plan.missing))
        return Finding("warn", subject, f"{steps} in {jobs}; it cannot run yet: {names} is missing", hint)
    if not plan.unattended:
        return Finding("warn", subject, f"{steps} in {jobs}; a person is needed", hint)
    return Finding("ok", subject, f"{steps} in {jobs}; it runs unattended{where}")


def _wrong_machine(subject: str, made: Prepared) -> Iterator[Finding]:
    from lane._run.begin import machine

    met = machine() | {"any"}
    for index, step in enumerate(made.graph.steps):
        lacks = [name for name in made.plan.runs_on(index) if name not in met]
        if lacks:
            hint = f"Run it there; LANE_RUNS_ON={','.join(lacks)} declares it met."
            yield Finding("warn", subject, f"{step.id} needs a machine with {', '.join(lacks)}", hint)


def actions_findings(project: Project) -> Iterator[Finding]:
    """What is wrong with the actions, those in `actions/` and those of packages, and what `app(...)` says in vain."""
    from .catalogue import Catalogue

    found = Catalogue(project.folder)
    count = len(found.entries)
    yield from _problems("actions", found.problems)
    if found.problems:
        return
    try:
        known = {name for entry in found.entries.values() for name in entry.action.options.names}
    except LaneError as error:
        yield Finding("fail", "actions", str(error), error.hint or "")
        return
    yield Finding("ok", "actions", f"{count} can be used")
    for name in project.app.values.keys() - known:
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else "Take it away: `lane action NAME` lists options."
        yield Finding("warn", "app", f"No action has an option {name!r}, which app() sets.", hint)


def declared(lanes: Iterable[Prepared]) -> dict[AuthMode, list[str]]:
    """Every mode that a step of the lanes, of their hooks or of a probe declares, and the steps that do."""
    users: dict[AuthMode, list[str]] = {}
    for made in lanes:
        for prefix, graph, binding in [
            ("", made.graph, made.binding),
            *((f"{hook.kind}/", hook.graph, hook.binding) for hook in made.hooks),
        ]:
            for step, modes in zip(graph.steps, binding.modes, strict=True):
                probe = step.action.probe
                for mode in dict.fromkeys([*modes, *((probe and probe.auth) or ())]):
                    users.setdefault(mode, []).append(f"{prefix}{step.id}")
    return users


def credential_findings(lanes: list[Prepared]) -> Iterator[Finding]:
    """For each mode that the lanes declare: where its credential is, or how to give it."""
    if not lanes:
        return
    users = declared(lanes)
    if not users:
        yield Finding("ok", "credentials", "No lane needs any.")
    missing: dict[AuthMode, list[str]] = {}
    for made in lanes:
        for one in made.plan.missing:
            missing.setdefault(one.mode, []).extend(one.needed_by)
    people = {choice.mode for made in lanes for choice in made.plan.choices if choice.attended}
    seen: set[Finding] = set()
    for mode, steps in users.items():
        lacking = missing.get(mode)
        finding = _credential(mode, lacking or steps, lanes[0], missing=bool(lacking), person=mode in people)
        if finding not in seen:  # one mode, narrowed in several ways, is found in one place
            seen.add(finding)
            yield finding


def _credential(mode: AuthMode, steps: list[str], made: Prepared, *, missing: bool, person: bool) -> Finding:
    found = made.find(mode)
    subject = f"credential {mode.name}"
    how = " ".join(mode.how())
    by = ", ".join(dict.fromkeys(steps))
    if found.credential is not None:
        return Finding("ok", subject, f"from {found.credential.source}{_traits(mode)}")
    if found.reason is not None:
        level: Level = "fail" if missing else "warn"
        return Finding(level, subject, f"found, but unfit: {found.reason}", how)
    if missing:
        return Finding("fail", subject, f"missing; needed by {by}", how)
    if person:
        return Finding("warn", subject, f"a person has to give it; needed by {by}", how)
    return Finding("ok", subject, f"not there, and not needed: {by} can do without")


def _traits(mode: AuthMode) -> str:
    words = ["it stops working by itself one day"] if mode.expires else []
    if not mode.fit_for_ci:
        words.append("it is not fit for CI")
    return "".join(f"; {word}" for word in words)
