"""Tells a CI system of secrets that it did not give itself, so that its log hides them in what others print."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .ci import System

_SHORTEST = 4  # characters, as in the redactor: what is shorter would hide ordinary words


def masks(system: System | None, environ: Mapping[str, str], stream: TextIO) -> Callable[[str], None] | None:
    """What is to be told of each new secret; None where the system takes none.

    What stands in a variable as it is came from the system: it hides that already, and telling would show it to who
    writes the stream down.
    """
    if system is None or system.groups is None:
        return None
    from .groups import DIALECTS

    mask = DIALECTS[system.groups].mask
    if mask is None:
        return None
    given = {value.strip() for value in environ.values()}

    def tell(secret: str) -> None:
        if secret.strip() in given:
            return
        for line in secret.splitlines():
            if len(line.strip()) >= _SHORTEST and not line.startswith("-----"):
                stream.write(f"{mask(line.strip())}\n")
        stream.flush()

    return tell
