"""The text that stands for an output inside a string, until its value is known.

A token is 54 ASCII letters and digits in mixed case: a marker of eight before each of six digits of base 62,
so that what is left of a token that was cut or changed is still known for what it was. Two digits name the
graph, four the output. No ordinary text has five letters of the marker in a row, in the marker's odd case.
"""

from __future__ import annotations

MARKER = "lANEoUTq"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = (len(MARKER) + 1) * 6
LIMIT = 62**4  # outputs of one graph that can stand in texts
GRAPHS = 62**2  # graphs that can be told apart

_STEP = len(MARKER) + 1
_FOLDED = MARKER.casefold()
_A, _B, _C, _D = (MARKER[start : start + 5] for start in range(4))


class DamagedTokenError(ValueError):
    """A text holds a token that was cut or changed."""


def token(graph: int, number: int) -> str:
    """The token of output `number` (0 to LIMIT - 1) of a graph."""
    value = (graph % GRAPHS) * LIMIT + number
    digits = []
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits.append(DIGITS[digit])
    return "".join(MARKER + digit for digit in reversed(digits))


def holds_token(text: str) -> bool:
    """Whether a text holds a token, or what is left of one."""
    return _A in text or _B in text or _C in text or _D in text or _FOLDED in text.casefold()


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
    if holds_token(text):
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
