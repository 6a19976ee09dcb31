"""What one declaration of a type of resource says; generic code interprets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lane_sandbox._roles import Family
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

Kind = Literal["text", "uri", "email", "date", "flag", "integer", "document", "listing"]


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


def integer(default: int | None = None) -> Attribute:
    """A whole number."""
    return Attribute("integer", default=default)


def document() -> Attribute:
    """An object with members of its own."""
    return Attribute("document")


def listing(*values: str) -> Attribute:
    """A list; with `values`, of these texts."""
    return Attribute("listing", values=values)


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
    """The names, of attributes and relationships, that a request body must and may have.

    `ignored` are attributes that Apple takes though its description lacks them; they do nothing here.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that may stand in the body."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Change:
    """What a request body asks for, checked: values by attribute, ids by relationship; and whose key asks."""

    attributes: dict[str, Any]
    links: dict[str, list[str]]
    key_id: str = ""

    def link(self, name: str) -> str | None:
        """The one id that a to-one relationship is to have."""
        return next(iter(self.links.get(name, ())), None)


@dataclass(frozen=True, slots=True)
class Event:
    """What the clock brings: `apply` gets the resource, and what was found.

    `examine` gives a look at files, which is taken in a thread and must not raise; `drop` gets what it found
    where that is of no use. The moment at which the event was due is the private value `since`, in seconds.
    """

    apply: Callable[[Team, Record, Any], None]
    examine: Callable[[Team, Record], Callable[[], Any]] | None = None
    drop: Callable[[Team, Any], None] | None = None


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
    family: Family = "apps"
    """What a key's role must allow."""
    events: Mapping[str, Event] = field(default_factory=dict)
    """What happens by the clock, by the name that `Team.schedule` is given."""
    identify: Callable[[Team, Change], str] | None = None
    """The id of a new one, where it is not a UUID."""
    check: Callable[[Team, Record | None, Change], None] | None = None
    """Refuses a create (no record yet) or an update that the state of things forbids."""
    created: Callable[[Team, Record, Change], None] | None = None
    """What else happens when one is created."""
    updated: Callable[[Team, Record, Change], None] | None = None
    """What else happens when one is changed."""
    deleting: Callable[[Team, Record], None] | None = None
    """What else happens when one is deleted."""
    keeping: Callable[[Team, Record], None] | None = None
    """Refuses a deletion that is asked for; one that goes with its owner is not asked."""
    owns: tuple[str, ...] = ()
    """Relationships whose targets are deleted with it."""
    web_only: bool = False
    """Only the web doors know it, the official API does not."""
    seeded: Callable[[Team, Record], None] | None = None
    """What a resource of the seed file implies."""
    present: Callable[[Team, Record], dict[str, Any]] | None = None
    """Attributes that are worked out when they are asked for."""
    unlinking: Callable[[Team, Record, str, list[str]], None] | None = None
    """Ends pairs of a relationship that is reached `through` others."""
    linking: Callable[[Team, Record, str, list[str]], None] | None = None
    """Refuses new targets of a relationship (by POST or PATCH of the relationship itself)."""

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
