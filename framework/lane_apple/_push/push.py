"""Puts a variable where CI reads it, unless it is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from lane import UsageError

if TYPE_CHECKING:
    from .variable import Variable

State = Literal["new", "changed", "same"]
"""What is there under a variable's name: nothing, something else or nobody knows, the same."""


class Target(Protocol):
    """Where a variable goes. `where` is for people; `unbroken`: its value may have no blank; `largest`: in bytes."""

    unbroken: bool
    largest: int | None
    where: str

    def state(self, variable: Variable) -> State:
        """What is there."""
        ...

    def put(self, variable: Variable, state: State) -> None:
        """Put it there."""
        ...


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of it; `state` is what was there before."""

    name: str
    where: str
    state: State
    sent: bool


def push(variable: Variable, target: Target, *, dry_run: bool = False, force: bool = False) -> Pushed:
    """Look what is there, and send what differs; with `force` in any case, with `dry_run` in none.

    Raises UsageError for a value that is too large for the target.
    """
    size = len(variable.value.reveal().encode())
    if target.largest is not None and size > target.largest:
        raise UsageError(
            f"{variable.name} has {size:,} bytes; {target.where} takes {target.largest:,}.",
            hint="An API key is shorter: --what key. Or keep it elsewhere: --command.",
            code="push_size",
        )
    state = target.state(variable)
    sent = not dry_run and (force or state != "same")
    if sent:
        target.put(variable, state)
    return Pushed(variable.name, target.where, state, sent)
