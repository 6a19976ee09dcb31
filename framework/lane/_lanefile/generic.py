"""What stands for typing's words while a program runs: typing itself costs 9 ms at start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Generic:
    """A base that takes type parameters and ignores them."""

    __slots__ = ()

    def __class_getitem__(cls, _parameters: object) -> type[Generic]:
        return cls


def overload(function: Callable[..., object]) -> Callable[..., object]:
    """A signature for type checkers."""
    return function


P = R = T = U = None
