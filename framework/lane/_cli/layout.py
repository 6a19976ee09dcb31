"""Writes a folder of template files, and never over a file that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lane._errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATES = Path(__file__).parent.parent / "templates"

# Files whose own names would mean something where the templates are kept.
_RENAMED = {"gitignore": ".gitignore", "env.example": ".env.example"}
_TEXTS = {".py", ".example", ""}


class Laid(NamedTuple):
    """The files of a layout, relative to its folder: those that were written, and those that were there."""

    written: list[str]
    kept: list[str]


def lay_out(template: str, folder: Path, words: Mapping[str, str] | None = None) -> Laid:
    """Write the files of a template below `folder`; `words` are replaced in their names and texts.

    Raises UsageError where something cannot be written; what was written before stays.
    """
    laid = Laid([], [])
    for relative, data in _files(template, words or {}):
        target = folder / relative
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
        except FileExistsError:
            if not target.exists():  # a parent that is a file
                raise _unwritable(target, "there is a file where a folder is needed") from None
            laid.kept.append(relative)
        except OSError as error:
            raise _unwritable(target, error.strerror or str(error)) from None
        else:
            laid.written.append(relative)
    return laid


def _files(template: str, words: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    root = TEMPLATES / template
    for path in sorted(root.rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        data = path.read_bytes()
        if path.suffix in _TEXTS:
            data = _replaced(data.decode(), words).encode()
        name = path.with_name(_RENAMED.get(path.name, path.name)).relative_to(root).as_posix()
        yield _replaced(name, words), data


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


def _unwritable(target: Path, reason: str) -> UsageError:
    return UsageError(
        f"{target} cannot be written: {reason}.",
        hint="Mend the folder's rights or free some space, or name another folder.",
        code="not_writable",
    )
