"""The folder of a sandbox: what is in it, and what can be done there without serving."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from lane_sandbox._team import Team

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox._seed import Seed
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._store import Store

STATE = "state.sqlite"
SEED = "seed.yaml"
"""A copy of the seed that was given, so that `reset` knows it."""
SUFFIXES = {".sqlite", ".db"}


class SandboxError(Exception):
    """The sandbox cannot start; the message says why and what to do."""


def reset(folder: Path) -> None:
    """Empty the sandbox in this folder, also while a server uses it: what is left is the seed and the keys.

    Raises SandboxError if the folder cannot be used.
    """
    path, files = places(folder)
    if not path.exists():
        return
    seed = seed_of(files, None) or default_seed()
    try:
        store = open_store(path)
    except SandboxError:
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
        store = open_store(path)
    try:
        empty(Team(store, files), seed)
    finally:
        store.close()


def person_of(folder: Path, email: str | None = None) -> Account | None:
    """An Apple ID of the sandbox in this folder: the first, or that of an address. Starts no server.

    Raises SeedError where its seed is unfit.
    """
    seed = seed_of(places(folder)[1], None) or default_seed()
    wanted = None if email is None else email.strip().lower()
    return next((each for each in seed.accounts if wanted in {None, each.key}), None)


def delivered(folder: Path) -> list[dict[str, Any]]:
    """The codes that the sandbox in this folder delivered, the newest last; nothing where there is none.

    It may be serving meanwhile. Raises SandboxError if the folder cannot be used.
    """
    from lane_sandbox._signin.messages import messages

    path, _ = places(folder)
    if not path.exists():
        return []
    store = open_store(path)
    try:
        with store.reading():
            return messages(store)
    finally:
        store.close()


def places(folder: Path) -> tuple[Path, Path]:
    """Where the state of a sandbox is, and the folder of its files and keys."""
    if folder.suffix in SUFFIXES and not folder.is_dir():
        return folder, folder.with_suffix("")
    return folder / STATE, folder


def seed_of(files: Path, given: Path | None) -> Seed | None:
    """The seed that was given, now or before, for this folder; None: the usual one."""
    from lane_sandbox._seed import Seed

    kept = files / SEED
    if given is None:
        return Seed(kept) if kept.is_file() else None
    seed = Seed(given)
    if given.resolve() != kept.resolve():
        kept.write_text(seed.text, encoding="utf-8")
    return seed


def default_seed() -> Seed:
    """The usual one."""
    from lane_sandbox._seed import Seed

    return Seed()


def empty(team: Team, seed: Seed) -> None:
    """Begin again with a seed."""
    with team.store.writing():
        team.store.clear()
        seed.fill(team)
    for name in ("uploads", "symbols"):
        shutil.rmtree(team.files / name, ignore_errors=True)


def open_store(path: Path | None) -> Store:
    """The state in a file, or one in memory. Raises SandboxError where the file is no state of a sandbox."""
    import sqlite3

    from lane_sandbox._resources import ALL_TYPES
    from lane_sandbox._store import Store, StoreFormatError

    try:
        return Store(path, ALL_TYPES)
    except sqlite3.OperationalError as error:  # a full disk, rights: what is in the file may be good
        message = (
            f"the sandbox's state in {path} cannot be used ({error}); free some space or mend its rights"
        )
        raise SandboxError(message) from error
    except (sqlite3.DatabaseError, StoreFormatError) as error:
        message = (
            f"the sandbox's state in {path} cannot be used ({error}); empty it with `lane sandbox reset`"
        )
        raise SandboxError(message) from error
