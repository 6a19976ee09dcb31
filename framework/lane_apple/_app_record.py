"""Makes an app record, which only the web door can, and waits until it is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane import CredentialError

from ._app_record_error import says_it_exists, told_apart
from ._apps import App, look_for_app
from ._ensured import Change, Ensured
from ._once import once
from ._refusal import AppleError, WaitedTooLongError
from ._users import find_users, show_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ._client import AppStoreConnect

_BETWEEN_LOOKS = 15.0  # seconds, as fastlane does (private-endpoints.md, 4.2)
_INFO, _INFO_TEXT = "${new-appInfo-id}", "${new-appInfoLocalization-id}"


def create_app_record(
    apple: AppStoreConnect,
    bundle_id: str,
    *,
    name: str,
    sku: str,
    primary_locale: str = "en-US",
    platforms: Sequence[str] = ("IOS",),
    version: str = "1.0",
    company_name: str | None = None,
    users: Iterable[str] = (),
    deadline: float = 3000.0,
) -> Ensured[App]:
    """Make the record of an app that has none, wait until it is listed, and let people see it.

    `platforms` are IOS, MAC_OS, TV_OS or VISION_OS, each of which gets a first `version`. `company_name` is asked
    for with the first app of an account only. `users` are addresses of people who are to see the app. `deadline`
    is in seconds from now. Of a record that is there nothing is changed but who sees it.

    Raises AppRecordError, UserNotFoundError, WaitedTooLongError; CredentialError where a key is to make a record.
    """
    people = find_users(apple, users) if users else []
    app = look_for_app(apple, bundle_id)
    if app is not None:
        return Ensured(app, show_app(apple, app.id, people).changes)
    _refuse_key(apple)
    attributes = {"sku": sku, "primaryLocale": primary_locale, "bundleId": bundle_id}
    if company_name is not None:
        attributes["companyName"] = company_name
    made = _made(apple, attributes, name, platforms, version, apple.clock() + deadline)
    seen = show_app(apple, made.value.id, people)
    return Ensured(made.value, (*made.changes, *seen.changes))


def _refuse_key(apple: AppStoreConnect) -> None:
    if apple.door.who == "key":
        raise CredentialError(
            "No API key can make an app record: the official API has no such request.",
            code="apple_id_needed",
            hint="A person's Apple ID can: `lane auth login`.",
        )


def _made(
    apple: AppStoreConnect,
    attributes: Mapping[str, str],
    name: str,
    platforms: Sequence[str],
    version: str,
    until: float,
) -> Ensured[App]:
    """The record once it is listed; `until` is by the client's clock."""
    bundle_id = attributes["bundleId"]
    tries = 0

    def act() -> str:
        nonlocal tries
        tries += 1
        return _posted(apple, attributes, name, platforms, version)

    def look() -> str | None:
        there = look_for_app(apple, bundle_id)
        return None if there is None else there.id

    try:
        made = once(apple, act, look)
    except AppleError as error:
        if not says_it_exists(error) or (tries == 1 and look() is None):
            raise told_apart(error, attributes, name) from error
        made = None  # by a try whose answer was lost, or by another run
    app = _listed(apple, bundle_id, until)
    if made is None and tries == 1:
        return Ensured(app)
    after = {**attributes, "name": name, "platforms": [*platforms]}
    return Ensured(app, (Change(f"apps/{app.id}", None, after),))


def _posted(
    apple: AppStoreConnect, attributes: Mapping[str, str], name: str, platforms: Sequence[str], version: str
) -> str:
    locale = attributes["primaryLocale"]
    links = {
        "appStoreVersions": [("appStoreVersions", f"${{store-version-{each}}}") for each in platforms],
        "appInfos": [("appInfos", _INFO)],
    }
    versions = (part for each in platforms for part in _version(each, version, locale))
    return apple.create("apps", attributes, links, included=[*_info(locale, name), *versions]).id


def _info(locale: str, name: str) -> list[dict[str, Any]]:
    """The app's name is not its own attribute but that of its first text."""
    text = {"type": "appInfoLocalizations", "id": _INFO_TEXT}
    return [
        {
            "type": "appInfos",
            "id": _INFO,
            "relationships": {"appInfoLocalizations": {"data": [text]}},
        },
        {**text, "attributes": {"locale": locale, "name": name}},
    ]


def _version(platform: str, version: str, locale: str) -> list[dict[str, Any]]:
    text = {"type": "appStoreVersionLocalizations", "id": f"${{new-{platform}VersionLocalization-id}}"}
    return [
        {
            "type": "appStoreVersions",
            "id": f"${{store-version-{platform}}}",
            "attributes": {"platform": platform, "versionString": version},
            "relationships": {"appStoreVersionLocalizations": {"data": [text]}},
        },
        {**text, "attributes": {"locale": locale}},
    ]


def _listed(apple: AppStoreConnect, bundle_id: str, until: float) -> App:
    while (found := look_for_app(apple, bundle_id)) is None:
        left = until - apple.clock()
        if left <= 0:
            raise WaitedTooLongError(
                f"Apple made the app record of {bundle_id}, but does not list it yet.",
                hint="Run this again later: a record that is there is not made twice.",
            )
        apple.sleep(min(_BETWEEN_LOOKS, left))
    return found
