"""One transfer by one client, run as a program: prints the seconds that it took, without imports."""

from __future__ import annotations

import mmap
import shutil
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from lane_apple import ApiKey, AppStoreConnect, upload_build
from lane_apple._checksum import Checksum
from lane_apple._download import download
from lane_apple._storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable

PART = 16 * 1024 * 1024  # bytes
THREADS = 4
_BLOCK = 1024 * 1024


class _Raw:
    """Plain sockets, a connection and a buffer for each thread: the least that a client can do."""

    def __init__(self, url: str) -> None:
        self._address = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
        self._mine = threading.local()

    def put(self, body: memoryview) -> None:
        connection, _ = self._connected()
        connection.sendall(b"PUT /part/0 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)
        connection.recv(_BLOCK)

    def get(self, path: str, target: Path) -> None:
        connection, buffer = self._connected()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        head, _, begun = head.partition(b"\r\n\r\n")
        left = int(head.rpartition(b": ")[2]) - len(begun)
        with target.open("wb", buffering=0) as file:
            file.write(begun)
            while left:
                got = connection.recv_into(buffer[: min(left, _BLOCK)])
                file.write(buffer[:got])
                left -= got

    def _connected(self) -> tuple[socket.socket, memoryview]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = socket.create_connection(self._address)
            self._mine.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._mine.buffer = memoryview(bytearray(_BLOCK))
        return self._mine.connection, self._mine.buffer


class _Slice:
    """A part of a file, as requests' documentation streams one: an object that can be read."""

    def __init__(self, path: Path, offset: int) -> None:
        self._file = path.open("rb")
        self._file.seek(offset)
        self._end = min(offset + PART, path.stat().st_size)
        self._length = self._end - offset

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._file.tell()
        return self._file.read(left if size < 0 else min(size, left))


def raw_upload(url: str, path: Path) -> float:
    """Pages of the file, sent as they are."""
    raw = _Raw(url)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = memoryview(mapped)
        parts = [view[at : at + PART] for at in range(0, len(view), PART)]
        seconds = _timed(raw.put, parts)
        for part in (*parts, view):
            part.release()
    return seconds


def requests_upload(url: str, path: Path) -> float:
    """A session of requests with its defaults."""
    with requests.Session() as session:

        def put(at: int) -> None:
            session.put(f"{url}/part/{at}", data=_Slice(path, at)).raise_for_status()

        return _timed(put, range(0, path.stat().st_size, PART))


def lane_upload(url: str, path: Path, algorithm: Any = None) -> float:
    """The whole of `upload_build`, with its calls of the API."""
    with AppStoreConnect(_key(), base_url=url) as apple:
        begun = time.perf_counter()
        upload_build(
            apple, path, app_id="1", version="1", number="2", platform="IOS", threads=THREADS, algorithm=algorithm
        )  # fmt: skip
        return time.perf_counter() - begun


def lane_upload_sha256(url: str, path: Path) -> float:
    """The same, with the checksum that it has unless told otherwise."""
    return lane_upload(url, path, "SHA_256")


def sha256_alone(_: str, path: Path) -> float:
    """The checksum of the file, with nothing sent: no upload that Apple can check is quicker."""
    begun = time.perf_counter()
    Checksum(path, "SHA_256", threading.Event()).compute()
    return time.perf_counter() - begun


def raw_download(url: str, folder: Path) -> float:
    """Into files of their final names."""
    raw = _Raw(url)
    return _timed(lambda at: raw.get(f"/file/{at}", folder / str(at)), range(_count(folder)))


def requests_download(url: str, folder: Path) -> float:
    """A session of requests, each answer copied as its documentation does it."""
    with requests.Session() as session:

        def get(at: int) -> None:
            with (
                session.get(f"{url}/file/{at}", stream=True) as answer,
                (folder / str(at)).open("wb") as file,
            ):
                shutil.copyfileobj(answer.raw, file)

        return _timed(get, range(_count(folder)))


def lane_download(url: str, folder: Path) -> float:
    """As `download_dsyms` does it, beside the check of what came: these files are no dSYMs."""
    with requests.Session() as session:
        storage = Storage(session)

        def get(at: int) -> None:
            download(storage, f"{url}/file/{at}", folder / str(at), check=lambda _: None, sleep=time.sleep)

        return _timed(get, range(_count(folder)))


def _timed(work: Callable[[Any], None], items: Any) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, items))
    return time.perf_counter() - begun


def _count(folder: Path) -> int:
    """How many files are wanted: the folder's name says it."""
    return int(folder.name)


def _key() -> ApiKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ApiKey("BENCHMARK1", None, pem.decode())


CLIENTS: dict[str, Callable[[str, Path], float]] = {
    each.__name__: each
    for each in (
        raw_upload,
        requests_upload,
        lane_upload,
        lane_upload_sha256,
        sha256_alone,
        raw_download,
        requests_download,
        lane_download,
    )
}

if __name__ == "__main__":
    print(CLIENTS[sys.argv[1]](sys.argv[2], Path(sys.argv[3])))
