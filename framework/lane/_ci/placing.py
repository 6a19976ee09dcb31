"""Puts exported files where they go, and replaces none of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import UsageError

from .written import known_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def place(target: Path, files: dict[str, str], below: str) -> Iterator[str]:
    """Write files of a project by their paths below a folder; each path, once it is written.

    Raises UsageError, before anything is written, for one that is there and was not exported, or from another
    project of the repository; and for one that cannot be written.
    """
    for path in files:
        _check(target / path, below)
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


def _check(there: Path, below: str) -> None:
    if not there.exists():
        return
    head = known_file(there)
    if head is None:
        raise UsageError(
            f"{there} is there, and was not exported.",
            hint="Move it away; or write elsewhere with --output, and take over by hand what you want.",
            code="not_ours",
        )
    if head.below != below:
        raise UsageError(
            f"{there} was exported from the Lanefile {f'in {head.below}' if head.below else 'at the root'}.",
            hint="Two projects cannot share it: write elsewhere with --output, and put the two together by hand.",
            code="of_another",
        )
