"""Find Spaceship code: the old clients, patches of the two-factor prompt, and the new client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .counterparts import counterpart
from .findings import Finding, Legacy
from .spaceship_names import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONNECT = "Spaceship::ConnectAPI"
# The methods that ask for the second factor, or choose where the code is sent; people override them.
PROMPTS = {
    "ask_for_2fa_code",
    "choose_phone_number",
    "handle_two_step_or_factor",
    "handle_two_factor",
    "handle_two_step",
    "pick_phone_number",
    "phone_id_from_number",
    "choose_tfa_phone_number",
}


def legacy_code(file: str, nodes: Sequence[n.Node]) -> list[Legacy]:
    """Every use of the old clients, in the order of the file."""
    found = {
        (line, path, method): Legacy(file, line, _code(path, method), kind, counterpart(path, method))
        for line, path, method in _uses(nodes)
        if (kind := kind_of(path, method)) is not None
    }
    reopened = [
        Legacy(file, line, f"class {path}", "patch", "an API key; no code is asked for then")
        for line, path in _classes(nodes)
        if kind_of(path) == "client"
    ]
    return sorted([*found.values(), *reopened], key=lambda one: one.line)


def connect_code(file: str, nodes: Sequence[n.Node]) -> list[Legacy]:
    """Every use of the new client; a login and what is outside of the official API needs an Apple ID all the same."""
    from lane_fastfile._walk.spaceship import connect_verdict

    found: list[Legacy] = []
    for line, path, method in _uses(nodes):
        if method is None or not (path == _CONNECT or path.startswith(_CONNECT + "::")):
            continue
        verdict = connect_verdict(path, method)
        needs_id = verdict is not None and verdict.auth == "apple_id"
        kind = "connect_api_login" if method in ("login", "select_team") else "connect_api"
        found.append(
            Legacy(file, line, _code(path, method), kind, counterpart(path, method) if needs_id else "")
        )
    return list(dict.fromkeys(found))


def patches(file: str, nodes: Sequence[n.Node]) -> list[Finding]:
    """Methods that answer the question for the code in place of a person."""
    return [
        Finding(
            file,
            node.line,
            "two_factor_patch",
            f"{node.name} is overridden, to answer Apple's question for the code without a person",
            "Use an API key where the lane allows it, a session where not; `lane auth login` fetches codes itself.",
        )
        for node in nodes
        if isinstance(node, n.Def) and node.name in PROMPTS
    ]


def _code(path: str, method: str | None) -> str:
    return path if method is None else f"{path}.{method}"


def _uses(nodes: Sequence[n.Node]) -> Iterator[tuple[int, str, str | None]]:
    """Calls on Spaceship's constants, and the constants alone; not the errors that are rescued."""
    skipped: set[int] = set()
    for node in nodes:
        if isinstance(node, n.Rescue):
            skipped.update(id(exception) for exception in node.exceptions)
        elif isinstance(node, n.Class) and node.superclass is not None:
            skipped.add(id(node.superclass))
        elif isinstance(node, n.Call) and isinstance(node.receiver, n.Const):
            skipped.add(id(node.receiver))
            if node.receiver.path.startswith("Spaceship"):
                yield node.receiver.line, node.receiver.path, node.name
        elif isinstance(node, n.Const) and node.path.startswith("Spaceship::") and id(node) not in skipped:
            yield node.line, node.path, None


def _classes(nodes: Sequence[n.Node]) -> Iterator[tuple[int, str]]:
    """Classes with their whole path; the nodes come in the order of the source."""
    around: list[tuple[int, str]] = []
    for node in nodes:
        if not isinstance(node, n.Class):
            continue
        while around and node.start >= around[-1][0]:
            around.pop()
        path = f"{around[-1][1]}::{node.path}" if around else node.path
        around.append((node.end, path))
        if not node.module:
            yield node.line, path
