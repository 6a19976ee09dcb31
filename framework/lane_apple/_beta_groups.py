"""Beta groups as they are to be: made, changed; their testers added and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._beta import BetaGroup, group_of
from ._ensured import Change, Ensured, adjust, made
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class BetaTester:
    """A tester. `id` is None until Apple knows the address; `state` is INVITED, ACCEPTED, INSTALLED, …"""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    id: str | None = None
    state: str | None = None


def ensure_beta_group(
    apple: AppStoreConnect,
    app_id: str,
    name: str,
    *,
    internal: bool | None = None,
    has_access_to_all_builds: bool | None = None,
    feedback: bool | None = None,
    public_link: bool | None = None,
    public_link_limit: int | None = None,
) -> Ensured[BetaGroup]:
    """A group of this name, made where there is none, and as it is asked for; what is left out stays.

    Whether a group is internal, and has access to all builds, is decided when it is made: Apple changes neither.
    `public_link_limit` is how many testers may come by the public link.
    """
    later = {
        "feedbackEnabled": feedback,
        "publicLinkEnabled": public_link,
        "publicLinkLimitEnabled": None if public_link_limit is None else True,
        "publicLinkLimit": public_link_limit,
    }
    found = _find(apple, app_id, name)
    if found is not None:
        resource, changes = adjust(apple, found, later)
        return Ensured(group_of(resource), changes)
    attributes = {
        "name": name,
        "isInternalGroup": internal,
        "hasAccessToAllBuilds": has_access_to_all_builds,
        **later,
    }
    given = {key: value for key, value in attributes.items() if value is not None}

    def act() -> Resource:
        return apple.create("betaGroups", given, {"app": ("apps", app_id)})

    resource = once(apple, act, lambda: _find(apple, app_id, name))
    return Ensured(group_of(resource), made(resource, given))


def find_beta_testers(apple: AppStoreConnect, group_id: str) -> Iterator[BetaTester]:
    """The testers of a group."""
    return map(_tester, apple.find("/v1/betaTesters", query({"betaGroups": group_id})))


def add_beta_testers(
    apple: AppStoreConnect, group: BetaGroup, testers: Iterable[BetaTester]
) -> Ensured[list[BetaTester]]:
    """Add testers to a group who are not in it; Apple invites them by e-mail. Those who were added.

    Only members of the team can be in an internal group.
    """
    inside = {tester.email.lower() for tester in find_beta_testers(apple, group.id)}
    wanted: dict[str, BetaTester] = {}
    for tester in testers:
        wanted.setdefault(tester.email.lower(), tester)
    added = [_add(apple, group, tester) for email, tester in wanted.items() if email not in inside]
    changes = tuple(Change(f"betaGroups/{group.id} has {each.email}", False, True) for each in added)
    return Ensured(added, changes)


def remove_beta_testers(
    apple: AppStoreConnect, group: BetaGroup, emails: Iterable[str]
) -> Ensured[list[BetaTester]]:
    """Take testers out of a group who are in it; in other groups they stay. Those who were removed."""
    unwanted = {email.lower() for email in emails}
    removed = [each for each in find_beta_testers(apple, group.id) if each.email.lower() in unwanted]
    ids = [each.id for each in removed if each.id is not None]
    if not ids:
        return Ensured([])

    def act() -> bool:
        apple.unrelate(_testers_of(group), "betaTesters", ids)
        return True

    def look() -> bool | None:
        left = {each.id for each in find_beta_testers(apple, group.id)}
        return True if left.isdisjoint(ids) else None

    once(apple, act, look)
    changes = tuple(Change(f"betaGroups/{group.id} has {each.email}", True, False) for each in removed)
    return Ensured(removed, changes)


def _add(apple: AppStoreConnect, group: BetaGroup, tester: BetaTester) -> BetaTester:
    """A person is one tester, whatever the group: who is known already is only put into it."""

    def look() -> BetaTester | None:
        inside = find_beta_testers(apple, group.id)
        return next((each for each in inside if each.email.lower() == tester.email.lower()), None)

    def act() -> BetaTester:
        known = _find_tester(apple, tester.email)
        if known is not None:
            apple.relate(_testers_of(group), "betaTesters", [known.id])
            return _tester(known)
        given: dict[str, Any] = {
            "email": tester.email,
            "firstName": tester.first_name,
            "lastName": tester.last_name,
        }
        attributes = {key: value for key, value in given.items() if value is not None}
        return _tester(apple.create("betaTesters", attributes, {"betaGroups": [("betaGroups", group.id)]}))

    return once(apple, act, look)


def _testers_of(group: BetaGroup) -> str:
    return f"/v1/betaGroups/{group.id}/relationships/betaTesters"


def _find(apple: AppStoreConnect, app_id: str, name: str) -> Resource | None:
    found = apple.find("/v1/betaGroups", query({"app": app_id, "name": name}))
    return next((each for each in found if each.attributes.get("name") == name), None)


def _find_tester(apple: AppStoreConnect, email: str) -> Resource | None:
    spellings = list(dict.fromkeys((email, email.lower())))
    found = apple.find("/v1/betaTesters", query({"email": spellings}))
    return next((each for each in found if str(each.attributes.get("email")).lower() == email.lower()), None)


def _tester(resource: Resource) -> BetaTester:
    attributes = resource.attributes
    return BetaTester(
        email=str(attributes.get("email") or ""),
        first_name=attributes.get("firstName"),
        last_name=attributes.get("lastName"),
        id=resource.id,
        state=attributes.get("state"),
    )
