"""Texts in Markdown as GitHub reads it: nothing that a file says becomes a link, an image, HTML or a mention."""

from __future__ import annotations

import re

# A word that no rule of Markdown, and no reader of mentions, issues, emoji or addresses, makes anything of.
_PLAIN = re.compile(r"[(\"'“]*[A-Za-z0-9’'%…-]*[A-Za-z0-9’'%…][)\"'”,.;:!?…]*|[→–—·&]|[,.;:!?)]+")
_SPAN = re.compile(r"`([^`]+)`")


def prose(text: str) -> str:
    """A sentence: what stands in backticks, and every word that is not plain, becomes code."""
    parts = _SPAN.split(text)
    return "".join(code(part) if index % 2 else _words(part) for index, part in enumerate(parts))


def code(text: str) -> str:
    """A text as code, whatever is in it."""
    if not text.strip():
        return ""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def cell(text: str) -> str:
    """Markdown for a cell of a table."""
    return text.replace("|", "\\|")


def _words(text: str) -> str:
    return "".join(word if word.isspace() else _word(word) for word in re.findall(r"\s+|\S+", text))


def _word(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    begin, inner, end = _split(word)
    return f"{begin}{code(inner)}{end}"


def _split(word: str) -> tuple[str, str, str]:
    """A word without the punctuation around it."""
    inner = word.lstrip("(") if ")" not in word or word.endswith((")", "),", ").", ");", "):")) else word
    begin = word[: len(word) - len(inner)]
    bare = inner.rstrip(",.;:")
    if bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1]
    return (begin, bare, inner[len(bare) :]) if bare.strip("()") else ("", word, "")
