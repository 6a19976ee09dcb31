"""Offers the export in the place of files that people wrote: with the starts that these have, and tried out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from lane._errors import LaneError, PlanError, UsageError
from lane._lanefile.load import load
from lane._run.journal import store_folder

from .drift import drift, exported_before
from .export import exported
from .pipeline import workflows
from .policy import CiPolicy, LanePolicy, SystemName, read_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lane._lanefile.load import Project

    from .called_lane import CalledLane
    from .reading.found import CiReading, CiStart

_PATTERN = re.compile(r"[A-Za-z0-9._/*-]+")


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """What `lane ci export` would do for a system. It was tried: `problem` says why it cannot.

    `lanes` are those that files of other hands run; none where all files of the system were exported. `declare` is
    TOML to add to the file `into` first, `edits` are sentences on what else to write or to know. `approvals` are the
    jobs that wait for somebody to approve them, as `release-attended`; `in_the_way` the files that were not exported
    and have its names. `stale` are exported files that no longer match the lanes.
    """

    system: str
    lanes: tuple[str, ...]
    declare: str = ""
    into: str = "pyproject.toml"
    edits: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def command(self) -> str:
        """`lane ci export github`."""
        return f"lane ci export {self.system}"


def export_offers(
    reading: CiReading, calls: Iterable[CalledLane], modes: Iterable[str], file: str
) -> list[ExportOffer]:
    """The export of each system that is in use. `calls` are those of lanes in files that were not exported.

    `modes` are those that CI has without a person. Raises UsageError for a Lanefile that cannot be loaded.
    """
    project = load(file)
    lanes: dict[str, dict[str, list[CalledLane]]] = {}
    for one in calls:
        if one.lane is not None:
            lanes.setdefault(one.call.system, {}).setdefault(one.lane, []).append(one)
    return [
        _Offer(project, reading.root, system).made(lanes.get(system, {}), list(modes))
        for system in get_args(SystemName)
        if lanes.get(system) or (system in reading.systems and exported_before(Path(project.folder), system))
    ]


def _starts(calls: Iterable[CalledLane]) -> list[CiStart]:
    return list(dict.fromkeys(start for one in calls for start in one.call.starts))


class _Offer:
    """Makes the offer for one system."""

    def __init__(self, project: Project, root: Path, system: SystemName) -> None:
        self._project = project
        self._folder = Path(project.folder)
        self._root = root
        self._system: SystemName = system
        self._store = store_folder(project.folder)

    def made(self, lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]) -> ExportOffer:
        """The offer, after it was tried."""
        names = tuple(lane.name for lane in self._project.public if lane.name in lanes)
        try:
            if self._folder.resolve() != self._root.resolve():
                raise UsageError(
                    "Exported jobs run at the root of the repository, and the Lanefile is below it.",
                    hint="Put a Lanefile there.",
                )
            return self._tried(names, lanes, modes)
        except LaneError as error:
            hints = [one.hint for one in error.problems] if isinstance(error, PlanError) else [error.hint]
            said = " ".join([str(error), *dict.fromkeys(hint for hint in hints if hint)])
            return ExportOffer(self._system, names, problem=said)

    def _tried(
        self, names: tuple[str, ...], lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]
    ) -> ExportOffer:
        policy = read_policy(self._folder)
        stale = self._stale(policy)
        if not names:
            return ExportOffer(self._system, (), stale=stale)
        wanted = _wanted(policy, {name: lanes[name] for name in names}, modes)
        places = [name for name in ("pyproject.toml", "lane.toml") if (self._folder / name).is_file()]
        into = places[0] if places else "pyproject.toml"
        files = exported(self._project, wanted, self._system, names, self._store)
        made = [
            one
            for name in names
            for one in workflows(self._project, self._project.lane(name), wanted, self._store)
        ]
        known = exported_before(self._folder, self._system)
        return ExportOffer(
            self._system,
            names,
            _toml(policy, wanted, "ci" if into == "lane.toml" else "tool.lane.ci"),
            into,
            tuple(dict.fromkeys(edit for name in names for edit in self._edits(name, _starts(lanes[name])))),
            tuple(job.key for one in made for job in one.jobs if job.attended),
            tuple(path for path in files if (self._folder / path).exists() and path not in known),
            stale,
        )

    def _stale(self, policy: CiPolicy) -> tuple[str, ...]:
        if not exported_before(self._folder, self._system):
            return ()
        _, found = drift(self._project, policy, self._store, (self._system,))
        return tuple(f"{one.path} {one.what}" for one in found)

    def _edits(self, name: str, starts: Sequence[CiStart]) -> Iterator[str]:
        """What of a lane's starts no policy can say."""
        lane = self._project.lane(name)
        for start in starts:
            if start.kind == "schedule" and lane.schedule is None:
                yield _schedule_edit(name, start)
            elif start.kind in {"push", "tag"} and (start.detail or len(_patterns(start)) < _count(start)):
                yield f"{start.path}:{start.line}: {start.text} starts {name}; the export has no word for all of that."
            elif start.kind in {"pull_request", "other", "call"}:
                yield f"{start.path}:{start.line}: keep a file of your own for {start.text}: the export has none."


