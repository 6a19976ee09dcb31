"""The tools' config files: Matchfile, Deliverfile, Appfile and their kin, as values by option."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n
from lane_fastfile._ruby.read import read_ruby
from lane_fastfile._walk.arguments import arguments_of
from lane_fastfile._walk.scope import Scope
from lane_fastfile._walk.values import TRUE, UNKNOWN, Value, choice, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from lane_fastfile._walk.program import Lane
    from lane_fastfile._walk.walker import Walker

NAMES = (
    "Appfile",
    "Matchfile",
    "Deliverfile",
    "Precheckfile",
    "Gymfile",
    "Scanfile",
    "Snapfile",
    "Screengrabfile",
)


@dataclass(slots=True, eq=False)
class ConfigFile:
    """Options of a tool. `scoped`: those for a platform or a lane, the later one wins."""

    path: str
    values: dict[str, Value] = field(default_factory=dict)
    scoped: list[tuple[str | None, str | None, dict[str, Value]]] = field(default_factory=list)

    def get(self, name: str, lane: Lane | None) -> Value | None:
        """The value of an option when a certain lane was started."""
        for platform, of_lane, values in reversed(self.scoped):
            here = lane is not None and platform in (None, lane.platform) and of_lane in (None, lane.name)
            if here and name in values:
                return values[name]
        return self.values.get(name)


def read_configs(walker: Walker, folders: list[Path]) -> None:
    """Read the config files that stand in these folders; the first folder wins."""
    for name in NAMES:
        path = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if path is not None:
            walker.program.configs[name] = _read(walker, path)


def _read(walker: Walker, path: Path) -> ConfigFile:
    config = ConfigFile(path.as_posix())
    try:
        source = read_ruby(path.read_bytes())
    except OSError:
        return config
    walker.program.sources[config.path] = source
    _statements(walker, source.tree, config, Scope(config.path), config.values, (None, None))
    return config


def _statements(
    walker: Walker,
    node: n.Node,
    config: ConfigFile,
    scope: Scope,
    values: dict[str, Value],
    within: tuple[str | None, str | None],
) -> None:
    match node:
        case n.Seq(items=items):
            for item in items:
                _statements(walker, item, config, scope, values, within)
        case n.If(then=then, otherwise=otherwise):
            for branch in (then, otherwise):
                _branch(walker, branch, config, scope, values, within)
        case n.Call(name="for_lane" | "for_platform" as word, block=n.Block(body=body)):
            named = _named(walker, node, scope)
            inner: dict[str, Value] = {}
            place = (within[0], named) if word == "for_lane" else (named, within[1])
            config.scoped.append((*place, inner))
            _statements(walker, body, config, scope, inner, place)
        case n.Call(receiver=None):
            values[node.name] = _value(walker, node, scope)
        case n.Assign():
            walker.visit(node, scope)


def _branch(
    walker: Walker,
    branch: n.Node | None,
    config: ConfigFile,
    scope: Scope,
    values: dict[str, Value],
    within: tuple[str | None, str | None],
) -> None:
    """What stands under a condition may be as it says, or as it was."""
    if branch is None:
        return
    inner: dict[str, Value] = {}
    _statements(walker, branch, config, scope, inner, within)
    for name, value in inner.items():
        values[name] = choice((values.get(name, UNKNOWN), value))


def _named(walker: Walker, call: n.Call, scope: Scope) -> str | None:
    given = arguments_of(walker, call, scope)
    return text_of(given.positional[0]) if given.positional else None


def _value(walker: Walker, call: n.Call, scope: Scope) -> Value:
    given = arguments_of(walker, call, scope)
    if given.positional:
        return given.positional[0]
    return given.keywords if given.keywords is not None else TRUE
