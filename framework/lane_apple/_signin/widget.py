"""The key of Apple's sign-in page, without which no sign-in starts (apple-id-login.md, 2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from lane import CredentialError, LaneError
from lane_apple._refusal import UnreachableError

from .errors import SignInChangedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Wire

VARIABLE = "LANE_APPLE_WIDGET_KEY"
"""Overrides what Apple says, should both ways be closed."""
_KEY = re.compile(r"[!-~]{8,256}")


def widget_key(wire: Wire, environment: Mapping[str, str]) -> str:
    """The key: from the variable, else in the new way, else in the old one. Raises with both failures.

    Where App Store Connect cannot be reached, both ways are closed alike, and UnreachableError says so.
    """
    given = environment.get(VARIABLE, "").strip()
    if given:
        if not _KEY.fullmatch(given):
            raise CredentialError(
                f"{VARIABLE} holds no key.", hint="It is 64 hex digits. Unset it to ask Apple."
            )
        return given
    try:
        return new_way(wire)
    except UnreachableError:
        raise
    except LaneError as error:
        newer = error
    try:
        return old_way(wire)
    except LaneError as error:
        raise SignInChangedError(
            "widget_key",
            f"Apple does not give the key of its sign-in page. New way: {newer} Old way: {error}"
            f" {VARIABLE} can hold the key meanwhile.",
            where=newer.where or "",
        ) from None


def new_way(wire: Wire) -> str:
    """The key in the address that /logout leads to. Asked without cookies, since with them it signs out."""
    for method in ("HEAD", "GET"):
        reply = wire.call("widget_key", method, "app_store_connect", "/logout", cookies=False, reads=True)
        query = parse_qs(urlsplit(reply.headers.get("Location", "")).query)
        key = query.get("widgetKey", [""])[0]
        if _KEY.fullmatch(key):
            return key
    raise reply.changed(f"/logout answered {reply.status} and leads to no address with a widgetKey.")


def old_way(wire: Wire) -> str:
    """The key in App Store Connect's configuration, which is gone since September 2026."""
    path = "/olympus/v1/app/config?hostname=itunesconnect.apple.com"
    reply = wire.call("widget_key_old", "GET", "app_store_connect", path, cookies=False, reads=True)
    if reply.status != 200:
        raise reply.changed(f"app/config answered {reply.status}.")
    fields = reply.json()
    key = str(fields.get("authServiceKey") or fields.get("serviceKey") or "")
    if not _KEY.fullmatch(key):
        raise reply.changed("app/config holds no authServiceKey.")
    return key
