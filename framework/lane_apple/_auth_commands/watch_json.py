"""`lane auth watch --json`: the same for programs. Names stay; more may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_apple._session.masking import shown

from .when import iso

if TYPE_CHECKING:
    from lane_apple._watch.attend import Seen

    from .work import Work


def document(seen: list[tuple[Seen, Work | None]], sandbox: bool) -> dict[str, Any]:
    """All of it. Apple IDs are masked."""
    return {"sandbox": sandbox, "accounts": [_account(each, work) for each, work in seen]}


def _account(each: Seen, work: Work | None) -> dict[str, Any]:
    watched, session = each.watched, each.watched.session
    return {
        "account": shown(watched.account),
        "verdict": watched.verdict,
        "why": watched.why or None,
        "renewable": watched.renewable,
        "faces": {
            face: {
                "state": state,
                "expected_until": iso(watched.expected[face].until),
                "why": watched.expected[face].why,
            }
            for face, state in watched.faces.items()
        },
        "trust_until": None if session is None else iso(session.trust_until),
        "person_needed_by": iso(watched.until),
        "waiting": [] if work is None else work.jobs_as_dicts(),
        "lanes": {} if work is None else work.lanes,
        "news": None if each.news is None else {"what": each.news.what, "text": each.news.text},
        "told": list(each.announced.now),
        "told_before": each.announced.before,
        "problems": list(each.announced.problems),
    }
