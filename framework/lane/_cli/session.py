"""What a command that runs steps works with: the Lanefile, the store, the reporters, the sandbox."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lane._errors import PlanError, UsageError
from lane._lanefile.load import load
from lane._plan import prepare as _prepare
from lane._plan.credentials import Finder
from lane._redact import redactor
from lane._report.ci import detect
from lane._report.masks import masks
from lane._run.journal import Journal, store_folder
from lane._run.signals import as_ctrl_c, caught_by
from lane._run.stream import captured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lane._lanefile.load import Project
    from lane._plan.credentials import Policy
    from lane._plan.prepare import Prepared
    from lane._report.choose import Reporters
    from lane._run.journal import Run


class Session:
    """One call of a command. `setting` is `ci` or `local`; `parallel` is how many steps run at a time."""

    def __init__(
        self,
        *,
        file: str | None,
        env: str | None,
        setting: str,
        parallel: int = 1,
        as_json: bool = False,
        junit: str | None = None,
        verbose: bool = False,
        faults: str | None = None,
    ) -> None:
        redactor.tell(masks(detect(), os.environ, sys.stderr))
        self.setting = setting
        self.parallel = parallel
        self.project: Project = load(file)
        self.store = store_folder(self.project.folder)
        self._env = env
        self.as_json = as_json
        self._junit = junit
        self._verbose = verbose
        self._faults = Path(faults) if faults else None

    @cached_property
    def reporter(self) -> Reporters:
        """Those who look at the run."""
        from lane._report.choose import reporters_for

        junit = Path(self._junit) if self._junit else None
        return reporters_for(json=self.as_json, junit=junit, verbose=self._verbose)

    def journal(self) -> Journal:
        """The store's journal, open."""
        return Journal(self.store)

    def prepare(
        self,
        lane: str,
        given: Mapping[str, Any],
        *,
        policy: Policy | None = None,
        sandbox: bool = False,
        by_machine: bool = False,
    ) -> Prepared:
        """Plan a lane; what is wrong with it is in the result."""
        return _prepare.prepare(
            self.project,
            self.project.lane(lane),
            given,
            setting=self.setting,
            policy=policy,
            env=self._env,
            sandbox=sandbox,
            by_machine=by_machine,
            store=self.store,
        )

    def prepare_again(self, run: Run) -> Prepared:
        """Plan the lane of a run as it is today, with the run's own parameters. Raises UsageError."""
        from lane._run.resume import droppable, given_parameters

        with droppable(run):
            given = given_parameters(run, self.project.lane(run.lane))
        return self.prepare(run.lane, given, sandbox=run.sandbox)

    @contextmanager
    def surroundings(self, prepared: Prepared) -> Iterator[Finder]:
        """The offline Apple where it is meant, and steps' prints in their logs; gives a finder of credentials."""
        if self._faults is not None and not prepared.sandbox:
            raise UsageError(
                "--faults is for rehearsals, but this lane meets the real Apple.", hint="Add --sandbox."
            )
        # The reporter comes before what captures: it has the real stdout.
        with (
            caught_by(as_ctrl_c),
            self.reporter,
            captured(),
            _offline_apple(prepared, self.store, self._faults),
        ):
            yield Finder(prepared.environment, self.project.folder)


def approve(prepared: Prepared, digest: str | None) -> None:
    """Raise PlanError for a lane that cannot be planned, UsageError where another plan was approved."""
    if prepared.problems:
        raise PlanError(prepared.problems)
    if digest is not None and digest != prepared.plan.digest:
        raise UsageError(
            f"The plan is not the one that was approved: it is {prepared.plan.digest}.",
            hint="Look at `lane plan`, and approve the new digest.",
            code="not_approved",
        )


@contextmanager
def _offline_apple(prepared: Prepared, store: str, faults: Path | None) -> Iterator[None]:
    """Run the offline Apple while a lane that is meant for it runs."""
    if not prepared.sandbox:
        yield
        return
    with _prepare.started(store, prepared.environment, faults) as names:
        prepared.environment = prepared.environment.overlaid("sandbox", names)
        yield


def say(session: Session, event: str, text: str) -> None:
    """Say something between runs, to a script as an event."""
    click.echo(json.dumps({"event": event, "text": text}) if session.as_json else text)
