"""Read Ruby source into our nodes with tree-sitter; never fails, names the lines that it could not read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from . import convert, convert_blocks
from . import nodes as n

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

BYTES_AT_MOST = 8 * 1024 * 1024
_KINDS = {**convert.KINDS, **convert_blocks.KINDS}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its tree, its bytes, and the lines that are not Ruby."""

    tree: n.Seq
    data: bytes
    broken: tuple[int, ...] = ()
    too_deep: bool = False

    def code(self, node: n.Node) -> str:
        """The source of a node, on one line, cut short."""
        text = " ".join(self.data[node.start : node.end].decode("utf-8", "replace").split())
        return text if len(text) <= 120 else text[:119] + "…"


def read_ruby(data: bytes) -> Source:
    """Read Ruby source."""
    data = data[:BYTES_AT_MOST].removeprefix(b"\xef\xbb\xbf")
    root = _parser().parse(data).root_node
    reader = convert.Reader(root, _KINDS)
    tree = n.Seq(1, 0, len(data), reader.statements(root))
    return Source(tree, data, _broken(root) if root.has_error else (), reader.too_deep)


@cache
def _parser() -> Parser:
    import tree_sitter_ruby
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_ruby.language()))


def _broken(root: Node) -> tuple[int, ...]:
    """The lines where tree-sitter gave up or had to invent a token, from 1."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.add(node.start_point[0] + 1)
        if node.has_error:
            waiting.extend(node.children)
    return tuple(sorted(found))
