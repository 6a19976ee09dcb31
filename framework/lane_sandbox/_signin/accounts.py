"""The Apple IDs of a sandbox, as its seed describes them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lane_sandbox._store import Store

ACCOUNTS = "accounts"
"""The fact that holds them."""

_STATES = {
    "locked": "locked",
    "acknowledgement": "must agree to something first (412)",
    "no_access": "has no access to App Store Connect",
    "refused": "is refused for now",
}
_AUTH_TYPES = {"hsa": "two-step verification, four digits", "sa": "no second factor"}


@dataclass(frozen=True, slots=True)
class Membership:
    """A team that an account belongs to: on the developer portal by `team_id`, in App Store Connect as a provider."""

    team_id: str
    name: str

    @property
    def provider_id(self) -> int:
        """The provider's number; the same for a team in every sandbox."""
        return 100_000_000 + int.from_bytes(hashlib.sha256(self.team_id.encode()).digest()[:3])


@dataclass(frozen=True, slots=True)
class Phone:
    """A trusted phone number; `push_mode` is `sms` or `voice`."""

    id: int
    number: str
    push_mode: str = "sms"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One Apple ID. `auth_type` is in Apple's words: hsa2, hsa (four digits, until 2019) or sa (no second factor)."""

    email: str
    password: str
    name: str
    teams: tuple[Membership, ...]
    roles: tuple[str, ...] = ("ADMIN",)
    protocol: str = "s2k"
    auth_type: str = "hsa2"
    trusted_devices: tuple[str, ...] = ()
    phones: tuple[Phone, ...] = ()
    security_keys: tuple[str, ...] = ()
    state: str = "active"
    agreement: bool = False
    """Whether a new licence agreement waits for the account holder."""
    salt: str = ""
    """Hexadecimal, 16 bytes."""

    @property
    def key(self) -> str:
        """What it is found by: addresses do not differ by case."""
        return self.email.lower()

    @property
    def kind(self) -> str:
        """What is particular about it, in a few words."""
        if self.state != "active":
            return _STATES[self.state]
        if self.auth_type != "hsa2":
            return _AUTH_TYPES[self.auth_type]
        ways = [f"device {name}" for name in self.trusted_devices]
        ways += [f"{phone.push_mode} to {phone.number}" for phone in self.phones]
        ways += [f"security key {name}" for name in self.security_keys]
        ways += [f"{len(self.teams)} teams"] if len(self.teams) > 1 else []
        return ", ".join(ways)

    def as_document(self) -> dict[str, Any]:
        """What the store keeps."""
        document = {name: getattr(self, name) for name in self.__slots__}
        document["teams"] = [[each.team_id, each.name] for each in self.teams]
        document["phones"] = [[each.id, each.number, each.push_mode] for each in self.phones]
        return document

    def __repr__(self) -> str:
        return f"Account({self.email!r}, state={self.state!r})"


def account_of(document: dict[str, Any]) -> Account:
    """The account that the store keeps."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    values["teams"] = tuple(Membership(*each) for each in document["teams"])
    values["phones"] = tuple(Phone(*each) for each in document["phones"])
    return Account(**values)


def accounts_of(store: Store) -> list[Account]:
    """All accounts, in the order of the seed; within `reading()` or `writing()`."""
    return [account_of(each) for each in store.fact(ACCOUNTS, {}).values()]


def find_account(store: Store, email: str) -> Account | None:
    """The account of an address, in whatever case; within `reading()` or `writing()`."""
    found = store.fact(ACCOUNTS, {}).get(email.strip().lower())
    return account_of(found) if found else None
