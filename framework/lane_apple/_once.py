"""Does what must not be done twice: a lost answer is resolved by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ._refusal import LostAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")
_TRIES = 3


class Patient(Protocol):
    """A client that can wait."""

    @property
    def sleep(self) -> Callable[[float], None]:
        """Waits for so many seconds."""
        ...


def once(apple: Patient, act: Callable[[], _Result], look: Callable[[], _Result | None]) -> _Result:
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
