"""Which role and which kind of key each family of operations needs at least."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._modes import ApiKeyMode, KeyKind


@dataclass(frozen=True, slots=True)
class Right:
    """The least roles to read and to write; `team_only` where an individual key is refused whatever its role."""

    read: str
    write: str
    team_only: bool = False


_APPS = Right("CUSTOMER_SUPPORT", "APP_MANAGER")
_TESTING = Right("CUSTOMER_SUPPORT", "APP_MANAGER")
_UPLOADING = Right("CUSTOMER_SUPPORT", "DEVELOPER")
_PROVISIONING = Right("DEVELOPER", "ADMIN", team_only=True)
_USERS = Right("ADMIN", "ADMIN")

RIGHTS = {
    "apps": _APPS,
    "appInfos": _APPS,
    "appInfoLocalizations": _APPS,
    "appStoreVersions": _APPS,
    "appStoreVersionLocalizations": _APPS,
    "betaAppLocalizations": _TESTING,
    "betaAppReviewDetails": _TESTING,
    "betaAppReviewSubmissions": _TESTING,
    "betaBuildLocalizations": _TESTING,
    "betaGroups": _TESTING,
    "betaTesters": _TESTING,
    "builds": _TESTING,
    "buildUploads": _UPLOADING,
    "buildUploadFiles": _UPLOADING,
    "bundleIds": _PROVISIONING,
    "bundleIdCapabilities": _PROVISIONING,
    "certificates": _PROVISIONING,
    "devices": _PROVISIONING,
    "profiles": _PROVISIONING,
    "merchantIds": _PROVISIONING,
    "passTypeIds": _PROVISIONING,
    "users": _USERS,
    "userInvitations": _USERS,
}
"""By the type of resource. Apple says this in prose only: the role table of its help, and for keys "Individual keys
can't use Provisioning endpoints" (asc-official-limits.md, 2). An APP_MANAGER may provision where the key's person
was given "Access to Certificates, Identifiers & Profiles": so ADMIN is the least that is sure."""


def right_of(path: str) -> Right | None:
    """The right for a path such as `/v1/builds/{id}/betaGroups`: that of what follows the version."""
    found = re.search(r"/v\d+/(\w+)", path)
    return RIGHTS.get(found[1]) if found else None


def least_role(method: str, path: str) -> str | None:
    """The least role of a key for a request, as far as it is known."""
    right = right_of(path)
    if right is None:
        return None
    return right.read if method == "GET" else right.write


def api_key_for(*types: str, write: bool = True) -> ApiKeyMode:
    """The mode `api_key`, narrowed to what work with these types of resources needs.

    `api_key_for("certificates", "profiles")` wants a team key of the role ADMIN: a plan then says that an
    individual key is too weak, before anything runs. Raises KeyError for a type that is not in the table.
    """
    from ._modes import api_key

    rights = [RIGHTS[each] for each in types]
    roles = [right.write if write else right.read for right in rights]
    role = max(roles, key=_STRENGTH.index, default=None)
    return api_key(role=role, kind="team" if any(right.team_only for right in rights) else None)


_STRENGTH = ("CUSTOMER_SUPPORT", "DEVELOPER", "APP_MANAGER", "ADMIN")


def covering(modes: Iterable[ApiKeyMode]) -> ApiKeyMode:
    """The mode that one key meets which does for all of these: the strongest role, a team key where one is needed.

    Where roles cannot be compared it is ADMIN.
    """
    from ._modes import api_key

    asked = list(modes)
    roles = {mode.role for mode in asked if mode.role is not None}
    kinds = {mode.kind for mode in asked}
    if len(roles) > 1:
        roles = {max(roles, key=_STRENGTH.index) if roles.issubset(_STRENGTH) else "ADMIN"}
    kind: KeyKind | None = "team" if "team" in kinds else "individual" if "individual" in kinds else None
    return api_key(role=next(iter(roles), None), kind=kind)
