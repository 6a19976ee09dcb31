"""Prints tables and trees for people: as wide as the terminal, and elsewhere as wide as they are."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from lane._report.text import TO_ASCII, can_encode

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_EDGE = 4_000  # columns of what is no terminal: nothing is wrapped there
_GUIDES = str.maketrans({"├": "+", "└": "`", "─": "-"})


def printed(render: Callable[[Console], None]) -> None:
    """Let `render` print to stdout; a pipe or a file gets no colours, no wrapped lines and no spaces at their ends."""
    console = Console(highlight=False, markup=False, emoji=False)
    if console.is_terminal:
        render(console)
        return
    text = io.StringIO()
    render(Console(file=text, width=_NO_EDGE, color_system=None, highlight=False, markup=False, emoji=False))
    plain = "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
    if not can_encode(sys.stdout.encoding):
        plain = plain.translate(TO_ASCII).translate(_GUIDES)
    sys.stdout.write(plain)
