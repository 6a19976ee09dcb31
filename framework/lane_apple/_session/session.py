"""What a signed-in Apple ID holds: cookies, and until when they are good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cookie import Cookie

TRUST = "DES"
"""How the cookie of a trusted browser begins: it saves the code at the next sign-in, about 30 days long."""
CREDENTIAL = "myacinfo"
"""The cookie that opens App Store Connect and the developer portal (apple-id-login.md, 7.1)."""


@dataclass(frozen=True, slots=True)
class AppleSession:
    """A session of one Apple ID. Times are seconds since 1970.

    `made_on` names the machine that signed in: Apple binds the trust to it and to its network.
    `provider_id` is the team of App Store Connect, `team_id` that of the developer portal, where one was chosen.
    """

    account: str
    cookies: tuple[Cookie, ...] = field(repr=False)
    made_at: float
    made_on: str
    provider_id: int | None = None
    team_id: str | None = None
    source: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether it holds the cookie that opens the doors."""
        return any(cookie.name == CREDENTIAL for cookie in self.cookies)

    @property
    def trust_until(self) -> float | None:
        """When the trust in this browser ends; None where there is none."""
        ends = [cookie.until for cookie in self.cookies if cookie.name.startswith(TRUST)]
        return max((end for end in ends if end is not None), default=None)
