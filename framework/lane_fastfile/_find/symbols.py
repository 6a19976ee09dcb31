"""Find downloads of dSYMs that bitcode's end has made pointless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n

from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OFF = ("include_bitcode", "compileBitcode", "uploadBitcode", "enable_bitcode")
_DOWNLOADS = {"download_dsyms"}


def dead_symbols(files: Iterable[tuple[str, Sequence[n.Node]]]) -> list[Finding]:
    """Each download of dSYMs, with what the files say of bitcode."""
    files = list(files)
    off = any(_says_off(node) for _, nodes in files for node in nodes)
    why = (
        "the build says that bitcode is off, so Apple has no dSYMs of its own"
        if off
        else "Apple recompiles no builds since bitcode ended (Xcode 14), so newer ones have no dSYMs there"
    )
    return [
        Finding(
            file,
            node.line,
            "dead_dsyms",
            f"download_dsyms: {why}",
            "Upload the dSYMs of the archive, right after the build, and drop the download.",
        )
        for file, nodes in files
        for node in nodes
        if isinstance(node, (n.Call, n.Name)) and node.name in _DOWNLOADS
    ]


def _says_off(node: n.Node) -> bool:
    if isinstance(node, n.Pair) and isinstance(node.key, n.Text) and isinstance(node.value, n.Literal):
        return str(node.key) in _OFF and node.value.value is False
    return isinstance(node, n.Text) and "ENABLE_BITCODE=NO" in str(node)
