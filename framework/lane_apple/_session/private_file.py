"""Files that hold secrets: for their owner only, whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from .errors import SessionFileError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_owned(path: Path, *, largest: int, strict: bool) -> bytes | None:
    """The content of a file of this user, or None where there is none.

    `largest` is in bytes. `strict`: nobody else may have any right to it; else only that not everybody may write to
    it, which is how fastlane leaves its files. Raises SessionFileError for the file of another user, one that is
    too large or no file, and where it cannot be read.
    """
    try:
        # Without O_NONBLOCK a FIFO in its place would hold the process for good.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        _check_owner(path, _state(path))
        raise SessionFileError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        state = os.fstat(descriptor)
        _check_state(path, state, largest, _OTHERS if strict else stat.S_IWOTH)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(largest)
    except OSError as error:
        raise SessionFileError(f"{path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place at once, readable by its owner only; folders that are missing are made likewise.

    Raises SessionFileError where it cannot be written.
    """
    import tempfile

    draft = None
    try:
        make_private_folder(path.parent)
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(draft).replace(path)
        draft = None
        _sync_folder(path.parent)
    except OSError as error:
        raise SessionFileError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        if draft is not None:
            with contextlib.suppress(OSError):
                Path(draft).unlink()


def make_private_folder(folder: Path) -> None:
    """A folder that only its owner can look into, with those above it; one that exists stays as it is."""
    if not folder.is_dir():
        if not folder.parent.is_dir():
            make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def check_folder(folder: Path) -> None:
    """Raise SessionFileError where a folder is another user's, or others can put files into it."""
    try:
        state = folder.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SessionFileError(f"{folder} cannot be used: {error.strerror}.") from None
    if not stat.S_ISDIR(state.st_mode):
        raise SessionFileError(
            f"{folder} is no folder.", hint="Move it away, or set LANE_SESSIONS to a folder."
        )
    _check_owner(folder, state)
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SessionFileError(
            f"Other users may put files into {folder}, where sessions are kept.",
            hint=f"chmod 700 '{folder}'",
            code="session_file_open",
        )


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _check_state(path: Path, state: os.stat_result, largest: int, refused: int) -> None:
    """Raise SessionFileError for a file that is not this user's alone; `refused` are the bits of its mode."""
    if not stat.S_ISREG(state.st_mode):
        raise SessionFileError(f"{path} is no file.", hint="Move it away.")
    _check_owner(path, state)
    if state.st_mode & refused:
        may = "write to" if state.st_mode & refused & 0o022 else "read"
        raise SessionFileError(
            f"{path} holds secrets, and other users may {may} it.",
            hint=f"If you trust what is in it: chmod 600 '{path}'",
            code="session_file_open",
        )
    if state.st_size > largest:
        raise SessionFileError(
            f"{path} is too large: {state.st_size:,} bytes, where {largest:,} are the most."
        )


def _check_owner(path: Path, state: os.stat_result | None) -> None:
    if state is None or state.st_uid == os.geteuid():
        return
    raise SessionFileError(
        f"{path} belongs to another user ({_user(state.st_uid)}); sessions are personal, so it was not used.",
        hint="Sign in yourself with `lane auth login`, or run lane as that user.",
        code="session_file_foreign",
    )


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"number {number}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
