"""Tells people something once: the journal remembers what they were told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .people import tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .journal import Journal


def tell_once(
    journal: Journal, what: Sequence[str], message: str, title: str, environment: Mapping[str, str]
) -> list[str]:
    """Send a message unless people were told all of `what` before; what went wrong, a sentence each.

    A message that some service did not take is sent again next time.
    """
    places = ",".join("?" * len(what))
    known = journal.read(f"SELECT what FROM told WHERE what IN ({places})", what)  # noqa: S608 - only places
    if len(known) == len(set(what)):
        return []
    problems = tell(message, title, environment)
    if not problems:
        for one in what:
            journal.write("INSERT OR IGNORE INTO told VALUES (?,?)", (one, time.time()))
    return problems


def forget(journal: Journal, subject: str) -> None:
    """Let people be told again of what begins with this: it is well now, and may go wrong another time."""
    journal.write("DELETE FROM told WHERE substr(what, 1, ?) = ?", (len(subject), subject))


def waits_for_person(run: str, job: str) -> str:
    """What people are told when a job begins to wait for one of them."""
    return f"{run} {job} waits for a person"
