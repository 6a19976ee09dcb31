"""A process that wants an Apple ID's session: it says what it does, and goes on when it is told to.

session_process.py hold            holds the lease until its standard input says a line
session_process.py sign-in MARK    gets a session by `sign_in_once`; where it is the one that signs in, it waits for
                                   a line: `ok`, or `refused`
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from lane import CredentialError, LaneError
from lane_apple._session.cookie import Cookie
from lane_apple._session.life import mark_of
from lane_apple._session.once import sign_in_once
from lane_apple._session.session import AppleSession
from lane_apple._session.store import SessionStore

ACCOUNT = "jane@example.com"


def say(text: str) -> None:
    print(text, flush=True)


class Waiter:
    """Says once that it waits."""

    said = False

    def __call__(self, seconds: float) -> None:
        if not self.said:
            self.said = True
            say("waits")
        time.sleep(min(seconds, 0.01))


def hold(store: SessionStore) -> None:
    with store.lease(ACCOUNT, Waiter()):
        say("holds")
        sys.stdin.readline()
    say("done")


def sign_in(store: SessionStore, mark: str) -> None:
    def ask_apple(kept: AppleSession | None) -> AppleSession:
        say("signs in")
        if sys.stdin.readline().strip() == "refused":
            raise CredentialError("Apple refused the password.", hint="Mend it.", code="password_wrong")
        return AppleSession(ACCOUNT, (Cookie("myacinfo", f"DAWTKN{mark}", "apple.com"),), time.time(), "here")

    try:
        found = sign_in_once(store, ACCOUNT, ask_apple, stale=None, wait=Waiter())
    except LaneError as error:
        say(f"refused {type(error).__name__} {error.code} {error.message} {error.hint}")
    else:
        say(f"has {mark_of(found)}")


if __name__ == "__main__":
    its_store = SessionStore.of(os.environ, Path.cwd())
    if sys.argv[1] == "hold":
        hold(its_store)
    else:
        sign_in(its_store, sys.argv[2])
