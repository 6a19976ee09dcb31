"""Find the lanes of a file that does not parse: by indentation, one block at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import nodes as n
from .children import everything

WORDS = {
    *("lane", "private_lane", "override_lane", "platform", "def"),
    *("before_all", "before_each", "after_each", "after_all", "error"),
}
_MOST_LINES = 5_000

Parse = Callable[
    [int, int], tuple[list[n.Node], bool]
]  # statements between two bytes; whether they are whole


@dataclass(slots=True)
class _Line:
    number: int
    start: int
    end: int
    indent: int
    word: str


def recovered(data: bytes, tree: n.Seq, parse: Parse) -> n.Seq | None:
    """The tree of a broken file, block by block; None where that would find nothing more."""
    lines = _lines(data)
    if len(lines) > _MOST_LINES:
        return None
    wanted = sum(line.word in WORDS for line in lines)
    if wanted <= _blocks(tree):
        return None
    return n.Seq(1, 0, len(data), _blocks_of(lines, parse))


def _lines(data: bytes) -> list[_Line]:
    found: list[_Line] = []
    start = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        text = raw.decode("utf-8", "replace").rstrip()
        bare = text.lstrip()
        if bare and not bare.startswith("#"):
            word = bare.split(None, 1)[0].partition("(")[0]
            found.append(_Line(number, start, start + len(raw), len(text) - len(bare), word))
        start += len(raw) + 1
    return found


def _blocks(tree: n.Seq) -> int:
    """The declarations that were read as a whole."""
    return sum(
        isinstance(node, n.Def)
        or (isinstance(node, n.Call) and node.name in WORDS and node.block is not None)
        for node in everything(tree)
    )


def _blocks_of(lines: list[_Line], parse: Parse) -> list[n.Node]:
    found: list[n.Node] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.word not in WORDS:
            found += parse(line.start, line.end)[0]
            index += 1
            continue
        after = _end(lines, index)
        found += _block(lines[index:after], parse)
        index = after
    return found


def _end(lines: list[_Line], start: int) -> int:
    """The index after a block: its `end`, or the next line that is indented no deeper."""
    indent = lines[start].indent
    for index in range(start + 1, len(lines)):
        if lines[index].indent <= indent:
            return index + 1 if lines[index].word in ("end", "}") else index
    return len(lines)


def _block(lines: list[_Line], parse: Parse) -> list[n.Node]:
    first, last = lines[0], lines[-1]
    nodes, whole = parse(first.start, last.end)
    if whole or len(lines) == 1:
        return nodes
    inner = lines[1:-1] if last.word in ("end", "}") else lines[1:]
    body = n.Seq(first.number, first.start, last.end, _blocks_of(inner, parse))
    block = n.Block(first.number, first.start, last.end, [], body)
    header = parse(first.start, first.end)[0]
    for node in header:
        if isinstance(node, n.Call) and node.name in WORDS:
            node.block = block
            return [node]
    return [body]
