"""The parts of an uploaded file: where each goes, and which have come."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

PART_BYTES = 5 * 1024 * 1024
"""Apple's sister service cuts files so (asc-official-limits.md, 6.2)."""
SMALLEST_PART_BYTES = 16 * 1024
GOOD_SECONDS = 7 * 24 * 3600.0


def find(team: Team, identifier: str) -> Record | None:
    """The file that is reserved under this id, of whatever type it is."""
    kinds = (kind for kind, resource in team.types.items() if "uploadOperations" in resource.attributes)
    return next((found for kind in kinds if (found := team.store.find(kind, identifier))), None)


def operations(team: Team, file: Record) -> list[dict[str, Any]]:
    """The requests by which a client sends the file (UploadOperation, and for builds more)."""
    left = file.private["reserved"] + GOOD_SECONDS - team.clock.now()
    return [_operation(team, file, number, left) for number in range(1, _count(file) + 1)]


def place(file: Record, number: int) -> tuple[int, int] | None:
    """Offset and length of a part in bytes, or None if the file has no such part. The first is 1."""
    if not 1 <= number <= _count(file):
        return None
    size: int = file.attributes["fileSize"]
    length = _part_bytes(file)
    offset = (number - 1) * length
    return offset, min(length, size - offset)


def path_of(team: Team, file: Record) -> Path:
    """The file that the parts make up."""
    return team.files / "uploads" / file.id


def mark(team: Team, file: Record, number: int) -> None:
    """Note that a part has come: one byte for each, so that processes can note at the same time."""
    descriptor = os.open(_marks(team, file), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, b"\1", number - 1)
    finally:
        os.close(descriptor)


def missing(team: Team, file: Record) -> list[int]:
    """The numbers of the parts that have not come yet."""
    marks = b""
    with suppress(FileNotFoundError):
        marks = _marks(team, file).read_bytes()
    marks = marks.ljust(_count(file), b"\0")
    return [number for number, each in enumerate(marks, start=1) if not each]


def discard(team: Team, file: Record) -> None:
    """Delete what was sent."""
    path_of(team, file).unlink(missing_ok=True)
    _marks(team, file).unlink(missing_ok=True)


def _count(file: Record) -> int:
    return -(-int(file.attributes["fileSize"]) // _part_bytes(file))


def _part_bytes(file: Record) -> int:
    """The size of a file's parts. A small build is cut in three, so that rehearsals too send several."""
    size = int(file.attributes["fileSize"])
    if file.type != "buildUploadFiles" or size > PART_BYTES:
        return PART_BYTES
    return max(SMALLEST_PART_BYTES, -(-size // 3))


def _marks(team: Team, file: Record) -> Path:
    return team.files / "uploads" / f"{file.id}.parts"


def _operation(team: Team, file: Record, number: int, seconds: float) -> dict[str, Any]:
    found = place(file, number)
    assert found is not None
    offset, length = found
    plain = {
        "method": "PUT",
        "url": team.signed(f"/uploads/{file.id}/{number}", seconds),
        "length": length,
        "offset": offset,
        "requestHeaders": [{"name": "Content-Type", "value": "application/octet-stream"}],
    }
    if file.type != "buildUploadFiles":
        return plain
    return plain | {
        "expiration": team.clock.date(file.private["reserved"] + GOOD_SECONDS),
        "partNumber": number,
        "entityTag": None,
    }
