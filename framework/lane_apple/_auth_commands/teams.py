"""`lane auth teams`: an Apple ID's teams in App Store Connect and in the developer portal, and which are chosen."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from lane import CredentialError, LaneError, PersonNeededError, TransientError
from lane_apple._portal import teams as portal_teams
from lane_apple._refusal import SessionDeadError
from lane_apple._session.masking import shown
from lane_apple._signin import teams as providers

from .one import session_here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane_apple._apple_id.credential import AppleId
    from lane_apple._signin.faces import Health

    from .place import Place

_TITLES = {"app_store_connect": "App Store Connect", "developer_portal": "Developer portal"}
_VARIABLES = {
    "app_store_connect": (providers.TEAM_ID, providers.TEAM_NAME),
    "developer_portal": (portal_teams.TEAM_ID, portal_teams.TEAM_NAME),
}


@dataclass(frozen=True, slots=True)
class Team:
    """One team: its id as the variables take it, its name, what kind it is."""

    id: str
    name: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The teams at one face. `chosen` is one of their ids; `problem`: they are not known, or none is chosen."""

    teams: tuple[Team, ...] = ()
    chosen: str | None = None
    problem: LaneError | None = None


def show_teams(place: Place, account: str | None, *, as_json: bool) -> int:
    """Print them; the exit code is that of what keeps a face from telling."""
    from lane_apple._apple_id.credential import AppleId

    with place.met(account) as met:
        credential = AppleId(met.access, session_here(met))
        health = _ask(credential)
        found = {
            "app_store_connect": _providers(met, credential, health),
            "developer_portal": _portal(met, credential),
        }
    if as_json:
        click.echo(json.dumps(_document(credential.account, found), indent=2, ensure_ascii=False))
    else:
        click.echo(shown(credential.account))
        for face, choice in found.items():
            _print(face, choice)
    return next((each.problem.exit_code for each in found.values() if each.problem), 0)


def _ask(credential: AppleId) -> Health:
    """What App Store Connect says, after a renewal where one is due and needs no person."""
    health = credential.ask(patient=False)
    if "dead" not in {health.app_store_connect, health.developer_portal} or not credential.renewable:
        return health
    with contextlib.suppress(PersonNeededError, CredentialError, TransientError):  # each face tells by itself
        credential.ensure()
    return credential.ask(patient=False)


def _providers(place: Place, credential: AppleId, health: Health) -> Choice:
    teams = tuple(Team(str(each.id), each.name, each.kind) for each in health.providers)
    wanted = providers.provider_of(place.environment) or credential.web.current.provider_id
    now = health.provider.id if health.provider else None
    if health.app_store_connect == "dead":
        return Choice(problem=SessionDeadError("app_store_connect", shown(credential.account)))
    if health.app_store_connect == "unknown":
        return Choice(problem=next(iter(health.troubles), None))
    try:
        return Choice(teams, str(providers.choose_provider(health.providers, wanted or now, None).id))
    except LaneError as error:
        return Choice(teams, None, error)


def _portal(place: Place, credential: AppleId) -> Choice:
    from lane_apple._portal.portal import DeveloperPortal

    teams: Sequence[portal_teams.PortalTeam] = ()
    environment = place.environment
    try:
        with DeveloperPortal(credential.web) as portal:
            teams = portal.find_teams()
        chosen: str | None = portal_teams.choose_team(
            teams,
            team_id=environment.get(portal_teams.TEAM_ID, "").strip() or None,
            team_name=environment.get(portal_teams.TEAM_NAME, "").strip() or None,
            usual=credential.web.team_id,
        ).id
        problem = None
    except LaneError as error:
        chosen, problem = None, error
    return Choice(tuple(Team(each.id, each.name, each.type) for each in teams), chosen, problem)


def _print(face: str, choice: Choice) -> None:
    by_id, by_name = _VARIABLES[face]
    click.echo(f"\n{_TITLES[face]} (chosen by {by_id}, or {by_name})")
    for team in choice.teams:
        mark = "✓" if team.id == choice.chosen else " "
        click.echo(f"  {mark} {team.id:<10}  {team.name}{f'  {team.kind}' if team.kind else ''}")
    if choice.problem is not None:
        click.echo(f"  ✗ {choice.problem}")
        if choice.problem.hint:
            click.echo(f"    → {choice.problem.hint}")


def _document(account: str, found: dict[str, Choice]) -> dict[str, Any]:
    return {
        "account": shown(account),
        **{
            face: {
                "teams": [{"id": team.id, "name": team.name, "kind": team.kind} for team in choice.teams],
                "chosen": choice.chosen,
                "variables": list(_VARIABLES[face]),
                "problem": None if choice.problem is None else str(choice.problem),
            }
            for face, choice in found.items()
        },
    }
