"""`copy_artifacts`: files that a run shall keep."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from lane import ActionError, Context, action


@action(effect="replace")
def copy_artifacts(
    ctx: Context,
    files: Annotated[list[Path], "Files, folders or patterns such as build/*.ipa"],
    *,
    to: Annotated[Path | None, "A folder; left out: the run's own, with SHA-256 in the journal"] = None,
    keep_going: Annotated[bool, "Whether a pattern that matches nothing is no error"] = False,
) -> list[Path]:
    """Copy files to a folder, or into the run's artifacts. The copies' paths."""
    target = ctx.path(to) if to is not None else ctx.artifacts
    target.mkdir(parents=True, exist_ok=True)
    copied: list[Path] = []
    for pattern in files:
        found = _matching(ctx.path(pattern))
        if not found and not keep_going:
            raise ActionError(
                f"Nothing matches {pattern}.",
                hint="Correct the path, or say keep_going=True.",
                code="no_files",
            )
        copied.extend(_copy(one, target / one.name) for one in found)
    ctx.log.info(f"{len(copied)} copied to {target}")
    return copied


def _matching(pattern: Path) -> list[Path]:
    if pattern.exists():
        return [pattern]
    anchor = Path(pattern.anchor)
    return sorted(anchor.glob(str(pattern.relative_to(anchor))))


def _copy(source: Path, target: Path) -> Path:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    return target
