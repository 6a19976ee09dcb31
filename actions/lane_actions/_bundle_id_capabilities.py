"""`bundle_id_capabilities`: what a bundle id is capable of, switched on, set and switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from lane import ActionError, Context, LaneError, Model, action, probe
from lane_apple import (
    AppleId,
    api_key_for,
    apple_id,
    disable_capability,
    enable_capability,
    ensure_app_group,
    find_app_groups,
    find_capabilities,
    join_app_groups,
)

from ._capability_types import CapabilityType, Setting
from ._door import developer_portal, provisioning
from ._ensured import recorded
from ._which_app import bundle_id_of_app, registered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lane import AuthMode

Settings = dict[CapabilityType, dict[Setting, str]]


class Capabilities(Model):
    """What a bundle id is capable of now: the types that are on, by name, and the settings of those with any.

    `app_groups` are those that it belongs to, where they were asked for.
    """

    bundle_id: str
    enabled: list[str]
    settings: dict[str, dict[str, str]]
    app_groups: list[str] = []  # noqa: RUF012 - pydantic copies a default, and the model is frozen


@probe
def has_capabilities(
    ctx: Context,
    *,
    bundle_id: str | None = None,
    enable: list[CapabilityType] | None = None,
    disable: list[CapabilityType] | None = None,
    settings: Settings | None = None,
    app_groups: list[str] | None = None,
) -> Capabilities | None:
    """What it is capable of, if all is on, set and off as it is to be."""
    try:
        identifier = bundle_id_of_app(ctx, bundle_id)
        now = _now(ctx, identifier, app_groups, patient=False)
    except LaneError:
        return None  # the step itself will meet it, and tell
    on, off = _asked(enable, disable, settings, app_groups)
    as_wanted = (
        set(on) <= set(now.enabled)
        and set(off).isdisjoint(now.enabled)
        and all(_plain(settings, each).items() <= now.settings.get(each, {}).items() for each in on)
        and set(app_groups or ()) <= set(now.app_groups)
    )
    return now if as_wanted else None


def _modes(options: Any) -> Sequence[AuthMode]:
    """The official API knows no app groups."""
    if options.app_groups:
        return [apple_id(face="developer_portal")]
    return [api_key_for("bundleIds", "bundleIdCapabilities"), apple_id(face="developer_portal")]


@action(auth=_modes, probe=has_capabilities)
def bundle_id_capabilities(
    ctx: Context,
    *,
    bundle_id: Annotated[str | None, "A registered bundle id; left out: app(bundle_id=…)"] = None,
    enable: Annotated[list[CapabilityType] | None, "What is to be on"] = None,
    disable: Annotated[list[CapabilityType] | None, "What is to be off"] = None,
    settings: Annotated[
        Settings | None,
        'Settings of what is to be on: {"ICLOUD": {"ICLOUD_VERSION": "XCODE_6"}}',
    ] = None,
    app_groups: Annotated[
        list[str] | None, "Groups that it is to belong to, such as group.com.example: needs an Apple ID"
    ] = None,
) -> Capabilities:
    """Switch capabilities of a bundle id on and off, and set them; what is not named stays as it is.

    Profiles that were made before become invalid by a change: let profiles follow. A group that is not registered
    is registered.
    """
    on, off = _asked(enable, disable, settings, app_groups)
    if both := [each for each in on if each in off]:
        raise ActionError(
            f"{', '.join(both)} is to be on and off at once.",
            hint="Name it in enable= and settings=, or in disable=.",
            code="capability_contradiction",
        )
    identifier = bundle_id_of_app(ctx, bundle_id)
    apple = provisioning(ctx)
    owner = registered(apple, identifier)
    for capability in on:
        recorded(ctx, enable_capability(apple, owner, capability, _plain(settings, capability)))
    for capability in off:
        recorded(ctx, disable_capability(apple, owner, capability))
    if app_groups:
        _join(ctx, identifier, app_groups)
    return _now(ctx, identifier, app_groups)


def _join(ctx: Context, identifier: str, app_groups: Sequence[str]) -> None:
    portal = developer_portal(ctx)
    groups = [recorded(ctx, ensure_app_group(portal, each)) for each in dict.fromkeys(app_groups)]
    recorded(ctx, join_app_groups(portal, identifier, groups))


def _asked(
    enable: Sequence[CapabilityType] | None,
    disable: Sequence[CapabilityType] | None,
    settings: Settings | None,
    app_groups: Sequence[str] | None,
) -> tuple[list[CapabilityType], list[CapabilityType]]:
    """What is to be on, and off."""
    groups: list[CapabilityType] = ["APP_GROUPS"] if app_groups else []
    on: list[CapabilityType] = [*(enable or ()), *(settings or ()), *groups]
    return list(dict.fromkeys(on)), list(dict.fromkeys(disable or ()))


def _plain(settings: Settings | None, capability: CapabilityType) -> Mapping[str, str]:
    return {str(key): option for key, option in (settings or {}).get(capability, {}).items()}


def _now(
    ctx: Context, identifier: str, app_groups: Sequence[str] | None, *, patient: bool = True
) -> Capabilities:
    apple = provisioning(ctx, patient=patient)
    now = find_capabilities(apple, registered(apple, identifier))
    groups: list[str] = []
    if app_groups and isinstance(ctx.credential, AppleId):
        groups = find_app_groups(developer_portal(ctx, patient=patient), identifier)
    return Capabilities(
        bundle_id=identifier,
        enabled=[each.type for each in now],
        settings={each.type: dict(each.settings) for each in now if each.settings},
        app_groups=groups,
    )
