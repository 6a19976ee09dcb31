"""Reads the load commands of Mach-O files by lief, without reading the files whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from ._tree import PackageError

if TYPE_CHECKING:
    from ._tree import Tree

# Magic numbers, from Apple's <mach-o/loader.h> and <mach-o/fat.h>.
_THIN = {b"\xce\xfa\xed\xfe": 28, b"\xcf\xfa\xed\xfe": 32}  # little-endian: the size of the header
_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}  # an architecture's record
_MOST_SLICES = 16
_MOST_COMMANDS = 8 * 1024 * 1024  # bytes of load commands; real ones have kilobytes

# CPU types and subtypes, from <mach/machine.h>; lief knows no name for arm64_32.
_ARCHITECTURES = {
    (0x0100000C, 0): "arm64",
    (0x0100000C, 1): "arm64",
    (0x0100000C, 2): "arm64e",
    (0x0200000C, 0): "arm64_32",
    (0x0200000C, 1): "arm64_32",
    (0x0000000C, 9): "armv7",
    (0x0000000C, 11): "armv7s",
    (0x0000000C, 12): "armv7k",
    (0x01000007, 3): "x86_64",
    (0x01000007, 8): "x86_64h",
    (0x00000007, 3): "i386",
}


@dataclass(frozen=True, slots=True)
class Image:
    """One architecture of a Mach-O file.

    `uuid` is as Apple prints it (upper case, dashes), None when the linker left it out. `platform` is lief's
    word for LC_BUILD_VERSION's, such as IOS, IOS_SIMULATOR, WATCHOS.
    """

    architecture: str
    uuid: str | None
    platform: str | None
    minimum_os: str | None
    encrypted: bool


def read_images(tree: Tree, name: str) -> tuple[Image, ...]:
    """The architectures of a Mach-O file, in the file's order. Raises PackageError when it is none."""
    with tree.open(name) as stream:
        try:
            return tuple(_read(stream, name, tree.size(name)))
        except (EOFError, struct.error):
            raise PackageError(f"{name} is cut off: its Mach-O header points beyond its end.") from None


def is_macho(tree: Tree, name: str) -> bool:
    """Whether a file begins as a Mach-O does."""
    with tree.open(name) as stream:
        magic = stream.read(4)
    return magic in _THIN or magic in _FAT


def _read(stream: IO[bytes], name: str, size: int) -> list[Image]:
    magic = stream.read(4)
    if magic in _THIN:
        return [_image(_commands(stream, magic, name), name)]
    if magic not in _FAT:
        raise PackageError(
            f"{name} is not a Mach-O executable.",
            code="package_not_macho",
            hint="CFBundleExecutable in its Info.plist names it. Was the app built for an Apple platform?",
        )
    images = []
    offsets = _slice_offsets(stream, magic, name)
    position = 8 + len(offsets) * struct.calcsize(_FAT[magic])
    for offset in sorted(offsets):
        if offset < position or offset + 4 > size:
            raise EOFError
        stream.seek(offset)
        inner = stream.read(4)
        if inner not in _THIN:
            raise PackageError(
                f"{name} holds an architecture that is not a Mach-O.", code="package_not_macho"
            )
        prefix = _commands(stream, inner, name)
        position = offset + len(prefix)
        images.append(_image(prefix, name))
    return images


def _slice_offsets(stream: IO[bytes], magic: bytes, name: str) -> list[int]:
    (count,) = struct.unpack(">I", stream.read(4))
    if not 0 < count <= _MOST_SLICES:
        raise PackageError(f"{name} claims to hold {count} architectures.", code="package_not_macho")
    record = struct.Struct(_FAT[magic])
    return [record.unpack(stream.read(record.size))[2] for _ in range(count)]


def _commands(stream: IO[bytes], magic: bytes, name: str) -> bytes:
    """The header and the load commands: all that lief needs, however large the code behind them."""
    header = magic + stream.read(_THIN[magic] - 4)
    (length,) = struct.unpack("<I", header[20:24])
    if length > _MOST_COMMANDS:
        raise PackageError(f"{name} claims to have {length} bytes of load commands.", code="package_too_big")
    commands = stream.read(length)
    if len(commands) < length:
        raise EOFError
    return header + commands


def _image(prefix: bytes, name: str) -> Image:
    lief = _lief()
    parsed = lief.MachO.parse(prefix, lief.MachO.ParserConfig.quick)
    binary = parsed.at(0) if parsed is not None and parsed.size else None
    if binary is None:
        raise PackageError(f"{name} has damaged Mach-O load commands.", code="package_not_macho")
    cpu, subtype = struct.unpack("<II", prefix[4:12])
    build = binary.build_version
    encryption = binary.encryption_info
    return Image(
        architecture=_ARCHITECTURES.get((cpu, subtype & 0x00FFFFFF), f"cpu{cpu:#x}"),
        uuid=str(UUID(bytes=bytes(binary.uuid.uuid))).upper() if binary.has_uuid else None,
        platform=_platform(lief, build) if build is not None else None,
        minimum_os=_version(build.minos) if build is not None else None,
        encrypted=encryption is not None and encryption.crypt_id != 0,
    )


def _platform(lief: Any, build: Any) -> str:
    """Read from the command's bytes: asked for a platform that it does not know, lief warns on stderr."""
    (number,) = struct.unpack_from("<I", bytes(build.data), 8)
    names = {member.value: member.name for member in lief.MachO.BuildVersion.PLATFORMS}
    return str(names.get(number, f"PLATFORM_{number}"))


def _version(parts: list[int]) -> str:
    """As Info.plist writes it: `16.0`, and `16.0.1` only where there is a third number."""
    return ".".join(map(str, parts if len(parts) > 2 and parts[2] else parts[:2]))


@cache
def _lief() -> Any:
    import lief

    lief.logging.disable()  # it reports on stderr that the code behind the commands is not there
    return lief
