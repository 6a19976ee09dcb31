"""`lane auth push`: what is sent where, and what became of it."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from lane import CredentialError, UsageError
from lane_apple._apple_id.credential import AppleId
from lane_apple._modes import api_key
from lane_apple._push.push import push
from lane_apple._push.variable import key_variable, session_variable
from lane_apple._session.places import Places

from .one import session_here

if TYPE_CHECKING:
    from lane_apple._push.push import Pushed, State, Target
    from lane_apple._push.variable import Variable
    from lane_apple._session.session import AppleSession

    from .place import Place

_BEFORE: dict[str | None, dict[State, str]] = {
    "github": {"new": "it was not there", "changed": "it was not known to be this one"},
    "gitlab": {"new": "it was not there", "changed": "it was another one"},
    None: {"changed": "it was not known to be there"},
}
"""What was there, by service; only GitLab tells what a value is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. Without a `service` it goes to a `command`."""

    service: str | None
    command: str
    what: str
    account: str | None
    repo: str | None
    environment: str | None
    dry_run: bool
    force: bool


def push_here(place: Place, wish: Wish, *, as_json: bool) -> int:
    """Send it, unless it is there."""
    if place.sandbox and wish.service is not None:
        raise UsageError(
            "What opens the offline Apple is of no use to CI, and would take the place of what is.",
            hint="Take away --sandbox, or app(sandbox=True) of the Lanefile.",
            code="push_sandbox",
        )
    with ExitStack() as stack:
        met = stack.enter_context(place.met(wish.account))
        target = _target(met, wish, stack)
        session = _session(met, wish) if wish.what == "session" else None
        variable = _key(met) if session is None else session_variable(session, unbroken=target.unbroken)
        done = push(variable, target, dry_run=wish.dry_run, force=wish.force)
    if as_json:
        click.echo(json.dumps(_document(done, wish), indent=2, ensure_ascii=False))
    else:
        _tell(done, wish, session)
    return 0


def _target(place: Place, wish: Wish, stack: ExitStack) -> Target:
    from lane_apple._push.memory import Memory

    memory = Memory(Places(place.environment, place.folder))
    if wish.service is None:
        from lane_apple._push.command import Command

        return Command(wish.command, place.environment, memory)
    from lane_apple._push import services
    from lane_apple._push.api import Api
    from lane_apple._push.github import GitHub
    from lane_apple._push.gitlab import GitLab
    from lane_apple._push.remote import named, repository_of

    find = services.github if wish.service == "github" else services.gitlab
    service, host = find(place.environment)
    nested = wish.service == "gitlab"
    repo = named(wish.repo, nested=nested) if wish.repo else repository_of(place.folder, host)
    api = stack.enter_context(Api(service, time.sleep))
    if wish.service == "github":
        return GitHub(api, repo, wish.environment, memory)
    return GitLab(api, repo, wish.environment)


def _session(place: Place, wish: Wish) -> AppleSession:
    """One that works, unless nothing is to happen: then the one that is here."""
    session = session_here(place)
    if wish.dry_run:
        return session
    credential = AppleId(place.access, session)
    credential.ensure()
    return credential.web.current


def _key(place: Place) -> Variable:
    key = api_key.find(place.environment, place.folder)
    if key is None:
        raise CredentialError("No API key can be used here.", hint=" ".join(api_key.how()), code="no_key")
    return key_variable(key)


def _document(done: Pushed, wish: Wish) -> dict[str, object]:
    return {
        "what": wish.what,
        "name": done.name,
        "to": done.where,
        "before": done.state,
        "sent": done.sent,
        "dry_run": wish.dry_run,
    }


def _tell(done: Pushed, wish: Wish, session: AppleSession | None) -> None:
    if not done.sent:
        would = wish.dry_run and (wish.force or done.state != "same")
        word = "would go" if would else "need not go"
        click.echo(f"  {done.name} {word} to {done.where}: {_before(done, wish)}.")
        return
    click.echo(f"✓ {done.name} went to {done.where}: {_before(done, wish)}.")
    if session is not None:
        click.echo(
            f"! It works for hours to days. Apple binds the trust to {session.made_on or 'the machine that made it'}"
            " and its network: elsewhere the session cannot be renewed. Send it again after each renewal:"
            " lane auth watch && lane auth push …"
        )


def _before(done: Pushed, wish: Wish) -> str:
    return _BEFORE[wish.service].get(done.state, "it was there already")
