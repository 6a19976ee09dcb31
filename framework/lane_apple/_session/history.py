"""The lives of one account's sessions, in a file that needs no key: it holds no cookie."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .errors import SessionStoreError
from .life import Life, life_of
from .lock import locked
from .private_file import read_owned, write_private
from .sealing import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .session import AppleSession

_FORMAT = "lane-session-history"
_VERSION = 1
_KEPT = 50  # lives of an account
_LARGEST = 1024 * 1024


class History:
    """One account's file; `name` is its path without the suffix. Changes are made under a lock."""

    def __init__(self, name: Path, account: str) -> None:
        self._path = name.with_suffix(".json")
        self._lock = name.with_suffix(".lock")
        self._account = account

    def lives(self) -> tuple[Life, ...]:
        """The oldest first. Raises SessionStoreError for a damaged file."""
        content = read_owned(self._path, largest=_LARGEST, strict=True)
        if content is None:
            return ()
        try:
            document: Any = json.loads(content)
            if document["format"] == _FORMAT and document["version"] == _VERSION:
                return tuple(Life.of_dict(life) for life in document["lives"])
            newer = document["format"] == _FORMAT
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            newer = False
        if newer:
            raise SessionStoreError(f"{self._path} was written by a newer lane.", hint="Update lane here.")
        raise damaged(str(self._path))

    def change(self, session: AppleSession, change: Callable[[Life], Life]) -> None:
        """Change what is known of a session."""
        with self.changing() as lives:
            put(lives, change(life_of(session, lives)))

    @contextmanager
    def changing(self) -> Iterator[list[Life]]:
        """The lives, to be changed in place: nobody else changes them meanwhile."""
        with locked(self._lock):
            lives = list(self.lives())
            before = list(lives)
            yield lives
            if lives != before:
                document = {
                    "format": _FORMAT,
                    "version": _VERSION,
                    "account": self._account,
                    "lives": [life.as_dict() for life in lives[-_KEPT:]],
                }
                write_private(self._path, json.dumps(document, ensure_ascii=False, indent=1).encode())


def put(lives: list[Life], life: Life) -> None:
    """Put a life in its place, at the end where it is new."""
    for index, each in enumerate(lives):
        if each.mark == life.mark:
            lives[index] = life
            return
    lives.append(life)
