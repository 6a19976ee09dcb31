"""Takes hand-offs from a folder: what they leave becomes a run of this store, with one job that waits."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import PersonNeededError
from lane._report.reporter import FAILED, SKIPPED, SUCCEEDED

from .begin import check_steps, new_run
from .carried import settled
from .claim import claimed
from .disk import disk_problem
from .handoff import FILES, Entry, File, Folder, HandedJob, HandOff, Link
from .keeping import KEPT, record_files
from .parcel import Item, lay_out
from .pending import names_after
from .portable import HandOffError
from .states import HANDED_OVER, PENDING
from .taken import taken
from .values import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._plan.prepare import Prepared

    from .copying import Copied
    from .handoff_claim import Claim
    from .handoff_offer import Offer
    from .journal import JobRow, Journal, Run

_GAVE_NOTHING = frozenset({SKIPPED, FAILED})


def take(offer: Offer, prepared: Prepared, journal: Journal, claim: Claim) -> Run:
    """Make a run of what was left, with its files in the run's own folder. The lane is as it was (by its digest).

    Raises HandOffError where a file is not what was left, where an output no longer has the type that it has today,
    and where another process was quicker; CredentialError, UsageError or PersonNeededError where the job cannot run
    here.
    """
    steps = _fitting_steps(offer, prepared)
    check_steps(prepared, steps)
    _check_person(offer, prepared, steps)
    run = new_run(prepared)
    home = Path(journal.folder, "runs", run.id)
    try:
        with claimed(journal.folder, run.id):
            laid = [_Laid(home / KEPT / str(number), *part) for number, part in enumerate(offer.parts)]
            outputs = _outputs(prepared, laid)
            _record(journal, run, offer, laid, outputs, claim)
    except OSError as error:
        shutil.rmtree(home, ignore_errors=True)
        message, hint = disk_problem(error) or (str(error), None)
        raise HandOffError(f"What was handed over cannot be laid out: {message}", hint=hint) from None
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return run


def _fitting_steps(offer: Offer, prepared: Prepared) -> list[int]:
    """The steps of the job.

    Raises HandOffError where the jobs have steps that the lane does not, or lack an output that the job takes.
    """
    by_id = {step.id: index for index, step in enumerate(prepared.graph.steps)}
    for job in offer.jobs:
        for name in job.steps:
            if name not in by_id:
                raise _does_not_fit(offer, f"the lane {offer.first.lane} has no step {name!r}")
    steps = [by_id[name] for job in offer.jobs if job.name == offer.job for name in job.steps]
    handed = {name: step for _, part in offer.parts for name, step in part.steps.items() if step.has_output}
    ended = {name: step.state for _, part in offer.parts for name, step in part.steps.items()}
    for index in taken(prepared.graph, steps):
        name = prepared.graph.steps[index].id
        if ended.get(name) not in _GAVE_NOTHING and name not in handed:
            raise _does_not_fit(offer, f"the output of {name} is needed, and is not in it")
    return steps


def _check_person(offer: Offer, prepared: Prepared, steps: Sequence[int]) -> None:
    """A job that needs a person is left to a place where one is."""
    choices = [prepared.plan.choices[index] for index in steps]
    modes = dict.fromkeys(choice.mode for choice in choices if choice.attended and choice.mode)
    if modes and prepared.plan.setting != "local":
        ways = [way for mode in modes for way in mode.how()[:1]]
        raise PersonNeededError(
            f"{offer.job} of the run {offer.origin} needs a person for {', '.join(mode.name for mode in modes)}.",
            hint=f"Take it in a terminal, with --local. Or: {' '.join(ways)}",
        )


def _does_not_fit(offer: Offer, why: str) -> HandOffError:
    return HandOffError(
        f"The hand-off of {offer.job} from the run {offer.origin} cannot be taken: {why}.",
        hint="It is not what a run of this lane left. Begin a new run.",
        code="handoff_damaged",
    )


class _Laid:
    """The files of one hand-off, laid out below `base`."""

    def __init__(self, base: Path, folder: Path, part: HandOff) -> None:
        self.base = base
        self.part = part
        self.items = [_item(entry, folder / FILES) for entry in part.files]
        self.copied: dict[str, Copied] = lay_out(base, self.items) if self.items else {}
        for entry in part.files:
            if isinstance(entry, File):
                _check(entry, self.copied[entry.path], part)

    @property
    def roots(self) -> dict[str, str]:
        """The places of what is in nothing else, and a step that names it."""
        return {
            "/".join(path.split("/")[:2]): name
            for name, step in self.part.steps.items()
            for path in step.files.values()
        }


def _item(entry: Entry, files: Path) -> Item:
    if isinstance(entry, Folder):
        return Item(entry.path, "folder", files)
    if isinstance(entry, Link):
        return Item(entry.path, "link", files, target=entry.target)
    source = files / entry.sha256
    if not source.is_file() or source.stat().st_size != entry.size:
        raise _other_file(entry.path, f"{source} is missing or cut off")
    return Item(entry.path, "file", source, executable=entry.executable)


def _check(entry: File, copied: Copied, part: HandOff) -> None:
    if copied != (entry.sha256, entry.size):
        raise _other_file(
            entry.path, f"its SHA-256 is {copied.sha256}, but the run {part.run} left {entry.sha256}"
        )


def _other_file(path: str, why: str) -> HandOffError:
    hint = "It was damaged or changed since it was left. Fetch the hand-off again, or begin a new run."
    return HandOffError(
        f"The file {path} of the hand-off cannot be taken: {why}.", hint=hint, code="handoff_damaged"
    )


def _outputs(prepared: Prepared, laid: Sequence[_Laid]) -> dict[str, tuple[str, str, str | None]]:
    """The state, message and output of each step that has ended, by step; outputs with the files where they are now."""
    steps = {step.id: step for step in prepared.graph.steps}
    found: dict[str, tuple[str, str, str | None]] = {}
    for one in laid:
        message = f"handed over from the run {one.part.run}"
        for name, handed in one.part.steps.items():
            step = steps.get(name.partition("[")[0])
            if step is None or (name in found and found[name][2] is not None):
                continue
            output = None
            if handed.has_output:
                counts = step.fan is not None and name == step.id
                output = _output(
                    name, handed.output, handed.files, one, int if counts else step.action.options.result
                )
            found[name] = (handed.state, message, output)
    return found


def _output(name: str, document: object, files: dict[str, str], laid: _Laid, annotation: object) -> str:
    try:
        output = settled(document, files, laid.base)
        decode(output, annotation)
    except (LookupError, ValueError) as error:
        raise HandOffError(
            f"The output of {name} in the hand-off is not what the step gives today: {error}.",
            hint="Begin a new run, or put the action back as it was.",
        ) from None
    return output


def _record(
    journal: Journal,
    run: Run,
    offer: Offer,
    laid: Sequence[_Laid],
    outputs: dict[str, tuple[str, str, str | None]],
    claim: Claim,
) -> None:
    """Write all of it at once: a process that is killed leaves all or nothing."""
    journal.begin()
    try:
        _claim_for(journal, run, offer)
        now = time.time()
        for number, (name, (state, message, output)) in enumerate(outputs.items()):
            event = (run.id, number, now, name, state, 1, output, output is not None, message)
            journal.write("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", event)
        for one in laid:
            record_files(journal, run.id, one.base, one.roots, one.items, one.copied)
        journal.add_run(run, _rows(offer))
    except BaseException:
        journal.roll_back()
        raise
    claim.run = run.id
    claim.write(run.id)


def _claim_for(journal: Journal, run: Run, offer: Offer) -> None:
    """Let a run be the one that took a hand-off, unless another is."""
    update = "UPDATE handoffs SET run=? WHERE origin=? AND job=? AND run IS NULL"
    if not journal.write(update, (run.id, offer.origin, offer.job)):
        raise HandOffError(
            f"The hand-off of {offer.job} from the run {offer.origin} was taken by another process just now.",
            hint="Wait until that ends.",
            code="handoff_busy",
        )


def _rows(offer: Offer) -> list[JobRow]:
    """The jobs as the journal has them: what is neither done nor to come here runs elsewhere."""
    jobs = offer.jobs
    own = names_after(jobs, {offer.job})
    return [_row(job, PENDING if job.name in own else HANDED_OVER) for job in jobs]


def _row(job: HandedJob, otherwise: str) -> JobRow:
    return (
        job.name,
        job.kind,
        job.cron,
        job.timezone,
        job.attended,
        json.dumps(job.needs),
        json.dumps(job.steps),
        SUCCEEDED if job.ended else otherwise,
        None,
    )
