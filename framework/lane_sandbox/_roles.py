"""Which roles may read and write which family of resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_sandbox._keys import Key

Family = Literal["apps", "testflight", "uploads", "provisioning", "users"]

ROLES = (
    "ACCOUNT_HOLDER",
    "ADMIN",
    "APP_MANAGER",
    "DEVELOPER",
    "MARKETING",
    "CUSTOMER_SUPPORT",
    "FINANCE",
    "SALES",
    "ACCESS_TO_REPORTS",
)
"""The roles that a key can have."""

_OWNERS = frozenset({"ACCOUNT_HOLDER", "ADMIN"})
_MANAGERS = _OWNERS | {"APP_MANAGER"}
_MAKERS = _MANAGERS | {"DEVELOPER"}
_STAFF = _MAKERS | {"MARKETING", "CUSTOMER_SUPPORT", "FINANCE", "SALES"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an API key, or a person who is signed in.

    `trusted`: may change certificates, identifiers and profiles though the role alone may not. `individual`: a
    person's own key. `key_id` is empty for a person.
    """

    roles: frozenset[str]
    trusted: bool = False
    individual: bool = False
    key_id: str = ""


def caller_of(key: Key) -> Caller:
    """The caller that an API key is."""
    return Caller(frozenset({key.role}), key.provisioning, key.issuer_id is None, key.key_id)


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles that may read, those that may write, and those that may write if the key was given more."""

    read: frozenset[str]
    write: frozenset[str]
    write_if_trusted: frozenset[str] = frozenset()


TABLE: Mapping[Family, Rights] = {
    "apps": Rights(_STAFF, _MANAGERS),
    "testflight": Rights(_STAFF, _MANAGERS),
    "uploads": Rights(_STAFF, _MAKERS),
    "provisioning": Rights(_MAKERS, _OWNERS, frozenset({"APP_MANAGER"})),
    "users": Rights(_OWNERS, _OWNERS),
}
"""Apple tells this in prose only (asc-official-limits.md, 2); where that is silent, the role table of its help."""


def may(caller: Caller, family: Family, *, writing: bool) -> bool:
    """Whether a caller may do this. Individual keys have no provisioning (session-formats.md, 4.3)."""
    rights = TABLE[family]
    if family == "provisioning" and caller.individual:
        return False
    if not writing:
        return bool(caller.roles & rights.read)
    return bool(caller.roles & rights.write) or (
        caller.trusted and bool(caller.roles & rights.write_if_trusted)
    )
