"""The teams of an Apple ID in the developer portal, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lane import CredentialError

from .answer import part_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEAM_ID, TEAM_NAME = "FASTLANE_TEAM_ID", "FASTLANE_TEAM_NAME"


@dataclass(frozen=True, slots=True)
class PortalTeam:
    """A team. `id` has ten letters; `type` is Company/Organization, Individual or In-House.

    `member_id` is the Apple ID's own number in it, `roles` what it is there.
    """

    id: str
    name: str
    type: str
    member_id: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def in_house(self) -> bool:
        """Whether it is of the enterprise programme."""
        return self.type == "In-House"

    def __str__(self) -> str:
        return f"{self.id} {self.name} ({self.type})"


class TeamChoiceError(CredentialError):
    """The Apple ID has no team, several of which none is named, or not the one that is named.

    Codes: team_none, team_needed, team_unknown. `teams` are those that there are.
    """

    def __init__(self, message: str, teams: Sequence[PortalTeam], *, code: str) -> None:
        listed = "; ".join(map(str, teams))
        super().__init__(
            f"{message} There are: {listed}." if teams else message,
            hint=f"Set {TEAM_ID} to the id of a team, or {TEAM_NAME} to its name."
            if teams
            else "Join a team of the Apple Developer Program, or sign in with another Apple ID.",
            code=code,
        )
        self.teams = tuple(teams)


def choose_team(
    teams: Sequence[PortalTeam],
    *,
    team_id: str | None = None,
    team_name: str | None = None,
    usual: str | None = None,
) -> PortalTeam:
    """The team with this id (of the team, or of the member in it), else with this name, else the only one.

    `usual` is the id that a session was signed in for: it decides where nothing is named. Raises TeamChoiceError.
    """
    if not teams:
        raise TeamChoiceError("The Apple ID belongs to no team.", teams, code="team_none")
    if team_id:
        found = [team for team in teams if team_id in {team.id, team.member_id}]
        return _named(found, f"the id {team_id}", teams)
    if team_name:
        return _named([team for team in teams if team.name == team_name], f"the name {team_name}", teams)
    if len(teams) == 1:
        return teams[0]
    for team in teams:
        if team.id == usual:
            return team
    raise TeamChoiceError("The Apple ID belongs to several teams.", teams, code="team_needed")


def _named(found: Sequence[PortalTeam], how: str, teams: Sequence[PortalTeam]) -> PortalTeam:
    if len(found) == 1:
        return found[0]
    few = "no team" if not found else "several teams"
    raise TeamChoiceError(f"The Apple ID belongs to {few} with {how}.", teams, code="team_unknown")


def portal_team(entry: Mapping[str, Any]) -> PortalTeam:
    """A team as the portal lists it (private-endpoints.md, 1.5)."""
    member = part_of(entry, "currentTeamMember")
    return PortalTeam(
        id=str(entry.get("teamId") or ""),
        name=str(entry.get("name") or ""),
        type=str(entry.get("type") or ""),
        member_id=member.get("teamMemberId") or None,
        roles=tuple(map(str, member.get("roles") or ())),
    )
