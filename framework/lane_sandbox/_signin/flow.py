"""A sign-in under way: from the right password to the trusted browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING

from lane_sandbox._signin.accounts import find_account
from lane_sandbox._signin.exchange import MALFORMED, Refused, service_error
from lane_sandbox._signin.shelf import Shelf

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.exchange import Call
    from lane_sandbox._signin.shelf import Document
    from lane_sandbox._team import Team

LIFE_SECONDS = 3600.0
CODE_SECONDS = 600.0
"""How long a code is good; a guess."""
KEPT = 200
SESSION, SCNT, WIDGET_KEY = "X-Apple-ID-Session-Id", "scnt", "X-Apple-Widget-Key"


class Flow:
    """One sign-in, known by its session id. Within `writing()`, or `reading()` where it only tells."""

    def __init__(self, team: Team, identifier: str, account: Account, found: Document) -> None:
        self.id = identifier
        self.account = account
        self._team = team
        self._found = found

    @property
    def accepted(self) -> bool:
        """Whether a right code was given."""
        return bool(self._found["accepted"])

    def headers(self) -> dict[str, str]:
        """The headers of an answer that belongs to this sign-in, with a new scnt."""
        nonce = secrets.token_hex(8)
        return {SESSION: self.id, SCNT: nonce + _seal(self._team, self.id, nonce)}

    def new_code(self, way: str) -> str:
        """A code that is good for one way, in place of any older one for that way."""
        length = code_length(self.account)
        code = f"{secrets.randbelow(10**length):0{length}}"
        self._found["codes"][way] = {"code": code, "until": self._team.clock.now() + CODE_SECONDS}
        self._keep()
        return code

    def take_code(self, way: str, code: str) -> bool:
        """Whether this is the code of that way, and still good; it is used up by that."""
        found = self._found["codes"].get(way)
        if found is None or self._team.clock.now() >= found["until"]:
            return False
        if not hmac.compare_digest(found["code"].encode(), code.encode()):
            return False
        del self._found["codes"][way]
        self._found["accepted"] = True
        self._keep()
        return True

    def _keep(self) -> None:
        _shelf(self._team).put(self.id, self._found)


def begin_flow(team: Team, account: Account) -> Flow:
    """A new sign-in of an account whose password was right; within `writing()`."""
    flow = Flow(
        team,
        f"{uuid.uuid4()}",
        account,
        {"account": account.key, "made": team.clock.now(), "codes": {}, "accepted": False},
    )
    flow._keep()
    return flow


def flow_of(team: Team, call: Call) -> Flow:
    """The sign-in that a request belongs to, by its headers.

    Raises Refused: 400 without the headers, 401 if there is no such sign-in any more.
    """
    given = [call.headers.get(name.lower(), "") for name in (SESSION, SCNT, WIDGET_KEY)]
    if not all(given):
        message = f"The headers {SESSION}, {SCNT} and {WIDGET_KEY} are needed."
        raise Refused(service_error(400, MALFORMED, message))
    identifier, scnt, _ = given
    found = _shelf(team).get(identifier)
    account = find_account(team.store, found["account"]) if found else None
    if found is None or account is None or team.clock.now() >= found["made"] + LIFE_SECONDS:
        raise Refused(service_error(401, MALFORMED, "Your session has ended. Sign in again."))
    if not hmac.compare_digest(scnt[16:].encode(), _seal(team, identifier, scnt[:16]).encode()):
        raise Refused(service_error(401, MALFORMED, "The header scnt is of another sign-in."))
    return Flow(team, identifier, account, found)


def code_length(account: Account) -> int:
    """How many digits the codes of an account have."""
    return 4 if account.auth_type == "hsa" else 6


def _shelf(team: Team) -> Shelf:
    return Shelf(team.store, "signin.flows", KEPT)


def _seal(team: Team, identifier: str, nonce: str) -> str:
    """Every scnt that was given out stays good: fastlane keeps the first (apple-id-login.md, 3)."""
    secret: str = team.store.fact("secret")
    return hmac.new(secret.encode(), f"scnt {identifier} {nonce}".encode(), hashlib.sha256).hexdigest()
