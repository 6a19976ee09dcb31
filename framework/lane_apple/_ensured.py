"""What a write that converges gives: the thing as it is now, and what had to be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._client import AppStoreConnect
    from ._document import Resource

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed at Apple. `before` is None for what was made, `after` for what was removed."""

    what: str
    before: Any = field(hash=False)
    after: Any = field(hash=False)


@dataclass(frozen=True, slots=True)
class Ensured(Generic[_Thing]):
    """A thing as Apple has it now, and the changes that it took: none where it was so already."""

    value: _Thing
    changes: tuple[Change, ...] = ()


def adjust(
    apple: AppStoreConnect, found: Resource, wanted: Mapping[str, Any]
) -> tuple[Resource, tuple[Change, ...]]:
    """Change the attributes that differ from those that are wanted; a wanted None is no wish.

    To set an attribute twice does no harm, so a lost answer is resolved by asking again.
    """
    differing = {
        name: value
        for name, value in wanted.items()
        if value is not None and found.attributes.get(name) != value
    }
    if not differing:
        return found, ()
    what = f"{found.type}/{found.id}"
    changes = tuple(
        Change(f"{what} {name}", found.attributes.get(name), value) for name, value in differing.items()
    )
    return apple.update(found.type, found.id, differing, repeatable=True), changes


def made(resource: Resource, wanted: Mapping[str, Any]) -> tuple[Change, ...]:
    """The change of a resource that was made with these attributes."""
    return (Change(f"{resource.type}/{resource.id}", None, {**wanted}),)
