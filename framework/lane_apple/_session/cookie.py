"""One cookie of an Apple ID's session, as every form on disk holds it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie with what fastlane's YAML knows of it (session-formats.md, 1.2). Times are seconds since 1970.

    `for_domain` says that sub-domains get it too; `domain` has no dot in front. `max_age` is in seconds.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    for_domain: bool = True
    path: str = "/"
    secure: bool = True
    httponly: bool = True
    expires: float | None = None
    max_age: int | None = None
    created_at: float | None = None
    accessed_at: float | None = None

    @property
    def until(self) -> float | None:
        """When it ends; None: with the session."""
        if self.expires is not None:
            return self.expires
        if self.max_age is None or self.created_at is None:
            return None
        return self.created_at + self.max_age
