"""A lane's parameters as options of the command line: `--scheme Aurora` and `scheme=Aurora` both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import _types
from ._bind import variable
from ._errors import UsageError
from ._text import choices, is_flag, is_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._lane import Lane
    from ._options import Option


def parse(lane: Lane[..., Any], words: Sequence[str]) -> dict[str, Any]:
    """The parameters that were given, as texts (or a list of texts, or a bool). Raises UsageError.

    Values are checked later, with all else that can be wrong.
    """
    options = lane.options.by_name
    command = click.Command(
        lane.name, params=[*_parameters(lane), click.Argument(["rest"], nargs=-1)], add_help_option=False
    )
    try:
        context = command.make_context(f"lane run {lane.name}", list(words))
    except click.UsageError as error:
        raise UsageError(
            f"{error.format_message()}",
            hint=f"`lane run {lane.name} --help` lists its parameters.",
            code="unknown_parameter",
        ) from None
    given = {
        name: value for name, value in context.params.items() if name in options and value not in (None, ())
    }
    for word in context.params["rest"]:
        name, equals, value = word.partition("=")
        name = name.replace("-", "_")
        if not equals:
            raise UsageError(
                f"{word!r} is no parameter.",
                hint=f"Write name=VALUE, or --name VALUE; see lane run {lane.name} --help.",
            )
        if name in given and not isinstance(given[name], list):
            raise UsageError(f"{name} was given twice.", hint="Give it once.")
        given[name] = (
            [*given.get(name, []), value] if name in options and is_list(options[name].type) else value
        )
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def _parameters(lane: Lane[..., Any]) -> list[click.Parameter]:
    return [_parameter(option) for option in lane.options.by_name.values()]


def _parameter(option: Option) -> click.Option:
    word = option.name.replace("_", "-")
    if is_flag(option.type):
        return click.Option([f"--{word}/--no-{word}", option.name], default=None, help=_help(option))
    return click.Option(
        [f"--{word}", option.name],
        multiple=is_list(option.type),
        metavar="|".join(choices(option.type)) or _types.shown(option.type).upper(),
        help=_help(option),
    )


def _help(option: Option) -> str:
    if option.required:
        default = "required"
    elif option.secret:
        default = "default: ****"
    else:
        default = f"default: {getattr(option.default, 'value', option.default)}"
    return f"{option.description}  [{default}]".strip()


def help_of(lane: Lane[..., Any], context: click.Context) -> str:
    """What `lane run LANE --help` prints."""
    formatter = context.make_formatter()
    formatter.write_usage(f"lane run {lane.name}", "[PARAMETERS] [OPTIONS]")
    doc = (lane.function.__doc__ or "").strip()
    if doc:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(doc)
    own = [row for row in (one.get_help_record(context) for one in _parameters(lane)) if row]
    with formatter.section("Parameters"):
        formatter.write_dl(own or [("none", "This lane takes no parameters.")])
        if own:
            name = next(iter(lane.options.by_name))
            formatter.write_paragraph()
            formatter.write_text(
                f"Each also as name=VALUE, and from the environment: {variable(lane.name, name)}=VALUE."
            )
    shown = [one for one in context.command.get_params(context) if isinstance(one, click.Option)]
    records = [one.get_help_record(context) for one in shown]
    with formatter.section("Options"):
        formatter.write_dl([record for record in records if record])
    return formatter.getvalue().rstrip()
