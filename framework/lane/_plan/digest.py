"""The digest of a plan: what was approved, by the steps, their wiring, options and declared modes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from lane._graph import token as _token
from lane._graph.walk import outputs_in
from lane._lanefile.settings import DEFAULT, Settings

from .canonical import SECRET, Canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lane._graph.graph import Graph
    from lane._lanefile.action import Action
    from lane._lanefile.step import Step

    from .bind import Binding

_CHUNK = 4096  # lines
_PLAIN = frozenset({int, float, bool, str, type(None)})
_SETTINGS = tuple(name for name in Settings.__slots__ if name not in {"after", "name"})


def digest(graph: Graph, binding: Binding, *, hooks: Sequence[tuple[str, Graph, Binding]] = ()) -> str:
    """`sha256:…` of steps, wiring, options (secrets by the option's name), declared modes and hooks.

    Not of the setting, the credentials found, lines, times, or where the Lanefile is: what a laptop approved
    CI can run.
    """
    hasher = hashlib.sha256()
    lines: list[str] = []
    for part, (title, one, bound) in enumerate([("lane", graph, binding), *hooks]):
        scheduled = "" if one.schedule is None else " scheduled"  # it decides what defers the steps
        lines.append(f"{part} {title} {one.lane}{scheduled}")
        for line in _Writer(one, bound).lines():
            lines.append(line)
            if len(lines) >= _CHUNK:
                hasher.update("\n".join(lines).encode())
                lines = [""]
    hasher.update("\n".join(lines).encode())
    return f"sha256:{hasher.hexdigest()}"


def digest_of_steps(graph: Graph, binding: Binding, steps: Collection[int]) -> str:
    """`sha256:…` of what some steps of a graph do: as `digest`, but of these steps only."""
    lines = "\n".join(_Writer(graph, binding).lines(frozenset(steps)))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


class _Writer:
    """Writes a graph as lines."""

    def __init__(self, graph: Graph, binding: Binding) -> None:
        self._graph = graph
        self._binding = binding
        self._canonical = Canonical(graph)
        self._actions: dict[int, int] = {}
        self._modes: dict[int, str] = {}
        self._secrets: dict[int, frozenset[str]] = {}
        self._fans = {id(fan): number for number, fan in enumerate(graph.fans)}

    def lines(self, only: Collection[int] | None = None) -> Iterator[str]:
        """What `let`, `each` and the steps say; `only` names the steps that are written."""
        text = self._canonical.text
        for number, let in enumerate(self._graph.lets):
            yield f"let {number} {text(let.source)} {self._canonical.function(let.function)}"
        for number, fan in enumerate(self._graph.fans):
            yield f"each {number} {text(fan.items)} {text(fan.body)}"
        actions, modes = self._actions, self._modes
        for index, (step, declared) in enumerate(zip(self._graph.steps, self._binding.modes, strict=True)):
            if only is not None and index not in only:
                continue
            action = step.action
            if id(action) not in actions:
                actions[id(action)] = len(actions)
                yield self._action(action)
            wanted = modes.get(id(declared))
            if wanted is None:
                wanted = modes[id(declared)] = ",".join(map(self._canonical.mode, declared)) or "-"
            line = f"{step.id} {actions[id(action)]} {step.needs} {self._options(step)} {wanted}"
            if step.settings is not DEFAULT or step.fan is not None:
                line += self._rest(step)
            yield line

    def _action(self, action: Action[..., Any]) -> str:
        text = self._canonical.text
        values = self._binding.defaults(action).values
        spec = action.options.by_name
        secrets = self._secrets[id(action)] = frozenset(name for name in spec if spec[name].secret)
        options = ",".join(
            f"{name}={SECRET if name in secrets else text(values[name])}" for name in sorted(values)
        )
        declared = (action.effect, action.runs_on, action.limits, action.on)
        retry = None if action.retry is None else [error.__qualname__ for error in action.retry]
        return f"action {len(self._actions) - 1} {action.name} {text(declared)} {text(retry)} {options}"

    def _options(self, step: Step) -> str:
        """The options of the call; the others are the action's."""
        options = step.options
        if not options:
            return "-"
        secrets, text = self._secrets[id(step.action)], self._canonical.text
        if not secrets and _PLAIN.issuperset(map(type, options.values())):
            plain = repr(options) if len(options) == 1 else repr(sorted(options.items()))
            folder = self._canonical.folder
            if _token.MARKER not in plain and (folder is None or folder not in plain):
                return plain
        shown = [
            f"{name}={SECRET if name in secrets and not outputs_in(value) else text(value)}"
            for name, value in options.items()
        ]
        return ",".join(sorted(shown))

    def _rest(self, step: Step) -> str:
        text, settings = self._canonical.text, step.settings
        said = [f"{name}={text(getattr(settings, name))}" for name in _SETTINGS]
        return f" {','.join(said)} each={'-' if step.fan is None else self._fans[id(step.fan)]}"
