"""`lane auth login`: what happens step by step, what was made, and what waited for it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from lane_apple._apple_id.access import PASSWORDS
from lane_apple._apple_id.delivered import with_deliveries
from lane_apple._apple_id.login import account_of, log_in
from lane_apple._session.life import FACES
from lane_apple._session.masking import shown
from lane_apple._session.places import USERS

from .when import iso, moment, span

if TYPE_CHECKING:
    from lane import WaitingJob
    from lane_apple._apple_id.access import Access
    from lane_apple._session.session import AppleSession

    from .place import Place


def log_in_here(place: Place, account: str | None, *, fresh: bool, as_json: bool) -> int:
    """Sign in; what happens goes to standard error, what came of it to standard output."""
    named = account or place.unmet().access.account
    with place.met(named) as met:
        access = met.access
        sealed_by = access.store.check()  # before Apple is asked: a code is not to be spent in vain
        name = account_of(access, None)
        at = " at the offline Apple" if place.sandbox else ""
        _say(f"Signing {shown(name)} in{at}.")
        session = log_in(access, account=name, say=with_deliveries(_say, access), fresh=fresh)
    waiting = [job for job in place.around.waiting() if job.sandbox == place.sandbox]
    if as_json:
        click.echo(json.dumps(_document(access, session, waiting, met.sandbox), indent=2, ensure_ascii=False))
    else:
        click.echo(f"✓ {shown(name)} is signed in.")
        click.echo(f"  Kept in {place.path(access.store.folder)}, sealed with {sealed_by}.")
        _tell(access, session)
        _tell_lanes(place, name)
        _tell_waiting(waiting)
    return 0


def _say(line: str) -> None:
    click.echo(f"  {line}" if line else "", err=True)


def _tell(access: Access, session: AppleSession) -> None:
    now = time.time()
    expected = access.store.expected_until(session)
    if expected.until is not None:
        click.echo(
            f"  Session: expected to live until {moment(expected.until)}"
            f" ({span(expected.until - now)}): {expected.why}."
        )
    trust = session.trust_until
    if trust is None:
        click.echo(
            "  Trust: none. If this Apple ID has a second factor, the next sign-in wants a code again."
        )
        return
    click.echo(
        f"  Trust: until {moment(trust)} ({span(trust - now)}), bound to this machine and to this network."
    )
    if access.password is not None:
        click.echo("  So long the password renews the session without a code.")
    else:
        click.echo(
            f"  So long the password saves the code; set {PASSWORDS[0]}, and the session is renewed by itself."
        )


def _tell_lanes(place: Place, name: str) -> None:
    """Say so where lanes would look for another Apple ID's session."""
    used = place.unmet().access.account
    if used is not None and used.strip().lower() != name.strip().lower():
        click.echo(f"! Lanes use {shown(used)}, as {'the sandbox' if place.sandbox else USERS[0]} says.")


def _tell_waiting(waiting: list[WaitingJob]) -> None:
    if not waiting:
        return
    click.echo("  Waiting for it:")
    for job in waiting:
        click.echo(f"    {job.command}    {job.lane}, {job.job}: {', '.join(job.steps)}")


def _document(
    access: Access, session: AppleSession, waiting: list[WaitingJob], sandbox: bool
) -> dict[str, Any]:
    expected = {face: access.store.expected_until(session, face) for face in FACES}
    return {
        "account": shown(session.account),
        "sandbox": sandbox,
        "made_at": iso(session.made_at),
        "made_on": session.made_on,
        "expected": {face: {"until": iso(each.until), "why": each.why} for face, each in expected.items()},
        "trust_until": iso(session.trust_until),
        "renewable": access.password is not None and session.trust_until is not None,
        "provider_id": session.provider_id,
        "team_id": session.team_id,
        "waiting": [
            {
                "run": job.run,
                "lane": job.lane,
                "job": job.job,
                "steps": list(job.steps),
                "command": job.command,
            }
            for job in waiting
        ],
    }
