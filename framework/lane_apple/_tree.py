"""Read-only trees of files: a folder, or a zip that is never extracted."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Protocol

from lane import ActionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_MOST_FILES = 500_000  # no app comes near it; it bounds what a hostile zip can cost


class PackageError(ActionError):
    """A package or a dSYM cannot be read, or is not what it should be."""

    code = "package"


class Tree(Protocol):
    """Files by their relative posix path; `files` are sorted.

    `open` gives a stream to seek forward in; what breaks while it is read becomes a PackageError. `size` is
    in bytes.
    """

    files: list[str]

    def __contains__(self, name: object) -> bool: ...

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]: ...

    def size(self, name: str) -> int: ...

    def __enter__(self) -> Tree: ...

    def __exit__(self, *exception: object) -> None: ...


def open_tree(path: Path) -> Tree:
    """The tree at `path`. Raises PackageError when there is none, or neither a folder nor a readable zip."""
    if path.is_dir():
        return _Folder(path)
    if not path.exists():
        raise PackageError(f"There is no file {path}.", code="package_missing", hint="Check the path.")
    try:
        return _Zip(path, zipfile.ZipFile(path))
    except zipfile.BadZipFile:
        raise PackageError(
            f"{path} is not a zip archive, or it was cut off.",
            code="package_not_a_zip",
            hint="An .ipa is a zip with a folder Payload in it. Build or download the file again.",
        ) from None
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_bounded(tree: Tree, name: str, limit: int) -> bytes:
    """All of a small file. Raises PackageError when it unpacks to more than `limit` bytes."""
    with tree.open(name) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise PackageError(
            f"{name} is larger than {limit} bytes, which no real one is.", code="package_too_big"
        )
    return content


class _Folder:
    """A folder on the disk. Links are followed only as far as the folder itself."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files = sorted(
            file.relative_to(root).as_posix()
            for file in root.rglob("*")
            if not file.is_symlink() and file.is_file()
        )
        self._names = frozenset(self.files)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with (self._root / name).open("rb") as stream:
                yield stream
        except OSError as error:
            raise PackageError(f"{self._root / name} cannot be read: {error.strerror or error}.") from error

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *exception: object) -> None:
        return None


class _Zip:
    """A zip archive, read in place."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        entries = archive.infolist()
        if len(entries) > _MOST_FILES:
            archive.close()
            raise PackageError(
                f"{path} holds {len(entries)} files, which no app does.", code="package_too_big"
            )
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}
        self.files = sorted(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        entry = self._entries[name]
        if entry.flag_bits & 0x1:
            raise PackageError(
                f"{self._path} is encrypted with a password.",
                code="package_encrypted",
                hint="Apple takes no encrypted archive: make it without a password.",
            )
        try:
            with self._archive.open(entry) as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise PackageError(
                f"{name} in {self._path} cannot be read: {error}.",
                code="package_damaged",
                hint="Build or download the file again.",
            ) from error

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *exception: object) -> None:
        self._archive.close()
