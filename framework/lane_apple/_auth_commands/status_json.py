"""`lane auth status --json`: the same for programs. Names stay; more may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_apple._session.masking import shown

from .report import EXIT_CODES, seconds_left
from .when import iso

if TYPE_CHECKING:
    from lane_apple._session.life import Life

    from .dependants import Dependants
    from .place import Place
    from .report import Report


def document(
    reports: list[Report], used: str | None, key: dict[str, Any], lanes: Dependants | None, place: Place
) -> dict[str, Any]:
    """All of it. Apple IDs are masked."""
    return {
        "sandbox": place.sandbox,
        "api_key": key,
        "used": None if used is None else shown(used),
        "lanes": None if lanes is None else lanes.steps,
        "unread": [] if lanes is None else lanes.unread,
        "accounts": [_account(each) for each in reports],
    }


def _account(one: Report) -> dict[str, Any]:
    return {
        "account": shown(one.account),
        "verdict": one.verdict,
        "exit_code": EXIT_CODES[one.verdict],
        "modes": list(one.modes),
        "renewable": one.renewable,
        "refused": _refusal(one),
        "session": _session(one),
        "faces": {
            face: {
                "state": each.state,
                "asked": each.asked,
                "expected_until": iso(each.expected.until),
                "seconds_left": seconds_left(each.expected.until),
                "why": each.expected.why,
            }
            for face, each in (one.faces or {}).items()
        },
        "history": [_life(each) for each in one.history],
        "troubles": list(one.troubles),
    }


def _refusal(one: Report) -> dict[str, Any] | None:
    if one.refused is None:
        return None
    return {"at": iso(one.refused.at), "why": one.refused.why, "again": iso(one.again)}


def _session(one: Report) -> dict[str, Any] | None:
    session = one.session
    if session is None:
        return None
    return {
        "source": session.source,
        "made_at": iso(session.made_at or None),
        "made_on": session.made_on or None,
        "trust_until": iso(session.trust_until),
        "trust_seconds_left": seconds_left(session.trust_until),
        "provider_id": session.provider_id,
        "team_id": session.team_id,
    }


def _life(life: Life) -> dict[str, Any]:
    return {
        "made_at": iso(life.made_at or None),
        "made_on": life.made_on or None,
        "alive": {face: iso(at) for face, at in life.alive.items()},
        "dead": {face: {"at": iso(end.at), "why": end.why} for face, end in life.dead.items()},
        "ended": None if life.ended is None else {"at": iso(life.ended.at), "why": life.ended.why},
    }
