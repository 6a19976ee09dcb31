"""`lane plan`: what a lane would do, where, and under which credentials."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from lane._errors import EXIT_CREDENTIALS, EXIT_OK, EXIT_PERSON, EXIT_USAGE, PlanError

from . import options
from .looking import look
from .parameters import parse
from .session import Session

if TYPE_CHECKING:
    from lane._plan.prepare import Prepared

FORMATS = ("text", "json", "mermaid", "dot")


@click.command(context_settings={"ignore_unknown_options": True})
@options.lane_argument
@options.parameters_argument
@options.setting_options
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--check", is_flag=True, help="Exit 3 where a credential is missing, 4 where a person is needed."
)
@click.option("--values", is_flag=True, help="Show every option's value and where it comes from.")
@click.option("--probe", is_flag=True, help="Ask first what is already done (this uses the network).")
@options.by_machine
@options.policy
@options.sandbox
@options.environment
@options.lanefile
@click.help_option("-h", "--help")
def plan(
    lane_name: str,
    parameters: tuple[str, ...],
    *,
    setting: str | None,
    form: str,
    as_json: bool,
    check: bool,
    values: bool,
    probe: bool,
    by_machine: bool,
    rules: tuple[str, ...],
    sandbox: bool,
    env: str | None,
    file: str | None,
) -> int:
    """Plan a lane without running it. Exit code 0 whenever there is a plan, unless --check says otherwise."""
    session = Session(file=file, env=env, setting=setting or options.detected_setting())
    lane = session.project.lane(lane_name)
    policy = options.policy_of(rules)
    prepared = session.prepare(
        lane_name, parse(lane, parameters), policy=policy, sandbox=sandbox, by_machine=by_machine
    )
    form = "json" if as_json else form
    if prepared.problems:
        return _failed(prepared, form)
    if probe:
        with session.surroundings(prepared) as find:
            look(prepared, find, _notice, policy)
    _show(prepared, form, values=values)
    return _verdict_code(prepared) if check else EXIT_OK


def _notice(level: str, text: str) -> None:
    sys.stderr.write(f"{level}: {text}\n")


def _failed(prepared: Prepared, form: str) -> int:
    if form != "json":
        raise PlanError(prepared.problems)
    from lane._plan.json_format import failed_plan_json

    made = prepared.plan
    click.echo(
        json.dumps(failed_plan_json(made.lane, made.setting, prepared.problems), indent=2, ensure_ascii=False)
    )
    return EXIT_USAGE


def _show(prepared: Prepared, form: str, *, values: bool) -> None:
    made = prepared.plan
    if form == "json":
        from lane._plan.json_format import plan_json

        shown: Any = plan_json(made, prepared.binding, values=values, hooks=prepared.hooks)
        shown["sandbox"] = prepared.sandbox
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif form == "text":
        from lane._plan.text_format import render_plan

        from .console import printed

        printed(
            lambda console: render_plan(
                made,
                prepared.binding,
                console,
                values=values,
                hooks=prepared.hooks,
                sandbox=prepared.sandbox,
            )
        )
    else:
        from lane._plan import drawing as _plan_drawing

        click.echo((_plan_drawing.mermaid if form == "mermaid" else _plan_drawing.dot)(made))


def _verdict_code(prepared: Prepared) -> int:
    if not prepared.plan.ready:
        return EXIT_CREDENTIALS
    return EXIT_OK if prepared.plan.unattended else EXIT_PERSON
