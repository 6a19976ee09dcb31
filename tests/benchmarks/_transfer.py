"""Uploads and downloads over loopback, as shares of what plain sockets do in the same run."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ._measure import CommandError
from ._row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENDERS = Path(__file__).with_name("_senders.py")
_STORAGE = Path(__file__).parents[1] / "lane_apple" / "storage.py"
_MIB = 1024 * 1024
_PART = 16 * _MIB  # bytes, as in _senders
_FILE = 2 * _MIB  # bytes of each file to download, as in storage


def transfer(folder: Path, runs: int, *, mib: int = 1024, files: int = 200) -> list[Row]:
    """The rows of an upload of so many MiB, and of a download of so many files; medians of runs in turns."""
    with _storage() as url:
        package = _package(folder, mib)
        names = ["raw_upload", "requests_upload", "lane_upload", "lane_upload_sha256", "sha256_alone"]
        up = _interleaved(names, url, package, runs)
        package.unlink()
        target = folder / str(files)
        down = _interleaved(["raw_download", "requests_download", "lane_download"], url, target, runs)
        shutil.rmtree(target)
    size, whole = mib * _MIB, files * _FILE
    alone = f"hashing alone {_share(up, 'raw_upload', 'sha256_alone'):.2f} × raw"
    return [
        _row(f"upload, {mib} MiB in parts of 16", "lane_upload", up, size, (0.55, 0.80)),
        _row("the same with SHA-256", "lane_upload_sha256", up, size, (0.35, 0.45), alone),
        _row(f"download, {files} × 2 MiB", "lane_download", down, whole, (0.50, 0.75)),
    ]


def _row(
    quantity: str,
    mine: str,
    taken: dict[str, list[float]],
    size: int,
    bounds: tuple[float, float],
    *more: str,
) -> Row:
    way = mine.split("_")[1]
    speeds = {name: size / statistics.median(seconds) / 1e6 for name, seconds in taken.items()}
    told = [f"{name} {speeds[key]:,.0f} MB/s" for name, key in (("lane", mine), ("raw", f"raw_{way}"))]
    told += [f"requests {_share(taken, f'raw_{way}', f'requests_{way}'):.2f} × raw", "4 threads", *more]
    return Row(quantity, _share(taken, f"raw_{way}", mine), "× raw", *bounds, ", ".join(told), floor=True)


def _share(taken: dict[str, list[float]], raw: str, mine: str) -> float:
    """The median of the shares of each turn: what slows one turn down slows both."""
    return statistics.median(one / other for one, other in zip(taken[raw], taken[mine], strict=True))


@contextmanager
def _storage() -> Iterator[str]:
    """The address of a bare server, in a process of its own."""
    command = [sys.executable, str(_STORAGE), str(_PART)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def _package(folder: Path, mib: int) -> Path:
    """A file that is really there, and in the page cache."""
    path = folder / "big.ipa"
    block = bytes(range(256)) * (_MIB // 256)
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(block)
    return path


def _interleaved(names: list[str], url: str, path: Path, runs: int) -> dict[str, list[float]]:
    """The seconds of each client, one after the other in turns; a first turn is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(runs + min(1, runs - 1)):
        for name in names:
            if path.suffix != ".ipa":
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir()
            command = [sys.executable, str(_SENDERS), name, url, str(path)]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            if ended.returncode:
                raise CommandError(f"{name} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
            if turn >= min(1, runs - 1):
                taken[name].append(float(ended.stdout))
    return taken
