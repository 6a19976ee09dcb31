"""`lane audit`: what does an existing Fastfile need an Apple ID for, and what is there to do?"""

from __future__ import annotations

import json

import click

from ._auth.modes import ORDER, stricter

FORMATS = ("text", "json")
_UNREAD = 2


@click.command()
@click.argument("fastfiles", nargs=-1, metavar="[FASTFILE]...")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to print it.")
@click.option(
    "--fail-on",
    type=click.Choice([mode for mode in ORDER if mode != "none"]),
    help="Exit with 1 if a lane needs this, or more.",
)
@click.help_option("-h", "--help")
def audit(fastfiles: tuple[str, ...], *, format_: str, fail_on: str | None) -> int:
    """Say what an existing Fastfile needs an Apple ID for.

    Reads Fastfiles, or all that lie below a folder (default: that of this folder), with what they import. Nothing
    is run. Exit code 1 with --fail-on, 2 if a file cannot be read as a Fastfile.
    """
    from ._auditing import audit as audit_of

    found = audit_of(fastfiles)
    if format_ == "json":
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        from ._report.text_format import render_audit

        render_audit(found, Console(highlight=False))
    if any(problem.kind == "not_ruby" for one in found.files for problem in one.problems):
        return _UNREAD
    return int(fail_on is not None and not stricter(fail_on, found.auth))
