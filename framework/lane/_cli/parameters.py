"""A lane's parameters as options of the command line: `--scheme Aurora` and `scheme=Aurora` both."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from lane._errors import UsageError
from lane._lanefile import types as _types
from lane._lanefile.text import Words, choices, is_flag, is_list, is_structure
from lane._plan.bind import variable

from .options import nearest_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._lanefile.lane import Lane
    from lane._lanefile.options import Option


_REST = "words="  # no parameter can be called so


def parse(lane: Lane[..., Any], words: Sequence[str]) -> dict[str, Words | bool]:
    """The parameters that were given, as what was written, or a bool for a flag. Raises UsageError.

    Values are checked later, with all else that can be wrong.
    """
    given = _options_given(lane, words)
    for word in given.pop(_REST, ()):
        name, equals, value = word.partition("=")
        name = name.replace("-", "_")
        if not equals:
            raise UsageError(
                f"{word!r} is no parameter.",
                hint=f"Write name=VALUE, or --name VALUE; see lane run {lane.name} --help.",
                code="unknown_parameter",
            )
        before = given.get(name)
        given[name] = (before, value) if isinstance(before, bool) else (*(before or ()), value)
    options = lane.options.by_name
    for name, value in given.items():
        several = isinstance(value, tuple) and len(value) > 1
        if several and name in options and not is_list(options[name].type):
            raise UsageError(f"{name} was given twice.", hint="Give it once.", code="given_twice")
    return {name: value if isinstance(value, bool) else Words(value) for name, value in given.items()}


def _options_given(lane: Lane[..., Any], words: Sequence[str]) -> dict[str, Any]:
    """By name: a bool for a flag, else all the texts that were given; what is no option is under `_REST`."""
    rest = click.Argument([_REST], nargs=-1, type=click.UNPROCESSED)
    command = click.Command(lane.name, params=[*_parameters(lane), rest], add_help_option=False)
    try:
        context = command.make_context(f"lane run {lane.name}", list(words))
    except click.NoSuchOption as error:
        raise _unknown(error.option_name, lane) from None
    except click.UsageError as error:
        hint = f"`lane run {lane.name} --help` lists its parameters."
        raise UsageError(error.format_message(), hint=hint, code="unknown_parameter") from None
    return {name: value for name, value in context.params.items() if value is not None and value != ()}


def _unknown(word: str, lane: Lane[..., Any]) -> UsageError:
    """A word may have been meant for the lane, or for the command."""
    context = click.get_current_context(silent=True)
    near = nearest_option(word, [*_parameters(lane), *(context.command.params if context else ())])
    others = " and options."
    if context and context.command_path != "lane run":
        others = f", `{context.command_path} -h` the options."
    hint = f"`lane run {lane.name} --help` lists its parameters{others}"
    return UsageError(
        f"There is no option {word}.",
        hint=f"Did you mean {near}? {hint}" if near else hint,
        code="unknown_parameter",
    )


def _parameters(lane: Lane[..., Any]) -> list[click.Parameter]:
    return [_parameter(option) for option in lane.options.by_name.values()]


def _parameter(option: Option) -> click.Option:
    word = option.name.replace("_", "-")
    if is_flag(option.type):
        return click.Option([f"--{word}/--no-{word}", option.name], default=None, help=_help(option))
    return click.Option(
        [f"--{word}", option.name],
        multiple=True,  # so that a second one is not silently the only one
        metavar="|".join(choices(option.type)) or _metavar(option),
        help=_help(option),
    )


def _metavar(option: Option) -> str:
    """`PATH`; `STR,…` for a list, split at commas and given several times if need be; `JSON` for what has parts."""
    if is_structure(option.type):
        return "JSON"
    shown = _types.shown(option.type).removesuffix(" | None")
    if is_list(option.type) and shown.endswith("]"):
        items = shown.partition("[")[2][:-1].removesuffix(", ...")
        several = "" if ", " in items else ",…"
        shown = items.replace(", ", ",") + several
    return shown.upper()


def _help(option: Option) -> str:
    if option.required:
        default = "required"
    elif option.secret and option.default is not None:
        default = "default: ****"
    else:
        default = f"default: {getattr(option.default, 'value', option.default)}"
    return f"{option.description}  [{default}]".strip()


def help_of(lane: Lane[..., Any], context: click.Context) -> str:
    """What `lane run LANE --help` prints."""
    formatter = context.make_formatter()
    formatter.write_usage(f"lane run {lane.name}", "[PARAMETERS] [OPTIONS]")
    doc = inspect.cleandoc(lane.function.__doc__ or "")
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
