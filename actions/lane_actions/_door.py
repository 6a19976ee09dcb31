"""Opens App Store Connect for a step, with its own key, session and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import CredentialError
from lane_apple import ApiKey, AppStoreConnect

if TYPE_CHECKING:
    from lane import Context


def app_store_connect(ctx: Context) -> AppStoreConnect:
    """A client that ends with the step. Raises CredentialError where the step's mode is no API key."""
    key = ctx.credential
    if not isinstance(key, ApiKey):
        raise CredentialError(
            f"{ctx.step} was planned under {ctx.auth}, but does its work with an App Store Connect API key.",
            hint="Give a key; `lane doctor` says where one is looked for.",
        )
    return AppStoreConnect(key, session=ctx.http, sleep=ctx.sleep)
