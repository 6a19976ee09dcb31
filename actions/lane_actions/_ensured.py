"""Writes into the ledger and the log what the client had to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from lane import Context
    from lane_apple import Change, Ensured

_Thing = TypeVar("_Thing")


def recorded(ctx: Context, ensured: Ensured[_Thing]) -> _Thing:
    """The thing as Apple has it now, with its changes in the ledger and a line of the log for each."""
    for change in ensured.changes:
        record(ctx, change)
    return ensured.value


def record(ctx: Context, change: Change) -> None:
    """Write one change into the ledger and the log."""
    ctx.change(change.what, before=change.before, after=change.after)
    verb = "made" if change.before is None else "removed" if change.after is None else "changed"
    ctx.log.info(f"{change.what}: {verb}.")
