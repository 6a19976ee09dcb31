"""TestFlight: What to Test, and the groups that get a build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

from ._once import once
from ._refusal import AppleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._client import AppStoreConnect, Params
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class BetaGroup:
    """A group of testers. An internal one with access to all builds gets each build by itself."""

    id: str
    name: str
    internal: bool
    has_access_to_all_builds: bool


def find_whats_new(apple: AppStoreConnect, build_id: str, *, locale: str = "en-US") -> str | None:
    """A build's What to Test in one language, or None."""
    found = _localization(apple, build_id, locale)
    return None if found is None else found.attributes.get("whatsNew")


def set_whats_new(apple: AppStoreConnect, build_id: str, text: str, *, locale: str = "en-US") -> bool:
    """Set a build's What to Test in one language, if it differs. Whether anything was changed."""

    def act() -> bool:
        found = _localization(apple, build_id, locale)
        if found is not None and found.attributes.get("whatsNew") == text:
            return False
        _write(apple, build_id, found, text, locale)
        return True

    def look() -> bool | None:
        found = _localization(apple, build_id, locale)
        return True if found is not None and found.attributes.get("whatsNew") == text else None

    return once(apple, act, look)


def _write(apple: AppStoreConnect, build_id: str, found: Resource | None, text: str, locale: str) -> None:
    if found is None:
        try:
            attributes = {"locale": locale, "whatsNew": text}
            apple.create("betaBuildLocalizations", attributes, {"build": ("builds", build_id)})
        except AppleError as error:
            # Apple makes the localisation of the primary language itself, at a time of its own.
            found = _localization(apple, build_id, locale) if error.is_duplicate else None
            if found is None:
                raise
        else:
            return
    apple.update("betaBuildLocalizations", found.id, {"whatsNew": text})


def _localization(apple: AppStoreConnect, build_id: str, locale: str) -> Resource | None:
    params: Params = {"filter[build]": build_id, "filter[locale]": locale, "limit": 50}
    found = apple.find("/v1/betaBuildLocalizations", params)
    return next((each for each in found if each.attributes.get("locale") == locale), None)


def find_beta_groups(apple: AppStoreConnect, app_id: str, names: Iterable[str] = ()) -> list[BetaGroup]:
    """The app's groups; with `names` those alone, in that order. Raises ActionError if one is missing."""
    every = [group_of(each) for each in apple.find("/v1/betaGroups", {"filter[app]": app_id, "limit": 200})]
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return every
    by_name = {group.name: group for group in every}
    if missing := [name for name in wanted if name not in by_name]:
        raise ActionError(
            f"There is no beta group {', '.join(map(repr, missing))}.",
            where="GET /v1/betaGroups",
            code="beta_group_missing",
            hint=f"The app has: {', '.join(sorted(by_name)) or 'none'}.",
        )
    return [by_name[name] for name in wanted]


def add_to_beta_groups(apple: AppStoreConnect, build_id: str, groups: Sequence[BetaGroup]) -> list[BetaGroup]:
    """Give a build to groups that do not have it. Those that got it now."""
    wanted = [group for group in groups if not (group.internal and group.has_access_to_all_builds)]
    have = _groups_of(apple, build_id) if wanted else set()
    missing = [group for group in wanted if group.id not in have]
    if not missing:
        return []

    def act() -> list[BetaGroup]:
        path = f"/v1/builds/{build_id}/relationships/betaGroups"
        apple.relate(path, "betaGroups", [group.id for group in missing])
        return missing

    def look() -> list[BetaGroup] | None:
        return missing if _groups_of(apple, build_id).issuperset(group.id for group in missing) else None

    return once(apple, act, look)


def is_distributed(
    apple: AppStoreConnect,
    build_id: str,
    *,
    whats_new: str | None = None,
    locale: str = "en-US",
    groups: Sequence[BetaGroup] = (),
) -> bool:
    """Whether a build has this What to Test already, and is given to these groups."""
    if whats_new is not None:
        found = _localization(apple, build_id, locale)
        if found is None or found.attributes.get("whatsNew") != whats_new:
            return False
    wanted = {group.id for group in groups if not (group.internal and group.has_access_to_all_builds)}
    return not wanted or wanted <= _groups_of(apple, build_id)


def _groups_of(apple: AppStoreConnect, build_id: str) -> set[str]:
    params: Params = {"filter[builds]": build_id, "fields[betaGroups]": ["name"], "limit": 200}
    return {each.id for each in apple.find("/v1/betaGroups", params)}


def group_of(resource: Resource) -> BetaGroup:
    """The group in a resource."""
    attributes = resource.attributes
    return BetaGroup(
        id=resource.id,
        name=str(attributes.get("name") or ""),
        internal=bool(attributes.get("isInternalGroup")),
        has_access_to_all_builds=bool(attributes.get("hasAccessToAllBuilds")),
    )
