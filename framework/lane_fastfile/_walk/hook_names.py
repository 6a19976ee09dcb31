"""Whether a hook does something else for another lane, or only names it in its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n
from lane_fastfile._ruby.children import children, everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .program import Hook


def minds_the_lane(hook: Hook) -> bool:
    """Whether the lane's name is used anywhere but inside of texts."""
    if not hook.block.params:
        return False
    name = hook.block.params[0].name
    return any(isinstance(node, n.Name) and node.name == name for node in _outside_texts(hook.block.body))


def _outside_texts(root: n.Node) -> Iterator[n.Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, n.Text):
            waiting.extend(children(node))
        else:
            waiting.extend(inner for inner in everything(node) if isinstance(inner, n.If))
