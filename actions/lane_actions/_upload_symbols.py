"""`upload_symbols`: dSYMs to Sentry, or to a folder."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, CredentialError, Model, Secret, action
from lane_apple import extract_symbols

from ._download_dsyms import Dsyms
from ._sentry import Sentry, SentryProject, chunked, told_by
from ._symbols import Symbols, symbol_paths

if TYPE_CHECKING:
    from ._sentry import Chunk, ChunkedFile, ServerOptions

_SENTRY = "https://sentry.io/"


class StoredSymbols(Model):
    """Where symbols are now. `sent` are the UUIDs (in a folder: the files) that were not there before."""

    to: str
    names: list[str]
    sent: list[str]


@action(effect="replace", limits={"upload": 4})
def upload_symbols(
    ctx: Context,
    *,
    dsyms: Annotated[Symbols, "What download_dsyms gave, or paths of dSYMs, zips and folders of them"],
    to: Annotated[Literal["sentry"] | Path, "sentry, or a folder"],
    token: Annotated[Secret | None, "Sentry's auth token; left out: SENTRY_AUTH_TOKEN"] = None,
    organization: Annotated[str | None, "Its slug; left out: SENTRY_ORG, or the token's own"] = None,
    project: Annotated[str | None, "Its slug; left out: SENTRY_PROJECT"] = None,
    url: Annotated[
        str | None, "A Sentry of your own; left out: SENTRY_URL, the token's, or sentry.io"
    ] = None,
    wait: Annotated[float, "Seconds that Sentry may take to process them"] = 300.0,
) -> StoredSymbols:
    """Upload dSYMs to where crashes are read. What is there already is not sent again.

    Sentry gets one file for each architecture, in chunks; after a failure only those that it lacks are sent.
    """
    paths = symbol_paths(ctx, dsyms)
    if not paths and isinstance(dsyms, Dsyms):
        ctx.log.info("Nothing new was downloaded: there is nothing to upload.")
        return StoredSymbols(to=str(to), names=[], sent=[])
    if not paths:
        raise ActionError(
            "There are no dSYMs to upload.",
            hint="Does the build make any (DEBUG_INFORMATION_FORMAT=dwarf-with-dsym)?",
            code="dsym_missing",
        )
    if isinstance(to, Path):
        return _copy_all(ctx, paths, ctx.path(to))
    found = _project(ctx, token, organization, project, url)
    return _to_sentry(ctx, Sentry(found, ctx.http, ctx.sleep), found, paths, wait)


def _project(
    ctx: Context, token: Secret | None, organization: str | None, project: str | None, url: str | None
) -> SentryProject:
    """The project, from the options or the variables that sentry-cli knows. Tells all that is missing at once."""
    given = ctx.environment.get("SENTRY_AUTH_TOKEN")
    secret = token or (Secret(given) if given else None)
    told = told_by(secret) if secret is not None else {}
    organization = organization or ctx.environment.get("SENTRY_ORG") or told.get("org")
    project = project or ctx.environment.get("SENTRY_PROJECT")
    missing = [
        name
        for name, value in (("token", secret), ("organization", organization), ("project", project))
        if not value
    ]
    if secret is None or not organization or not project:
        kind = CredentialError if secret is None else ActionError
        raise kind(
            f"upload_symbols does not know Sentry's {', '.join(missing)}.",
            hint="Set SENTRY_AUTH_TOKEN, SENTRY_ORG and SENTRY_PROJECT, or pass them.",
            code="sentry_unknown",
        )
    address = url or ctx.environment.get("SENTRY_URL") or told.get("region_url") or told.get("url") or _SENTRY
    return SentryProject(f"{address.rstrip('/')}/", organization, project, secret)


def _to_sentry(
    ctx: Context, sentry: Sentry, project: SentryProject, paths: list[Path], wait: float
) -> StoredSymbols:
    options = sentry.options()
    files = _files(ctx, paths, options)
    states = sentry.assemble(files)
    new = [each for each in files if states.get(each.sha1, {}).get("state") != "ok"]
    missing = {sha1 for told in states.values() for sha1 in told.get("missingChunks") or ()}
    chunks = _once([chunk for each in new for chunk in each.chunks if chunk.sha1 in missing])
    if chunks:
        with ctx.progress("symbols", total=sum(each.size for each in chunks), unit="bytes") as bar:
            sentry.send(chunks, options, bar.advance)
    if new:
        _check(sentry.wait(new, wait), new)
    for each in new:
        ctx.change(f"sentry {project.organization}/{project.project} {each.symbols.uuid}", after=each.sha1)
        ctx.log.info(
            f"Sentry has {each.symbols.name} ({each.symbols.architecture}, {each.symbols.uuid}) now."
        )
    if not new:
        ctx.log.info(f"Sentry has all {len(files)} already: nothing is sent.")
    return StoredSymbols(
        to="sentry",
        names=sorted(each.symbols.uuid for each in files),
        sent=sorted(each.symbols.uuid for each in new),
    )


def _files(ctx: Context, paths: list[Path], options: ServerOptions) -> list[ChunkedFile]:
    """The debug files of all dSYMs, each once."""
    found = {
        each.uuid: each
        for number, path in enumerate(paths)
        for each in extract_symbols(path, ctx.scratch / "symbols" / str(number))
    }
    for each in list(found.values()):
        size = each.path.stat().st_size
        if options.file_size and size > options.file_size:
            raise ActionError(
                f"The symbols of {each.name} ({each.architecture}) have {size} bytes; this Sentry takes"
                f" {options.file_size} at most.",
                hint="Strip what is not needed (dsymutil --minimize), or raise the server's limit.",
                code="symbols_too_big",
            )
    return [chunked(each, options.chunk_size) for each in found.values()]


def _once(chunks: list[Chunk]) -> list[Chunk]:
    return list({each.sha1: each for each in chunks}.values())


def _check(states: dict[str, dict[str, object]], files: list[ChunkedFile]) -> None:
    lines = [
        f"{each.symbols.name} ({each.symbols.architecture}): {told.get('detail') or told.get('state')}"
        for each in files
        if (told := states.get(each.sha1, {})).get("state") != "ok"
    ]
    if lines:
        raise ActionError(
            "\n    ".join(["Sentry did not take the symbols:", *lines]),
            hint="Run this again: what it has of them is not sent twice.",
            code="sentry",
        )


def _copy_all(ctx: Context, paths: list[Path], folder: Path) -> StoredSymbols:
    folder.mkdir(parents=True, exist_ok=True)
    sent = [path.name for path in paths if _copy(path, folder / path.name)]
    ctx.log.info(f"{len(sent)} of {len(paths)} copied to {folder}; the others were there.")
    return StoredSymbols(to=str(folder), names=sorted(path.name for path in paths), sent=sorted(sent))


def _copy(source: Path, target: Path) -> bool:
    """Whether it was copied: what is the same already stays. It appears under its name when it is whole."""
    if _same(source, target):
        return False
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, part)
        shutil.rmtree(target, ignore_errors=True)
    else:
        shutil.copy2(source, part)
    part.replace(target)
    return True


def _same(source: Path, target: Path) -> bool:
    if source.is_dir() != target.is_dir() or not target.exists():
        return False
    if not source.is_dir():
        return filecmp.cmp(source, target, shallow=False)
    names = [sorted(each.relative_to(root) for each in root.rglob("*")) for root in (source, target)]
    files = [name for name in names[0] if (source / name).is_file()]
    return names[0] == names[1] and all(
        filecmp.cmp(source / name, target / name, shallow=False) for name in files
    )
