"""A session that comes from elsewhere: whose it is and whether it lives is asked of Apple before it is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from lane import PersonNeededError
from lane_apple._apple_id.credential import AppleId
from lane_apple._apple_id.owner import check_owner
from lane_apple._session.life import FACE_NAMES, FACES
from lane_apple._session.masking import shown
from lane_apple._session.own_format import read_any

from .when import iso

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health

    from .place import Place


def arrive(place: Place, text: str, source: str, account: str | None, *, as_json: bool) -> int:
    """Keep the session in a text, unless it is another Apple ID's, or over.

    Raises SessionTextError for a text that is none, PersonNeededError for a session that no face knows.
    """
    with place.met(account) as met:
        store = met.access.store
        sealed_by = store.check()
        session = read_any(text, account=account or met.access.account, source=source)
        health = AppleId(met.for_account(session.account).access, session).ask(patient=False)
        _check(session, health, source)
        store.save(session)
    if as_json:
        document = {
            "account": shown(session.account),
            "faces": {face: getattr(health, face) for face in FACES},
            "trust_until": iso(session.trust_until),
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    click.echo(f"✓ The session of {shown(session.account)} is here.")
    click.echo(f"  Kept in {place.path(store.folder)}, sealed with {sealed_by}.")
    for face in FACES:
        click.echo(f"  {FACE_NAMES[face]}: {_state(getattr(health, face))}")
    if session.trust_until is not None:
        click.echo(
            f"! Its trust is bound to {session.made_on or 'the machine that made it'} and its network. If that is"
            " not this one, a session that has ended cannot be renewed here: lane auth login signs in anew."
        )
    return 0


def _state(state: str) -> str:
    return {"alive": "it lives", "dead": "it has ended", "unknown": "not known, Apple could not be asked"}[
        state
    ]


def _check(session: AppleSession, health: Health, source: str) -> None:
    check_owner(session, health, source)
    if all(getattr(health, face) == "dead" for face in FACES):
        raise PersonNeededError(
            f"The session in {source} is over: Apple does not know it any more.",
            hint="Make a new one where it came from, or sign in here: `lane auth login`.",
            code="session_dead",
        )
