"""The teams of App Store Connect that an Apple ID belongs to, and which of them is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import TeamChoiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .phones import Choose

TEAM_ID, TEAM_NAME = "FASTLANE_ITC_TEAM_ID", "FASTLANE_ITC_TEAM_NAME"


@dataclass(frozen=True, slots=True)
class Provider:
    """A team of App Store Connect. `id` is its number, `public_id` what the API calls the issuer."""

    id: int
    name: str
    public_id: str | None = None
    kind: str | None = None


def provider_of(environment: Mapping[str, str]) -> str | None:
    """The team that the environment names; an id beats a name, as in fastlane (apple-id-login.md, 9)."""
    return environment.get(TEAM_ID, "").strip() or environment.get(TEAM_NAME, "").strip() or None


def providers_of(value: object) -> tuple[Provider, ...]:
    """What Apple lists, by name and number."""
    found = [
        provider for each in (value if isinstance(value, list) else []) if (provider := read_provider(each))
    ]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.id)))


def read_provider(value: object) -> Provider | None:
    """One team, or None where it is none."""
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    number = fields.get("providerId")
    if not isinstance(number, int):
        return None
    public, kind = fields.get("publicProviderId"), fields.get("subType")
    return Provider(
        number,
        str(fields.get("name") or number),
        public if isinstance(public, str) else None,
        kind if isinstance(kind, str) else None,
    )


def choose_provider(
    providers: Sequence[Provider], wanted: str | int | None, choose: Choose | None
) -> Provider:
    """The team that is named by number or name, else the only one, else the one that a person chooses.

    Raises TeamChoiceError with Apple's list where that decides nothing.
    """
    if wanted is not None:
        return _named(providers, str(wanted).strip())
    if len(providers) == 1:
        return providers[0]
    if choose is not None and providers:
        return providers[choose("Which team?", [_line(each) for each in providers])]
    raise TeamChoiceError(
        f"This Apple ID is in several teams, and none was named: {_list(providers)}.",
        tuple(providers),
        hint=f"Name one: set {TEAM_ID} or {TEAM_NAME}.",
    )


def _named(providers: Sequence[Provider], wanted: str) -> Provider:
    by_id = [each for each in providers if wanted in {str(each.id), each.public_id}]
    fitting = by_id or [each for each in providers if each.name.casefold() == wanted.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    what = "is the name of several teams" if fitting else "is none of this Apple ID's teams"
    raise TeamChoiceError(
        f"{wanted!r} {what}: {_list(providers)}.",
        tuple(providers),
        hint=f"Name one by its number ({TEAM_ID}), or have the Apple ID invited to the team.",
    )


def _list(providers: Sequence[Provider]) -> str:
    return ", ".join(_line(each) for each in providers) or "it has none"


def _line(provider: Provider) -> str:
    return f"{provider.name} ({provider.id})"
