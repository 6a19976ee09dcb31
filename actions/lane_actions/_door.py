"""Opens App Store Connect for a step, with its own key, session and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lane import CredentialError, TransientError
from lane_apple import ApiKey, AppStoreConnect

if TYPE_CHECKING:
    from lane import Context


def app_store_connect(ctx: Context, *, patient: bool = True) -> AppStoreConnect:
    """A client that ends with the step; its waits stand in the log. Raises CredentialError where the step's mode
    is no API key.

    An impatient one never waits to try again: it raises TransientError. That is for probes, which are cheap.
    """
    key = ctx.credential
    if not isinstance(key, ApiKey):
        raise CredentialError(
            f"{ctx.step} was planned under {ctx.auth}, but does its work with an App Store Connect API key.",
            hint="Give a key; `lane doctor` says where one is looked for.",
        )
    if not patient:
        return AppStoreConnect(key, session=ctx.http, sleep=_refuse_to_wait)
    return AppStoreConnect(key, session=ctx.http, sleep=ctx.sleep, say=ctx.log.info)


def _refuse_to_wait(_seconds: float) -> NoReturn:
    raise TransientError("Apple gave no answer at once.")
