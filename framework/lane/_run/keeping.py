"""Keeps what a waiting job will take: copies of the files that outputs name, in the run's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import LaneError

from .carried import settled
from .leaving import carried_output, left_for, parcel_of
from .parcel import lay_out, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePath

    from lane._plan.plan import Job

    from .copying import Copied
    from .journal import Journal
    from .leaving import Left
    from .parcel import Item, Parcel
    from .recorder import Recorder
    from .run import Running

KEPT = "kept"  # the folder in the run's own


def keep_files(running: Running, jobs: Sequence[Job]) -> None:
    """Copy the files that these waiting jobs take, since the next build may write over them.

    Where that cannot be done it is told, and the jobs will take the files where they are.
    """
    recorder, graph = running.recorder, running.plan.graph
    home = Path(recorder.place)
    try:
        left = left_for(graph, jobs, recorder.journal.states(recorder.run_id), lost=True)
        own = {name: one._replace(paths=_outside(one, home)) for name, one in left.items()}
        parcel = parcel_of(own, recorder.folder)
        if parcel.roots:
            _keep(recorder, parcel, {name: one for name, one in own.items() if one.paths})
    except (LaneError, OSError) as error:
        names = ", ".join(job.name for job in jobs)
        recorder.reporter.notice(
            "warning", f"What {names} will take is not kept, and has to stay where it is: {error}"
        )


def _outside(one: Left, home: Path) -> frozenset[PurePath]:
    return frozenset(path for path in one.paths if not path.is_relative_to(home))


def _keep(recorder: Recorder, parcel: Parcel, left: dict[str, Left]) -> None:
    outputs = {name: carried_output(name, one, parcel.places) for name, one in left.items()}
    folder = Path(recorder.place, KEPT)
    base = folder / str(len(list(folder.iterdir())) if folder.is_dir() else 0)
    items = [item for _, item in parcel.items()]
    copied = lay_out(base, items)
    with recorder.lock:
        for name, (document, files) in outputs.items():
            state, output = left[name].state, settled(document, files, base)
            recorder.event(name, state.state, state.attempt, output, True, state.message, state.time)
        record_files(recorder.journal, recorder.run_id, base, parcel.roots, items, copied)
        recorder.commit()


def record_files(
    journal: Journal,
    run: str,
    base: Path,
    roots: Mapping[str, str],
    items: Sequence[Item],
    copied: Mapping[str, Copied],
) -> None:
    """Write what was laid out below `base` to the journal: each root with its step and digest."""
    journal.begin()
    for place, step in roots.items():
        whole = summed(place, items, copied)
        journal.add_artifact(run, step, f"{KEPT}/{base.name}/{place}", whole.size, whole.sha256)
