"""Reads the size of a PNG or JPEG, and knows the sizes that App Store Connect takes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

Size = tuple[int, int]

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

SIZES: dict[str, frozenset[Size]] = {
    "APP_IPHONE_67": frozenset({(1290, 2796), (1320, 2868), (1260, 2736)}),
    "APP_IPHONE_61": frozenset({(1170, 2532), (1179, 2556), (1206, 2622), (1125, 2436), (1080, 2340)}),
    "APP_IPHONE_65": frozenset({(1242, 2688), (1284, 2778)}),
    "APP_IPHONE_58": frozenset({(1125, 2436), (1170, 2532), (1080, 2340)}),
    "APP_IPHONE_55": frozenset({(1242, 2208)}),
    "APP_IPHONE_47": frozenset({(750, 1334)}),
    "APP_IPHONE_40": frozenset({(640, 1136), (640, 1096), (600, 1136)}),
    "APP_IPHONE_35": frozenset({(640, 960), (640, 920), (600, 960)}),
    "APP_IPAD_PRO_3GEN_129": frozenset({(2048, 2732), (2064, 2752)}),
    "APP_IPAD_PRO_3GEN_11": frozenset({(1668, 2388), (1668, 2420), (1640, 2360), (1488, 2266)}),
    "APP_IPAD_PRO_129": frozenset({(2048, 2732)}),
    "APP_IPAD_105": frozenset({(1668, 2224)}),
    "APP_IPAD_97": frozenset(
        {(1536, 2048), (1536, 2008), (1496, 2048), (768, 1024), (768, 1004), (748, 1024)}
    ),
    "APP_WATCH_SERIES_10": frozenset({(416, 496)}),
    "APP_WATCH_SERIES_7": frozenset({(396, 484)}),
    "APP_WATCH_SERIES_4": frozenset({(368, 448)}),
    "APP_WATCH_SERIES_3": frozenset({(312, 390)}),
    "APP_DESKTOP": frozenset({(800, 1280), (900, 1440), (1600, 2560), (1800, 2880)}),
    "APP_APPLE_TV": frozenset({(1080, 1920), (2160, 3840)}),
    "APP_APPLE_VISION_PRO": frozenset({(2160, 3840)}),
}
"""Apple's "Screenshot specifications", the shorter side first. A display that is not here takes any size."""


def look(path: Path, display: str) -> dict[str, Any]:
    """The size of a screenshot in pixels, or what is wrong with it for this display."""
    with path.open("rb") as file:
        size = size_of(file)
    if size is None:
        return {
            "errors": [{"code": "IMAGE_TOOL_FAILURE", "description": "The file is neither a PNG nor a JPEG"}]
        }
    allowed = SIZES.get(display.removeprefix("IMESSAGE_"))
    if allowed and (min(size), max(size)) not in allowed:
        wanted = ", ".join(f"{short} × {long}" for short, long in sorted(allowed))
        detail = f"The dimensions of the screenshot are {size[0]} × {size[1]}; {display} takes {wanted}"
        return {"errors": [{"code": "IMAGE_INCORRECT_DIMENSIONS", "description": detail}]}
    return {"errors": [], "size": size}


def size_of(file: BinaryIO) -> Size | None:
    """Width and height in pixels; None for what is no image of these kinds, or ends too early."""
    start = file.read(24)
    if start.startswith(PNG) and len(start) == 24 and start[12:16] == b"IHDR":
        width, height = struct.unpack(">II", start[16:24])
        return (width, height) if width and height else None
    if start.startswith(JPEG):
        file.seek(2)
        return _jpeg_size(file)
    return None


def _jpeg_size(file: BinaryIO) -> Size | None:
    """A JPEG is a row of segments, each with its length; that of the frame has the size."""
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        length = struct.unpack(">H", head[2:])[0]
        if head[1] in JPEG_FRAMES:
            frame = file.read(5)
            if len(frame) < 5:
                return None
            height, width = struct.unpack(">HH", frame[1:])
            return (width, height) if width and height else None
        if length < 2:
            return None
        file.seek(length - 2, 1)
    return None
