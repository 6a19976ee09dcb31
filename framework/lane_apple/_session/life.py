"""What is known of a session's life: when it was made, seen alive, found dead. No cookie values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from .session import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .session import AppleSession

Face = Literal["app_store_connect", "developer_portal"]
"""What an Apple ID opens: each can die by itself."""
FACES: tuple[Face, ...] = ("app_store_connect", "developer_portal")
FACE_NAMES: Mapping[Face, str] = {
    "app_store_connect": "App Store Connect",
    "developer_portal": "the developer portal",
}
"""As people are told of them."""
FIRST_WAIT = 6 * 3600.0
"""Seconds after which a renewal that was refused may be tried again; a machine may have changed its network since."""
_DOUBLED = 7  # times: the next would be longer than a trust lasts
_LONGEST = 300  # characters of a reason


@dataclass(frozen=True, slots=True)
class End:
    """An end, or the finding of one: `at` is in seconds since 1970, `why` for people."""

    at: float
    why: str


@dataclass(frozen=True, slots=True)
class Life:
    """One session that was, or is. Times are seconds since 1970.

    `mark` tells it from others and says nothing of its cookies. `alive`: when a face last knew it; `dead`: when a
    face was found not to know it any more. `refused`: when Apple last would not renew it without a person, `refusals`
    how often; from `again` on that may be tried once more (None: not before somebody signs in). `ended`: put away here
    (replaced by a newer one, signed out), which says nothing of how long Apple would have taken it.
    """

    mark: str
    made_at: float
    made_on: str
    alive: Mapping[Face, float] = field(default_factory=dict)
    dead: Mapping[Face, End] = field(default_factory=dict)
    ended: End | None = None
    refused: End | None = None
    refusals: int = 0
    again: float | None = None

    @property
    def is_dead(self) -> bool:
        """Whether no face knows it any more."""
        return all(face in self.dead for face in FACES)

    def seen_alive(self, face: Face, at: float) -> Self:
        """With a face that knew it at a time; a death that was recorded before was none."""
        dead = {each: end for each, end in self.dead.items() if each != face or end.at > at}
        return replace(self, alive={**self.alive, face: max(at, self.alive.get(face, at))}, dead=dead)

    def found_dead(self, face: Face, end: End) -> Self:
        """With a face that does not know it; the first finding counts."""
        if face in self.dead:
            return self
        return replace(self, dead={**self.dead, face: replace(end, why=end.why[:_LONGEST])})

    def not_renewed(self, end: End, *, final: bool) -> Self:
        """Refused when it was to be renewed. Each further try waits twice as long; a `final` refusal is the last."""
        again = None if final else end.at + FIRST_WAIT * 2 ** min(self.refusals, _DOUBLED)
        refused = replace(end, why=end.why[:_LONGEST])
        return replace(self, refused=refused, refusals=self.refusals + 1, again=again)

    def may_be_renewed(self, now: float) -> bool:
        """Whether no refusal stands in the way."""
        return self.refused is None or (self.again is not None and self.again <= now)

    def put_away(self, end: End) -> Self:
        """Ended here."""
        return self if self.ended else replace(self, ended=end)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "mark": self.mark,
            "made_at": self.made_at,
            "made_on": self.made_on,
            "alive": dict(self.alive),
            "dead": {face: [end.at, end.why] for face, end in self.dead.items()},
            "ended": [self.ended.at, self.ended.why] if self.ended else None,
            "refused": [self.refused.at, self.refused.why] if self.refused else None,
            "refusals": self.refusals,
            "again": self.again,
        }

    @classmethod
    def of_dict(cls, document: Mapping[str, Any]) -> Self:
        """From JSON. Raises KeyError, TypeError or ValueError where it is something else."""
        ended, refused, again = document["ended"], document.get("refused"), document.get("again")
        return cls(
            mark=str(document["mark"]),
            made_at=float(document["made_at"]),
            made_on=str(document["made_on"]),
            alive={face: float(document["alive"][face]) for face in FACES if face in document["alive"]},
            dead={face: _end(document["dead"][face]) for face in FACES if face in document["dead"]},
            ended=_end(ended) if ended else None,
            refused=_end(refused) if refused else None,
            refusals=int(document.get("refusals", 0)),
            again=None if again is None else float(again),
        )


def mark_of(session: AppleSession) -> str:
    """What tells a session from others of its account: a digest of the cookie that opens the doors."""
    digest = hashlib.sha256(b"lane session\0")
    for cookie in session.cookies:
        if cookie.name.startswith(CREDENTIAL):
            digest.update(f"{cookie.name}={cookie.value}\0".encode())
    return digest.hexdigest()[:16]


def life_of(session: AppleSession, lives: Iterable[Life]) -> Life:
    """A session's own among those of its account; where nothing is known of it yet, that it was made."""
    mark = mark_of(session)
    known = next((life for life in lives if life.mark == mark), None)
    return known or Life(mark, float(session.made_at), session.made_on)


def _end(pair: Any) -> End:
    at, why = pair
    return End(float(at), str(why))
