"""fastlane's account manager, which holds the name and the password of an Apple ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import API_KEY, APPLE_ID, PASSWORD
from lane_fastfile._auth.verdict import Verdict

from .arguments import arguments_of
from .values import NIL, UNKNOWN, Value, known_text

if TYPE_CHECKING:
    from lane_fastfile._ruby import nodes as n

    from .scope import Scope
    from .walker import Walker

_PREFIX = "deliver"  # DEFAULT_PREFIX of credentials_manager/account_manager.rb
_ASKS = "asks for an Apple ID and its password, unless FASTLANE_USER and FASTLANE_PASSWORD hold them"


def call_account_manager(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`CredentialsManager::AccountManager.new(user: …)`: what follows signs in with what it hands out.

    Another prefix than fastlane's own stands for another account: `deliver.appspecific` holds the
    application-specific password of the uploader.
    """
    given = arguments_of(walker, call, scope)
    if call.name != "new" or walker.loading:
        return UNKNOWN
    prefix = given.table().get("prefix")
    own = prefix == NIL or known_text(prefix) == _PREFIX
    name = "CredentialsManager::AccountManager.new"
    if own:
        instead = ("load a key with app_store_connect_api_key, and ask for no account",)
        why = "takes the name and the password of an Apple ID"
        verdict = Verdict(APPLE_ID, why, lowered_by=instead, lowered_to=(API_KEY,))
        walker.record("account", name, name, call, scope, verdict, _ASKS)
    elif known_text(prefix) == f"{_PREFIX}.appspecific":
        verdict = Verdict(PASSWORD, "takes the application-specific password", option="prefix")
        walker.record("account", name, name, call, scope, verdict)
    return UNKNOWN
