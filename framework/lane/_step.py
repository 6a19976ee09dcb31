"""A step: one call of an action in a lane; and the settings that `.set(...)` gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._action import Action
    from ._auth import AuthMode
    from ._fan import Fan
    from ._trigger import Trigger


class Settings:
    """How a step is run, as `.set(...)` says; each is None (or False) where it was left out.

    `timeout` and `no_output_timeout` are seconds. `retries` is how often a failed step is tried again.
    """

    __slots__ = (
        "after",
        "allow_failure",
        "always",
        "auth",
        "name",
        "no_output_timeout",
        "on",
        "retries",
        "timeout",
        "when",
    )

    def __init__(
        self,
        on: Trigger | None = None,
        after: Any = (),
        when: Any = None,
        name: str | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        no_output_timeout: float | None = None,
        allow_failure: bool = False,
        always: bool = False,
        auth: AuthMode | str | None = None,
    ) -> None:
        self.on = on
        self.after: Sequence[Any] = after if type(after) in (tuple, list) else (after,)
        self.when = when
        self.name = name
        self.retries = retries
        self.timeout = timeout
        self.no_output_timeout = no_output_timeout
        self.allow_failure = allow_failure
        self.always = always
        self.auth = auth


DEFAULT = Settings()


class Step:
    """One call of an action: a node of the graph.

    `options` are the call's own, checked, with outputs in them; `needs` are the indices of all steps that it waits for,
    `data` those of them whose outputs it takes.
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
