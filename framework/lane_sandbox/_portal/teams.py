"""The teams of an account, as listTeams shows them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lane_sandbox._short import ALPHABET

if TYPE_CHECKING:
    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._signin.accounts import Membership

WORDS = {"ACCOUNT_HOLDER": "TEAM_AGENT", "ADMIN": "TEAM_ADMIN"}
SLOTS = 100


def list_teams(call: Call) -> JsonObject:
    """All teams that the account belongs to (private-endpoints.md, 1.5)."""
    teams = [_team(call, each) for each in call.account.teams]
    return {"pageNumber": 1, "pageSize": 500, "totalRecords": len(teams), "teams": teams}


def _team(call: Call, membership: Membership) -> JsonObject:
    member = short(f"{call.account.key} {membership.team_id}")
    roles = [WORDS[each] for each in WORDS if each in call.caller.roles] or ["TEAM_MEMBER"]
    return {
        "teamId": membership.team_id,
        "name": membership.name,
        "type": "Company/Organization",
        "status": "active",
        "extendedTeamAttributes": {},
        "teamAgent": _agent(call),
        "memberships": [_membership(call, membership)],
        "currentTeamMember": {
            "teamMemberId": member,
            "roles": roles,
            "privileges": {},
            "personId": None,
            "firstName": None,
            "lastName": None,
            "email": None,
            "developerStatus": None,
        },
    }


def _agent(call: Call) -> JsonObject | None:
    """The account holder, as far as the team's list of people knows one."""
    for user in call.team.store.all("users"):
        if "ACCOUNT_HOLDER" in user.attributes["roles"]:
            return {
                "personId": user.number,
                "firstName": user.attributes["firstName"],
                "lastName": user.attributes["lastName"],
                "email": user.attributes["username"],
                "developerStatus": "active",
                "teamMemberId": short(user.id),
            }
    return None


def _membership(call: Call, membership: Membership) -> JsonObject:
    begin = datetime.fromtimestamp(call.team.clock.now(), UTC) - timedelta(days=30)
    devices = len(call.team.store.all("devices"))
    return {
        "membershipId": short(f"membership {membership.team_id}"),
        "membershipProductId": "ds1",
        "status": "active",
        "platform": "ios",
        "name": "Apple Developer Program",
        "inDeviceResetWindow": False,
        "inRenewalWindow": False,
        "dateStart": begin.strftime("%m/%d/%y %H:%M"),
        "dateExpire": (begin + timedelta(days=365)).strftime("%m/%d/%y %H:%M"),
        "availableDeviceSlots": max(0, SLOTS - devices),
    }


def short(text: str) -> str:
    """An id of ten letters and digits that is always the same for a text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    found = ""
    for _ in range(10):
        number, digit = divmod(number, len(ALPHABET))
        found += ALPHABET[digit]
    return found
