"""What takes the place of most push certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_apple import PushType

_CERTIFICATE_ONLY = ("website", "pass-type")


def token_key(push_type: PushType) -> str:
    """A sentence on the key that serves instead; empty where only a certificate will do."""
    if push_type in _CERTIFICATE_ONLY:
        return ""
    return (
        "A key for push (.p8, made once at https://developer.apple.com/account/resources/authkeys) never ends, and"
        " serves all apps of the team."
    )
