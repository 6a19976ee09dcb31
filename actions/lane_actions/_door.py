"""Opens Apple's doors for a step, with its own credential, HTTP session and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lane import CredentialError, TransientError
from lane_apple import ApiKey, AppleId, AppStoreConnect, DeveloperPortal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane import Context
    from lane_apple import WebSession


def app_store_connect(ctx: Context, *, patient: bool = True) -> AppStoreConnect:
    """A client of App Store Connect that ends with the step; its waits stand in the log.

    A key opens the official API, the session of an Apple ID the web door, which has the same resources. Raises
    CredentialError where the step's mode gives neither. An impatient one never waits to try again: it raises
    TransientError. That is for probes, which are cheap.
    """
    credential = ctx.credential
    if isinstance(credential, AppleId):
        opener: ApiKey | WebSession = credential.web
    elif isinstance(credential, ApiKey):
        opener = credential
    else:
        raise _wrong(ctx, "an App Store Connect API key or an Apple ID")
    sleep, say = _waits(ctx, patient=patient)
    return AppStoreConnect(opener, session=ctx.http, sleep=sleep, say=say)


def developer_portal(ctx: Context, *, patient: bool = True) -> DeveloperPortal:
    """A client of the developer portal that ends with the step, for the team that the environment names.

    Raises CredentialError where the step's mode gives no Apple ID.
    """
    if not isinstance(ctx.credential, AppleId):
        raise _wrong(ctx, "an Apple ID")
    sleep, say = _waits(ctx, patient=patient)
    return DeveloperPortal(
        ctx.credential.web, environment=ctx.environment, session=ctx.http, sleep=sleep, say=say
    )


def provisioning(ctx: Context, *, patient: bool = True) -> AppStoreConnect:
    """What speaks of bundle ids and their capabilities: the official API by a key, the portal by an Apple ID."""
    if isinstance(ctx.credential, AppleId):
        return developer_portal(ctx, patient=patient).resources
    return app_store_connect(ctx, patient=patient)


def _waits(ctx: Context, *, patient: bool) -> tuple[Callable[[float], None], Callable[[str], None] | None]:
    return (ctx.sleep, ctx.log.info) if patient else (_refuse_to_wait, None)


def _wrong(ctx: Context, wanted: str) -> CredentialError:
    return CredentialError(
        f"{ctx.step} was planned under {ctx.auth}, but does its work with {wanted}.",
        hint="Give one; `lane doctor` says where it is looked for.",
    )


def _refuse_to_wait(_seconds: float) -> NoReturn:
    raise TransientError("Apple gave no answer at once.")
