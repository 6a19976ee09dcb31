"""Strings, symbols and heredocs: their text, and what is interpolated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import nodes as n

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

_KINDS = {"regex": "regex", "subshell": "shell"}
_ESCAPES = {"n": "\n", "t": "\t", "s": " ", "r": "\r", "e": "\x1b", "0": "\0", "a": "\a", "b": "\b", "\n": ""}


class Texts:
    """Converts texts; heredocs are paired with their bodies, which stand elsewhere in the tree."""

    def __init__(self, root: Node, convert: Callable[[Node], n.Node]) -> None:
        self._convert = convert
        self._bodies = _heredocs(root) if b"<<" in (root.text or b"") else {}

    def text(self, node: Node) -> n.Text:
        """The text of a node of tree-sitter."""
        place = node.start_point[0] + 1, node.start_byte, node.end_byte
        if node.type == "heredoc_beginning":
            body = self._bodies.get(node.id)
            return n.Text(*place, self._heredoc(node, body) if body is not None else ())
        if node.type in ("simple_symbol", "hash_key_symbol", "character"):
            return n.Text(*place, (_source(node).lstrip(":?"),), "symbol")
        parts: list[str | n.Node] = []
        self._collect(node, parts)
        kind = (
            "symbol" if node.type in ("delimited_symbol", "bare_symbol") else _KINDS.get(node.type, "string")
        )
        return n.Text(*place, tuple(_joined(parts)), kind)  # type: ignore[arg-type]  # one of the four

    def _collect(self, node: Node, parts: list[str | n.Node]) -> None:
        for child in node.named_children:
            match child.type:
                case "string_content" | "heredoc_content":
                    parts.append(_source(child))
                case "escape_sequence":
                    parts.append(_unescaped(_source(child)))
                case "interpolation":
                    parts.extend(self._convert(inner) for inner in child.named_children)
                case _:
                    self._collect(child, parts)

    def _heredoc(self, beginning: Node, body: Node) -> tuple[str | n.Node, ...]:
        parts: list[str | n.Node] = []
        self._collect(body, parts)
        joined = _joined(parts)
        if joined and isinstance(joined[0], str):
            joined[0] = joined[0].removeprefix("\n")
        if joined and isinstance(joined[-1], str):
            joined[-1] = joined[-1].rstrip(" \t")  # what stands before the closing word
        return tuple(_dedented(joined) if "<<~" in _source(beginning) else joined)


def _heredocs(root: Node) -> dict[int, Node]:
    """The body of each heredoc, by the id of its beginning: both come in the same order."""
    beginnings: list[Node] = []
    bodies: list[Node] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "heredoc_beginning":
            beginnings.append(node)
        elif node.type == "heredoc_body":
            bodies.append(node)
        waiting.extend(reversed(node.children))
    beginnings.sort(key=lambda node: node.start_byte)
    bodies.sort(key=lambda node: node.start_byte)
    return {first.id: second for first, second in zip(beginnings, bodies, strict=False)}


def _joined(parts: list[str | n.Node]) -> list[str | n.Node]:
    joined: list[str | n.Node] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _dedented(parts: list[str | n.Node]) -> list[str | n.Node]:
    lines = "".join(part if isinstance(part, str) else "\0" for part in parts).split("\n")
    widths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(widths, default=0)
    if not margin:
        return parts
    first = re.compile(rf"\A[ \t]{{1,{margin}}}")
    later = re.compile(rf"(?<=\n)[ \t]{{1,{margin}}}")
    dedented: list[str | n.Node] = []
    for index, part in enumerate(parts):
        if not isinstance(part, str):
            dedented.append(part)
            continue
        text = later.sub("", part)
        dedented.append(first.sub("", text) if index == 0 else text)
    return dedented


def _unescaped(escape: str) -> str:
    inner = escape[1:]
    if inner in _ESCAPES:
        return _ESCAPES[inner]
    if inner[:1] in ("u", "x"):
        digits = inner[1:].strip("{}").split(" ")[0]
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return ""
    return inner


def _source(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
