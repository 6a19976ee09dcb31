"""Texts from files as they can be shown: what would steer a terminal, or hide, is written out."""

from __future__ import annotations

import os
import re

# Controls, marks that turn the direction of writing, those that have no width, and bytes that are not UTF-8.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""A text on one line in which nothing is hidden: `\x1b` for an escape, `\xff` for a byte that is not UTF-8."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        code = os.fsencode(found[0])[0]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
