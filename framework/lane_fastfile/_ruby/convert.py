"""Turn tree-sitter's nodes into ours, one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from . import nodes as n
from .texts import Texts

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 150  # nested nodes; what lies deeper is not read


class Reader:
    """Converts one file. `too_deep` tells whether something was nested too deeply to be read."""

    def __init__(self, root: Node, kinds: Mapping[str, Convert]) -> None:
        self._kinds = kinds
        self.texts = Texts(root, self.node)
        self.too_deep = False
        self._depth = 0

    def node(self, node: Node) -> n.Node:
        """Our node for one of tree-sitter's."""
        if self._depth >= DEEPEST:
            self.too_deep = True
            return n.Other(*place(node), [])
        self._depth += 1
        try:
            return self._kinds.get(node.type, _other)(self, node)
        finally:
            self._depth -= 1

    def maybe(self, node: Node | None) -> n.Node | None:
        """The same, None for None."""
        return None if node is None else self.node(node)

    def field(self, node: Node, name: str) -> n.Node:
        """A field, an empty sequence where the source is broken there."""
        child = node.child_by_field_name(name)
        return n.Seq(*place(node), []) if child is None else self.node(child)

    def statements(self, node: Node) -> list[n.Node]:
        """The statements below a node; comments and heredoc bodies are none."""
        return [self.node(child) for child in node.named_children if child.type not in SILENT]

    def sequence(self, node: Node) -> n.Seq:
        """The same, as one node."""
        return n.Seq(*place(node), self.statements(node))


Convert = Callable[[Reader, "Node"], n.Node]
SILENT = {"comment", "heredoc_body", "empty_statement", "uninterpreted"}


def place(node: Node) -> tuple[int, int, int]:
    """Line, start and end."""
    return node.start_point[0] + 1, node.start_byte, node.end_byte


def text_of(node: Node | None) -> str:
    """The source of a node."""
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def _other(reader: Reader, node: Node) -> n.Node:
    return n.Other(*place(node), reader.statements(node))


def _name(_: Reader, node: Node) -> n.Node:
    return n.Name(*place(node), text_of(node))


def _variable(_: Reader, node: Node) -> n.Node:
    return n.Variable(*place(node), text_of(node))


def _const(_: Reader, node: Node) -> n.Node:
    return n.Const(*place(node), text_of(node))


def _scope(reader: Reader, node: Node) -> n.Node:
    outer = node.child_by_field_name("scope")
    name = text_of(node.child_by_field_name("name"))
    if outer is None:
        return n.Const(*place(node), name)
    if outer.type in ("constant", "scope_resolution"):
        return n.Const(*place(node), text_of(node).lstrip(":").replace(" ", ""))
    return n.Call(*place(node), reader.node(outer), name, [])


def _constant_value(value: bool | None) -> Convert:
    return lambda _, node: n.Literal(*place(node), value)


def _number(_: Reader, node: Node) -> n.Node:
    digits = text_of(node).replace("_", "")
    try:
        value: float = float(digits) if node.type == "float" else int(digits, 0)
    except ValueError:
        return n.Other(*place(node), [])
    return n.Literal(*place(node), value)


def _pair(reader: Reader, node: Node) -> n.Node:
    key = node.child_by_field_name("key")
    value = node.child_by_field_name("value")
    key_node = reader.node(key) if key is not None else n.Literal(*place(node), None)
    if value is not None:
        return n.Pair(*place(node), key_node, reader.node(value))
    return n.Pair(*place(node), key_node, n.Name(*place(node), text_of(key)))


def _hash(reader: Reader, node: Node) -> n.Node:
    return n.Hash(*place(node), reader.statements(node))


def _array(reader: Reader, node: Node) -> n.Node:
    return n.Array(*place(node), reader.statements(node))


def _splat(reader: Reader, node: Node) -> n.Node:
    inner = reader.statements(node)
    return n.Splat(*place(node), inner[0] if inner else n.Other(*place(node), []))


