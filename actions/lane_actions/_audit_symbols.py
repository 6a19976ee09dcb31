"""`audit_symbols`: whether the crashes of an app can be read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, Model, action
from lane_apple import PackageError, find_executables, uuids_of

from ._symbols import Symbols, symbol_paths

if TYPE_CHECKING:
    from lane_apple import Executable


class MissingSymbols(Model):
    """An executable of which an architecture has no dSYM. `path` is inside the package."""

    path: str
    architecture: str
    uuid: str


class Audit(Model):
    """Which executables have their dSYMs: the UUIDs of those, and what is missing."""

    found: list[str]
    missing: list[MissingSymbols]


@action(effect="read")
def audit_symbols(
    ctx: Context,
    *,
    package: Annotated[Path, "The .ipa, a zip with an .app in it, an .app or an .xcarchive"],
    dsyms: Annotated[Symbols, "What download_dsyms gave, or paths of dSYMs, zips and folders of them"],
    missing: Annotated[Literal["fail", "warn"], "What is done where one is missing"] = "fail",
) -> Audit:
    """Check that every executable in a package has a dSYM, by UUID; name those that have none.

    Extensions, frameworks and bare libraries count too; Apple's own Swift libraries (libswift….dylib) do not.
    """
    known = _known(ctx, dsyms)
    audit = _audit(find_executables(ctx.path(package)), known)
    ctx.log.info(f"{len(audit.found)} of {len(audit.found) + len(audit.missing)} have their dSYMs.")
    if audit.missing:
        lines = [f"{each.path} ({each.architecture}, {each.uuid})" for each in audit.missing]
        if missing == "fail":
            raise ActionError(
                "\n    ".join([f"{len(lines)} have no dSYM:", *lines]),
                hint="Build with DEBUG_INFORMATION_FORMAT=dwarf-with-dsym; ask the maker of a framework for"
                ' its dSYMs. Or say missing="warn".',
                code="dsym_missing",
            )
        for line in lines:
            ctx.log.warning(f"No dSYM: {line}")
    return audit


def _known(ctx: Context, dsyms: Symbols) -> frozenset[str]:
    """The UUIDs of all dSYMs; a folder without any is no error here."""
    found: set[str] = set()
    for path in symbol_paths(ctx, dsyms):
        try:
            found |= uuids_of(path)
        except PackageError as error:
            if error.code != "dsym_empty":
                raise
    return frozenset(found)


def _audit(executables: list[Executable], known: frozenset[str]) -> Audit:
    found: list[str] = []
    missing: list[MissingSymbols] = []
    for executable in executables:
        path = PurePosixPath(executable.path)
        if _is_symbols(path) or _is_apples(path):
            continue
        for architecture, uuid in executable.uuids.items():
            if uuid in known:
                found.append(uuid)
            else:
                missing.append(MissingSymbols(path=executable.path, architecture=architecture, uuid=uuid))
    return Audit(found=sorted(set(found)), missing=missing)


def _is_symbols(path: PurePosixPath) -> bool:
    """An archive holds its dSYMs beside the app."""
    return any(part.endswith(".dSYM") for part in path.parts)


def _is_apples(path: PurePosixPath) -> bool:
    return path.name.startswith("libswift") and path.suffix == ".dylib"
