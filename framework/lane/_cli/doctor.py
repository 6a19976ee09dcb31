"""`lane doctor`: looks at the machine, the Lanefile and the credentials, and says what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane._errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, LaneError, UsageError
from lane._lanefile.load import find, load
from lane._redact import redactor

from .finding import Finding
from .options import as_json, environment, lanefile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._lanefile.load import Project


@click.command()
@as_json
@environment
@lanefile
@click.help_option("-h", "--help")
def doctor(*, as_json: bool, env: str | None, file: str | None) -> int:
    """Check the machine, the credentials and the Lanefile.

    Exit code 0 where nothing fails, 1 where something does, 2 where the Lanefile cannot be loaded.
    """
    checkup = Checkup(file, env)
    findings: list[Finding] = []
    for finding in checkup.findings():
        findings.append(finding)
        if not as_json:
            _show(finding)
    failed = any(finding.level == "fail" for finding in findings)
    if as_json:
        rows = [{name: redactor(text) for name, text in finding._asdict().items()} for finding in findings]
        click.echo(json.dumps({"ok": not failed, "checks": rows}, indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{_summary(findings)}")
    if checkup.broken:
        return EXIT_USAGE
    return EXIT_FAILED if failed else EXIT_OK


class Checkup:
    """All checks, in the order in which one mends what they find. `broken`: the Lanefile cannot be loaded."""

    def __init__(self, file: str | None, env: str | None) -> None:
        self._file = file
        self._env = env
        self.broken = False

    def findings(self) -> Iterator[Finding]:
        """Look at one thing after the other."""
        from lane._run.journal import store_folder

        from .doctor_machine import machine_findings

        folder = self._folder()
        store = store_folder(folder)
        yield from machine_findings(folder, store)
        project, finding = self._project()
        yield finding
        if project is not None:
            yield from self._of_project(project, store)

    def _folder(self) -> str:
        """The Lanefile's folder, or this one."""
        try:
            file = self._file or find()
        except UsageError:
            return os.getcwd()  # noqa: PTH109
        return os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120

    def _project(self) -> tuple[Project | None, Finding]:
        try:
            project = load(self._file)
        except LaneError as error:
            if error.code == "no_lanefile" and self._file is None:
                return None, Finding("warn", "lanefile", error.message, error.hint or "")
            self.broken = True
            return None, Finding("fail", "lanefile", str(error), error.hint or "")
        count = len(project.public)
        return project, Finding("ok", "lanefile", f"{project.file} ({count} lane{'' if count == 1 else 's'})")

    def _of_project(self, project: Project, store: str) -> Iterator[Finding]:
        from lane._plan.environment import environment as read_environment

        from .doctor_modes import checkup_findings
        from .doctor_project import Lanes, actions_findings, credential_findings, declared
        from .doctor_secrets import secret_findings

        yield from actions_findings(project)
        try:
            surroundings = read_environment(project.folder, self._env)
        except UsageError as error:
            yield Finding("fail", "environment", error.message, error.hint or "")
            return
        lanes = Lanes(project, store, self._env)
        yield from lanes.findings()
        yield from credential_findings(lanes.prepared)
        yield from checkup_findings(lanes.prepared, store)
        names = [name for mode in declared(lanes.prepared) for name in mode.names]
        yield from secret_findings(Path(project.folder), names, surroundings)


_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.level]
    text = redactor(f"{finding.subject}: {finding.message}")
    click.echo(f"{click.style(mark, fg=colour)} {finding.level:<4}  {text}")
    if finding.hint:
        click.echo(redactor(f"        → {finding.hint}"))


def _summary(findings: list[Finding]) -> str:
    fails = sum(finding.level == "fail" for finding in findings)
    warnings = sum(finding.level == "warn" for finding in findings)
    if not fails and not warnings:
        return "All is well."
    return f"{fails} failed, {warnings} to look at, {len(findings) - fails - warnings} ok."
