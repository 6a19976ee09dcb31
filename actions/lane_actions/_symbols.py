"""What actions take as dSYMs: those that were downloaded, or files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lane import ActionError

from ._download_dsyms import Dsyms

if TYPE_CHECKING:
    from lane import Context

Symbols = Dsyms | list[Path] | Path | None


def symbol_paths(ctx: Context, dsyms: Symbols) -> list[Path]:
    """The zips and folders; a folder may be a .dSYM, an .xcarchive, or hold several. Raises ActionError."""
    if isinstance(dsyms, Dsyms):
        given = dsyms.files
    elif isinstance(dsyms, Path):
        given = [dsyms]
    else:
        given = list(dsyms or ())
    paths = [ctx.path(each) for each in given]
    for path in paths:
        if not path.exists():
            raise ActionError(
                f"There are no dSYMs at {path}.",
                hint="Give what download_dsyms gave, the dsyms of build_app's output, or a path.",
                code="dsym_missing",
            )
    return [zip_ for path in paths for zip_ in _within(path)]


def _within(path: Path) -> list[Path]:
    """The path itself; of a folder that only has zips in it, such as `dsyms`, those."""
    if not path.is_dir():
        return [path]
    zips = sorted(path.glob("*.zip"))
    return [*zips, path] if any(path.rglob("*.dSYM")) else zips or [path]
