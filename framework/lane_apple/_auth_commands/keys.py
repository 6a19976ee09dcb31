"""`lane auth keys`: the App Store Connect API keys that are found here, without the network."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import click

from lane import CredentialError
from lane_apple._finding import find_key_files, find_keys
from lane_apple._keyfile import ISSUER_ID, KEY_ID
from lane_apple._modes import api_key

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._keys import ApiKey

    from .place import Place

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def show_keys(place: Place, *, as_json: bool) -> int:
    """Print them; 0 where one can be used, else 3."""
    here = place.unmet()
    found = find_keys(here.environment, here.folder)
    keys = [each for each in found if not isinstance(each, CredentialError)]
    problems = [each for each in found if isinstance(each, CredentialError)]
    used = next(iter(keys), None)
    known = {key.key_id for key in keys}
    idle = [file for file in find_key_files(here.environment, here.folder) if _key_id(file) not in known]
    if as_json:
        shown = {
            "keys": [_document(key, used) for key in keys],
            "problems": [{"code": one.code, "message": str(one), "hint": one.hint} for one in problems],
            "idle_files": [str(file) for file in idle],
            "missing": [] if keys else api_key.how(),
        }
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        _print(keys, used, problems, idle)
    return 0 if used is not None else CredentialError.exit_code


def _print(
    keys: list[ApiKey], used: ApiKey | None, problems: list[CredentialError], idle: list[Path]
) -> None:
    for key in keys:
        mark = "✓" if key is used else " "
        who = f"issuer {key.issuer_id}" if key.issuer_id else "no issuer"
        click.echo(f"{mark} {key.key_id}  {key.kind} key  {who}  from {key.source}")
    if used is not None:
        click.echo("  Its role is not in it: see App Store Connect, Users and Access, Integrations.")
        if used.kind == "individual":
            click.echo("! An individual key cannot provision, report or notarize; a team key can.")
    for problem in problems:
        click.echo(f"✗ {problem}")
        if problem.hint:
            click.echo(f"  → {problem.hint}")
    for file in idle:
        click.echo(f"! {file} is there, and nothing names it: set {KEY_ID}={_key_id(file)} and {ISSUER_ID}.")
        if file.stat().st_mode & _OTHERS:
            click.echo(f"! Other users of this machine may read it: chmod 600 '{file}'")
    if not keys:
        click.echo("No API key can be used here.")
        for line in api_key.how():
            click.echo(f"  → {line}")


def _key_id(file: Path) -> str:
    return file.stem.removeprefix("AuthKey_")


def _document(key: ApiKey, used: ApiKey | None) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "kind": key.kind,
        "issuer_id": key.issuer_id,
        "in_house": key.in_house,
        "source": key.source,
        "used": key is used,
    }
