"""Calls on something: ENV, UI, action classes, Spaceship, a set-up's own classes, values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import UNKNOWN as UNDECIDED
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._ruby import nodes as n

from . import files
from .accounts import call_account_manager
from .arguments import Arguments, arguments_of
from .asks import ASKING_CLASSES, record_prompt, record_typing
from .blocks import run_left, run_tap
from .changes import CHANGES, changed
from .expressions import assign, meant
from .fastlane_classes import TOOLS, call_action_class, call_configuration, call_tool
from .invoke import run_lane
from .iterate import ITERATORS, iterate
from .methods import method_value
from .objects import call_on_class, call_on_object
from .options import environment
from .shell import run_shell
from .spaceship import call_spaceship, note_private_method
from .values import NIL, UNKNOWN, Code, Instance, Named, Table, Value, choice, each_of, known_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .program import Lane
    from .scope import Scope
    from .walker import Walker

_ENDS = {"user_error!", "crash!", "build_failure!", "test_failure!", "shell_error!", "abort_with_message!"}
_ASKS = {"input", "confirm", "select", "password"}
_READS = {"gets", "readline", "readlines", "read", "getc", "getch", "getpass", "noecho", "each_line"}
_SHELLS = {
    "Open3",
    "IO",
    "Kernel",
    "Process",
    "Actions",
    "Action",
    "Fastlane::Actions",
    "FastlaneCore::CommandExecutor",
}
_SHELL_CALLS = {
    "capture2",
    "capture2e",
    "capture3",
    "popen",
    "popen2",
    "popen2e",
    "popen3",
    "system",
    "spawn",
    "exec",
}


def call_on(walker: Walker, call: n.Call, scope: Scope) -> Value:
    """A call with a receiver."""
    receiver = call.receiver
    if isinstance(receiver, n.Const):
        return _on_constant(walker, receiver, call, scope)
    if isinstance(receiver, n.Name) and scope.get(receiver.name) is None:
        special = _ON_NAMES.get(receiver.name)
        if special is not None:
            return special(walker, call, scope)
    if isinstance(receiver, n.Variable) and (of_variable := _ON_VARIABLES.get(receiver.name)) is not None:
        return of_variable(walker, call, scope) or UNKNOWN
    assert receiver is not None
    note_private_method(walker, call, scope)
    value = walker.visit(receiver, scope)
    return _on_value(walker, value, call, scope)


def _on_value(walker: Walker, value: Value, call: n.Call, scope: Scope) -> Value:
    if isinstance(value, Named):
        return _on_named(walker, value, call, scope)
    if objects := [one for one in each_of(value) if isinstance(one, Instance)]:
        return choice([call_on_object(walker, one, call, scope) for one in objects])
    if call.name in ITERATORS and (call.block is not None or call.passed is not None):
        return iterate(walker, value, call, scope)
    given = arguments_of(walker, call, scope)
    if call.name in ("call", "()", "yield") and isinstance(value, Code):
        from .language import run_code

        return run_code(walker, value, given, call, scope)
    if call.name == "tap" and call.block is not None:
        return choice([run_tap(walker, call.block, scope, one) for one in each_of(value)])
    result = run_left(walker, call, scope)
    if call.name in CHANGES:
        return _change(walker, value, call, given, scope)
    arguments = [*given.positional, *([given.keywords] if given.keywords is not None else [])]
    found = [method_value(one, call.name, arguments) for one in each_of(value)]
    if any(one is None for one in found):
        return UNKNOWN
    kept = [one for one in found if one is not None]
    if call.name == "fetch" and result is not None:
        kept = [result if one == UNKNOWN else one for one in kept]
    return choice(kept)


def _on_named(walker: Walker, value: Named, call: n.Call, scope: Scope) -> Value:
    """A class that stands in a variable; `api::App` is one within it."""
    if call.name[:1].isupper() and not call.args:
        return Named(f"{value.path}::{call.name}")
    named = n.Const(call.line, call.start, call.end, value.path)
    return _on_constant(walker, named, replace(call, receiver=named), scope)


def _change(walker: Walker, value: Value, call: n.Call, given: Arguments, scope: Scope) -> Value:
    """A list, a hash or a text that a call changes in its place."""
    after, result = changed(value, call.name, given)
    if isinstance(call.receiver, (n.Name, n.Variable)):
        assign(walker, call.receiver, after, scope)
    return result


def _on_constant(walker: Walker, receiver: n.Const, call: n.Call, scope: Scope) -> Value:
    path = meant(walker, receiver.path)
    if path != receiver.path:
        receiver = replace(receiver, path=path)
        call = replace(call, receiver=receiver)
    if path == "Spaceship" or path.startswith("Spaceship::"):
        return call_spaceship(walker, path, call, scope)
    handler = _ON_CONSTANTS.get(path)
    if handler is not None:
        value = handler(walker, call, scope)
        if value is not None:
            return value
    if path in _SHELLS and (call.name in _SHELL_CALLS or call.name in ("sh", "sh_control_output", "execute")):
        return _shell(walker, call, scope)
    if (
        path.endswith("Action")
        and call.name == "run"
        and (value := call_action_class(walker, path, call, scope))
    ):
        return value
    if (own := call_on_class(walker, path, call, scope)) is not None:
        return own
    value = walker.visit(receiver, scope)
    if value == UNKNOWN:
        _note_foreign(walker, path, call, scope)
    return _on_value(walker, value, call, scope)


def _shell(walker: Walker, call: n.Call, scope: Scope) -> Value:
    given = arguments_of(walker, call, scope)
    command = given.keywords.values.get("command") if given.keywords is not None else None
    words = [command] if command is not None else list(given.positional)
    run_left(walker, call, scope)
    return run_shell(walker, words, call, scope, "sh")


def _note_foreign(walker: Walker, path: str, call: n.Call, scope: Scope) -> None:
    """Code of a class that is not here and gets the Fastfile itself: it can call whatever it likes."""
    gives_self = any(isinstance(argument, n.Name) and argument.name == "self" for argument in call.args)
    if gives_self and call.name == "new" and not walker.loading:
        why = f"{path} is defined nowhere here, and gets the whole Fastfile"
        walker.record("dynamic", path, path, call, scope, Verdict(UNDECIDED, why))


def _env(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    given = arguments_of(walker, call, scope)
    if call.name not in ("[]", "fetch") or not given.positional:
        if call.name in ("update", "merge!") and given.keywords is not None:
            walker.state.env.update(given.keywords.values)
        run_left(walker, call, scope)
        return UNKNOWN
    name = known_text(given.positional[0])
    known = environment(walker, name) if name is not None else None
    if known is not None:
        return known
    if call.name == "fetch":
        default = given.positional[1] if len(given.positional) > 1 else run_left(walker, call, scope)
        return choice((default, UNKNOWN)) if default is not None else UNKNOWN
    return UNKNOWN


def _ui(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    arguments_of(walker, call, scope)
    if call.name in _ENDS:
        walker.jumped = True
        return NIL
    if call.name in _ASKS:
        record_prompt(walker, f"UI.{call.name}", call, scope)
    return UNKNOWN


def _terminal(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`STDIN.gets`, `$stdin.noecho(&:gets)`."""
    arguments_of(walker, call, scope)
    if call.name in _READS:
        written = call.receiver.path if isinstance(call.receiver, n.Const) else "$stdin"
        record_typing(walker, f"{written}.{call.name}", call, scope)
    return UNKNOWN


