"""Puts exported files where they go, and replaces none of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import UsageError

from .written import known_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_root(folder: Path) -> None:
    """Raises UsageError for a project below the root of its repository, where no CI system looks for its files."""
    if (folder / ".git").exists():
        return
    root = next((parent for parent in folder.parents if (parent / ".git").exists()), None)
    if root is not None:
        raise UsageError(
            f"The Lanefile is in {folder.relative_to(root)} of the repository {root}: "
            "CI systems read their files at its root only, and start their jobs there.",
            hint="Put the Lanefile and its pyproject.toml at the root; its lanes may stay in modules of any folder.",
            code="not_at_root",
        )


def place(target: Path, files: dict[str, str]) -> Iterator[str]:
    """Write files by their paths below a folder; each path, once it is written.

    Raises UsageError, before anything is written, for one that is there and was not exported; and for one that cannot
    be written.
    """
    for path in files:
        there = target / path
        if there.exists() and known_file(there) is None:
            raise UsageError(
                f"{there} is there, and was not exported.",
                hint="Move it away; or write elsewhere with --output, and take over by hand what you want.",
                code="not_ours",
            )
    for path, text in files.items():
        try:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{target / path} cannot be written: {error.strerror or error}.",
                hint="Write elsewhere with --output DIR, or to the terminal with --output -.",
                code="unwritable",
            ) from None
        yield path
