"""Reads the conditions of CI systems, such as `$CI_COMMIT_TAG =~ /^v/ && $DEPLOY == "yes"`."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"\s*(?:(?P<op>&&|\|\||==|!=|=~|!~|[!(),])|(?P<text>'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<regex>/(?:[^/\\\n]|\\.)+/[a-z]*)|(?P<name>[$\w*][\w.$*:{}-]*(?:\[[^\]]*\])?))"
)
_MOST = 64
_OPPOSITE = {"==": "!=", "!=": "==", "=~": "!~", "!~": "=~", "is": "not", "not": "is"}


class Term(NamedTuple):
    """One comparison. `op` is `==`, `!=`, `=~`, `!~`, or `is` and `not` for a value that stands alone.

    `left` and `right` are written as they are, but for the quotes of a text.
    """

    left: str
    op: str
    right: str = ""

    @property
    def text(self) -> str:
        """In words."""
        match self.op:
            case "is":
                return self.left
            case "not":
                return f"not {self.left}"
            case _:
                return f"{self.left} {self.op} {self.right or chr(39) * 2}"


Ways = list[list[Term]]


def ways(condition: str) -> Ways | None:
    """The ways in which a condition holds, each as terms that all have to; None for one that cannot be read."""
    text = condition.strip()
    if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
        text = text[3:-2]
    try:
        reader = _Reader(text)
        found = reader.either()
    except (ValueError, RecursionError):
        return None
    return found if reader.done else None


class _Reader:
    """Goes through a condition once, from left to right. Raises ValueError."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        index = 0
        while text[index:].strip():
            found = _TOKEN.match(text, index)
            if found is None:
                raise ValueError(text[index:])
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            index = found.end()
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether all was read."""
        return self._at == len(self._tokens)

    def either(self) -> Ways:
        """`a || b`."""
        found = self._both()
        while self._takes("||"):
            found = found + self._both()
        return found

    def _both(self) -> Ways:
        """`a && b`."""
        found = self._one()
        while self._takes("&&"):
            others = self._one()
            found = [[*mine, *other] for mine in found for other in others]
            if len(found) > _MOST:
                raise ValueError("too many ways")
        return found

    def _one(self) -> Ways:
        if self._takes("!"):
            return _opposite(self._one())
        if self._takes("("):
            inner = self.either()
            self._wants(")")
            return inner
        left = self._value()
        for op in ("==", "!=", "=~", "!~"):
            if self._takes(op):
                return [[Term(left, op, self._value())]]
        return [[Term(left, "is")]]

    def _value(self) -> str:
        """A text, a pattern, a name, or a call with its arguments."""
        kind, token = self._next()
        if kind == "text":
            return token[1:-1].replace("''", "'") if token[0] == "'" else re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "op":
            raise ValueError(token)
        if kind == "name" and self._takes("("):
            inner = []
            while not self._takes(")"):
                inner.append(self._value())
                self._takes(",")
            return f"{token}({', '.join(inner)})"
        return token

    def _next(self) -> tuple[str, str]:
        if self.done:
            raise ValueError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, token: str) -> bool:
        there = not self.done and self._tokens[self._at] == ("op", token)
        self._at += there
        return there

    def _wants(self, token: str) -> None:
        if not self._takes(token):
            raise ValueError(f"{token} is missing")


def _opposite(found: Ways) -> Ways:
    """Not a, and not b: the ways in which none of these holds."""
    made: Ways = [[]]
    for terms in found:
        made = [[*before, term._replace(op=_OPPOSITE[term.op])] for before in made for term in terms]
        if len(made) > _MOST:
            raise ValueError("too many ways")
    return made
