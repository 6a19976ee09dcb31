"""`lane auth status`: whether sessions live, for how long, and what depends on them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from lane import CredentialError
from lane_apple._modes import api_key
from lane_apple._session.life import FACE_NAMES
from lane_apple._session.masking import shown

from .dependants import dependants
from .known import known, used_by_lanes
from .report import EXIT_CODES, report, worst
from .when import moment, span

if TYPE_CHECKING:
    from lane_apple._session.life import Life

    from .dependants import Dependants
    from .place import Place
    from .report import FaceReport, Report, Verdict

_FACES = {face: name.removeprefix("the ") for face, name in FACE_NAMES.items()}
_MARKS: dict[Verdict, str] = {
    "alive": "✓ {} works without a person.",
    "renewable": "✓ {} works without a person: what is over is renewed when a lane runs.",
    "unknown": "? Whether {} works is not known: Apple could not be asked.",
    "person": "✗ {} needs a person now: lane auth login",
    "broken": "✗ {} cannot be used: what is there is unfit.",
}


def show_status(place: Place, account: str | None, *, as_json: bool, offline: bool) -> int:
    """Print it; the exit code that a cron job can use."""
    if offline:
        reports, used, key = _look(place.unmet(account), account, offline=True)
    else:
        with place.met(account) as met:
            reports, used, key = _look(met, account, offline=False)
    lanes = dependants(place)
    if as_json:
        from .status_json import document

        click.echo(json.dumps(document(reports, used, key, lanes, place), indent=2, ensure_ascii=False))
    else:
        _print(reports, used, key, lanes)
    return _code(reports, lanes)


def _look(
    place: Place, account: str | None, *, offline: bool
) -> tuple[list[Report], str | None, dict[str, Any]]:
    reports = [report(one, offline=offline) for one in known(place, account)]
    return reports, used_by_lanes(place), _key(place)


def _key(place: Place) -> dict[str, Any]:
    """The API key that lanes would take."""
    try:
        key = api_key.find(place.environment, place.folder)
    except CredentialError as error:
        return {"found": False, "unfit": str(error)}
    if key is None:
        return {"found": False}
    return {"found": True, "key_id": key.key_id, "kind": key.kind, "source": key.source}


def _code(reports: list[Report], lanes: Dependants | None) -> int:
    """Where no Apple ID is known, a person is needed unless no lane depends on one."""
    if reports:
        return EXIT_CODES[worst([each.verdict for each in reports])]
    needless = lanes is not None and not lanes.steps and lanes.trouble is None
    return 0 if needless else EXIT_CODES["person"]


# For people


def _print(reports: list[Report], used: str | None, key: dict[str, Any], lanes: Dependants | None) -> None:
    click.echo(f"API key: {_key_line(key)}")
    if not reports:
        click.echo("No Apple ID is known here: `lane auth login` signs one in.")
        if lanes is not None:
            click.echo(f"Lanes that depend on one: {lanes}")
    for each in reports:
        click.echo(f"\n{shown(each.account)}")
        mine = lanes if used is not None and each.account.lower() == used.lower() else None
        for label, text in _lines(each, mine):
            click.echo(f"  {label:<17}  {text}".rstrip())
        click.echo(f"  {_MARKS[each.verdict].format(shown(each.account))}")


def _key_line(key: dict[str, Any]) -> str:
    if key["found"]:
        return f"{key['key_id']} ({key['kind']}) from {key['source']}"
    return f"unfit: {key['unfit']}" if "unfit" in key else "none"


def _lines(one: Report, lanes: Dependants | None) -> list[tuple[str, str]]:
    session = one.session
    found = [("modes", ", ".join(one.modes) or "none")]
    if session is not None:
        made = f"made {moment(session.made_at)}" if session.made_at else "made nobody knows when"
        found.append(("session", f"{session.source}; {made} on {session.made_on or 'another machine'}"))
        found += [(_FACES[face], _face(each)) for face, each in (one.faces or {}).items()]
        found.append(("trust", _trust(one)))
    found += [("history", text) for text in _history(one.history)]
    if lanes is not None:
        found.append(("lanes", str(lanes)))
    return [*found, *(("trouble", text) for text in one.troubles)]


def _face(one: FaceReport) -> str:
    if one.state == "dead":
        return f"dead ({one.expected.why})"
    state = one.state if one.asked or one.state != "unknown" else "not asked"
    until = one.expected.until
    if until is None:
        return f"{state}; how long it lives is not known: {one.expected.why}"
    left = until - time.time()
    expected = (
        f"expected to end {moment(until)} (in {span(left)})"
        if left > 0
        else f"was expected to end {moment(until)}"
    )
    return f"{state}; {expected}: {one.expected.why}"


def _trust(one: Report) -> str:
    assert one.session is not None
    until = one.session.trust_until
    if until is None:
        return "none: the next sign-in wants a code, if this Apple ID has a second factor"
    left = until - time.time()
    if one.refused is not None:
        again = (
            "not tried again before a sign-in" if one.again is None else f"tried again {moment(one.again)}"
        )
        return f"refused by Apple {moment(one.refused.at)} ({again}): {one.refused.why}"
    if left <= 0:
        return f"over since {moment(until)}: the next sign-in wants a code"
    saves = "the password renews" if one.renewable else "it saves the code at the next sign-in"
    where = f"on {one.session.made_on or 'the machine that made it'} and in its network only"
    return f"until {moment(until)} ({span(left)}), {where}; {saves}"


def _history(lives: tuple[Life, ...]) -> list[str]:
    """The last three that are over."""
    over = [life for life in lives if life.ended or life.dead]
    return [_life(life) for life in over[-3:]]


def _life(life: Life) -> str:
    ends = [f"{_FACES[face]} dead {moment(end.at)}" for face, end in life.dead.items()]
    if life.ended:
        ends.append(f"{life.ended.why} {moment(life.ended.at)}")
    made = moment(life.made_at) if life.made_at else "nobody knows when"
    return f"made {made} on {life.made_on or 'another machine'}; {'; '.join(ends)}"
