"""What an action's declaration says, or that of a lane called as one, as data: for `lane action`, references."""

from __future__ import annotations

import enum
import inspect
import typing
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lane._graph.output import OutputError
from lane._lanefile import types as _types
from lane._lanefile.lane import Lane
from lane._plan.bind import OptionValues, variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane._lanefile.action import Action
    from lane._lanefile.options import Option
    from lane._plan.auth import AuthMode

    from .catalogue import Entry


def described(entry: Entry) -> dict[str, Any]:
    """All that one declares, as JSON has it; a lane's steps say the rest. Raises UsageError for an unfit signature."""
    action = entry.action
    row = {
        "kind": "lane" if isinstance(action, Lane) else "action",
        "name": action.name,
        "origin": entry.origin,
        "import": entry.imported,
        "summary": action.summary,
        "doc": documentation(action),
        "options": [_option(action, option) for option in action.options.by_name.values()],
    }
    return row if isinstance(action, Lane) else row | _declared(action)


def _declared(action: Action[..., Any]) -> dict[str, Any]:
    return {
        "auth": _modes(declared_modes(action)),
        "auth_by_options": callable(action.auth),
        "effect": action.effect,
        "runs_on": list(action.runs_on),
        "limits": action.limits,
        "retry": None if action.retry is None else [one.__name__ for one in action.retry],
        "on": str(action.on) if action.on is not None else None,
        "probe": _probe(action),
        "output": {"type": _types.shown(action.options.result), "fields": fields(action.options.result)},
    }


def documentation(action: Action[..., Any] | Lane[..., Any]) -> str:
    """The docstring, without its indentation."""
    return inspect.cleandoc(action.__doc__ or "")


def declared_modes(action: Action[..., Any]) -> tuple[AuthMode, ...] | None:
    """The modes in order of preference; of a function for `auth=` what it gives for the defaults, or None."""
    auth = action.auth
    if not callable(auth):
        return tuple(auth)
    try:
        return tuple(auth(OptionValues(dict(action.options.defaults))))
    except (AttributeError, OutputError, TypeError, ValueError):
        return None  # it asks for an option that has no default


def fields(annotation: Any) -> dict[str, str]:
    """The fields of an output's type, or of the items of a list of them, with their types."""
    annotation = _types.plain(annotation)
    if typing.get_origin(annotation) in (list, tuple, set, frozenset) and typing.get_args(annotation):
        annotation = _types.plain(typing.get_args(annotation)[0])
    members = typing.get_args(annotation) if typing.get_origin(annotation) in _types.UNIONS else (annotation,)
    found: Mapping[str, Any] = {}
    for member in members:
        if isinstance(member, type):
            found = found or _types.fields_of(member) or {}
    return {name: _types.shown(kind) for name, kind in found.items()}


def default_of(option: Option) -> str | None:
    """An option's default as one writes it; None where a value has to be given; a secret's is never shown."""
    if option.required:
        return None
    if option.secret and option.default is not None:
        return "****"
    value = option.default
    if isinstance(value, PurePath):
        return repr(str(value))
    return repr(value.value if isinstance(value, enum.Enum) else value)


def _option(action: Action[..., Any] | Lane[..., Any], option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "type": _types.shown(option.type),
        "required": option.required,
        "default": default_of(option),
        "variable": variable(action.name, option.name),
        "description": option.description,
        "secret": option.secret,
    }


def _modes(modes: tuple[AuthMode, ...] | None) -> list[dict[str, Any]] | None:
    if modes is None:
        return None
    return [
        {
            "name": mode.name,
            "attended": mode.attended,
            "expires": mode.expires,
            "fit_for_ci": mode.fit_for_ci,
            "variables": list(mode.names),
        }
        for mode in modes
    ]


def _probe(action: Action[..., Any]) -> dict[str, Any] | None:
    probe = action.probe
    if probe is None:
        return None
    summary = (probe.__doc__ or "").strip().partition("\n")[0]
    return {"summary": summary, "auth": None if probe.auth is None else [mode.name for mode in probe.auth]}
