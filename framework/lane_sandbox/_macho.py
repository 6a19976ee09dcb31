"""Reads what matters of Mach-O files, and writes a dSYM's Mach-O for one that came without."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FAT_MAGIC, FAT_MAGIC_64 = 0xCAFEBABE, 0xCAFEBABF
MAGIC, MAGIC_64 = 0xFEEDFACE, 0xFEEDFACF
MOST_SLICES = 32
"""A Java class begins like a fat file; its next number, its version, is higher."""

MH_DSYM = 10
LC_SEGMENT, LC_SEGMENT_64, LC_SYMTAB, LC_UUID, LC_BUILD_VERSION = 0x1, 0x19, 0x2, 0x1B, 0x32
N_STAB, N_TYPE, N_SECT = 0xE0, 0x0E, 0x0E
PAGE = 0x1000

CPU_NAMES = {0x0100000C: "arm64", 0x0200000C: "arm64_32", 12: "armv7", 0x01000007: "x86_64", 7: "i386"}
ARM64E = (0x0100000C, 2)


class MachOError(ValueError):
    """The bytes are no sound Mach-O."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One architecture of a Mach-O; offsets are from its own beginning."""

    data: memoryview
    wide: bool
    cpu: tuple[int, int]
    file_type: int
    commands: list[tuple[int, bytes]] = field(repr=False)

    @property
    def architecture(self) -> str:
        """Apple's name for the processor."""
        kind, variant = self.cpu
        if (kind, variant & 0xFFFFFF) == ARM64E:
            return "arm64e"
        return CPU_NAMES.get(kind, f"cpu-{kind:#x}")

    @property
    def uuid(self) -> uuid.UUID | None:
        """LC_UUID, by which symbols are found."""
        body = self.command(LC_UUID)
        return uuid.UUID(bytes=body[8:24]) if body and len(body) >= 24 else None

    def command(self, kind: int) -> bytes | None:
        """The first load command of a kind, with its header."""
        return next((body for each, body in self.commands if each == kind), None)


def looks_like(start: bytes) -> bool:
    """Whether a file that begins with these eight bytes is a Mach-O."""
    if len(start) < 8:
        return False
    magic, count = struct.unpack(">II", start[:8])
    if magic in {FAT_MAGIC, FAT_MAGIC_64}:
        return bool(0 < count <= MOST_SLICES)
    return struct.unpack("<I", start[:4])[0] in {MAGIC, MAGIC_64}


def slices(data: bytes) -> list[Slice]:
    """The architectures in a Mach-O, thin or fat. Raises MachOError."""
    view = memoryview(data)
    try:
        return [_slice(view[offset : offset + size]) for offset, size in _ranges(view)]
    except struct.error as problem:
        raise MachOError(f"the Mach-O ends too early: {problem}") from problem


