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
    found = _found(ctx, files, keep_going=keep_going)
    target = ctx.path(to) if to is not None else ctx.artifacts
    target.mkdir(parents=True, exist_ok=True)
    copied: list[Path] = []
    with ctx.progress("copying", total=len(found), unit="files") as bar:
        for name, source in found.items():
            ctx.check()
            copied.append(_copy(source, target / name))
            bar.advance()
    ctx.log.info(f"{len(copied)} copied to {target}")
    return copied


def _found(ctx: Context, patterns: list[Path], *, keep_going: bool) -> dict[str, Path]:
    """What the patterns match, by name. Raises ActionError where one matches nothing, or names collide."""
    found: dict[str, Path] = {}
    for pattern in patterns:
        matches = _matching(ctx.folder, pattern)
        if not matches and not keep_going:
            raise ActionError(
                f"Nothing matches {pattern}.",
                hint=f"Relative paths start in {ctx.folder}. Correct it, or say keep_going=True.",
                code="no_files",
            )
        for match in matches:
            other = found.setdefault(match.name, match)
            if other.resolve() != match.resolve():
                raise ActionError(
                    f"{other} and {match} have the same name: one copy would replace the other.",
                    hint="Copy them with two calls, to two folders, or copy their folders whole.",
                    code="same_name",
                )
    return found


def _matching(folder: Path, pattern: Path) -> list[Path]:
    """A file as it is named, else as a pattern; the Lanefile's folder itself may have any name."""
    if (folder / pattern).exists():
        return [folder / pattern]
    if pattern.is_absolute():
        folder, pattern = Path(pattern.anchor), pattern.relative_to(pattern.anchor)
    return sorted(folder.glob(str(pattern)))


def _copy(source: Path, target: Path) -> Path:
    if source.resolve() == target.resolve():
        return target
    if source.is_dir():
        if target.resolve().is_relative_to(source.resolve()):
            raise ActionError(
                f"{source} cannot be copied into itself, to {target}.",
                hint="Choose a folder outside of it.",
                code="into_itself",
            )
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    return target
