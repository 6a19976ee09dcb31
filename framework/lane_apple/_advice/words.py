"""How advice names steps, and how long something lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .need import Need

_MOST = 4


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 3 more`."""
    found = list(dict.fromkeys(words))
    if len(found) > _MOST:
        found = [*found[: _MOST - 1], f"{len(found) - _MOST + 1} more"]
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else "".join(found)


def named(needs: Iterable[Need]) -> str:
    """The steps of needs: `upload and pem`, or `upload in release, and pem in push` where several lanes have a part.

    Lanes with the same steps stand together, and of many only some are named.
    """
    lanes: dict[str, list[str]] = {}
    for need in needs:
        lanes.setdefault(need.lane, []).append(need.name)
    if len(lanes) == 1:
        return listed(*lanes.values())
    together: dict[str, list[str]] = {}
    for lane, names in lanes.items():
        together.setdefault(listed(names), []).append(lane)
    parts = [f"{names} in {listed(mine)}" for names, mine in together.items()]
    if len(parts) > _MOST:
        left = sum(len(mine) for mine in list(together.values())[_MOST - 1 :])
        parts = [*parts[: _MOST - 1], f"others in {left} more lanes"]
    return ", and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def at(need: Need, edit: str) -> str:
    """An edit with its line; where no line is known, with the step."""
    return f"{need.line or need.id}: {edit}"


def verb(needs: Sequence[object], one: str, more: str) -> str:
    """The form of a verb for one or more."""
    return one if len(needs) == 1 else more


def span(seconds: float) -> str:
    """`40 min`, `20 h`, `12 days`."""
    if seconds < 2 * 3600:
        return f"{max(seconds, 0) // 60:.0f} min"
    return f"{seconds // 3600:.0f} h" if seconds < 72 * 3600 else f"{seconds // 86400:.0f} days"
