"""Calls, blocks, methods, classes and the flow of control: tree-sitter's nodes into ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import nodes as n
from .convert import SILENT, Convert, Reader, place, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_PARAM_KINDS = {
    "optional_parameter": "optional",
    "splat_parameter": "rest",
    "keyword_parameter": "key",
    "hash_splat_parameter": "keyrest",
    "block_parameter": "block",
}


def _call(reader: Reader, node: Node) -> n.Node:
    receiver = node.child_by_field_name("receiver")
    arguments = node.child_by_field_name("arguments")
    block = node.child_by_field_name("block")
    args, passed = _arguments(reader, arguments)
    return n.Call(
        *place(node),
        reader.maybe(receiver),
        text_of(node.child_by_field_name("method")) or "call",
        args,
        _block(reader, block) if block is not None else None,
        passed,
    )


def _arguments(reader: Reader, node: Node | None) -> tuple[list[n.Node], n.Node | None]:
    """Positional arguments, then one hash of the keyword ones; and what is passed as a block."""
    if node is None:
        return [], None
    args: list[n.Node] = []
    keywords: list[n.Node] = []
    passed: n.Node | None = None
    for child in node.named_children:
        if child.type in SILENT:
            continue
        if child.type == "block_argument":
            inner = reader.statements(child)
            passed = inner[0] if inner else None
        elif child.type in ("pair", "hash_splat_argument"):
            keywords.append(reader.node(child))
        else:
            args.append(reader.node(child))
    if keywords:
        args.append(n.Hash(keywords[0].line, keywords[0].start, keywords[-1].end, keywords))
    return args, passed


def _block(reader: Reader, node: Node) -> n.Block:
    params = _params(reader, node.child_by_field_name("parameters"))
    body = node.child_by_field_name("body")
    return n.Block(*place(node), params, reader.node(body) if body else n.Seq(*place(node), []))


def _block_node(reader: Reader, node: Node) -> n.Node:
    return _block(reader, node)


def _lambda(reader: Reader, node: Node) -> n.Node:
    block = _block(reader, node)
    if isinstance(block.body, n.Block):
        return n.Block(*place(node), block.params or block.body.params, block.body.body)
    return block


def _params(reader: Reader, node: Node | None) -> list[n.Param]:
    if node is None:
        return []
    locals_ = {child.id for child in node.children_by_field_name("locals")}
    children = [child for child in node.named_children if child.type != "comment" and child.id not in locals_]
    return [_param(reader, child) for child in children]


def _param(reader: Reader, node: Node) -> n.Param:
    if node.type in ("identifier", "destructured_parameter"):
        parts = tuple(text_of(child) for child in node.named_children if child.type == "identifier")
        if parts:
            return n.Param(*place(node), "", "parts", None, parts)
        return n.Param(*place(node), text_of(node), "positional")
    kind = _PARAM_KINDS.get(node.type, "positional")
    default = reader.maybe(node.child_by_field_name("value"))
    name = text_of(node.child_by_field_name("name"))
    return n.Param(*place(node), name, kind, default)  # type: ignore[arg-type]  # one of those of the table


def _method(reader: Reader, node: Node) -> n.Node:
    body = node.child_by_field_name("body")
    return n.Def(
        *place(node),
        text_of(node.child_by_field_name("name")),
        _params(reader, node.child_by_field_name("parameters")),
        reader.node(body) if body is not None else n.Seq(*place(node), []),
        node.type == "singleton_method",
    )


def _class(reader: Reader, node: Node) -> n.Node:
    above = node.child_by_field_name("superclass")
    superclass = reader.statements(above) if above is not None else []
    body = node.child_by_field_name("body")
    return n.Class(
        *place(node),
        text_of(node.child_by_field_name("name")),
        superclass[0] if superclass else None,
        reader.node(body) if body is not None else n.Seq(*place(node), []),
        node.type == "module",
    )


def _body(reader: Reader, node: Node) -> n.Node:
    """A body; with rescue, else or ensure it is a Begin."""
    plain: list[n.Node] = []
    rescues: list[n.Rescue] = []
    otherwise = ensure = None
    for child in node.named_children:
        match child.type:
            case "rescue":
                rescues.append(_rescue(reader, child))
            case "else":
                otherwise = reader.node(child)
            case "ensure":
                ensure = reader.sequence(child)
            case kind if kind not in SILENT:
                plain.append(reader.node(child))
    body = n.Seq(*place(node), plain)
    if not rescues and otherwise is None and ensure is None:
        return body
    return n.Begin(*place(node), body, rescues, otherwise, ensure)


def _rescue(reader: Reader, node: Node) -> n.Rescue:
    exceptions = node.child_by_field_name("exceptions")
    variable = node.child_by_field_name("variable")
    name = variable.named_children[0] if variable is not None and variable.named_children else None
    body = node.child_by_field_name("body")
    return n.Rescue(
        *place(node),
        reader.statements(exceptions) if exceptions is not None else [],
        text_of(name) or None,
        reader.node(body) if body is not None else n.Seq(*place(node), []),
    )


def _rescue_modifier(reader: Reader, node: Node) -> n.Node:
    handler = n.Rescue(*place(node), [], None, reader.field(node, "handler"))
    return n.Begin(*place(node), reader.field(node, "body"), [handler], None, None)


def _if(reader: Reader, node: Node) -> n.Node:
    """if, elsif, ternary; a long row of elsif is read without recursion."""
    rows: list[tuple[Node, n.Node, n.Node | None]] = []
    last: n.Node | None = None
    current: Node | None = node
    while current is not None:
        consequence = current.child_by_field_name("consequence")
        rows.append((current, reader.field(current, "condition"), reader.maybe(consequence)))
        current = current.child_by_field_name("alternative")
        if current is not None and current.type != "elsif":
            last, current = reader.node(current), None
    for where, condition, then in reversed(rows):
        last = n.If(*place(where), condition, then, last)
    assert last is not None
    return last


def _unless(reader: Reader, node: Node) -> n.Node:
    then = reader.maybe(node.child_by_field_name("consequence"))
    otherwise = reader.maybe(node.child_by_field_name("alternative"))
    return n.If(*place(node), reader.field(node, "condition"), otherwise, then)


def _modifier(reader: Reader, node: Node) -> n.Node:
    condition, body = reader.field(node, "condition"), reader.field(node, "body")
    if node.type == "if_modifier":
        return n.If(*place(node), condition, body, None)
    if node.type == "unless_modifier":
        return n.If(*place(node), condition, None, body)
    return n.Loop(*place(node), condition, body)


def _loop(reader: Reader, node: Node) -> n.Node:
    return n.Loop(*place(node), reader.field(node, "condition"), reader.field(node, "body"))


def _for(reader: Reader, node: Node) -> n.Node:
    pattern = node.child_by_field_name("pattern")
    names = [] if pattern is None else [pattern, *pattern.named_children]
    variables = tuple(text_of(name) for name in names if name.type == "identifier")
    return n.Loop(*place(node), reader.field(node, "value"), reader.field(node, "body"), variables)


def _case(reader: Reader, node: Node) -> n.Node:
    whens: list[n.When] = []
    otherwise = None
    for child in node.named_children:
        if child.type in ("when", "in_clause"):
            patterns = [reader.sequence(pattern) for pattern in child.children_by_field_name("pattern")]
            flat = [p.items[0] if len(p.items) == 1 else p for p in patterns]
            whens.append(n.When(*place(child), list(flat), reader.field(child, "body")))
        elif child.type == "else":
            otherwise = reader.node(child)
    for clauses in node.children_by_field_name("clauses"):
        if clauses.type == "in_clause" and not whens:
            whens.append(n.When(*place(clauses), [], reader.field(clauses, "body")))
    return n.Case(*place(node), reader.maybe(node.child_by_field_name("value")), whens, otherwise)


def _yield(reader: Reader, node: Node) -> n.Node:
    arguments = next((child for child in node.named_children if child.type == "argument_list"), None)
    return n.Yield(*place(node), _arguments(reader, arguments)[0])


def _alias(_: Reader, node: Node) -> n.Node:
    names = [text_of(child) for child in node.named_children]
    args: list[n.Node] = [n.Text(*place(node), (name.lstrip(":"),), "symbol") for name in names]
    return n.Call(*place(node), None, "alias_method", args)


KINDS: dict[str, Convert] = {
    "call": _call,
    "do_block": _block_node,
    "block": _block_node,
    "lambda": _lambda,
    "method": _method,
    "singleton_method": _method,
    "class": _class,
    "module": _class,
    "body_statement": _body,
    "begin": _body,
    "rescue_modifier": _rescue_modifier,
    "if": _if,
    "elsif": _if,
    "conditional": _if,
    "unless": _unless,
    "if_modifier": _modifier,
    "unless_modifier": _modifier,
    "while_modifier": _modifier,
    "until_modifier": _modifier,
    "while": _loop,
    "until": _loop,
    "for": _for,
    "case": _case,
    "case_match": _case,
    "yield": _yield,
    "alias": _alias,
}
