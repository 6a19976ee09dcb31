"""Texts of the App Store in each language: of a version, and of the app itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._ensured import Ensured, adjust, made
from ._once import once
from ._query import query
from ._refusal import AppleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._client import AppStoreConnect
    from ._document import Resource

_OLD = frozenset({"READY_FOR_DISTRIBUTION", "REPLACED_WITH_NEW_INFO", "REPLACED_WITH_NEW_VERSION"})
_EDITABLE = frozenset(
    {
        "DEVELOPER_REJECTED",
        "INVALID_BINARY",
        "METADATA_REJECTED",
        "PREPARE_FOR_SUBMISSION",
        "READY_FOR_REVIEW",
        "REJECTED",
    }
)


@dataclass(frozen=True, slots=True)
class AppStoreVersion:
    """A version of the App Store. `state` is Apple's AppVersionState; an editable one takes new texts."""

    id: str
    version: str
    platform: str
    state: str

    @property
    def editable(self) -> bool:
        """Whether Apple takes changes."""
        return self.state in _EDITABLE


@dataclass(frozen=True, slots=True)
class AppInfo:
    """The app's own page. There are two while one is in the store and the next is being written."""

    id: str
    state: str

    @property
    def editable(self) -> bool:
        """Whether Apple takes changes."""
        return self.state in _EDITABLE


@dataclass(frozen=True, slots=True)
class Localization:
    """The texts of one language, by Apple's names of them; those that are empty are left out."""

    id: str
    locale: str
    texts: Mapping[str, str] = field(hash=False)


def find_app_store_versions(
    apple: AppStoreConnect, app_id: str, *, version: str | None = None, platform: str | None = None
) -> list[AppStoreVersion]:
    """The app's versions; those that can be edited first."""
    filters = {"versionString": version, "platform": platform}
    found = apple.find(f"/v1/apps/{app_id}/appStoreVersions", query(filters))
    return sorted(map(_version, found), key=lambda each: not each.editable)


def find_app_infos(apple: AppStoreConnect, app_id: str) -> list[AppInfo]:
    """The app's infos; one that can be edited first."""
    found = apple.find(f"/v1/apps/{app_id}/appInfos", query())
    infos = (AppInfo(each.id, str(each.attributes.get("state") or "")) for each in found)
    return sorted(infos, key=lambda each: (not each.editable, each.state in _OLD))


def find_version_texts(apple: AppStoreConnect, version_id: str) -> list[Localization]:
    """A version's texts: description, keywords, whatsNew, promotionalText, marketingUrl, supportUrl."""
    return _localizations(apple, _VERSION, version_id)


def find_app_texts(apple: AppStoreConnect, app_info_id: str) -> list[Localization]:
    """The app's texts: name, subtitle, privacyPolicyUrl, privacyChoicesUrl, privacyPolicyText."""
    return _localizations(apple, _INFO, app_info_id)


def ensure_version_texts(
    apple: AppStoreConnect, version_id: str, locale: str, texts: Mapping[str, str]
) -> Ensured[Localization]:
    """Set texts of a version in one language, those that differ; the language is added if it is missing.

    What is left out stays. `texts` has the names of `find_version_texts`.
    """
    return _ensure(apple, _VERSION, version_id, locale, texts)


def ensure_app_texts(
    apple: AppStoreConnect, app_info_id: str, locale: str, texts: Mapping[str, str]
) -> Ensured[Localization]:
    """Set texts of the app in one language, those that differ; a new language needs its `name`."""
    return _ensure(apple, _INFO, app_info_id, locale, texts)


@dataclass(frozen=True, slots=True)
class _Owner:
    """What has localizations: its type, its relationship, their type."""

    kind: str
    relationship: str
    localizations: str


_VERSION = _Owner("appStoreVersions", "appStoreVersion", "appStoreVersionLocalizations")
_INFO = _Owner("appInfos", "appInfo", "appInfoLocalizations")


def _ensure(
    apple: AppStoreConnect, owner: _Owner, owner_id: str, locale: str, texts: Mapping[str, str]
) -> Ensured[Localization]:
    found = _find(apple, owner, owner_id, locale)
    if found is None:
        attributes = {"locale": locale, **texts}
        links = {owner.relationship: (owner.kind, owner_id)}

        def act() -> Resource:
            return apple.create(owner.localizations, attributes, links)

        try:
            resource = once(apple, act, lambda: _find(apple, owner, owner_id, locale))
        except AppleError as error:
            # Apple makes the primary language's itself, at a time of its own.
            found = _find(apple, owner, owner_id, locale) if error.is_duplicate else None
            if found is None:
                raise
        else:
            return Ensured(_localization(resource), made(resource, attributes))
    resource, changes = adjust(apple, found, texts)
    return Ensured(_localization(resource), changes)


def _find(apple: AppStoreConnect, owner: _Owner, owner_id: str, locale: str) -> Resource | None:
    found = apple.find(_path(owner, owner_id), query({"locale": locale}))
    return next((each for each in found if each.attributes.get("locale") == locale), None)


def _localizations(apple: AppStoreConnect, owner: _Owner, owner_id: str) -> list[Localization]:
    found = map(_localization, apple.find(_path(owner, owner_id), query()))
    return sorted(found, key=lambda each: each.locale)


def _path(owner: _Owner, owner_id: str) -> str:
    return f"/v1/{owner.kind}/{owner_id}/{owner.localizations}"


def _version(resource: Resource) -> AppStoreVersion:
    attributes = resource.attributes
    return AppStoreVersion(
        id=resource.id,
        version=str(attributes.get("versionString") or ""),
        platform=str(attributes.get("platform") or ""),
        state=str(attributes.get("appVersionState") or ""),
    )


def _localization(resource: Resource) -> Localization:
    texts = {
        name: value
        for name, value in resource.attributes.items()
        if name != "locale" and isinstance(value, str) and value
    }
    return Localization(resource.id, str(resource.attributes.get("locale") or ""), texts)
