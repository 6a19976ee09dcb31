"""Does what must not be done twice: a lost answer is resolved by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ._refusal import LostAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._client import AppStoreConnect

_Result = TypeVar("_Result")
_TRIES = 3


def once(apple: AppStoreConnect, act: Callable[[], _Result], look: Callable[[], _Result | None]) -> _Result:
    """What `act` gives. If its answer is lost, what `look` finds; if that is nothing, act again.

    Raises what `act` raises; LostAnswerError after the third time that nothing is to be seen.
    """
    for pause in range(1, _TRIES):
        try:
            return act()
        except LostAnswerError:
            apple.sleep(float(pause))  # what was done may take a moment to show
            found = look()
            if found is not None:
                return found
    return act()