def _asking_class(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`HighLine.new`, `TTY::Prompt.new`."""
    assert isinstance(call.receiver, n.Const)
    target = Instance(call.receiver.path)
    return target if call.name == "new" else call_on_object(walker, target, call, scope)


def _actions(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`Actions.lane_context[…]`, `Actions.git_branch`: neither is a call of an action."""
    if call.name in ("sh", "sh_control_output"):
        return None
    arguments_of(walker, call, scope)
    return UNKNOWN


def _lane_manager(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    given = arguments_of(walker, call, scope)
    names = [known_text(value) for value in given.positional[:2]]
    if call.name.startswith("cruise_lane") and len(names) == 2 and names[1] is not None:
        lane: Lane | None = walker.program.find_lane(names[1], names[0])
        if lane is not None:
            return run_lane(walker, lane, Arguments(keywords=Table(open=True)))
    return UNKNOWN


def _other_action(walker: Walker, call: n.Call, scope: Scope) -> Value:
    from .calls import call_fastlane

    return call_fastlane(walker, call.name, arguments_of(walker, call, scope), call, scope)


def _self(walker: Walker, call: n.Call, scope: Scope) -> Value:
    from .calls import call_plain

    return call_plain(walker, call, scope)


def _context(walker: Walker, call: n.Call, scope: Scope) -> Value:
    arguments_of(walker, call, scope)
    return UNKNOWN


def _runner(walker: Walker, call: n.Call, scope: Scope) -> Value:
    """`runner.trigger_action_by_name(:pilot, nil, false, …)`."""
    from .calls import call_fastlane

    given = arguments_of(walker, call, scope)
    name = known_text(given.positional[0]) if given.positional else None
    if name is None or not call.name.startswith(("trigger_action", "execute_action", "try_switch_to_lane")):
        return UNKNOWN
    return call_fastlane(walker, name, Arguments(given.positional[1:], given.keywords), call, scope)


_ON_NAMES: dict[str, Callable[[Walker, n.Call, Scope], Value]] = {
    "other_action": _other_action,
    "self": _self,
    "lane_context": _context,
    "runner": _runner,
}
_ON_VARIABLES: dict[str, Callable[[Walker, n.Call, Scope], Value | None]] = {
    "$stdin": _terminal,
    **dict.fromkeys(("$LOAD_PATH", "$:"), files.add_to_load_path),
}
_ON_CONSTANTS: dict[str, Callable[[Walker, n.Call, Scope], Value | None]] = {
    "ENV": _env,
    "UI": _ui,
    "FastlaneCore::UI": _ui,
    "Actions": _actions,
    "Fastlane::Actions": _actions,
    "Fastlane::LaneManager": _lane_manager,
    "CredentialsManager::AccountManager": call_account_manager,
    **dict.fromkeys(("STDIN", "ARGF"), _terminal),
    **dict.fromkeys(TOOLS, call_tool),
    **dict.fromkeys(ASKING_CLASSES, _asking_class),
    "FastlaneCore::Configuration": call_configuration,
    "File": files.call_file,
    "Dir": files.call_dir,
}
