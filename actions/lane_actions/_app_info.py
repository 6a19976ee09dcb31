"""`app_info`: the texts of the App Store in each language, of the app and of a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from lane import ActionError, Context, Model, action
from lane_apple import (
    api_key_for,
    ensure_app_texts,
    ensure_version_texts,
    find_app,
    find_app_infos,
    find_app_store_versions,
    find_app_texts,
    find_version_texts,
)

from ._door import app_store_connect
from ._ensured import recorded
from ._which_app import bundle_id_of_app
from ._which_builds import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import lane_apple
    from lane_apple import App, AppStoreConnect

_AT_ANY_TIME = frozenset({"promotionalText"})  # Apple takes it for the version in the store, too


class AppTexts(Model):
    """What the app says in one language, whatever the version; what is left out stays. Lengths are Apple's."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str | None, Field(min_length=2, max_length=30)] = None
    subtitle: Annotated[str | None, Field(max_length=30)] = None
    privacy_policy_url: str | None = None
    privacy_choices_url: str | None = None
    privacy_policy_text: str | None = None


class VersionTexts(Model):
    """What a version says in one language; what is left out stays. Lengths are Apple's."""

    model_config = ConfigDict(extra="forbid")

    description: Annotated[str | None, Field(min_length=10, max_length=4000)] = None
    keywords: Annotated[str | None, Field(max_length=100)] = None
    whats_new: Annotated[str | None, Field(max_length=4000)] = None
    promotional_text: Annotated[str | None, Field(max_length=170)] = None
    marketing_url: str | None = None
    support_url: str | None = None


class AppInfo(Model):
    """Whose texts were kept: Apple's ids; empty where no texts of the kind were given."""

    app_id: str
    app_info_id: str
    version_id: str


@action(auth=[api_key_for("appInfoLocalizations", "appStoreVersionLocalizations")])
def app_info(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    texts: Annotated[dict[str, AppTexts] | None, "The app's texts by language: en-US, de-DE"] = None,
    version_texts: Annotated[dict[str, VersionTexts] | None, "A version's texts by language"] = None,
    version: Annotated[str | None, "That version; left out: the one that can be edited"] = None,
    platform: Annotated[Platform | None, "Only versions for this; left out: all"] = None,
) -> AppInfo:
    """Set the texts of the App Store that differ; a language that is missing is added.

    What is in the store already takes no changes but the promotional text. Texts that it has already are no change.
    """
    apple = app_store_connect(ctx)
    app = find_app(apple, bundle_id_of_app(ctx, bundle_id))
    of_app, of_version = _by_locale(texts), _by_locale(version_texts)
    info = _info(apple, app, of_app) if of_app else ""
    version_id = _version(apple, app, version, platform, of_version) if of_version else ""
    for locale, wanted in of_app.items():
        recorded(ctx, ensure_app_texts(apple, info, locale, wanted))
    for locale, wanted in of_version.items():
        recorded(ctx, ensure_version_texts(apple, version_id, locale, wanted))
    return AppInfo(app_id=app.id, app_info_id=info, version_id=version_id)


def _by_locale(texts: Mapping[str, Model] | None) -> dict[str, dict[str, str]]:
    """By language and Apple's names, without what is left out."""
    given = {
        locale: {to_camel(name): str(text) for name, text in each if text is not None}
        for locale, each in (texts or {}).items()
    }
    return {locale: each for locale, each in given.items() if each}


def _info(apple: AppStoreConnect, app: App, wanted: dict[str, dict[str, str]]) -> str:
    """Apple's id of the info that takes the texts, or has them."""
    found = find_app_infos(apple, app.id)
    if not found:
        raise ActionError(
            f"{app.bundle_id} has no app info.", hint="Is the key for this app?", code="no_info"
        )
    info = found[0]
    if not info.editable:
        _refuse_changes(f"{app.name}'s info", info.state, find_app_texts(apple, info.id), wanted)
    return info.id


def _version(
    apple: AppStoreConnect,
    app: App,
    version: str | None,
    platform: str | None,
    wanted: dict[str, dict[str, str]],
) -> str:
    """Apple's id of the version that takes the texts, or has them."""
    found = find_app_store_versions(apple, app.id, version=version, platform=platform)
    fitting = [each for each in found if version in {None, each.version}]
    if not fitting:
        asked = " ".join(each for each in (version, platform) if each)
        raise ActionError(
            f"{app.bundle_id} has no App Store version{f' {asked}' if asked else ''}.",
            hint="Add it in App Store Connect first, or correct version= and platform=.",
            code="no_version",
        )
    chosen = fitting[0]
    if sum(each.editable for each in fitting) > 1:
        raise ActionError(
            f"{app.bundle_id} has several versions that can be edited: "
            + ", ".join(f"{each.version} {each.platform}" for each in fitting if each.editable)
            + ".",
            hint="Say which one: version=…, platform=….",
            code="several_versions",
        )
    if not chosen.editable:
        named = f"The version {chosen.version}"
        _refuse_changes(named, chosen.state, find_version_texts(apple, chosen.id), wanted)
    return chosen.id


def _refuse_changes(
    named: str, state: str, found: Sequence[lane_apple.Localization], wanted: dict[str, dict[str, str]]
) -> None:
    """Raise ActionError where texts differ that Apple does not change in this state."""
    there = {each.locale: each.texts for each in found}
    differing = [
        f"{name} ({locale})"
        for locale, texts in wanted.items()
        for name, text in texts.items()
        if there.get(locale, {}).get(name) != text and (name not in _AT_ANY_TIME or locale not in there)
    ]
    if differing:
        raise ActionError(
            f"{named} is {state}: Apple takes no change of {', '.join(differing)}.",
            hint="Begin the next version in App Store Connect, which makes them editable again; or wait until the"
            " review is over.",
            code="not_editable",
        )
