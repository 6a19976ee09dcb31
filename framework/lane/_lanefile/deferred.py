"""Actions of a package whose modules are imported only when one of them is used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .step import DEFAULT

if TYPE_CHECKING:
    from .action import Action


class Deferred:
    """Stands for an action until it is called, so that `lane list` does not import what it does not need."""

    __slots__ = ("_found", "_module", "_name")

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name
        self._found: Action[..., Any] | None = None

    @property
    def action(self) -> Action[..., Any]:
        """The action itself."""
        found = self._found
        if found is None:
            found = self._found = getattr(__import__(self._module, fromlist=[self._name]), self._name)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from lane._graph.tracing import tracing

        return tracing(self.action).record(self.action, DEFAULT, args, kwargs, sys._getframe(1))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.action, name)

    def __repr__(self) -> str:
        return f"<action {self._name} of {self._module}>"


def deferred(module: str, name: str) -> Any:
    """The action `name` of a module that is imported when the action is first used.

    For the `__getattr__` of a package of actions: type checkers see the real ones under `if TYPE_CHECKING`.
    """
    return Deferred(module, name)
