"""Calls of Ruby and of fastlane's file itself: send, method, raise, sh, loop, eval; what they lead to."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from lane_fastfile._auth.modes import UNKNOWN as UNDECIDED
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._ruby import nodes as n

from . import declare
from .arguments import Arguments
from .asks import record_typing
from .blocks import run_block
from .scope import Scope
from .shell import run_shell
from .text_methods import formatted
from .values import (
    GAP,
    NIL,
    TRUE,
    UNKNOWN,
    Code,
    Items,
    Known,
    Table,
    Value,
    choice,
    each_of,
    known_text,
    text_of,
)
from .walker import Walker

Handler = Callable[[Walker, str, Arguments, n.Node, Scope], Value]

ENDS = {"raise", "fail", "exit", "exit!", "abort", "throw"}
# Ruby's own, and those of fastlane that only print or load; their arguments have been visited.
SILENT = {
    *("p", "pp", "print", "printf", "warn", "sleep", "rand", "srand", "loop", "catch", "proc"),
    *("lambda", "format", "sprintf", "require", "require_relative", "load"),
    *("fastlane_require", "at_exit", "binding", "caller", "freeze", "trap"),
    *("Integer", "Float", "String", "Array", "Hash", "Rational", "URI", "__dir__", "__FILE__"),
    *("__method__", "desc", "skip_docs", "default_platform", "attr_accessor", "attr_reader"),
    *("private", "public", "protected", "include", "extend", "module_function", "lane_context"),
    *("actions_path", "fastlane_version", "using", "tap", "then", "super", "autoload"),
    *("global_variables", "local_variables", "define_method", "alias_method", "private_constant"),
    *("open", "select", "set_trace_func", "test", "syscall", "other_action", "current_platform"),
    *("runner", "collector", "is_a?", "respond_to?", "nil?", "object_id", "it"),
    *("instance_variable_get", "instance_variable_set", "instance_variable_defined?", "Pathname"),
    *("class", "hash", "_1", "_2", "_", "self", "inspect", "to_s", "dup", "clone", "method_missing"),
    *("private_class_method", "generated_fastfile_id", "before_all", "after_all", "before_each"),
    *("after_each", "error", "Complex", "BigDecimal", "lane", "private_lane", "override_lane"),
    *("platform", "for_lane", "for_platform"),
}  # fmt: skip
TAKES_BLOCK = {"lane", "private_lane", "override_lane", "platform"}


def call_language(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value | None:
    """The value of a call of the language; None where the name is none of its words."""
    if name in ENDS:
        walker.jumped = True
        return NIL
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(walker, name, given, node, scope)
    return _plain_value(name, given) if name in SILENT else None


def _plain_value(name: str, given: Arguments) -> Value:
    first = given.positional[0] if given.positional else NIL
    if name in ("format", "sprintf"):
        keywords = () if given.keywords is None else (given.keywords,)
        return formatted(first, (*given.positional[1:], *keywords))
    if name == "Array":
        return first if isinstance(first, Items) else Items((), complete=False)
    if name in ("String", "Integer", "Float") and isinstance(first, Known):
        return first
    return UNKNOWN


def _send(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """`send(:scan, …)`: each name that it can be."""
    from .calls import resolve

    called = given.positional[0] if given.positional else UNKNOWN
    rest = Arguments(given.positional[1:], given.keywords)
    values: list[Value] = []
    for one in each_of(called):
        word = known_text(one)
        if word is None:
            dynamic(walker, name, node, scope, "the name of what is called is only known when it runs")
        else:
            values.append(resolve(walker, word, rest, node, scope))
    return choice(values) if values else UNKNOWN


def dynamic(walker: Walker, name: str, node: n.Node, scope: Scope, why: str) -> None:
    """Record a call of which the text does not tell what it calls."""
    walker.record("dynamic", name, name, node, scope, Verdict(UNDECIDED, why))


def _method(_: Walker, __: str, given: Arguments, ___: n.Node, ____: Scope) -> Value:
    word = known_text(given.positional[0]) if given.positional else None
    return UNKNOWN if word is None else Code(None, None, word)


def _eval(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    if walker.loading and isinstance(node, n.Call) and declare.load_evaluated(walker, node, scope):
        return UNKNOWN
    loads = name != "eval" or any(_reads_file(argument) for argument in getattr(node, "args", ()))
    if given.positional and loads and not (isinstance(node, n.Call) and node.block is not None):
        dynamic(walker, name, node, scope, "it runs Ruby that is only known when it runs")
    return UNKNOWN


def _reads_file(node: n.Node) -> bool:
    """Whether Ruby comes from a file; what `eval` gets from elsewhere is data nearly always."""
    return isinstance(node, n.Call) and node.name in ("read", "binread", "readlines")


def _shell(walker: Walker, name: str, given: Arguments, node: n.Node, scope: Scope) -> Value:
    words = list(given.positional)
    if given.keywords is not None and "command" in given.keywords.values:
        words = [given.keywords.values["command"]]
    words = [word for word in words if not isinstance(word, Table)]
    if name in ("exec", "exit"):
        walker.jumped = True
    return run_shell(walker, words, node, scope, name)


def _gets(walker: Walker, name: str, _: Arguments, node: n.Node, scope: Scope) -> Value:
    record_typing(walker, name, node, scope)
    return UNKNOWN


def _block_given(_: Walker, __: str, ___: Arguments, ____: n.Node, scope: Scope) -> Value:
    return UNKNOWN if scope.block is None else TRUE


def _alias(walker: Walker, _: str, given: Arguments, __: n.Node, ___: Scope) -> Value:
    names = [text_of(value) for value in given.positional[:2]]
    if len(names) == 2 and names[0] and names[1] and GAP not in names[0] + names[1]:
        walker.program.aliases[names[0]] = names[1]
        method = walker.program.helpers.get(names[1])
        if method is not None:
            walker.program.helpers[names[0]] = method
    return NIL


def _here(_: Walker, name: str, __: Arguments, ___: n.Node, scope: Scope) -> Value:
    path = posixpath.abspath(scope.file)
    return Known(posixpath.dirname(path) if name == "__dir__" else path)


_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("send", "public_send", "__send__", "try"), _send),
    **dict.fromkeys(("eval", "instance_eval", "class_eval", "module_eval", "instance_exec"), _eval),
    **dict.fromkeys(("system", "exec", "spawn", "sh"), _shell),
    **dict.fromkeys(("gets", "readline", "readlines"), _gets),
    "block_given?": _block_given,
    "method": _method,
    "alias_method": _alias,
    "__dir__": _here,
    "__FILE__": _here,
}


def run_code(walker: Walker, code: Code, given: Arguments, node: n.Node, scope: Scope) -> Value:
    """Call a proc, a method object, or the block that a method was given."""
    from .calls import resolve

    if code.method is not None:
        return resolve(walker, code.method, given, node, scope)
    if code.block is None or code.scope is None:
        return TRUE
    walker.called.add(code)
    here = walker.activation
    if any(activation is code.activation for _, _, activation in walker.running):
        walker.activation = code.activation or here
    keywords = () if given.keywords is None else (given.keywords,)
    value = run_block(walker, code.block, code.scope, (*given.positional, *keywords))
    walker.activation = here
    return value
