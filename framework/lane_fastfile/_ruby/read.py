"""Read Ruby source into our nodes with tree-sitter; never fails, names the lines that it could not read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from . import convert, convert_blocks
from . import nodes as n
from .children import everything
from .recover import Parse, recovered

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

BYTES_AT_MOST = 8 * 1024 * 1024
_KINDS = {**convert.KINDS, **convert_blocks.KINDS}


@dataclass(frozen=True)
class Source:
    """A file that was read: its tree, its bytes, and the lines that are not Ruby."""

    tree: n.Seq
    data: bytes
    broken: tuple[int, ...] = ()
    too_deep: bool = False

    @cached_property
    def nodes(self) -> list[n.Node]:
        """All nodes, in the order of the source."""
        return list(everything(self.tree))

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
    if not root.has_error:
        return Source(tree, data, (), reader.too_deep)
    return Source(recovered(data, tree, _part_of(data)) or tree, data, _broken(root), reader.too_deep)


def _part_of(data: bytes) -> Parse:
    """Reads a part of a file, with the places of the whole."""
    from tree_sitter import Parser, Range

    def parse(start: int, end: int) -> tuple[list[n.Node], bool]:
        row = data.count(b"\n", 0, start)
        parser = Parser(_parser().language)
        parser.included_ranges = [Range((row, 0), (row + data.count(b"\n", start, end) + 1, 0), start, end)]
        root = parser.parse(data).root_node
        return convert.Reader(root, _KINDS).statements(root), not root.has_error

    return parse


@cache
def _parser() -> Parser:
    import tree_sitter_ruby
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_ruby.language()))


def _broken(root: Node) -> tuple[int, ...]:
    """The lines where tree-sitter gave up or had to invent a token, from 1; the innermost ones."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        within = [child for child in node.children if child.has_error or child.is_missing]
        waiting.extend(within)
        if not within and (node.is_error or node.is_missing):
            found.add(node.start_point[0] + 1)
    return tuple(sorted(found))
