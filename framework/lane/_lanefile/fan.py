"""`each`: steps that are run once for every item of an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .place import Place


class Fan:
    """One `each(...)`: `items` has outputs in it, of the steps `needs`; `body` is what the lambda returned.

    A step of the body is one step of the plan; when its turn comes it runs once for each item, as
    `upload[0]`, `upload[1]` …
    """

    __slots__ = ("body", "items", "needs", "place", "steps")

    def __init__(self, items: object, place: Place, needs: tuple[int, ...] = ()) -> None:
        self.items = items
        self.place = place
        self.needs = needs
        self.body: object = None
        self.steps: list[int] = []
