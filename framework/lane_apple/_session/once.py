"""Signs in once for all that need a session at the same time."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from lane import CredentialError, LaneError, PersonNeededError

from .errors import SessionStoreError, SessionTextError
from .life import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import AppleSession
    from .store import SessionStore

_SHARED: dict[str, type[LaneError]] = {
    "credential": CredentialError,
    "person": PersonNeededError,
}
_LARGEST = 16 * 1024


def sign_in_once(
    store: SessionStore,
    account: str,
    sign_in: Callable[[AppleSession | None], AppleSession],
    *,
    stale: AppleSession | None,
    wait: Callable[[float], object],
) -> AppleSession:
    """The session that one of all who want it gets by `sign_in`, and keeps; the others take it from the store.

    `stale` is the session that did not work, or None. `sign_in` is given what the store holds. Where it was refused
    while others waited for it, or a person was needed, they raise the same and do not try: three jobs with a wrong
    password would lock the account.
    """
    before: list[bytes] = []
    with store.leased(account, wait, lambda descriptor: before.append(_refusal(descriptor))) as descriptor:
        kept = readable(store, account)
        if kept is not None and not _is(kept, stale) and not store.is_dead(kept):
            return kept
        now = _refusal(descriptor)
        if before and now and now != before[0]:
            raise _raised(now)
        try:
            session = sign_in(kept)
        except LaneError as error:
            _note(descriptor, error)
            raise
        store.save(session)
        os.ftruncate(descriptor, 0)
        return session


def readable(store: SessionStore, account: str) -> AppleSession | None:
    """What the store holds, if that can be read: a sign-in replaces what is damaged, or sealed with a lost key."""
    try:
        return store.load(account)
    except (SessionStoreError, SessionTextError):
        return None


def _is(kept: AppleSession, stale: AppleSession | None) -> bool:
    return stale is not None and mark_of(kept) == mark_of(stale)


def _refusal(descriptor: int) -> bytes:
    return os.pread(descriptor, _LARGEST, 0)


def _note(descriptor: int, error: LaneError) -> None:
    """Leave a refusal for those who wait; what passes by itself is theirs to try."""
    kind = next((word for word, shared in _SHARED.items() if isinstance(error, shared)), None)
    if kind is None:
        return
    note = {
        "kind": kind,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "number": os.urandom(8).hex(),  # so that the same refusal twice is two
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode()[:_LARGEST], 0)


def _raised(note: bytes) -> LaneError:
    try:
        document: Any = json.loads(note)
        kind = _SHARED[document["kind"]]
        return kind(str(document["message"]), hint=document["hint"], code=str(document["code"]))
    except (KeyError, TypeError, ValueError):
        return CredentialError("Another process signed in at the same time, and was refused.")
