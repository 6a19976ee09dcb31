"""Paths that a Fastfile makes to load other files: File.join, Dir.glob. Nothing but names is read."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import arguments_of
from .blocks import run_block
from .values import GAP, UNKNOWN, Items, Known, Table, Unknown, Value, known_text, text_of

if TYPE_CHECKING:
    from lane_fastfile._ruby import nodes as n

    from .scope import Scope
    from .walker import Walker

_MOST_FILES = 200


def call_file(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`File.join`, `File.expand_path`, `File.dirname`, `File.basename`."""
    given = arguments_of(walker, call, scope)
    if call.block is not None:
        run_block(walker, call.block, scope)
    texts = [GAP if (text := text_of(value)) is None else text for value in given.positional]
    if not texts:
        return UNKNOWN
    match call.name:
        case "join":
            text = posixpath.join(texts[0], *(text.lstrip("/") for text in texts[1:]))
        case "expand_path":
            text = (
                posixpath.normpath(posixpath.join(*reversed(texts[:2]))) if GAP not in "".join(texts) else GAP
            )
        case "dirname":
            text = posixpath.dirname(texts[0]) or "."
        case "basename":
            text = posixpath.basename(texts[0]).removesuffix(texts[1] if len(texts) > 1 else "\0")
        case _:
            return UNKNOWN
    return Unknown(text) if GAP in text else Known(text)


def call_dir(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`Dir.glob("lanes/*.rb")` and `Dir[…]` while files are loaded; else only the block counts."""
    given = arguments_of(walker, call, scope)
    if call.block is not None:
        run_block(walker, call.block, scope)
    if call.name not in ("glob", "[]") or not walker.loading:
        return UNKNOWN
    found: list[Value] = []
    for value in given.positional:
        pattern = known_text(value)
        if pattern is None or isinstance(value, Table):
            return UNKNOWN
        found += [Known(path) for path in _matching(Path(walker.program.root), pattern)]
    return Items(tuple(found))


def add_to_load_path(walker: Walker, call: n.Call, scope: Scope) -> Value | None:
    """`$LOAD_PATH.unshift(File.expand_path("lib", __dir__))`: where `require` looks."""
    for value in arguments_of(walker, call, scope).positional:
        folder = known_text(value)
        if folder is not None and walker.loading:
            walker.program.load_path.append(folder)
    return UNKNOWN


def _matching(root: Path, pattern: str) -> list[str]:
    """The files of a pattern, below the folder of the Fastfile or beside it."""
    root = root.absolute()
    folder = Path(posixpath.normpath(root / posixpath.dirname(pattern).split("*")[0]))
    within = (root, root.parent)
    if not any(folder.is_relative_to(one) for one in within) or not folder.is_dir():
        return []
    rest = posixpath.relpath(posixpath.normpath(root / pattern), folder)
    try:
        return sorted(str(path) for path in folder.glob(rest) if path.is_file())[:_MOST_FILES]
    except (ValueError, OSError, NotImplementedError):
        return []
