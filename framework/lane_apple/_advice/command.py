"""`lane advise`: does Apple's two-factor rule break this CI, and what is there to do?"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane import UsageError, read_ci

from .advise import advise as advice_on
from .ci import ci_advice, with_ci
from .lanefile import Reading, read
from .need import Answers, Facts
from .questions import answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .advice import OpenQuestion
    from .need import Need

_ANSWER = click.Choice(["yes", "no"])
_SAID = {"yes": True, "no": False, None: None}


@click.command()
@click.argument("lanes", nargs=-1, metavar="[LANE]...")
@click.option("--api-key", type=_ANSWER, help="May you make App Store Connect API keys?")
@click.option("--reachable", type=_ANSWER, help="Is there a machine that keeps running and can be reached?")
@click.option("--shared", type=_ANSWER, help="Do several people share one Apple ID?")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; ask nothing.")
@click.option("--sandbox", is_flag=True, help="Look at the offline Apple's credentials.")
@click.option("--env", metavar="NAME", help="Read .env.NAME before .env.")
@click.option(
    "-f", "--file", "file", metavar="FILE", help="The Lanefile (default: in this folder or a parent)."
)
@click.help_option("-h", "--help")
def advise(
    lanes: tuple[str, ...],
    *,
    api_key: str | None,
    reachable: str | None,
    shared: str | None,
    as_json: bool,
    sandbox: bool,
    env: str | None,
    file: str | None,
) -> int:
    """Say whether Apple's two-factor rule breaks your CI, and what to do.

    For the lanes named, or for all, and for what the repository's CI files run. At a terminal it asks what it
    has to know; nothing is run. Exit code 0 whenever there is advice.
    """
    found = _found(file, lanes, env, sandbox=sandbox)
    ci = ci_advice(found.file, found.folder, lanes)
    answers = Answers(_SAID[api_key], _SAID[reachable], _SAID[shared])
    facts = Facts(answers, found.held, found.sandbox)
    if not as_json and _person_is_here():
        facts = _asked(found.needs, facts)
    advice = with_ci(advice_on(found.needs, facts), ci)
    if as_json:
        from .ci_json import ci_json
        from .json_format import advice_json

        shown = advice_json(advice, found.unread, sandbox=found.sandbox)
        click.echo(json.dumps({**shown, "ci": ci_json(ci)}, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        from .text_format import render_advice

        render_advice(advice, Console(highlight=False), found.unread, sandbox=found.sandbox, ci=ci)
    return 0


def _found(file: str | None, lanes: tuple[str, ...], env: str | None, *, sandbox: bool) -> Reading:
    """What the Lanefile says; where there is none, but CI files are, those are advised on alone."""
    try:
        return read(file, lanes=lanes, env=env, sandbox=sandbox)
    except UsageError as error:
        if error.code != "no_lanefile" or file is not None or lanes or not read_ci(Path.cwd()).systems:
            raise
        return Reading((), {}, (), sandbox, None, Path.cwd())


def _person_is_here() -> bool:
    """Whether somebody can answer: some CI systems give their jobs a terminal."""
    ci = os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}
    return not ci and sys.stdin.isatty() and sys.stdout.isatty()


def _asked(needs: Sequence[Need], facts: Facts) -> Facts:
    """The facts with a person's answers; only what changes the advice is asked, as the answers before have it."""
    passed: set[str] = set()
    while (one := _next(needs, facts, passed)) is not None:
        name = one.question.name
        said = click.prompt(
            one.question.text, type=click.Choice(["yes", "no", "?"]), default="?", show_default=False
        )
        if said == "?":
            passed.add(name)
        else:
            facts = replace(facts, answers=answered(facts.answers, one.question, said == "yes"))
    return facts


def _next(needs: Sequence[Need], facts: Facts, passed: set[str]) -> OpenQuestion | None:
    return next((one for one in advice_on(needs, facts).open if one.question.name not in passed), None)
