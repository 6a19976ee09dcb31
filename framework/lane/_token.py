"""The text that stands for an output inside a string, until its value is known.

A token is 54 ASCII letters and digits in mixed case: a marker of eight before each of six digits of base 62, so that
what is left of a token that was cut or changed is still known for what it was. Two digits name the graph, four the output.
"""

from __future__ import annotations

MARKER = "LaneOutQ"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = (len(MARKER) + 1) * 6
LIMIT = 62**4

_STEP = len(MARKER) + 1
_FOLDED = MARKER.casefold()


class DamagedTokenError(ValueError):
    """A text holds a token that was cut or changed."""


def token(graph: int, number: int) -> str:
    """The token of output `number` (0 to 62**4 - 1) of a graph."""
    value = (graph % (62 * 62)) * LIMIT + number
    digits = []
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits.append(DIGITS[digit])
    return "".join(MARKER + digit for digit in reversed(digits))


def holds_token(text: str) -> bool:
    """Whether a text holds a token, or what is left of one."""
    return MARKER in text or _FOLDED in text.casefold()


def split(text: str) -> list[str | tuple[int, int]]:
    """A text as its plain parts and its tokens (graph, number), in order. Raises DamagedTokenError."""
    parts: list[str | tuple[int, int]] = []
    start = 0
    while (at := text.find(MARKER, start)) >= 0:
        parts.append(_plain(text[start:at]))
        parts.append(_number(text[at : at + LENGTH]))
        start = at + LENGTH
    parts.append(_plain(text[start:]))
    return [part for part in parts if part != ""]


def _plain(text: str) -> str:
    if _FOLDED in text.casefold():
        raise DamagedTokenError(text)
    return text


def _number(text: str) -> tuple[int, int]:
    value = 0
    for index in range(0, LENGTH, _STEP):
        digit = DIGITS.find(text[index + _STEP - 1 : index + _STEP] or "-")
        if text[index : index + _STEP - 1] != MARKER or digit < 0:
            raise DamagedTokenError(text)
        value = value * 62 + digit
    return divmod(value, LIMIT)
