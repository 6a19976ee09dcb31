"""An Apple ID as listings and messages show it."""

from __future__ import annotations

STORE = "lane's store"
"""What stands for the Apple IDs that are not known, where lane's store itself cannot be used."""


def shown(account: str) -> str:
    """An Apple ID as listings show it; fastlane's sessions do not say whose they are."""
    if not account:
        return "an Apple ID that the session does not name"
    return account if account == STORE else masked(account)


def masked(account: str) -> str:
    """`jane@example.com` as `j…e@example.com`; an Apple ID may be a telephone number too."""
    name, at, host = account.strip().rpartition("@")
    if not at:
        name, host = host, ""
    if len(name) > 2:
        return f"{name[0]}…{name[-1]}{at}{host}"
    return f"{name[:1] if len(name) == 2 else ''}…{at}{host}"
