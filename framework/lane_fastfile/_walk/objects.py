"""Objects of a set-up's own classes, and the Fastfile itself where it is passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import Arguments, arguments_of
from .asks import ASKING_CLASSES, record_prompt
from .blocks import run_left
from .invoke import run_method
from .scope import Scope
from .values import NIL, UNKNOWN, Instance, Value

if TYPE_CHECKING:
    from lane_fastfile._ruby import nodes as n

    from .walker import Walker


def call_on_class(walker: Walker, path: str, call: n.Call, scope: Scope) -> Value | None:
    """A method of a class or module of the set-up; with a new object its initialize. None: it is not here."""
    found = walker.program.find_class(path)
    if found is None:
        return None
    given = arguments_of(walker, call, scope)
    is_new = call.name == "new"
    value = _run(walker, found, "initialize" if is_new else call.name, given, f"method {path}.{call.name}")
    run_left(walker, call, scope, given.block)
    return Instance(found) if is_new else value if value is not None else UNKNOWN


def call_on_object(walker: Walker, target: Instance, call: n.Call, scope: Scope) -> Value:
    """A method of an object: of its class, or what the Fastfile has by that name."""
    if target.path in ASKING_CLASSES:
        record_prompt(walker, f"{target.path}.{call.name}", call, scope)
        return UNKNOWN
    given = arguments_of(walker, call, scope)
    if target.path:
        value = _run(walker, target.path, call.name, given, f"method {target.path}.{call.name}")
        value = attribute(walker, call.name) if value is None else value
    else:
        from .calls import resolve

        value = resolve(walker, call.name, given, call, Scope(scope.file))
    run_left(walker, call, scope, given.block)
    return UNKNOWN if value is None else value


def attribute(walker: Walker, name: str) -> Value | None:
    """What `attr_reader` gives: the instance variable of that name, where one was set."""
    return walker.state.variables.get(f"@{name}")


def _run(walker: Walker, path: str, name: str, given: Arguments, label: str) -> Value | None:
    method = walker.program.method_of(path, name)
    if method is None:
        return NIL if name == "initialize" else None
    return run_method(walker, method, given, label)
