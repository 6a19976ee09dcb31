"""`lane audit`: what does an existing Fastfile need an Apple ID for, and what is there to do?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane import UsageError

from ._auth.modes import ORDER, stricter
from ._report.visible import visible

if TYPE_CHECKING:
    from ._audit import Audit

FORMATS = ("text", "json", "markdown", "html", "sarif")
_UNREAD = 2
_WIDTH = 100  # of a text that is written to a file


@click.command()
@click.argument("fastfiles", nargs=-1, metavar="[FASTFILE]...")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to print it.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write it to a file.")
@click.option(
    "--fail-on",
    type=click.Choice([mode for mode in ORDER if mode != "none"]),
    help="Exit with 1 if a lane needs this, or more.",
)
@click.help_option("-h", "--help")
def audit(
    fastfiles: tuple[str, ...], *, format_: str, as_json: bool, output: str | None, fail_on: str | None
) -> int:
    """Say what an existing Fastfile needs an Apple ID for.

    Reads Fastfiles, or all that lie below a folder (default: that of this folder), with what they import. Nothing
    is run. Exit code 1 with --fail-on, 2 if a file cannot be read as a Fastfile.
    """
    from ._auditing import audit as audit_of

    format_ = "json" if as_json else format_
    found = audit_of(fastfiles)
    if output is not None:
        _write(output, _written(found, format_))
    elif format_ == "text":
        from rich.console import Console

        from ._report.text_format import render_audit

        render_audit(found, Console(highlight=False))
    else:
        click.echo(_written(found, format_))
    if any(problem.kind == "not_ruby" for one in found.files for problem in one.problems):
        return _UNREAD
    return int(fail_on is not None and not stricter(fail_on, found.auth))


def _written(found: Audit, format_: str) -> str:
    """The report as a text."""
    match format_:
        case "json":
            from ._report.json_text import json_text

            return json_text(found.to_json())
        case "sarif":
            from ._report.json_text import json_text
            from ._report.sarif_format import sarif

            return json_text(sarif(found))
        case "markdown":
            from ._report.markdown_format import markdown_report

            return markdown_report(found)
        case "html":
            from ._report.html_format import html_report

            return html_report(found)
        case _:
            return _plain(found)


def _plain(found: Audit) -> str:
    from io import StringIO

    from rich.console import Console

    from ._report.text_format import render_audit

    written = StringIO()
    render_audit(found, Console(file=written, width=_WIDTH, color_system=None, highlight=False))
    return written.getvalue()


def _write(output: str, text: str) -> None:
    try:
        Path(output).write_text(f"{text.rstrip()}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{visible(output)} cannot be written: {error.strerror}.",
            hint="Name a file in a folder that is there, or leave --output out.",
            code="not_written",
        ) from None
    click.echo(f"wrote  {visible(output)}", err=True)
