"""`lane run --job NAME --handoff DIR`: jobs that other runs left, run here."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from lane._errors import LaneError, UsageError
from lane._report.reporter import SUCCEEDED
from lane._run.handoff_claim import Claim, claimed_here
from lane._run.handoff_offer import Offer, offers
from lane._run.handoff_take import take
from lane._run.pending import run_each_once
from lane._run.portable import HandOffError

from .complain import complain
from .session import approve, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lane._plan.credentials import Policy
    from lane._plan.prepare import Prepared
    from lane._run.journal import Journal, Run

    from .session import Session

_JOB = re.compile("(main|scheduled|attended)(-.+)?")


class HandedOver:
    """One call of the command: the hand-offs of a folder for one job of one lane."""

    def __init__(
        self,
        session: Session,
        journal: Journal,
        lane: str,
        job: str,
        folder: Path,
        *,
        given: Mapping[str, Any],
        policy: Policy | None,
        sandbox: bool,
        approved: str | None,
        export: Path | None,
    ) -> None:
        self.session = session
        self.journal = journal
        self.lane = lane
        self.job = job
        self.folder = folder
        self.given = given
        self.policy = policy
        self.sandbox = sandbox or session.project.app.sandbox
        self.approved = approved
        self.export = export
        self._claims: dict[str, Claim] = {}

    def run(self) -> int:
        """Take and run all that is there for the job, the oldest first; the exit code of the first that failed."""
        if not _JOB.fullmatch(self.job):
            hint = "`lane plan` shows them: main, scheduled, attended, numbered from the second on."
            raise UsageError(f"{self.job!r} is no name of a job.", hint=hint, code="unknown_job")
        offered = offers(self.folder, self.lane, self.job)
        code = max((complain(problem) for problem in offered.problems), default=0)
        with ExitStack() as held:
            runs: list[Run] = []
            for offer in offered.found:
                try:
                    run = self._taken(offer, held)
                except LaneError as error:
                    code = code or complain(error)
                    continue
                if run is not None:
                    runs.append(run)
            ended = run_each_once(
                self.journal, runs, self.job, prepare=self._prepare, go_on=self._go_on, tell=self._tell_done
            )
            self._finish()
        if not offered.found and not code:
            self._tell_none(offered.others)
        return code or ended

    def _taken(self, offer: Offer, held: ExitStack) -> Run | None:
        """The run that an offer becomes, or became before; None where there is nothing to do for it now."""
        if offer.lacks:
            self._tell_waits(offer)
            return None
        claim = held.enter_context(claimed_here(offer.folder, offer.origin, self.job, self.journal))
        if claim.done:
            by = f" by the run {claim.run}" if claim.run else ""
            text = f"There is nothing to do: {self.job} of the run {offer.origin} is done already{by}."
            say(self.session, "nothing_to_do", text)
            return None
        run = None if claim.run is None else self.journal.run(claim.run)
        if run is None:
            self._check_apple(offer)
            prepared = self._prepare(offer.as_run())
            approve(prepared, self.approved)
            run = take(offer, prepared, self.journal, claim)
        self._claims[run.id] = claim
        return run

    def _tell_none(self, others: list[str]) -> None:
        text = f"There is nothing to do: {self.folder} has no hand-off for the job {self.job} of {self.lane}"
        text += f", only for {', '.join(others)}." if others else "."
        say(self.session, "nothing_to_do", text)

    def _tell_waits(self, offer: Offer) -> None:
        """A scheduled job may wait for the next time; any other is called when all should be there."""
        text = f"{self.job} of the run {offer.origin} waits for {', '.join(offer.lacks)}."
        if not self.job.startswith("scheduled"):
            hint = f"Put the hand-off that each of them leaves into {self.folder} too."
            raise HandOffError(text, hint=hint, code="job_waits")
        say(self.session, "waits", text)

    def _check_apple(self, offer: Offer) -> None:
        if offer.first.sandbox == self.sandbox:
            return
        met = {True: "the offline Apple", False: "the real one"}
        hint = "Add --sandbox." if offer.first.sandbox else "Leave --sandbox, and app(sandbox=True), out."
        raise HandOffError(
            f"{self.job} of the run {offer.origin} was left against {met[offer.first.sandbox]}, "
            f"but here the lane meets {met[self.sandbox]}.",
            hint=hint,
            code="other_apple",
        )

    def _prepare(self, run: Run) -> Prepared:
        """Plan the lane by what the run was begun with; it has to be the plan that it was."""
        from lane._run.resume import given_parameters, unchanged

        handed = given_parameters(run, self.session.project.lane(run.lane))
        for name in self.given.keys() & handed.keys():
            raise UsageError(
                f"The hand-off has the parameter {name}; another value would be another run.",
                hint="Give no parameters but secret ones, which are not handed over.",
            )
        prepared = self.session.prepare(
            run.lane, {**self.given, **handed}, policy=self.policy, sandbox=run.sandbox
        )
        approve(prepared, None)
        unchanged(prepared, run)
        return prepared

    def _go_on(self, run: Run) -> int:
        from lane._run.resume import resume

        try:
            prepared = self._prepare(run)
            with self.session.surroundings(prepared) as find:
                return resume(
                    prepared,
                    run,
                    self.journal,
                    self.session.reporter,
                    parallel=self.session.parallel,
                    find=find,
                    only=self.job,
                    handoffs=self.export,
                )
        except LaneError as error:
            return complain(error)
        finally:
            self._finish()

    def _tell_done(self, text: str) -> None:
        say(self.session, "done_elsewhere", text)

    def _finish(self) -> None:
        """Say beside the hand-offs which are done."""
        for run, claim in self._claims.items():
            if not claim.done and self.journal.jobs(run)[self.job].state == SUCCEEDED:
                claim.finish(run)


def run_handed_over(session: Session, lane: str, job: str | None, folder: Path, **options: Any) -> int:
    """`lane run LANE --job NAME --handoff DIR`; `options` are those of `HandedOver`. Its exit code."""
    if job is None:
        hint = f"lane run {lane} --job NAME --handoff {folder}"
        raise UsageError("--handoff is for one job: say which.", hint=hint)
    journal = session.journal()
    try:
        return HandedOver(session, journal, lane, job, folder, **options).run()
    finally:
        journal.close()
