"""A lane's parameters as inputs that a CI system asks for."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lane._lanefile.text import choices, is_flag
from lane._plan.bind import variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._lanefile.lane import Lane
    from lane._lanefile.options import Option

    from .policy import CiPolicy


class Input(NamedTuple):
    """One parameter: its name, the variable by which it comes, what it is, its value where nobody gives one.

    `choices` are the values that it can have, if these are few; an empty `default` means the lane's own. `declared`:
    the default is not the lane's, but the policy's, so that a start that asks nobody has to give it too.
    """

    name: str
    variable: str
    description: str
    default: str
    choices: tuple[str, ...] = ()
    flag: bool = False
    declared: bool = False


class Inputs(NamedTuple):
    """The parameters of a lane in CI. `fixed` are those that change which jobs there are, so that nobody is asked."""

    asked: list[Input]
    fixed: list[Input]
    secrets: list[str]

    @property
    def constants(self) -> dict[str, str]:
        """The variables of parameters that nobody is asked for, with the values that the policy gives."""
        return {one.variable: one.default for one in self.fixed if one.default}


def inputs_of(lane: Lane[..., Any], policy: CiPolicy, same_jobs: Callable[[dict[str, Any]], bool]) -> Inputs:
    """The inputs of a lane. `same_jobs` tells whether the jobs are what they are when parameters are given so."""
    declared = policy.lane(lane.name).parameters
    found = Inputs([], [], [])
    for option in lane.options.by_name.values():
        if option.secret:
            found.secrets.append(variable(lane.name, option.name))
            continue
        made = _input(lane.name, option, declared.get(option.name))
        stable = all(same_jobs({option.name: value}) for value in filter(None, made.choices))
        (found.asked if stable else found.fixed).append(made)
    return found


def _input(lane: str, option: Option, declared: object) -> Input:
    default = _text(option.default if declared is None else declared)
    flag = is_flag(option.type)
    several = ("true", "false") if flag else tuple(choices(option.type))
    if default not in several and not option.required:
        several = several and ("", *several)
    text = option.description or option.name.replace("_", " ").capitalize()
    return Input(
        option.name,
        variable(lane, option.name),
        text,
        default,
        several,
        flag and "" not in several,
        declared is not None,
    )


def _text(value: object) -> str:
    """A default as it would be written; empty where that is long, or no plain text."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float, Path)):
        text = str(value)
        return "" if "\n" in text else text
    return ""
