"""Offers the export in the place of files that people wrote: with the starts that these have, and tried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from lane._ci.drift import drift, exported_before
from lane._ci.export import exported
from lane._ci.pipeline import workflows
from lane._ci.policy import LanePolicy, SystemName, declared, read_policy
from lane._ci.subfolder import subfolder, to_write
from lane._errors import LaneError, PlanError
from lane._lanefile.load import load
from lane._run.journal import store_folder

from .starts import carried_over, left_out, together
from .words import to_declare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lane._ci.policy import CiPolicy
    from lane._ci.reading.found import CiReading
    from lane._lanefile.load import Project

    from .called_lane import CalledLane


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """What `lane ci export` would do for a system. It was tried: `problem` says why it cannot.

    `lanes` are those that files of other hands run; none where all files of the system were exported. `declare` is
    TOML to add to the file `into` first, `edits` are sentences on what else to write or to know. `approvals` are the
    jobs that wait for somebody to approve them, as `release-attended`; `in_the_way` the files that were not exported
    and have its names. `stale` are exported files that no longer match the lanes, `known` all that were exported.
    """

    system: str
    lanes: tuple[str, ...]
    declare: str = ""
    into: str = "pyproject.toml"
    edits: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def command(self) -> str:
        """`lane ci export github`."""
        return f"lane ci export {self.system}"


def export_offers(reading: CiReading, calls: Sequence[CalledLane], file: str) -> list[ExportOffer]:
    """The export of each system that is in use. `calls` are those of lanes in files that were not exported.

    CI has the modes whose credentials these are given. Raises UsageError for a Lanefile that cannot be loaded.
    """
    project = load(file)
    modes = list(dict.fromkeys(mode for one in calls for mode in one.given))
    lanes: dict[str, dict[str, list[CalledLane]]] = {}
    for one in calls:
        if one.lane is not None:
            lanes.setdefault(one.call.system, {}).setdefault(one.lane, []).append(one)
    return [
        _Offer(project, reading.root, system).made(lanes.get(system, {}), modes)
        for system in get_args(SystemName)
        if lanes.get(system) or (system in reading.systems and exported_before(Path(project.folder), system))
    ]


class _Offer:
    """Makes the offer for one system."""

    def __init__(self, project: Project, root: Path, system: SystemName) -> None:
        self._project = project
        self._folder = Path(project.folder)
        self._root = root
        self._system: SystemName = system
        self._store = store_folder(project.folder)
        self._known = tuple(exported_before(self._folder, system))

    def made(self, lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]) -> ExportOffer:
        """The offer, after it was tried."""
        names = tuple(lane.name for lane in self._project.public if lane.name in lanes)
        try:
            return self._tried(names, lanes, modes)
        except LaneError as error:
            hints = [one.hint for one in error.problems] if isinstance(error, PlanError) else [error.hint]
            said = " ".join([str(error), *dict.fromkeys(hint for hint in hints if hint)])
            return ExportOffer(self._system, names, known=self._known, problem=said)

    def _tried(
        self, names: tuple[str, ...], lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]
    ) -> ExportOffer:
        place = declared(self._folder)
        policy = read_policy(self._folder)
        stale = self._stale(policy)
        if not names:
            return ExportOffer(self._system, (), stale=stale, known=self._known)
        mine = {name: lanes[name] for name in names}
        wanted = _wanted(policy, mine, modes)
        files = exported(self._project, wanted, self._system, names, self._store)
        made = [
            one
            for name in names
            for one in workflows(self._project, self._project.lane(name), wanted, self._store)
        ]
        by_hand = to_write(self._system, subfolder(self._folder))
        added, changed = to_declare(policy, wanted, place)
        return ExportOffer(
            self._system,
            names,
            added,
            place.file,
            tuple(dict.fromkeys([*changed, *self._left_out(mine), *by_hand])),
            tuple(job.key for one in made for job in one.jobs if job.attended),
            tuple(path for path in files if (self._root / path).exists() and path not in self._known),
            stale,
            self._known,
        )

    def _left_out(self, lanes: Mapping[str, Sequence[CalledLane]]) -> Iterator[str]:
        for name, calls in lanes.items():
            yield from left_out(self._project.lane(name), calls)
        yield from together(one for calls in lanes.values() for one in calls)

    def _stale(self, policy: CiPolicy) -> tuple[str, ...]:
        if not self._known:
            return ()
        _, found = drift(self._project, policy, self._store, (self._system,))
        return tuple(f"{one.path} {one.what}" for one in found)


def _wanted(policy: CiPolicy, lanes: Mapping[str, Sequence[CalledLane]], modes: list[str]) -> CiPolicy:
    """The policy with what the files have."""
    starts = {
        name: carried_over(policy.lanes.get(name, LanePolicy()), calls) for name, calls in lanes.items()
    }
    had = list(dict.fromkeys([*policy.modes, *modes]))
    return policy.model_copy(update={"modes": had, "lanes": {**policy.lanes, **starts}})
