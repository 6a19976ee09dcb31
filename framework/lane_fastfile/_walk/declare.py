"""The words of a Fastfile that declare: lane, platform, hooks, import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .arguments import arguments_of
from .blocks import run_block
from .classes import include
from .program import Hook, Lane, Problem
from .scope import Scope
from .values import GAP, NIL, Code, Value, each_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .walker import Walker

LANES = {"lane", "private_lane", "override_lane"}
HOOKS = {"before_all", "before_each", "after_each", "after_all", "error"}
_IMPORTS = {"import", "import_from_git", "require", "require_relative", "load", "include", "extend"}


def declares(call: n.Call) -> bool:
    """Whether a call at the top of a file is a declaration."""
    if call.name in LANES or call.name == "platform":
        return call.block is not None or bool(call.args)
    return call.name in _IMPORTS or (call.name in HOOKS and call.block is not None)


def declare(walker: Walker, call: n.Call, scope: Scope) -> Value:
    """Enter what a call declares."""
    if call.name in LANES:
        _lane(walker, call, scope)
    elif call.name in HOOKS:
        assert call.block is not None
        hook = Hook(call.name, walker.platform, scope.file, call.line, call.block, scope)
        walker.program.hooks.append(hook)
    elif call.name == "platform":
        _platform(walker, call, scope)
    else:
        _IMPORTERS[call.name](walker, call, scope)
    return NIL


def _lane(walker: Walker, call: n.Call, scope: Scope) -> None:
    given = arguments_of(walker, call, scope)
    written = _written(call)
    block = call.block or _passed(call, given.block)
    if given.block is not None and given.block.scope is not None:
        scope = given.block.scope
    text = text_of(given.positional[0]) if given.positional else None
    name = written if not text or GAP in text else text
    private, override = call.name == "private_lane", call.name == "override_lane"
    lane = Lane(name, walker.platform, private, override, scope.file, call.line, block, _captured(scope))
    lane.written = written if written != name else None
    walker.program.add_lane(lane)


def _passed(call: n.Call, code: Code | None) -> n.Block:
    """The block of `lane :x, &work` or `lane :x, &method(:work)`; an empty one where it is not known."""
    place = call.line, call.start, call.end
    if code is not None and code.method is not None:
        options = n.Param(*place, "options", "positional")
        called = n.Call(*place, None, code.method, [n.Name(*place, "options")])
        return n.Block(*place, [options], called)
    return (code and code.block) or n.Block(*place, [], n.Seq(*place, []))


def _written(call: n.Call) -> str:
    """A lane's name as it stands in the file, with what is interpolated."""
    first = call.args[0] if call.args else None
    while isinstance(first, n.Call) and first.receiver is not None and first.name in ("to_sym", "to_s"):
        first = first.receiver
    if isinstance(first, n.Text):
        return "".join(part if isinstance(part, str) else f"#{{{_name(part)}}}" for part in first.parts)
    return _name(first) if first is not None else "?"


def _name(node: n.Node) -> str:
    return (
        node.name
        if isinstance(node, (n.Name, n.Variable))
        else node.path
        if isinstance(node, n.Const)
        else "…"
    )


def _captured(scope: Scope) -> Scope:
    """The variables as they are now: the next round of a loop has others."""
    kept = Scope(scope.file, None, scope.self_class)
    for variables in reversed(scope.snapshot()):
        for name, value in variables.items():
            kept.own(name, value)
    return kept


def _platform(walker: Walker, call: n.Call, scope: Scope) -> None:
    given = arguments_of(walker, call, scope)
    names = [text_of(one) for value in given.positional for one in each_of(value)] or [None]
    for name in names:
        before, walker.platform = walker.platform, name
        if call.block is not None:
            run_block(walker, call.block, scope)
        walker.platform = before


def _import(walker: Walker, call: n.Call, scope: Scope) -> None:
    from lane_fastfile._load.files import load_file

    given = arguments_of(walker, call, scope)
    for value in given.positional[:1]:
        for one in each_of(value):
            text = text_of(one)
            if text is None or GAP in text:
                _missing(walker, call, scope, "imports a file whose name is only known when it runs")
            elif not load_file(walker, text, scope.file, fastfile=call.name == "import"):
                _missing(walker, call, scope, f"{call.name} of {text}, which is not here")


def _require(walker: Walker, call: n.Call, scope: Scope) -> None:
    """Files of the project are read; a gem is not."""
    from lane_fastfile._load.files import load_file, load_library

    given = arguments_of(walker, call, scope)
    for value in given.positional[:1]:
        text = text_of(value)
        is_path = call.name in ("require_relative", "load") or (text or "").startswith((".", "/"))
        if text is None or GAP in text:
            if is_path:
                _missing(walker, call, scope, "loads a file whose name is only known when it runs")
        elif is_path and not load_file(walker, text, scope.file, fastfile=False):
            _missing(walker, call, scope, f"{call.name} of {text}, which is not here")
        elif not is_path:
            load_library(walker, text)


def load_evaluated(walker: Walker, call: n.Call, scope: Scope) -> bool:
    """`eval(File.read("lanes.rb"))`, an import of old: false where it is something else."""
    match call.args[:1]:
        case [n.Call(receiver=n.Const(path="File" | "IO"), name="read", args=[path, *_])]:
            text = text_of(walker.visit(path, scope))
        case _:
            return False
    from lane_fastfile._load.files import load_file

    if text is None or GAP in text or not load_file(walker, text, scope.file, fastfile=True):
        _missing(walker, call, scope, f"{call.name} of a file that is not here")
    return True


def _from_git(walker: Walker, call: n.Call, scope: Scope) -> None:
    url = text_of(arguments_of(walker, call, scope).table().get("url")) or ""
    shown = url.replace(GAP, "…") or "another repository"
    _missing(walker, call, scope, f"import_from_git of {shown}: its lanes are not here")


def _include(walker: Walker, call: n.Call, _: Scope) -> None:
    for argument in call.args:
        if isinstance(argument, n.Const):
            include(walker, argument.path)


def _missing(walker: Walker, call: n.Call, scope: Scope, message: str) -> None:
    walker.program.missing.append(Problem(scope.file, call.line, message))


_IMPORTERS: dict[str, Callable[[Walker, n.Call, Scope], None]] = {
    "import": _import,
    "import_from_git": _from_git,
    "require": _require,
    "require_relative": _require,
    "load": _require,
    "include": _include,
    "extend": _include,
}
