"""Auth modes of the tests' own, and a stand-in for what is known of their credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane._plan.credentials import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lane import AuthMode, Credential


@dataclass(frozen=True)
class Held:
    """A credential."""

    source: str
    unattended: bool = True


@dataclass(frozen=True)
class Mode:
    """An auth mode: `attended` ones need a person."""

    name: str
    attended: bool = False
    role: str | None = None

    @property
    def expires(self) -> bool:
        return self.attended

    @property
    def fit_for_ci(self) -> bool:
        return not self.attended

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name.upper(),)

    def how(self) -> list[str]:
        return [f"Set {self.name.upper()}."]

    def find(self, environment: Mapping[str, str], folder: Path) -> Credential | None:
        value = environment.get(self.name.upper())
        return Held(self.name.upper()) if value else None


KEY = Mode("key")
PASSWORD = Mode("password")
PERSON = Mode("person", attended=True)


def holding(*names: str) -> Callable[[AuthMode], Found]:
    """A look-up that finds credentials of the modes with these names."""
    return lambda mode: Found(Held(f"a {mode.name}") if mode.name in names else None)