def _schedule_edit(name: str, start: CiStart) -> str:
    cron = start.cron or "…"
    zone = f', timezone="{start.timezone}"' if start.timezone not in {None, "UTC"} else ""
    return f'Write @lane(schedule="{cron}"{zone}) above {name}: the export then has its time.'


def _count(start: CiStart) -> int:
    return len(start.tags if start.kind == "tag" else start.branches)


def _patterns(start: CiStart) -> list[str]:
    """The patterns of a push, where the policy has words for them."""
    given = start.tags if start.kind == "tag" else start.branches
    return [one for one in given if _PATTERN.fullmatch(one)] if given else ["**"]


def _wanted(policy: CiPolicy, lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]) -> CiPolicy:
    """The policy with what the files have."""
    starts = {name: _declared(policy, name, calls) for name, calls in lanes.items()}
    had = list(dict.fromkeys([*policy.modes, *modes]))
    return policy.model_copy(update={"modes": had, "lanes": {**policy.lanes, **starts}})


def _declared(policy: CiPolicy, name: str, calls: Sequence[CalledLane]) -> LanePolicy:
    """What starts a lane, and its parameters: what is declared of it already, and what its files have."""
    before = policy.lanes.get(name, LanePolicy())
    starts = _starts(calls)
    given = {key: value for one in calls for key, value in one.parameters}
    found: dict[str, Any] = {"parameters": {**given, **before.parameters}}
    for key, kind in (("branches", "push"), ("tags", "tag")):
        patterns = [one for start in starts if start.kind == kind for one in _patterns(start)]
        found[key] = list(dict.fromkeys([*getattr(before, key), *patterns]))
    return before.model_copy(update=found)


def _toml(before: CiPolicy, after: CiPolicy, table: str) -> str:
    """The keys that differ, as they are to stand below a table."""
    parts = []
    if after.modes != before.modes:
        parts.append(f"[{table}]\nmodes = {_list(after.modes)}")
    for name, policy in after.lanes.items():
        old = before.lanes.get(name)
        lines = [
            f"{key} = {_list(value)}"
            for key in ("branches", "tags")
            if (value := getattr(policy, key)) and value != getattr(old, key, None)
        ]
        if lines or old is None:
            parts.append("\n".join([f"[{table}.lanes.{name}]", *lines]))
        if policy.parameters != (old.parameters if old is not None else {}):
            values = [f"{key} = {json.dumps(value)}" for key, value in policy.parameters.items()]
            parts.append("\n".join([f"[{table}.lanes.{name}.parameters]", *values]))
    return "\n\n".join(parts)


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(word) for word in words)}]"
