"""Files on their way: found, copied as streams, laid out; never out of the folder that they go to."""

from __future__ import annotations

import errno
import hashlib
import os
import tracemalloc
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

import pytest

from lane import Model
from lane._run import copying
from lane._run.carried import NotCarriedError, carried, settled
from lane._run.copying import BLOCK, copy
from lane._run.handoff_export import _SecretsIn
from lane._run.parcel import Item, Parcel, lay_out, summed
from lane._run.portable import HandOffError
from lane._run.taken import paths_in, swapped

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB = 1 << 20


def _write(path: Path, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _parcel(folder: Path, *paths: str | Path) -> Parcel:
    return Parcel(folder, {PurePath(path): "build" for path in paths})


def _items(parcel: Parcel) -> list[Item]:
    return [item for _, item in parcel.items()]


def _laid_out(parcel: Parcel, base: Path) -> dict[str, str]:
    """What stands below a folder: the content of files, and of links where they lead."""
    lay_out(base, _items(parcel))
    found = {}
    for path in sorted(base.rglob("*")):
        if path.is_symlink():
            found[path.relative_to(base).as_posix()] = f"→ {path.readlink()}"
        elif path.is_file():
            found[path.relative_to(base).as_posix()] = path.read_text()
    return found


# Copies


@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 7])
def test_a_copy_is_known_by_its_digest_and_is_its_owners(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    seen: list[bytes] = []
    copied = copy(tmp_path / "a", tmp_path / "b", look=seen.append)
    assert (tmp_path / "b").read_bytes() == content == b"".join(seen)
    assert copied == (hashlib.sha256(content).hexdigest(), size)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    (tmp_path / "b").write_bytes(b"changed")
    assert (tmp_path / "a").read_bytes() == content, "the copy is no other name of the same file"


def test_an_executable_stays_one(tmp_path: Path) -> None:
    copy(_write(tmp_path / "a"), tmp_path / "b", executable=True)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700


def test_nothing_is_written_over(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        copy(_write(tmp_path / "a"), _write(tmp_path / "b", "b"))
    assert (tmp_path / "b").read_text() == "b"


@pytest.mark.parametrize("reason", [errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_the_system_does_not_copy_by_itself_blocks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(copying.os, "copy_file_range", refuse, raising=False)
    content = os.urandom(2 * BLOCK + 1)
    (tmp_path / "a").write_bytes(content)
    assert copy(tmp_path / "a", tmp_path / "b") == (hashlib.sha256(content).hexdigest(), len(content))


def test_a_full_disk_is_no_reason_to_try_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(copying.os, "copy_file_range", full, raising=False)
    with pytest.raises(OSError, match="full"):
        copy(_write(tmp_path / "a"), tmp_path / "b")


def test_a_system_that_says_it_copied_nothing_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying.os, "copy_file_range", lambda *_: 0, raising=False)
    copy(_write(tmp_path / "a", "all of it"), tmp_path / "b")
    assert (tmp_path / "b").read_text() == "all of it"


def test_a_big_file_is_never_held(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(200 * MIB)
    secrets = _SecretsIn(frozenset({"correct-horse-battery"}))
    tracemalloc.start()
    try:
        copied = copy(tmp_path / "big", tmp_path / "copy", look=secrets.begin())
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert copied.size == 200 * MIB
    assert held < 8 * MIB


# Secrets in files


@pytest.mark.parametrize("at", [0, 1, BLOCK - 10, BLOCK - 1, BLOCK, 2 * BLOCK - 3, 3 * BLOCK])
def test_a_secret_is_found_wherever_it_stands(tmp_path: Path, at: int) -> None:
    secret = b"correct-horse-battery-staple"
    (tmp_path / "a").write_bytes(b"x" * at + secret + b"y" * 100)
    secrets = _SecretsIn(frozenset({secret.decode(), "other secret"}))
    copy(tmp_path / "a", tmp_path / "b", look=secrets.begin())
    assert secrets.found
    copy(_write(tmp_path / "c", "horse"), tmp_path / "d", look=secrets.begin())
    assert not secrets.found, "what was found in one file is not said of the next"


def test_a_secret_too_short_to_look_for_costs_nothing() -> None:
    assert _SecretsIn(frozenset({"1234"})).begin() is None


# What goes


def test_files_and_folders_go_with_all_that_is_in_them(tmp_path: Path) -> None:
    _write(tmp_path / "build/Aurora.ipa", "ipa")
    _write(tmp_path / "build/App.xcarchive/Info.plist", "plist")
    _write(tmp_path / "build/App.xcarchive/dSYMs/a", "a")
    (tmp_path / "build/App.xcarchive/empty").mkdir()
    (tmp_path / "build/App.xcarchive/Current").symlink_to("dSYMs/a")
    parcel = _parcel(tmp_path, "build/Aurora.ipa", tmp_path / "build/App.xcarchive")
    assert parcel.places == {
        PurePath("build/Aurora.ipa"): "1/Aurora.ipa",
        PurePath(tmp_path / "build/App.xcarchive"): "0/App.xcarchive",
    }
    assert _laid_out(parcel, tmp_path / "there") == {
        "0/App.xcarchive/Info.plist": "plist",
        "0/App.xcarchive/dSYMs/a": "a",
        "0/App.xcarchive/Current": "→ dSYMs/a",
        "1/Aurora.ipa": "ipa",
    }
    assert (tmp_path / "there/0/App.xcarchive/empty").is_dir()


def test_what_is_in_a_folder_that_goes_stays_in_it(tmp_path: Path) -> None:
    _write(tmp_path / "dsyms/a.zip", "a")
    _write(tmp_path / "dsyms.zip", "beside it")
    parcel = _parcel(tmp_path, "dsyms/a.zip", "dsyms", "dsyms/../dsyms/a.zip", "dsyms.zip")
    assert sorted(parcel.roots) == ["0/dsyms", "1/dsyms.zip"]
    assert parcel.places[PurePath("dsyms/a.zip")] == "0/dsyms/a.zip"
    assert parcel.places[PurePath("dsyms/../dsyms/a.zip")] == "0/dsyms/a.zip"


def test_a_link_that_an_output_names_goes_as_what_it_leads_to(tmp_path: Path) -> None:
    _write(tmp_path / "elsewhere/Aurora-42.ipa", "ipa")
    (tmp_path / "latest.ipa").symlink_to("elsewhere/Aurora-42.ipa")
    assert _laid_out(_parcel(tmp_path, "latest.ipa"), tmp_path / "there") == {"0/latest.ipa": "ipa"}


def test_what_is_not_there_and_the_project_itself_do_not_go(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "broken").symlink_to("nowhere")
    parcel = _parcel(project, "missing.ipa", ".", "..", project, "/", "broken")
    assert parcel.places == {}
    assert _items(parcel) == []


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside"])
def test_a_link_that_leads_out_of_its_folder_is_refused(tmp_path: Path, target: str) -> None:
    _write(tmp_path / "outside")
    _write(tmp_path / "project/dsyms/a")
    (tmp_path / "project/dsyms/link").symlink_to(target)
    with pytest.raises(HandOffError, match=r"The output of build names .*dsyms/link: it is a link to"):
        _items(_parcel(tmp_path / "project", "dsyms"))


def test_a_link_in_a_circle_goes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "dsyms").mkdir()
    (tmp_path / "dsyms/a").symlink_to("a")
    assert _laid_out(_parcel(tmp_path, "dsyms"), tmp_path / "there") == {"0/dsyms/a": "→ a"}


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "dsyms").mkdir()
    os.mkfifo(tmp_path / "dsyms/pipe")
    for named in ("dsyms", "dsyms/pipe"):
        with pytest.raises(HandOffError, match="neither a file nor a folder"):
            _items(_parcel(tmp_path, named))


@pytest.mark.parametrize("name", ["a:b", "con", "a\nb", "trailing."])
def test_a_name_that_is_none_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    _write(tmp_path / "dsyms" / name)
    with pytest.raises(HandOffError, match="no name that every system takes"):
        _items(_parcel(tmp_path, "dsyms"))


# Laying out


def _link(place: str, target: str) -> Item:
    return Item(place, "link", Path(), target=target)


@pytest.mark.parametrize(
    "links",
    [
        [_link("0/d/out", "../../../outside")],
        [_link("0/d/other", "../../1/secret")],
        [_link("0/d/s", "."), _link("0/d/t", "s/../../../outside")],
        [_link("0/d/s", "deep/er"), _link("0/d/t", "s/../../../../outside")],
    ],
)
def test_links_that_lead_out_are_refused(tmp_path: Path, links: Sequence[Item]) -> None:
    source = _write(tmp_path / "source")
    items = [Item("0/d/deep/er/a", "file", source), Item("1/secret", "file", source), *links]
    with pytest.raises(HandOffError, match="leads out of it"):
        lay_out(tmp_path / "there", items)


def test_a_link_is_made_when_all_files_are(tmp_path: Path) -> None:
    """However they are ordered: what comes after a link is not written through it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    source = _write(tmp_path / "source", "new")
    items = [_link("0/d", str(outside)), Item("0/d/a", "file", source)]
    with pytest.raises((FileExistsError, HandOffError)):
        lay_out(tmp_path / "there", items)
    assert list(outside.iterdir()) == []


def test_a_folder_is_known_by_all_that_is_in_it(tmp_path: Path) -> None:
    def digest(number: int) -> str:
        parcel = _parcel(tmp_path, "dsyms")
        base = tmp_path / f"there-{number}"
        items = _items(parcel)
        return summed("0/dsyms", items, lay_out(base, items)).sha256

    _write(tmp_path / "dsyms/a", "a")
    _write(tmp_path / "dsyms/sub/b", "b")
    seen = [digest(0)]
    assert digest(1) == seen[0]
    changes = [
        lambda: _write(tmp_path / "dsyms/a", "other"),
        lambda: (tmp_path / "dsyms/a").rename(tmp_path / "dsyms/c"),
        lambda: (tmp_path / "dsyms/c").chmod(0o755),
        lambda: (tmp_path / "dsyms/link").symlink_to("c"),
        lambda: (tmp_path / "dsyms/empty").mkdir(),
    ]
    for number, change in enumerate(changes, 2):
        change()
        seen.append(digest(number))
    assert len(set(seen)) == len(seen)


# Paths in outputs


class Point(NamedTuple):
    path: Path
    name: str


class Build(Model):
    path: Path
    others: list[Path]
    named: dict[str, Path | None]
    points: tuple[Point, ...]
    count: int = 3

    @property
    def first(self) -> Path:
        return self.others[0]


BUILD = Build(
    path=Path("a"),
    others=[Path("b"), Path("c")],
    named={"x~/y": Path("d"), "n": None},
    points=(Point(Path("e"), "a"),),
)


def test_the_paths_of_the_parts_that_are_taken() -> None:
    assert paths_in(BUILD, [()]) == {Path(name) for name in "abcde"}
    assert paths_in(BUILD, [(("attribute", "path"),)]) == {Path("a")}
    assert paths_in(BUILD, [(("attribute", "others"), ("item", 1))]) == {Path("c")}
    assert paths_in(BUILD, [(("attribute", "first"),)]) == {Path("b")}, "a property counts too"
    assert paths_in(BUILD, [(("attribute", "count"),), (("attribute", "none"),), (("item", 9),)]) == set()


def test_other_paths_are_put_in_the_place_of_those_that_go() -> None:
    places = {Path("a"): "0/a", Path("d"): "1/d", Path("e"): "2/e"}
    document, files = carried(BUILD, Build, places)
    assert files == {"/path": "0/a", "/named/x~0~1y": "1/d", "/points/0/0": "2/e"}
    assert document["others"] == ["b", "c"]
    assert document["points"] == [["2/e", "a"]], "a text that is no path stays"
    made = Build.model_validate_json(settled(document, files, Path("/new")))
    assert made == BUILD.model_copy(
        update={
            "path": Path("/new/0/a"),
            "named": {"x~/y": Path("/new/1/d"), "n": None},
            "points": (Point(Path("/new/2/e"), "a"),),
        }
    )
    assert BUILD.path == Path("a"), "the value itself is not changed"


def test_a_pointer_to_nothing_is_told() -> None:
    with pytest.raises(LookupError, match="/nowhere"):
        settled({"path": "0/a"}, {"/nowhere": "0/a"}, Path("/new"))


def test_a_path_in_a_key_cannot_be_carried() -> None:
    with pytest.raises(NotCarriedError):
        carried({Path("a"): 1}, dict[Path, int], {Path("a"): "0/a"})


def test_swapping_nothing_gives_the_same() -> None:
    assert swapped(BUILD, lambda path: path) == BUILD
    assert swapped({Path("a"), Path("b")}, lambda path: path / "x") == {Path("a/x"), Path("b/x")}
