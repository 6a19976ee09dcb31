"""Read one set-up: a Fastfile with everything that belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n
from lane_fastfile._ruby.children import everything
from lane_fastfile._walk import calls, expressions, flow
from lane_fastfile._walk.declare import LANES, declare
from lane_fastfile._walk.program import Method, Problem, Program
from lane_fastfile._walk.scope import Scope
from lane_fastfile._walk.values import Known
from lane_fastfile._walk.walker import Walker

from .config import read_configs
from .environment import read_environment
from .files import load_actions, load_path
from .plugins import read_plugins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VISITED_BY = (calls, expressions, flow)  # importing them enters their visits
_FOLDERS = ("fastlane", ".fastlane")


def load_setup(path: Path, *, in_ci: bool = False) -> Walker:
    """A walker that has read a Fastfile and its surroundings, ready to enter lanes: those of CI, or of anybody."""
    folder = path.parent
    program = Program(folder.as_posix(), in_ci)
    walker = Walker(program, loading=True)
    if in_ci:
        walker.state.env["CI"] = Known("true")
    folders = _folders(folder)
    program.plugins = read_plugins(folders)
    read_environment(program, folders)
    read_configs(walker, folders)
    for one in folders:
        load_actions(walker, one / "actions")
    load_path(walker, path.as_posix())
    _inner_methods(program)
    _inner_lanes(walker)
    _broken(program)
    walker.loading = False
    return walker


def _folders(folder: Path) -> list[Path]:
    """Where config files stand: beside the Fastfile, and in the project around a fastlane folder."""
    inner = [folder / name for name in _FOLDERS if (folder / name).is_dir()]
    outer = [folder.parent] if folder.name.lower() in _FOLDERS else []
    return [folder, *inner, *outer]


def _inner_methods(program: Program) -> None:
    """Methods that are defined within lanes and blocks: they exist once that code has run."""
    for path, source in program.sources.items():
        owned = _in_classes(source.nodes)
        for node in source.nodes:
            if isinstance(node, n.Def) and id(node) not in owned:
                method = Method(node, path)
                program.all_helpers.append(method)
                program.helpers.setdefault(node.name, method)


def _inner_lanes(walker: Walker) -> None:
    """Lanes that are declared within lanes or methods: they exist once that code has run."""
    for path, source in walker.program.sources.items():
        platforms: list[n.Call] = []
        for node in source.nodes:
            if not isinstance(node, n.Call) or node.receiver is not None or node.block is None:
                continue
            platforms = [one for one in platforms if node.start < one.end]
            if node.name == "platform":
                platforms.append(node)
            elif node.name in LANES and (path, node.block.start) not in walker.program.declared:
                walker.platform = str(platforms[-1].args[0]) if platforms and platforms[-1].args else None
                declare(walker, node, Scope(path))
    walker.platform = None


def _in_classes(nodes: Sequence[n.Node]) -> set[int]:
    return {
        id(inner)
        for node in nodes
        if isinstance(node, n.Class)
        for inner in everything(node)
        if isinstance(inner, n.Def)
    }


def _broken(program: Program) -> None:
    for path, source in program.sources.items():
        for line in source.broken[:5]:
            program.problems.append(Problem(path, line, "this is not Ruby that can be read"))
