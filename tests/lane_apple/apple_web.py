"""A session of an Apple ID with made-up cookies, for doors that answer what they are told."""

from __future__ import annotations

from typing import Any

from lane_apple._doors import Doors
from lane_apple._session.cookie import Cookie
from lane_apple._session.session import AppleSession
from lane_apple._web_session import WebSession

NOW = 1_800_000_000.0
ACCOUNT = "jane@example.com"
MYACINFO = "DAWTKNV323952cf8084a204fb20ab2508441a07d02d3b4f6c"
DQSID = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE4MDAwMDAwMDB9.c2lnbmF0dXJl"


def apple_session(**changes: Any) -> AppleSession:
    """A session as a sign-in leaves it."""
    given: dict[str, Any] = {
        "account": ACCOUNT,
        "cookies": (
            Cookie("myacinfo", MYACINFO, "apple.com"),
            Cookie(
                "dqsid", DQSID, "appstoreconnect.apple.com", for_domain=False, max_age=1800, created_at=NOW
            ),
            Cookie("DESabc", "HSARMTKNSRVXWFlaQVRFtrust", "idmsa.apple.com"),
        ),
        "made_at": NOW,
        "made_on": "build-mac",
        "source": "a test",
    }
    return AppleSession(**given | changes)


def web_session(url: str, **changes: Any) -> WebSession:
    """That session, in use at one address in the place of all of Apple's doors."""
    return WebSession(apple_session(**changes), doors=Doors.at(url), clock=lambda: NOW + 60)
