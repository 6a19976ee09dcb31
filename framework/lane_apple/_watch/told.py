"""Remembers what people were told of each Apple ID, so that they hear it once."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lane_apple._session.lock import locked
from lane_apple._session.private_file import check_folder, read_owned, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .news import News

_FORMAT = "lane-told"
_LARGEST = 256 * 1024
_KEPT = 60  # messages of an Apple ID
_DAY = 86400.0


class Told:
    """What was told of one Apple ID. `keep` writes it down, as soon as something changes."""

    def __init__(self, entries: list[dict[str, Any]], keep: Callable[[list[dict[str, Any]]], None]) -> None:
        self._entries = entries
        self._keep = keep

    def has(self, news: News, to: str) -> bool:
        """Whether a service has taken a message. A trust is the same when it ends at the same time, within a day."""
        return any(
            entry.get("what") == news.what
            and entry.get("to") == to
            and _is_same(entry.get("about"), news.about)
            for entry in self._entries
        )

    def add(self, news: News, to: str) -> None:
        """A service has taken it."""
        self._entries.append({"what": news.what, "about": news.about, "to": to})
        del self._entries[:-_KEPT]
        self._keep(self._entries)

    def works_again(self) -> None:
        """The Apple ID works: what was said of its death is over."""
        left = [entry for entry in self._entries if entry.get("what") != "dead"]
        if left != self._entries:
            self._entries = left
            self._keep(left)


@contextmanager
def telling(folder: Path, account: str) -> Iterator[Told]:
    """What was told, while nobody else tells of it; kept in the folder of the sessions.

    Raises SessionFileError or SessionStoreError where that cannot be used; a damaged file counts as none.
    """
    check_folder(folder)
    path = folder / "told.json"
    name = hashlib.sha256(account.strip().lower().encode()).hexdigest()[:20]
    with locked(path.with_suffix(".lock")):
        accounts = _read(path)

        def keep(entries: list[dict[str, Any]]) -> None:
            accounts[name] = entries
            write_private(path, json.dumps({"format": _FORMAT, "accounts": accounts}, indent=1).encode())

        yield Told(list(accounts.get(name, [])), keep)


def service_mark(url: str) -> str:
    """What tells a service from others, and says nothing of its address."""
    return hashlib.sha256(b"lane told\0" + url.encode()).hexdigest()[:16]


def _is_same(before: object, now: str | float) -> bool:
    if isinstance(before, float | int) and isinstance(now, float):
        return abs(before - now) < _DAY
    return before == now


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    content = read_owned(path, largest=_LARGEST, strict=True)
    try:
        document: Any = json.loads(content or b"{}")
        accounts = document["accounts"] if document.get("format") == _FORMAT else {}
        return {
            str(name): [entry for entry in entries if isinstance(entry, dict)]
            for name, entries in accounts.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
