"""How an account has been treated: wrong passwords, wrong codes, codes sent, and the locks that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_sandbox._signin.shelf import Shelf

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._signin.shelf import Document
    from lane_sandbox._team import Team

WRONG_PASSWORDS = 6
"""The last one locks the account; "several" is all that is known (apple-id-login.md, 10)."""
WRONG_CODES = 5
CODES_LOCKED_SECONDS = 3600.0
SENT_CODES = 10
SENT_SECONDS = 24 * 3600.0
"""That many codes go to an account's phones in that time."""
KEPT = 10_000


class Conduct:
    """The record of one account; within `writing()`, or `reading()` where it only tells."""

    def __init__(self, team: Team, account: Account) -> None:
        self._now = team.clock.now()
        self._key = account.key
        self._shelf = Shelf(team.store, "signin.conduct", KEPT)
        self._found: Document = self._shelf.get(self._key) or {}

    @property
    def locked(self) -> bool:
        """Whether the account is locked, until the sandbox is emptied."""
        return bool(self._found.get("locked"))

    @property
    def codes_locked(self) -> bool:
        """Whether no code is taken for now."""
        return self._now < float(self._found.get("codes_locked_until", 0.0))

    @property
    def codes_used_up(self) -> bool:
        """Whether no more codes go to phones for now."""
        return len(self._sent()) >= SENT_CODES

    def lock(self) -> None:
        """Lock the account."""
        self._keep(locked=True)

    def wrong_password(self) -> None:
        """Note one, and lock the account with the last."""
        count = self._found.get("wrong_passwords", 0) + 1
        self._keep(wrong_passwords=count, locked=self.locked or count >= WRONG_PASSWORDS)

    def right_password(self) -> None:
        """Forget the wrong ones."""
        if self._found.get("wrong_passwords"):
            self._keep(wrong_passwords=0)

    def wrong_code(self) -> None:
        """Note one, and take none for a while after the last."""
        count = self._found.get("wrong_codes", 0) + 1
        if count >= WRONG_CODES:
            self._keep(wrong_codes=0, codes_locked_until=self._now + CODES_LOCKED_SECONDS)
        else:
            self._keep(wrong_codes=count)

    def right_code(self) -> None:
        """Forget the wrong ones."""
        if self._found.get("wrong_codes"):
            self._keep(wrong_codes=0)

    def sent_code(self) -> None:
        """Note a code that went to a phone."""
        self._keep(sent=[*self._sent(), self._now])

    def _sent(self) -> list[float]:
        return [each for each in self._found.get("sent", []) if each > self._now - SENT_SECONDS]

    def _keep(self, **values: object) -> None:
        self._found.update(values)
        self._shelf.put(self._key, self._found)
