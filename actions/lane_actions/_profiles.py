"""`profiles`: provisioning profiles that are good, for an app and its extensions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from lane import ActionError, Context, action
from lane_apple import api_key_for, ensure_profile, find_certificates, find_devices

from ._certificates import Certificate
from ._door import app_store_connect
from ._ensured import record
from ._profile_kinds import ProfileKind, ProfileType, kind_of
from ._signing import Profile
from ._which_app import bundle_id_of_app, registered

if TYPE_CHECKING:
    import lane_apple
    from lane_apple import AppStoreConnect


@action(auth=[api_key_for("profiles")])
def profiles(
    ctx: Context,
    *,
    type: Annotated[ProfileType, "Apple's type of profile"],  # noqa: A002 - Apple's word
    bundle_id: Annotated[str | None, "A registered bundle id; left out: app(bundle_id=…)"] = None,
    extensions: Annotated[list[str] | None, "Bundle ids of its extensions, which have profiles too"] = None,
    name: Annotated[str, "Each one's name; {bundle_id} and {type} stand for its own"] = "{bundle_id} {type}",
    certificates: Annotated[
        list[Certificate] | None, "What certificates gave; left out: all of the team that fit"
    ] = None,
    devices: Annotated[list[str] | None, "UDIDs; left out: all enabled devices that fit"] = None,
    output: Annotated[Path, "The folder that gets the files; git ignores it"] = Path("signing"),
) -> list[Profile]:
    """Have a profile for each bundle id, and download it; the app's own comes first.

    One that is invalid, expired, or has other certificates or devices is deleted and made anew under its name:
    Apple has no way to change one.
    """
    identifiers = list(dict.fromkeys([bundle_id_of_app(ctx, bundle_id), *(extensions or ())]))
    names = [_named(name, each, type) for each in identifiers]
    _check_names(name, names)
    apple = app_store_connect(ctx)
    # All is looked for before anything is made, since to make one anew begins with deleting it.
    ids = [registered(apple, each) for each in identifiers]
    kind = kind_of(type)
    signers = _signers(apple, kind, type, certificates)
    targets = _targets(apple, kind, type, devices)
    folder = ctx.path(output)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    made: list[Profile] = []
    for identifier, apple_id, title in zip(identifiers, ids, names, strict=True):
        ensured = ensure_profile(
            apple,
            name=title,
            profile_type=type,
            bundle_id=apple_id,
            certificates=signers,
            devices=targets,
            changed=partial(record, ctx),  # at once: the old one is deleted before the new one is made
        )
        made.append(_written(ctx, ensured.value, identifier, folder, kind))
    return made


def _named(name: str, bundle_id: str, profile_type: str) -> str:
    return name.replace("{bundle_id}", bundle_id).replace("{type}", profile_type)


def _check_names(name: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ActionError(
            f"{len(names)} profiles cannot all have the name {names[0]!r}.",
            hint=f'Put the bundle id into it: name="{name} {{bundle_id}}".',
            code="profile_name",
        )


def _signers(
    apple: AppStoreConnect, kind: ProfileKind, profile_type: str, given: list[Certificate] | None
) -> list[str]:
    """Apple's ids of the certificates that may sign under the profile."""
    fitting = kind.certificate_types
    if given is not None:
        found = [each.id for each in given if each.type in fitting]
        asked = f"None of those given ({', '.join(each.type for each in given) or 'none'})"
    else:
        now = datetime.now(UTC)
        every = find_certificates(apple, fitting)
        found = [each.id for each in every if each.expires is not None and each.expires > now]
        asked = "None of the team's certificates"
    if not found:
        raise ActionError(
            f"{asked} can sign under a profile of type {profile_type}.",
            hint=f'It takes {" or ".join(fitting)}: have one made with certificates(types=["{fitting[0]}"]).',
            code="certificate_missing",
        )
    return found


def _targets(
    apple: AppStoreConnect, kind: ProfileKind, profile_type: str, udids: list[str] | None
) -> list[str]:
    """Apple's ids of the devices in the profile."""
    if not kind.has_devices:
        if udids:
            raise ActionError(
                f"A profile of type {profile_type} has no devices.",
                hint="Leave devices out, or ask for one of type …_DEVELOPMENT or …_ADHOC.",
                code="profile_devices",
            )
        return []
    fitting = [each for each in find_devices(apple, enabled=True) if kind.takes(each)]
    if udids is not None:
        fitting = _chosen(fitting, udids)
    if not fitting:
        raise ActionError(
            f"There is no device for a profile of type {profile_type}.",
            hint="Register one first: register_devices(devices={…}).",
            code="device_missing",
        )
    return [each.id for each in fitting]


def _chosen(fitting: list[lane_apple.Device], udids: list[str]) -> list[lane_apple.Device]:
    by_udid = {each.udid.lower(): each for each in fitting}
    if missing := [each for each in udids if each.lower() not in by_udid]:
        raise ActionError(
            f"No enabled device of this profile's kind has the UDID {', '.join(missing)}.",
            hint="Register it first: register_devices(devices={…}).",
            code="device_missing",
        )
    return [by_udid[each] for each in dict.fromkeys(udid.lower() for udid in udids)]


def _written(
    ctx: Context, found: lane_apple.Profile, bundle_id: str, folder: Path, kind: ProfileKind
) -> Profile:
    path = folder / (re.sub(r"[^\w.-]+", "_", found.name) + kind.suffix)
    path.write_bytes(found.content)
    expires = found.expires or datetime.fromtimestamp(0, UTC)
    ctx.log.info(f"{found.name} is good until {expires:%Y-%m-%d}.")
    return Profile(bundle_id=bundle_id, name=found.name, uuid=found.uuid, path=path, expires=expires)
