"""An Apple ID as listings and messages show it."""

from __future__ import annotations


def masked(account: str) -> str:
    """`jane@example.com` as `j…e@example.com`; an Apple ID may be a telephone number too."""
    name, at, host = account.strip().rpartition("@")
    if not at:
        name, host = host, ""
    if len(name) > 2:
        return f"{name[0]}…{name[-1]}{at}{host}"
    return f"{name[:1] if len(name) == 2 else ''}…{at}{host}"
