"""Make the audit of a Fastfile from the walk through its lanes and the texts of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._advice.advice import advice_on
from ._audit import AuditedCall, AuditedLane, FileAudit
from ._auth.modes import NONE, stricter
from ._catalogue.catalogue import catalogue
from ._ci import stops
from ._find.findings import Finding
from ._find.legacy import connect_code, legacy_code, patches
from ._find.secrets import secrets, variables
from ._find.symbols import dead_symbols
from ._lanes import auth_of, enter_all, enter_hooks, enter_methods
from ._load.setup import load_setup
from ._plan import planned
from ._verdict import verdict_of
from ._walk.values import Table
from ._walk.walker import room_to_walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ._find.findings import Legacy
    from ._lanes import Entered
    from ._walk.program import Problem, Program
    from ._walk.record import Reached


def audit_file(path: Path, options: Table | None = None) -> FileAudit:
    """Audit one Fastfile, with all that it loads; its lanes with the options of CI's command, else with any."""
    with room_to_walk():
        walker = load_setup(path, in_ci=options is not None)
        program = walker.program
        elsewhere = bool(program.missing)
        lanes = tuple(_lane(entered, elsewhere) for entered in enter_all(walker, options or Table(open=True)))
        hooks = tuple(
            _part(hook.name, hook.platform, hook.file, hook.line, found)
            for hook, found in enter_hooks(walker)
        )
        helpers = tuple(
            _part(method.definition.name, None, method.file, method.definition.line, found)
            for method, found in enter_methods(walker)
        )
    legacy, connect, findings = _texts(program)
    problems = tuple(_problem(path.as_posix(), program, lanes))
    advised = advice_on(lanes, hooks, legacy, findings)
    unread = any(problem.kind == "not_ruby" for problem in problems)
    return FileAudit(
        file=path.as_posix(),
        lanes=lanes,
        hooks=hooks,
        helpers=helpers,
        legacy=legacy,
        connect_api=connect,
        findings=findings,
        missing=() if unread else tuple(_as_finding(one, "missing_file") for one in program.missing),
        problems=problems,
        plugins=tuple(program.plugins),
        files=tuple(program.sources),
        verdict=verdict_of(lanes, problems, advised),
        advised=advised,
    )


def _lane(entered: Entered, elsewhere: bool) -> AuditedLane:
    lane = entered.lane
    reached = _calls(entered.reached)
    auth = entered.auth(may_be_elsewhere=elsewhere)
    of_hooks = [one for _, found in entered.hooks for one in found]
    return AuditedLane(
        name=lane.name,
        platform=lane.platform,
        private=lane.private,
        auth=auth,
        file=lane.file,
        line=lane.line,
        calls=tuple(call for call in reached if not call.via),
        reached=tuple(call for call in reached if call.via),
        causes=_causes(reached, auth),
        auth_with_hooks=entered.auth_with_hooks(may_be_elsewhere=elsewhere),
        written=lane.written,
        stops=stops(entered.reached, of_hooks),
        plan=planned(reached),
    )


def _part(name: str, platform: str | None, file: str, line: int, found: Sequence[Reached]) -> AuditedLane:
    """A hook or a helper."""
    reached = _calls(found)
    auth = auth_of(found, may_be_elsewhere=False)
    return AuditedLane(
        name=name,
        platform=platform,
        private=False,
        auth=auth,
        file=file,
        line=line,
        calls=tuple(call for call in reached if not call.via),
        reached=tuple(call for call in reached if call.via),
        causes=_causes(reached, auth),
        auth_with_hooks=auth,
    )


def _causes(calls: Sequence[AuditedCall], auth: str) -> tuple[AuditedCall, ...]:
    return tuple(call for call in calls if call.auth == auth) if auth != NONE else ()


def _calls(found: Iterable[Reached]) -> tuple[AuditedCall, ...]:
    """The calls in the order of the source, each place once with its strictest verdict."""
    by_place: dict[tuple[object, ...], Reached] = {}
    for one in found:
        use = one.use
        if use.kind == "prompt":
            continue
        place = (one.depth > 0, use.file, use.start, use.name)
        before = by_place.get(place)
        if before is None or stricter(use.verdict.auth, before.use.verdict.auth):
            by_place[place] = one
    ordered = sorted(by_place.values(), key=lambda one: (one.depth, one.use.file, one.use.start))
    return tuple(map(_call, ordered))


def _call(one: Reached) -> AuditedCall:
    use, verdict = one.use, one.use.verdict
    action = catalogue().find(use.name)
    return AuditedCall(
        name=use.name,
        written=use.written,
        kind=use.kind,
        file=use.file,
        line=use.line,
        auth=verdict.auth,
        why=verdict.why,
        option=verdict.option,
        lowered_by=verdict.lowered_by,
        unless=verdict.unless,
        via=one.way,
        counterpart=action.counterpart if action is not None else None,
        lowered_to=verdict.lowered_to,
        has_key=verdict.has_key,
    )


def _texts(program: Program) -> tuple[tuple[Legacy, ...], tuple[Legacy, ...], tuple[Finding, ...]]:
    """What stands in the texts of all files."""
    trees = [(path, source.nodes) for path, source in program.sources.items()]
    legacy = tuple(one for file, nodes in trees for one in legacy_code(file, nodes))
    connect = tuple(one for file, nodes in trees for one in connect_code(file, nodes))
    findings = [
        one for file, nodes in trees for find in (patches, secrets, variables) for one in find(file, nodes)
    ]
    findings += dead_symbols(trees)
    findings += [
        Finding(one.file, one.line, "secret_in_file", f"{one.message} stands in a dotenv file", _KEEP_OUT)
        for one in program.secrets_in_env
    ]
    return legacy, connect, tuple(findings)


_KEEP_OUT = "Keep the file out of the repository; on CI take the value from its store of secrets."


def _problem(path: str, program: Program, lanes: Sequence[AuditedLane]) -> list[Finding]:
    """What could not be read; a file that is no Fastfile at all is one problem, not many."""
    found = [_as_finding(one, "unreadable") for one in program.problems]
    source = program.sources.get(path)
    if source is None or not source.broken or lanes:
        return found
    line = source.broken[0]
    if b"LaneFile" in source.data or b"import Foundation" in source.data:
        message, hint = (
            "this is Swift, not Ruby",
            "Audit reads Fastfiles in Ruby; a Fastfile.swift has other names.",
        )
    else:
        message, hint = "this is not Ruby", "Is it a Fastfile? Nothing in it could be read as a lane."
    return [Finding(path, line, "not_ruby", message, hint)]


def _as_finding(problem: Problem, kind: str) -> Finding:
    hint = (
        "What it defines is not in this report."
        if kind == "missing_file"
        else "What stands around it may be missing."
    )
    return Finding(problem.file, problem.line, kind, problem.message, hint)
