"""What goes by signed addresses: the parts of uploads, and dSYMs. No token is needed or looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from lane_sandbox import _parts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

LARGEST_DRAIN = 64 * 1024 * 1024


async def receive_part(team: Team, request: Request) -> Response:
    """Stream one part of a file to its place; a part of the wrong length does not count.

    A part may be sent again, also while the first attempt is under way: equal bytes go to the same place.
    """
    stream = request.stream()
    try:
        file, number, offset, length = _wanted_part(team, request)
        path = _parts.path_of(team, file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await _write(stream, str(path), offset, length)
    except HTTPException:
        await _drain(stream)
        raise
    _parts.mark(team, file, number)
    return Response(status_code=200)


def _wanted_part(team: Team, request: Request) -> tuple[Record, int, int, int]:
    """The file, the number of the part, its offset and its length."""
    text = request.path_params["number"]
    number = int(text) if len(text) < 10 and text.isascii() and text.isdigit() else 0
    with team.store.reading():
        _check_signature(team, request)
        file = _parts.find(team, request.path_params["file"])
    found = _parts.place(file, number) if file else None
    if file is None or found is None or file.attributes["assetDeliveryState"]["state"] != "AWAITING_UPLOAD":
        raise HTTPException(403, "This address is not good any more")
    offset, length = found
    announced = request.headers.get("content-length", str(length))
    if announced != str(length):
        raise HTTPException(400, f"The part has {length} bytes; {announced} were announced")
    return file, number, offset, length


async def _drain(stream: AsyncGenerator[bytes, None]) -> None:
    """Read what a client still sends: else it sees a lost connection, and not the refusal."""
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > LARGEST_DRAIN:
            return


async def send_symbols(team: Team, request: Request) -> Response:
    """The zip of the dSYMs of one bundle; ranges are served."""
    with team.store.reading():
        _check_signature(team, request)
        bundle = team.store.find("buildBundles", request.path_params["bundle"])
    if bundle is None or bundle.private.get("symbols") != request.path_params["name"]:
        raise HTTPException(404, "There are no symbols here")
    path = team.files / "symbols" / f"{bundle.id}.zip"
    if not path.is_file():
        raise HTTPException(404, "There are no symbols here")
    return FileResponse(path, media_type="application/zip", filename=bundle.private["symbols"])


async def send_image(team: Team, request: Request) -> Response:
    """A screenshot as it was uploaded, by the address in its `templateUrl`, whatever size that asks for."""
    with team.store.reading():
        found = [
            each
            for each in team.store.all("appScreenshots")
            if each.attributes["imageAsset"] and each.attributes["assetToken"] == request.path_params["token"]
        ]
        paths = [_parts.path_of(team, each) for each in found]
    if not paths or not paths[0].is_file():
        raise HTTPException(404, "There is no image here")
    return FileResponse(paths[0])


def _check_signature(team: Team, request: Request) -> None:
    expires = request.query_params.get("expires", "")
    if not team.is_signed(request.scope["path"], expires, request.query_params.get("signature", "")):
        raise HTTPException(403, "The signature is wrong, or the address has expired")


async def _write(stream: AsyncGenerator[bytes, None], path: str, offset: int, length: int) -> None:
    written = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        async for chunk in stream:
            if written + len(chunk) > length:
                raise HTTPException(400, f"The part has {length} bytes; more were sent")
            view = memoryview(chunk)
            while view:
                count = os.pwrite(descriptor, view, offset + written)
                written += count
                view = view[count:]
    finally:
        os.close(descriptor)
    if written != length:
        raise HTTPException(400, f"The part has {length} bytes; {written} were sent")
