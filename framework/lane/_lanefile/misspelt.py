"""What a user may have meant, where Python found no such name."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGES = ("lane", "lane_actions", "lane_apple")
_KEYWORD = "() got an unexpected keyword argument "


def meant(error: BaseException) -> str | None:
    """The nearest name, as a hint, for a name that cannot be imported or an argument that a call of ours does not take.

    None where nothing is like it.
    """
    if isinstance(error, ModuleNotFoundError):
        return _did_you_mean(error.name or "", _PACKAGES)
    if isinstance(error, ImportError):
        module = sys.modules.get(error.name or "")
        return _did_you_mean(_quoted(str(error)), dir(module)) if module else None
    text = str(error)
    if isinstance(error, TypeError) and _KEYWORD in text:
        called, _, word = text.partition(_KEYWORD)
        names = _arguments(called)
        return (_did_you_mean(_quoted(word), names) or f"It takes {', '.join(names)}.") if names else None
    return None


def _arguments(called: str) -> list[str] | None:
    """The keyword arguments of a function that Lanefiles call, by the name that Python gives it."""
    from .action import Action
    from .lane import Lane, lane
    from .trigger import cron

    ours: dict[str, Callable[..., Any]] = {"Action.set": Action.set, "Lane.set": Lane.set}
    ours |= {"lane": lane, "cron": cron, "Action.__init__": Action.__init__}
    function: Any = ours.get(called)
    if function is None:
        return None
    code = function.__code__
    names = code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name not in {"self", "function"}]


def _did_you_mean(word: str, known: Any) -> str | None:
    close = get_close_matches(word, known, 1)
    return f"Did you mean {close[0]!r}?" if close else None


def _quoted(text: str) -> str:
    return text.partition("'")[2].partition("'")[0]
