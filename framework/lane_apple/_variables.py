"""Variables of an environment, as texts and as paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Variables:
    """One environment. An empty variable counts as unset; relative paths start at `folder`, the Lanefile's."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def get(self, name: str) -> str | None:
        """A variable's text without blanks around it, or None."""
        return self._environment.get(name, "").strip() or None

    def path(self, name: str) -> Path | None:
        """The path in a variable, or None; `~` is the home folder."""
        text = self.get(name)
        if text is None:
            return None
        return self.home / text[2:] if text == "~" or text.startswith("~/") else self._folder / text

    @property
    def home(self) -> Path:
        """The home folder."""
        given = self.get("HOME")
        return Path(given) if given else Path.home()
