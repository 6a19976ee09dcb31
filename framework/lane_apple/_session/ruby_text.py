"""FASTLANE_SESSION as people give it: exported, coloured, quoted, on one line."""

from __future__ import annotations

import re

from .errors import SessionTextError

LARGEST = 128 * 1024
"""Characters of the largest text that is read: Linux takes no longer variable; fastlane's own have about 2,000."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_ASSIGNED = re.compile(r"(?:FASTLANE|SPACESHIP)_SESSION[ \t]*=[ \t]*")


def check_size(text: str | bytes, source: str) -> None:
    """Raise SessionTextError for a text that is too large to be a session."""
    if len(text) > LARGEST:
        raise SessionTextError(
            f"{source} is too large to be a session: {len(text):,} characters, where {LARGEST:,} are the most.",
            hint="Make a new one with `lane auth export`, or with `fastlane spaceauth`.",
            code="session_too_large",
        )


def unwrapped(text: str, source: str) -> str:
    """The YAML in a value of FASTLANE_SESSION, or in the line that fastlane prints to export it.

    As fastlane does, each pair of `\\` and `n` becomes a line feed (client.rb:761-784). Raises SessionTextError
    for one that is too large.
    """
    check_size(text, source)
    text = _ESCAPES.sub("", text).lstrip("\ufeff")
    text = _ASSIGNED.split(text)[-1]
    quote = text.lstrip()[:1]
    if quote in ("'", '"'):
        inner = text.lstrip()[1:]
        text = inner[: inner.rfind(quote)] if quote in inner else inner
    text = text.replace("\r\n", "\n").replace("\\n", "\n").strip("\n").rstrip()
    if text.lstrip().startswith("---"):
        text = text.lstrip()
    return text.removesuffix("\\") + "\n"  # where a cut went through a pair
