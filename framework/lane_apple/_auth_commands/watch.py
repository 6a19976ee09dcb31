"""`lane auth watch`: what was found, what was done about it, and who was told."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from lane_apple._session.masking import shown
from lane_apple._watch.attend import Seen, attend
from lane_apple._watch.look import broken

from .known import known, used_by_lanes
from .when import moment, span
from .work import work_of

if TYPE_CHECKING:
    from lane_apple._watch.announce import Announced
    from lane_apple._watch.look import Verdict, Watched

    from .known import Known
    from .place import Place
    from .work import Work

_CODES: dict[Verdict, int] = {"broken": 3, "person": 4, "unknown": 1, "renewed": 0, "alive": 0}
"""The first in this order that there is decides."""
_MARKS: dict[Verdict, str] = {
    "alive": "✓ {} works without a person.",
    "renewed": "✓ {} works without a person: its session was over, and was renewed.",
    "unknown": "? Whether {} works is not known: {}.",
    "person": "✗ {} needs a person now:",
    "broken": "✗ {} cannot be used: {}.",
}
_UNTOLD = 1


def watch_here(place: Place, account: str | None, *, as_json: bool) -> int:
    """Watch; the exit code that a cron job can use."""
    seen: list[tuple[Seen, Work | None]] = []
    with place.met(account) as met:
        used = used_by_lanes(met)
        work = work_of(place)
        for one in known(met, account):
            mine = work if _same(one.account, used) else None
            if _matters(one, mine):
                seen.append((_visit(one, mine), mine))
    if as_json:
        from .watch_json import document

        click.echo(json.dumps(document(seen, place.sandbox), indent=2, ensure_ascii=False))
    else:
        _print(seen)
    return _code([each for each, _ in seen])


def _visit(one: Known, work: Work | None) -> Seen:
    if one.problem is not None:
        return Seen(broken(one.account, one.problem))
    return attend(
        one.account,
        one.place.access,
        one.session,
        work=work.lines() if work else (),
        login="lane auth login" if work is not None else "lane auth login ACCOUNT",
    )


def _matters(one: Known, work: Work | None) -> bool:
    """An Apple ID without a session that nothing here needs is nobody's trouble."""
    return one.session is not None or one.problem is not None or bool(work and (work.jobs or work.lanes))


def _same(account: str, used: str | None) -> bool:
    return used is not None and account.strip().lower() == used.strip().lower()


def _code(seen: list[Seen]) -> int:
    verdicts = {each.watched.verdict for each in seen}
    code = next((code for verdict, code in _CODES.items() if verdict in verdicts), 0)
    untold = any(each.announced.problems for each in seen)
    return _UNTOLD if untold and not code else code


def _print(seen: list[tuple[Seen, Work | None]]) -> None:
    for each, work in seen:
        _print_one(each, work)
    if not seen:
        click.echo("There is no session to look after: lane auth login makes one.")


def _print_one(each: Seen, work: Work | None) -> None:
    watched = each.watched
    click.echo(_MARKS[watched.verdict].format(shown(watched.account), watched.why))
    for line in _outlook(watched):
        click.echo(f"  {line}")
    for line in work.too_late(watched.until) if work and watched.verdict != "person" else ():
        click.echo(f"! {line}")
    if each.news is not None:
        for line in each.news.text.splitlines():
            click.echo(f"  | {line}")
        click.echo(f"  {_told(each.announced)}")
    for problem in each.announced.problems:
        click.echo(f"! {problem}")


def _outlook(watched: Watched) -> list[str]:
    if watched.session is None or watched.verdict == "person":
        return []
    now = time.time()
    ends = [each.until for each in watched.expected.values() if each.until is not None]
    lines = [f"session: expected to end {moment(min(ends))}"] if ends else []
    trust = watched.session.trust_until
    if trust is None or trust <= now:
        lines.append("trust: none; when the session has ended, a person is needed (lane auth login --fresh)")
    else:
        how = (
            "so long the password renews the session"
            if watched.renewable
            else "it saves the code at a sign-in"
        )
        lines.append(f"trust: until {moment(trust)} ({span(trust - now)}); {how}")
    return lines


def _told(announced: Announced) -> str:
    if not announced.configured:
        return "Nobody was told: LANE_NOTIFY__URLS is not set."
    if announced.now:
        return f"Told by {', '.join(announced.now)}."
    return "People were told before." if announced.before else "Nobody could be told."
