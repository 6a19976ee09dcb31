"""Files that go with a hand-off: found where outputs name them, laid out where the next job finds them."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from .copying import Copied, copy
from .portable import HandOffError, portable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePath


class Item(NamedTuple):
    """A file, folder or link: where it goes below the folder of all that is handed over, and where it comes from."""

    place: str
    kind: Literal["file", "folder", "link"]
    source: Path
    executable: bool = False
    target: str = ""


class Parcel:
    """The files and folders that paths name, each once; what is in a folder that goes, goes with it.

    `named` has the paths, absolute or relative to `folder` (the Lanefile's), and the step whose output names each.
    `places` says of those that go where they go. A path stays what it is where nothing is there (it is in `missing`),
    or where the Lanefile's folder is it or in it. `roots` are the places of what is in nothing else that goes, with the
    step.
    """

    def __init__(self, folder: Path, named: Mapping[PurePath, str]) -> None:
        self.places: dict[PurePath, str] = {}
        self.roots: dict[str, str] = {}
        self.missing: dict[Path, str] = {}
        self._sources: dict[str, Path] = {}
        outer, place = None, ""
        # A folder comes before what is in it, and nothing else between.
        for source, path in sorted((_whole(folder, path), path) for path in named):
            if not source.exists():
                self.missing[source] = named[path]
                continue
            if folder.is_relative_to(source):
                continue
            if outer is None or not source.is_relative_to(outer):
                outer, place = source, f"{len(self.roots)}/{_named(source, named[path])}"
                self.roots[place], self._sources[place] = named[path], source
            inside = source.relative_to(outer).as_posix()
            self.places[path] = place if inside == "." else f"{place}/{inside}"

    def items(self) -> Iterator[tuple[str, Item]]:
        """All that goes, folders before what is in them, with the step that names it.

        Raises HandOffError for what is neither file, folder nor link, and for a link that leads elsewhere.
        """
        for place, step in self.roots.items():
            for item in _below(place, self._sources[place], step):
                yield step, item


def _whole(folder: Path, path: PurePath) -> Path:
    return Path(os.path.normpath(folder / path))


def _below(place: str, root: Path, step: str) -> Iterator[Item]:
    left = [(place, root, root.stat().st_mode)]
    while left:
        place, path, mode = left.pop()
        if stat.S_ISREG(mode):
            yield Item(place, "file", path, executable=bool(mode & stat.S_IXUSR))
        elif stat.S_ISLNK(mode):
            yield Item(place, "link", path, target=_link(path, root, step))
        elif stat.S_ISDIR(mode):
            yield Item(place, "folder", path)
            children = sorted(path.iterdir(), reverse=True)
            left += [(f"{place}/{_named(child, step)}", child, child.lstat().st_mode) for child in children]
        else:
            raise refused(step, path, "it is neither a file nor a folder")


def _named(path: Path, step: str) -> str:
    try:
        return portable(path.name)
    except ValueError as error:
        raise refused(step, path, str(error)) from None


def _link(path: Path, root: Path, step: str) -> str:
    target = path.readlink()
    if target.is_absolute() or not _real(path).is_relative_to(_real(root)):
        raise refused(step, path, f"it is a link to {target}, which is not in the folder that is handed over")
    return str(target)


def _real(path: Path) -> Path:
    """Where a path leads; that of links in a circle nowhere, which `resolve()` does not take."""
    return Path(os.path.realpath(path))


def refused(step: str, path: Path, why: str) -> HandOffError:
    """What to tell of a file that cannot go."""
    return HandOffError(
        f"The output of {step} names what cannot be handed over: {path}: {why}.",
        hint=f"Let {step} leave something else, or let the job that takes it run where {step} does.",
    )


def lay_out(base: Path, items: Iterable[Item]) -> dict[str, Copied]:
    """Copy files, folders and links below a new folder; what each file was, by its place. Raises OSError.

    Links come last, so that nothing is written through one; one that would lead out is a HandOffError.
    """
    base.mkdir(mode=0o700, parents=True)
    copied: dict[str, Copied] = {}
    links: list[Item] = []
    for item in items:
        path = base / item.place
        (path if item.kind == "folder" else path.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
        if item.kind == "file":
            copied[item.place] = copy(item.source, path, executable=item.executable)
        elif item.kind == "link":
            links.append(item)
    for item in links:
        (base / item.place).symlink_to(item.target)
    for item in links:
        root = _real(base).joinpath(*item.place.split("/")[:2])
        if not _real(base / item.place).is_relative_to(root):
            raise HandOffError(
                f"A link in the hand-off leads out of it: {item.place} to {item.target}.",
                hint="It is not what was left. Nothing of it was used.",
                code="handoff_damaged",
            )
    return copied


def summed(place: str, items: Iterable[Item], copied: Mapping[str, Copied]) -> Copied:
    """What one root is as a whole: its own SHA-256, or that of all that is in it; and its size in bytes."""
    if place in copied:
        return copied[place]
    hasher, size = hashlib.sha256(), 0
    for item in sorted(items):
        if item.place.startswith(f"{place}/"):
            one = copied.get(item.place, Copied("", 0))
            inside = item.place[len(place) :]
            hasher.update(f"{item.kind} {inside!r} {one.sha256} {item.executable} {item.target!r}\n".encode())
            size += one.size
    return Copied(hasher.hexdigest(), size)
