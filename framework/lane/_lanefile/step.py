"""A step: one call of an action in a lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .place import Place
from .settings import DEFAULT, Settings

if TYPE_CHECKING:
    from .action import Action
    from .fan import Fan

__all__ = ["DEFAULT", "Settings", "Step"]


class Step:
    """One call of an action: a node of the graph.

    `options` are the call's own, checked, with outputs in them; `needs` are the indices of all steps that it
    waits for, `data` those of them whose outputs it takes.
    """

    __slots__ = ("_code", "_offset", "action", "data", "fan", "id", "needs", "options", "settings")

    def __init__(
        self,
        id: str,  # noqa: A002 - the plan's own word
        action: Action[..., Any],
        options: dict[str, Any],
        needs: tuple[int, ...],
        data: tuple[int, ...],
        settings: Settings,
        place: tuple[Any, int],
        fan: Fan | None,
    ) -> None:
        self.id = id
        self.action = action
        self.options = options
        self.needs = needs
        self.data = data
        self.settings = settings
        self._code, self._offset = place
        self.fan = fan

    @property
    def place(self) -> Place:
        """Where the step was written."""
        return Place(self._code, self._offset)