def dsym(found: list[Slice]) -> bytes:
    """A Mach-O of type MH_DSYM with the UUIDs, segments and symbols of these slices."""
    thin = [_thin_dsym(each) for each in found]
    if len(thin) == 1:
        return thin[0]
    offset = PAGE
    header, body = struct.pack(">II", FAT_MAGIC, len(thin)), b""
    for each, part in zip(found, thin, strict=True):
        header += struct.pack(">IIIII", each.cpu[0], each.cpu[1] & 0xFFFFFFFF, offset, len(part), 12)
        padded = part.ljust(-(-len(part) // PAGE) * PAGE, b"\0")
        body += padded
        offset += len(padded)
    return header.ljust(PAGE, b"\0") + body


def _ranges(view: memoryview) -> Iterator[tuple[int, int]]:
    magic, count = struct.unpack_from(">II", view)
    if magic not in {FAT_MAGIC, FAT_MAGIC_64}:
        yield 0, len(view)
        return
    if not 0 < count <= MOST_SLICES:
        raise MachOError(f"a fat file of {count} architectures")
    layout, step = (">IIQQ", 32) if magic == FAT_MAGIC_64 else (">IIII", 20)
    for index in range(count):
        _, _, offset, size = struct.unpack_from(layout, view, 8 + index * step)
        if offset + size > len(view):
            raise MachOError("an architecture lies outside the file")
        yield offset, size


def _slice(view: memoryview) -> Slice:
    magic, kind, variant, file_type, count, size = struct.unpack_from("<IIIIII", view)
    if magic not in {MAGIC, MAGIC_64}:
        raise MachOError(f"not a Mach-O: it begins with {magic:#x}")
    wide = magic == MAGIC_64
    position = 32 if wide else 28
    if position + size > len(view):
        raise MachOError("the load commands lie outside the file")
    commands, end = [], position + size
    for _ in range(count):
        command, length = struct.unpack_from("<II", view, position)
        if length < 8 or position + length > end:
            raise MachOError("a load command lies outside the others")
        commands.append((command, bytes(view[position : position + length])))
        position += length
    return Slice(view, wide, (kind, variant), file_type, commands)


def _thin_dsym(found: Slice) -> bytes:
    table, strings, count = _symbols(found)
    kept = [body for kind, body in found.commands if kind in {LC_UUID, LC_BUILD_VERSION}]
    segments = [
        _emptied(body, found.wide) for kind, body in found.commands if kind in {LC_SEGMENT, LC_SEGMENT_64}
    ]
    head = 32 if found.wide else 28
    size = sum(map(len, kept)) + 24 + sum(map(len, segments))
    start = -(-(head + size) // PAGE) * PAGE
    symtab = struct.pack("<IIIIII", LC_SYMTAB, 24, start, count, start + len(table), len(strings))
    magic = MAGIC_64 if found.wide else MAGIC
    commands = len(kept) + 1 + len(segments)
    header = struct.pack("<IIIIIII", magic, *found.cpu, MH_DSYM, commands, size, 0)
    if found.wide:
        header += b"\0\0\0\0"
    segments = [_placed(body, found.wide, start, len(table) + len(strings)) for body in segments]
    return (header + b"".join(kept) + symtab + b"".join(segments)).ljust(start, b"\0") + table + strings


def _symbols(found: Slice) -> tuple[bytes, bytes, int]:
    """The symbols that are defined here: table, strings and number."""
    command = found.command(LC_SYMTAB)
    if command is None:
        return b"", b"\0", 0
    _, _, offset, count, string_offset, string_size = struct.unpack_from("<IIIIII", command)
    layout = struct.Struct("<IBBHQ" if found.wide else "<IBBHI")
    if offset + count * layout.size > len(found.data) or string_offset + string_size > len(found.data):
        raise MachOError("the symbols lie outside the file")
    names = bytes(found.data[string_offset : string_offset + string_size])
    table, strings, kept = bytearray(), bytearray(b"\0"), 0
    for name, kind, section, description, value in layout.iter_unpack(
        found.data[offset : offset + count * layout.size]
    ):
        if kind & N_STAB or kind & N_TYPE != N_SECT or name >= len(names):
            continue
        end = names.find(b"\0", name)
        table += layout.pack(len(strings), kind, section, description, value)
        strings += names[name : end if end >= 0 else None] + b"\0"
        kept += 1
    return bytes(table), bytes(strings), kept


def _emptied(body: bytes, wide: bool) -> bytes:
    """A segment as a dSYM has it: the addresses, and nothing of the file."""
    command = bytearray(body)
    head, step, names_end = (72, 80, 32) if wide else (56, 68, 32)
    struct.pack_into("<QQ" if wide else "<II", command, 40 if wide else 32, 0, 0)
    (sections,) = struct.unpack_from("<I", command, 64 if wide else 48)
    for index in range(sections):
        place = head + index * step + names_end + (16 if wide else 8)
        struct.pack_into("<I", command, place, 0)
        struct.pack_into("<II", command, place + 8, 0, 0)
    return bytes(command)


def _placed(body: bytes, wide: bool, offset: int, size: int) -> bytes:
    """`__LINKEDIT` holds the symbols; every other segment is left as it is."""
    if body[8:24].rstrip(b"\0") != b"__LINKEDIT":
        return body
    command = bytearray(body)
    struct.pack_into("<QQ" if wide else "<II", command, 40 if wide else 32, offset, size)
    return bytes(command)
