"""The people of a team, and which apps they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

from ._ensured import Change, Ensured
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._client import AppStoreConnect
    from ._document import Resource

_MOST_APPS = 50  # of a user in one answer, by Apple's description


@dataclass(frozen=True, slots=True)
class User:
    """A person of the team. `visible_apps` are ids of apps, at most 50; with `all_apps_visible` they do not count."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    all_apps_visible: bool
    visible_apps: frozenset[str]


class UserNotFoundError(ActionError):
    """There is nobody with this address in the team."""

    code = "user_not_found"


def find_users(apple: AppStoreConnect, emails: Iterable[str] | None = None) -> list[User]:
    """The people of the team by address, or those with these addresses. Raises UserNotFoundError.

    A key needs the role ADMIN for it.
    """
    params = query(include=["visibleApps"], limits={"visibleApps": _MOST_APPS})
    people = {user.email.lower(): user for user in map(_user, apple.find("/v1/users", params))}
    if emails is None:
        return [people[each] for each in sorted(people)]
    wanted = list(dict.fromkeys(emails))
    missing = [each for each in wanted if each.lower() not in people]
    if missing:
        raise UserNotFoundError(
            f"The team has nobody with the address {', '.join(missing)}.",
            where="GET /v1/users",
            hint="Invite them in App Store Connect under Users and Access; an invitation that was not accepted"
            " does not count yet.",
        )
    return [people[each.lower()] for each in wanted]


def show_app(apple: AppStoreConnect, app_id: str, users: Iterable[User]) -> Ensured[None]:
    """Let people see an app who do not see it yet."""
    hidden = [user for user in users if not (user.all_apps_visible or app_id in user.visible_apps)]
    for user in hidden:
        _show(apple, app_id, user)
    return Ensured(None, tuple(Change(f"users/{user.id} visibleApps", None, app_id) for user in hidden))


def _show(apple: AppStoreConnect, app_id: str, user: User) -> None:
    path = f"/v1/users/{user.id}/relationships/visibleApps"

    def act() -> bool:
        apple.relate(path, "apps", [app_id])
        return True

    def look() -> bool | None:
        return any(each.id == app_id for each in apple.find(path, query())) or None

    once(apple, act, look)


def _user(resource: Resource) -> User:
    attributes = resource.attributes
    names = (attributes.get("firstName"), attributes.get("lastName"))
    return User(
        id=resource.id,
        email=str(attributes.get("email") or attributes.get("username") or ""),
        name=" ".join(str(name) for name in names if name),
        roles=tuple(attributes.get("roles") or ()),
        all_apps_visible=bool(attributes.get("allAppsVisible")),
        visible_apps=frozenset(resource.relationships.get("visibleApps", ())),
    )
