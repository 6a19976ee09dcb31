"""Calls that stop and ask a person, whatever the credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import Known, Table, truth

if TYPE_CHECKING:
    from lane_fastfile._catalogue.catalogue import Action

# An action that asks unless an option is true.
_UNLESS = {
    "upload_to_app_store": ("force", "shows a preview and asks whether it is right"),
    "match_nuke": ("skip_confirmation", "asks whether everything may be revoked"),
}


def asks(action: Action, table: Table) -> str | None:
    """What a call asks and how to avoid it; None: nothing, or only for what is missing."""
    if action.name == "prompt":
        return "asks a person for a value; on CI it takes ci_input"
    found = _UNLESS.get(action.name)
    if found is None:
        return None
    option, what = found
    value = table.values.get(option)
    given = truth(value) if value is not None else None if table.open else False
    if given is not False and value != Known(None):
        return None
    return f"{what}: {option}: true"