def _sequence(reader: Reader, node: Node) -> n.Node:
    inner = reader.statements(node)
    return inner[0] if len(inner) == 1 else n.Seq(*place(node), inner)


def _assignment(reader: Reader, node: Node) -> n.Node:
    left = node.child_by_field_name("left")
    operator = ""
    if node.type == "operator_assignment":
        operator = text_of(node.child_by_field_name("operator")).removesuffix("=")
    targets = [] if left is None else _targets(reader, left)
    return n.Assign(*place(node), targets, reader.field(node, "right"), operator)


def _targets(reader: Reader, left: Node) -> list[n.Node]:
    if left.type != "left_assignment_list":
        return [reader.node(left)]
    return [reader.node(child) for child in left.named_children]


def _binary(reader: Reader, node: Node) -> n.Node:
    operator = text_of(node.child_by_field_name("operator"))
    left, right = reader.field(node, "left"), reader.field(node, "right")
    if operator in ("&&", "and"):
        return n.Logic(*place(node), "and", left, right)
    if operator in ("||", "or"):
        return n.Logic(*place(node), "or", left, right)
    return n.Call(*place(node), left, operator, [right])


def _unary(reader: Reader, node: Node) -> n.Node:
    operator = text_of(node.children[0]) if node.children else ""
    operand = reader.field(node, "operand")
    if operator in ("!", "not"):
        return n.Logic(*place(node), "not", operand)
    if operator == "-" and isinstance(operand, n.Literal) and isinstance(operand.value, (int, float)):
        return n.Literal(*place(node), -operand.value)
    if operator == "defined?":
        return n.Other(*place(node), [])
    return n.Call(*place(node), operand, operator, [])


def _jump(reader: Reader, node: Node) -> n.Node:
    inner = reader.statements(node)
    if inner and isinstance(inner[0], n.Seq):
        inner = inner[0].items
    value = inner[0] if len(inner) == 1 else n.Array(*place(node), inner) if inner else None
    return n.Jump(*place(node), node.type, value)


def _index(reader: Reader, node: Node) -> n.Node:
    owner = node.child_by_field_name("object")
    inside = [
        child
        for child in node.named_children
        if child.type not in SILENT and child.type != "block" and (owner is None or child.id != owner.id)
    ]
    receiver = reader.node(owner) if owner is not None else n.Other(*place(node), [])
    return n.Call(*place(node), receiver, "[]", [reader.node(child) for child in inside])


def _text(reader: Reader, node: Node) -> n.Node:
    return reader.texts.text(node)


KINDS: dict[str, Convert] = {
    "identifier": _name,
    "self": _name,
    "instance_variable": _variable,
    "class_variable": _variable,
    "global_variable": _variable,
    "constant": _const,
    "scope_resolution": _scope,
    "true": _constant_value(True),
    "false": _constant_value(False),
    "nil": _constant_value(None),
    "integer": _number,
    "float": _number,
    "pair": _pair,
    "hash": _hash,
    "array": _array,
    "string_array": _array,
    "symbol_array": _array,
    "right_assignment_list": _array,
    "splat_argument": _splat,
    "hash_splat_argument": _splat,
    "assignment": _assignment,
    "operator_assignment": _assignment,
    "binary": _binary,
    "unary": _unary,
    "next": _jump,
    "return": _jump,
    "break": _jump,
    "redo": _jump,
    "retry": _jump,
    "element_reference": _index,
    **dict.fromkeys(
        ("parenthesized_statements", "then", "else", "do", "block_body", "argument_list", "in"), _sequence
    ),
    **dict.fromkeys(
        (
            "string",
            "simple_symbol",
            "delimited_symbol",
            "hash_key_symbol",
            "bare_string",
            "bare_symbol",
            "chained_string",
            "heredoc_beginning",
            "regex",
            "subshell",
            "character",
        ),
        _text,
    ),
}
