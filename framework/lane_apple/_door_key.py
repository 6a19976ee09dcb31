"""The official API, opened by an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._door import json_call
from ._network import Bearer, http_date
from ._refusal import KeyRefusedError
from ._rights import least_role, right_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from ._door import Call, Question
    from ._keys import ApiKey
    from ._refusal import Refusal, Who

_NEW_TOKENS = 2  # Apple answers 401 at random at times, also to good tokens (asc-official-limits.md, 1)


class KeyDoor:
    """The door of a key, at the key's address or another."""

    who: Who = "key"
    prefix = ""
    capabilities_of_bundle_id = False

    def __init__(self, key: ApiKey, base_url: str | None = None) -> None:
        self._key = key
        self.base_url = (base_url or key.base_url).rstrip("/")
        self.budget = (self.base_url, key.issuer_id, key.key_id)

    def ask(
        self, question: Question, send: Callable[[Call], requests.Response], sleep: Callable[[float], None]
    ) -> requests.Response:
        """The answer; a token that is refused is replaced, twice at most."""
        token = self._key.token()
        response = send(json_call(question, self.base_url, Bearer(token), {}))
        for attempt in range(_NEW_TOKENS):
            if response.status_code != 401:
                break
            sleep(float(attempt + 1))
            token = self._key.token(refused=token)
            response = send(json_call(question, self.base_url, Bearer(token), {}))
        return response

    def refused(self, refusal: Refusal, response: requests.Response) -> KeyRefusedError | None:
        """The key is wrong, or too weak, or this machine's clock is off."""
        if refusal.status == 401:
            theirs = http_date(response.headers.get("Date", ""))
            return _unauthorised(refusal, 0.0 if theirs is None else self._key.clock() - theirs)
        if refusal.status == 403:
            return KeyRefusedError(
                refusal,
                f"The key may not do this: {refusal.text}",
                hint=_hint_forbidden(refusal),
                code="key_forbidden",
            )
        return None


def _unauthorised(refusal: Refusal, clock_off: float) -> KeyRefusedError:
    """`clock_off` is by how many seconds this machine is ahead of Apple."""
    if abs(clock_off) > 60:
        way = f"{abs(clock_off):.0f} seconds {'ahead of' if clock_off > 0 else 'behind'} Apple's"
        return KeyRefusedError(
            refusal,
            f"Apple refused the token: this machine's clock is off, {way}.",
            hint="Set the clock (NTP). A token carries its time, and Apple refuses one from another time.",
            code="clock_off",
        )
    return KeyRefusedError(
        refusal,
        f"Apple refused the key: {refusal.text}",
        hint="Do the key id, the issuer id and the .p8 file belong together? Was the key revoked?"
        " See Users and Access, Integrations. An individual key is given without an issuer id.",
    )


def _hint_forbidden(refusal: Refusal) -> str:
    role, right = least_role(refusal.method, refusal.path), right_of(refusal.path)
    needs = f" This needs the role {role}, or a stronger one" if role else ""
    if needs and right is not None:
        needs += ", and a team key: individual keys cannot do it." if right.team_only else "."
    return (
        f"Its role is too weak, it has no access to this app, or the team's membership has ended.{needs}"
        " See Users and Access, Integrations."
    )
