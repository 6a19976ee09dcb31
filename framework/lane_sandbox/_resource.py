"""What one declaration of a type of resource says; generic code interprets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

Kind = Literal["text", "uri", "email", "date", "flag", "integer", "document", "listing"]

MANAGERS = frozenset({"ACCOUNT_HOLDER", "ADMIN", "APP_MANAGER"})
UPLOADERS = MANAGERS | {"DEVELOPER"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its kind, the values that it may have, its value where none was given."""

    kind: Kind
    values: tuple[str, ...] = ()
    default: Any = None
    longest: int | None = None


def text(default: str | None = None, *, longest: int | None = None) -> Attribute:
    """Any text; `longest` in characters."""
    return Attribute("text", default=default, longest=longest)


def uri() -> Attribute:
    """An address."""
    return Attribute("uri")


def email() -> Attribute:
    """An e-mail address."""
    return Attribute("email")


def date() -> Attribute:
    """A moment, as RFC 3339 text."""
    return Attribute("date")


def flag(default: bool | None = False) -> Attribute:
    """True or false; only where Apple means "not answered yet" may it be null."""
    return Attribute("flag", default=default)


def integer() -> Attribute:
    """A whole number."""
    return Attribute("integer")


def document() -> Attribute:
    """An object with members of its own."""
    return Attribute("document")


def listing() -> Attribute:
    """A list."""
    return Attribute("listing")


def one_of(*values: str, default: str | None = None) -> Attribute:
    """One of these texts."""
    return Attribute("text", values=values, default=default)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list can be asked for; `include`: whether related resources may come along."""

    filters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    include: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship.

    A pair is held by one side; the other names the holder's relationship as its `inverse`, or the path
    that leads to its targets (`through`). `data` and `links` say which of them Apple's schema has.
    """

    target: str
    many: bool
    inverse: str | None = None
    through: tuple[str, ...] = ()
    data: bool = True
    links: bool = True
    hidden: bool = False
    related: Listing | None = None
    linkages: tuple[str, ...] = ()
    most: int = 50


def one(target: str, **settings: Any) -> Relationship:
    """A relationship to at most one resource."""
    return Relationship(target, many=False, **settings)


def many(target: str, **settings: Any) -> Relationship:
    """A relationship to any number of resources."""
    return Relationship(target, many=True, **settings)


@dataclass(frozen=True, slots=True)
class Writing:
    """The names, of attributes and relationships, that a request body must and may have."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that may stand in the body."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Change:
    """What a request body asks for, checked: values by attribute, ids by relationship."""

    attributes: dict[str, Any]
    links: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Resource:
    """One type of resource: its members, its operations and, where Apple does more, its behaviour."""

    type: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    relationships: Mapping[str, Relationship] = field(default_factory=dict)
    listing: Listing | None = None
    get: bool = False
    create: Writing | None = None
    update: Writing | None = None
    delete: bool = False
    unique: tuple[str, ...] = ()
    """Names of attributes and to-one relationships that no two resources may share all of."""
    inputs: Mapping[str, Attribute] = field(default_factory=dict)
    """Attributes that requests have and answers do not, such as `uploaded`."""
    writers: frozenset[str] = MANAGERS
    """The roles whose keys may write."""
    check: Callable[[Team, Record | None, Change], None] | None = None
    """Refuses a create (no record yet) or an update that the state of things forbids."""
    created: Callable[[Team, Record, Change], None] | None = None
    """What else happens when one is created."""
    updated: Callable[[Team, Record, Change], None] | None = None
    """What else happens when one is changed."""
    deleting: Callable[[Team, Record], None] | None = None
    """What else happens when one is deleted."""
    present: Callable[[Team, Record], dict[str, Any]] | None = None
    """Attributes that are worked out when they are asked for."""
    unlinking: Callable[[Team, Record, str, list[str]], None] | None = None
    """Ends pairs of a relationship that is reached `through` others."""

    @property
    def includable(self) -> tuple[str, ...]:
        """The relationships that `include` may name."""
        return tuple(name for name, each in self.relationships.items() if each.data and not each.hidden)

    @property
    def operations(self) -> list[str]:
        """The operations in Apple's words, as its refusals list them."""
        offered = {
            "CREATE": self.create,
            "DELETE": self.delete,
            "GET_COLLECTION": self.listing,
            "GET_INSTANCE": self.get,
            "UPDATE": self.update,
        }
        return [name for name, each in offered.items() if each]
