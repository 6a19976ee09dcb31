"""Where lane keeps the sessions of Apple IDs: sealed, with what is known of each one's life."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .errors import SessionFileError
from .history import History, put
from .life import FACES, End, life_of, mark_of
from .lock import leased
from .masking import masked
from .places import KEY_FILE, PASSPHRASE, Places
from .private_file import check_folder, read_owned, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .expectation import Expectation
    from .life import Face, Life
    from .session import AppleSession
    from .store_key import KeyKind

SEALED_BY: dict[KeyKind, str] = {
    "key_file": f"a key from {KEY_FILE}",
    "passphrase": f"a key from {PASSPHRASE}",
    "keychain": "a key from the system keychain",
}
_SEALED = ".sealed"
_LARGEST = 1024 * 1024  # bytes of a sealed session


class SessionStore:
    """The sessions of one user. For many threads and processes; times are seconds since 1970.

    The folder is `LANE_SESSIONS`, else the user's own for such things. A session is sealed with a key from
    `LANE_SESSION_KEY_FILE`, from `LANE_SESSION_PASSPHRASE`, or from the system keychain. Apple IDs are the same
    whatever the case of their letters. Each method raises SessionFileError or SessionStoreError where a file cannot
    be used, SessionKeyError where the key is missing.
    """

    def __init__(self, places: Places, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = places.store
        self._places = places
        self._clock = clock

    @classmethod
    def of(cls, environment: Mapping[str, str], folder: Path = Path()) -> Self:
        """The store that an environment leads to; relative paths in it start at `folder`."""
        return cls(Places(environment, folder))

    def accounts(self) -> list[str]:
        """The Apple IDs with a session here, sorted. Needs no key."""
        check_folder(self.folder)
        from .sealing import account_of

        found = []
        try:
            paths = sorted(self.folder.glob(f"*{_SEALED}"))
        except OSError as error:
            raise SessionFileError(f"{self.folder} cannot be read: {error.strerror}.") from None
        for path in paths:
            content = read_owned(path, largest=_LARGEST, strict=True)
            if content is not None:
                found.append(account_of(content, str(path)))
        return sorted(found)

    def load(self, account: str) -> AppleSession | None:
        """The session of an Apple ID, or None."""
        check_folder(self.folder)
        path = self._name(account).with_suffix(_SEALED)
        content = read_owned(path, largest=_LARGEST, strict=True)
        if content is None:
            return None
        from .own_format import parse_session_json
        from .sealing import damaged, unseal
        from .store_key import StoreKey

        text = unseal(content, StoreKey(self._places), str(path))
        session = parse_session_json(text, str(path))
        if _key(session.account) != _key(account):
            raise damaged(str(path))
        return replace(session, source=f"lane's store, {masked(session.account)}")

    def save(self, session: AppleSession) -> None:
        """Keep a session in place of the account's earlier one."""
        from .own_format import session_json
        from .ruby_text import check_size
        from .sealing import seal
        from .store_key import StoreKey

        check_folder(self.folder)
        text = session_json(session)
        check_size(text, "This session")
        with self._history(session.account).changing() as lives:
            sealed = seal(text, session.account, StoreKey(self._places))
            write_private(self._name(session.account).with_suffix(_SEALED), sealed)
            mark = mark_of(session)
            replaced = End(self._clock(), "replaced by a newer one")
            lives[:] = [life if life.mark == mark else life.put_away(replaced) for life in lives]
            # One that was signed out may come back; what is kept anew is tried anew.
            put(lives, replace(life_of(session, lives), ended=None, refused=None, refusals=0, again=None))

    def check(self) -> str:
        """Make sure that a session could be kept; by what it would be sealed. Raises as `save` does."""
        from .store_key import StoreKey

        check_folder(self.folder)
        key = StoreKey(self._places)
        key.find(key.kind, bytes(16), make=True)
        return SEALED_BY[key.kind]

    def delete(self, account: str, *, why: str = "signed out") -> bool:
        """Forget the session of an Apple ID; its history stays. Whether there was one."""
        check_folder(self.folder)
        path = self._name(account).with_suffix(_SEALED)
        if not path.exists():
            return False
        with self._history(account).changing() as lives:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise SessionFileError(f"{path} cannot be deleted: {error.strerror}.") from None
            away = End(self._clock(), why)
            lives[:] = [life.put_away(away) for life in lives]
        return True

    def history(self, account: str) -> tuple[Life, ...]:
        """The lives of an Apple ID's sessions, the oldest first. Needs no key."""
        return self._history(account).lives()

    def life(self, session: AppleSession) -> Life:
        """What is known of a session, wherever it was found. Needs no key."""
        return life_of(session, self._history(session.account).lives())

    def is_dead(self, session: AppleSession, face: Face | None = None) -> bool:
        """Whether a session is known to be dead: at a face, or at all of them."""
        faces = FACES if face is None else (face,)
        dead = self.life(session).dead
        return not session.signed_in or all(each in dead for each in faces)

    def mark_dead(self, session: AppleSession, face: Face, why: str, *, at: float | None = None) -> None:
        """Record that a face was found not to know a session. `why` is for people."""
        end = End(self._clock() if at is None else at, why)
        self._history(session.account).change(session, lambda life: life.found_dead(face, end))

    def mark_alive(self, session: AppleSession, face: Face, *, at: float | None = None) -> None:
        """Record that a face knew a session."""
        when = self._clock() if at is None else at
        self._history(session.account).change(session, lambda life: life.seen_alive(face, when))

    def mark_refused(
        self, session: AppleSession, why: str, *, final: bool = False, at: float | None = None
    ) -> None:
        """Record that Apple would not renew a session without a person; `final`: and that it never will."""
        end = End(self._clock() if at is None else at, why)
        self._history(session.account).change(session, lambda life: life.not_renewed(end, final=final))

    def expected_until(self, session: AppleSession, face: Face = "app_store_connect") -> Expectation:
        """Until when a face is expected to know a session, and how that is known."""
        from .expectation import expected_until

        lives = self._history(session.account).lives()
        return expected_until(session, life_of(session, lives), lives, face)

    @contextmanager
    def lease(self, account: str, wait: Callable[[float], object]) -> Iterator[None]:
        """Be the only one, of all threads and processes here, that signs in with an Apple ID.

        `wait` is called with seconds until it is free (a step's `ctx.sleep`), and gives up by raising. Read the
        session again once the block has begun: another may have signed in meanwhile (`sign_in_once`).
        """
        with self.leased(account, wait):
            yield

    @contextmanager
    def leased(
        self,
        account: str,
        wait: Callable[[float], object],
        waiting: Callable[[int], None] | None = None,
    ) -> Iterator[int]:
        """As `lease`, with its open file; `waiting` is called with it once before a wait."""
        check_folder(self.folder)
        with leased(self._name(account).with_suffix(".lease"), wait, waiting) as descriptor:
            yield descriptor

    def _history(self, account: str) -> History:
        return History(self._name(account), account)

    def _name(self, account: str) -> Path:
        """A name that does not show the address to those who list the folder."""
        return self.folder / hashlib.sha256(_key(account).encode()).hexdigest()[:20]


def _key(account: str) -> str:
    """By what an Apple ID is known, however it is written."""
    return account.strip().lower()
