"""Fills a new sandbox from a seed file, and says what is wrong with one that does not fit."""

from __future__ import annotations

import difflib
import re
import secrets
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lane_sandbox._keys import DEFAULT_KEYS, KeyWish
from lane_sandbox._signin.accounts import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lane_sandbox._resource import Attribute, Resource
    from lane_sandbox._signin.accounts import Account
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

DEFAULT = Path(__file__).with_name("seed.yaml")
AGO = re.compile(r"([+-])(\d{1,6})([dhm])")
UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0}
FIRST = ("bundleIds", "devices", "certificates")
"""What others are made from is completed before them."""
NEEDED: dict[str, tuple[str, ...]] = {
    "apps": ("name", "bundleId", "sku", "primaryLocale"),
    "certificates": ("certificateType",),
    "users": ("username", "roles"),
    "preReleaseVersions": ("version", "platform", "app"),
    "builds": ("version", "app", "preReleaseVersion"),
    "buildBundles": ("build",),
    "appInfos": ("app",),
    "appScreenshots": ("fileName", "fileSize", "appScreenshotSet"),
}
"""What an entry must have, where that is not what a create must have."""


class SeedError(ValueError):
    """A seed that cannot be used; the message says where and why."""


class Seed:
    """The content of a seed file, read once. Raises SeedError where it is no seed."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or DEFAULT
        self.text = _read(self.path)
        self._document = _parse(self.path, self.text)

    @property
    def keys(self) -> list[KeyWish]:
        """The keys that the sandbox is to have; the usual ones if the file names none."""
        from lane_sandbox._roles import ROLES

        entries = self._document.get("keys")
        if entries is None:
            return list(DEFAULT_KEYS)
        if not isinstance(entries, list) or not entries:
            raise self._wrong("keys", "must be a list with at least one key")
        return [
            self._key(f"keys, entry {number}", each, ROLES) for number, each in enumerate(entries, start=1)
        ]

    @property
    def accounts(self) -> list[Account]:
        """The Apple IDs that the sandbox is to have, in their order."""
        from lane_sandbox._signin.accounts import Membership
        from lane_sandbox._signin.seeding import AccountError, account_from

        entries = self._document.get("accounts", [])
        if not isinstance(entries, list):
            raise self._wrong("accounts", "must be a list of entries")
        team = self._team()
        own = Membership(team["id"], team["name"])
        found: dict[str, Account] = {}
        for number, entry in enumerate(entries, start=1):
            where = f"accounts, entry {number}"
            try:
                account = account_from(entry, own)
            except AccountError as problem:
                raise self._wrong(where, str(problem)) from problem
            if account.key in found:
                raise self._wrong(where, f"the address '{account.email}' is there already")
            found[account.key] = account
        return list(found.values())

    def fill(self, team: Team) -> None:
        """Fill an empty store; within `writing()`."""
        from lane_sandbox._categories import add_categories

        team.store.put_fact("secret", secrets.token_hex(32))
        team.store.put_fact("team", self._team())
        team.store.put_fact(ACCOUNTS, {each.key: each.as_document() for each in self.accounts})
        add_categories(team.store)
        made: list[tuple[Record, str, dict[str, Any]]] = []
        for kind, entries in self._entries(team):
            for number, entry in enumerate(entries, start=1):
                where = f"{kind}, entry {number}"
                made.append((self._add(team, where, kind, entry), where, entry))
        for record, where, entry in made:
            self._link(team, where, record, entry)
        self._complete(team, [record for record, _, _ in made])

    def _team(self) -> dict[str, str]:
        found = self._document.get("team") or {"id": "ABCDE12345", "name": "Example Team"}
        if not isinstance(found, dict) or not all(
            isinstance(found.get(name), str) for name in ("id", "name")
        ):
            raise self._wrong("team", "must have an 'id' and a 'name', both texts")
        return {"id": found["id"], "name": found["name"]}

    def _key(self, where: str, entry: Any, roles: tuple[str, ...]) -> KeyWish:
        if not isinstance(entry, dict) or not all(
            isinstance(entry.get(name), str) for name in ("name", "role")
        ):
            raise self._wrong(where, "must have a 'name' and a 'role'")
        known = ("name", "role", "individual", "provisioning")
        for name in entry:
            if name not in known:
                raise self._wrong(where, _unknown(name, known))
        for name in ("individual", "provisioning"):
            if not isinstance(entry.get(name, False), bool):
                raise self._wrong(where, f"'{name}' must be true or false")
        if entry["role"] not in roles:
            raise self._wrong(where, _unknown(entry["role"], roles))
        return KeyWish(**entry)

    def _entries(self, team: Team) -> list[tuple[str, list[Any]]]:
        found = []
        for kind, entries in self._document.items():
            if kind in {"team", "keys", "accounts"}:
                continue
            if kind not in team.types or kind == "appCategories":
                raise self._wrong(str(kind), _unknown(str(kind), ("team", "keys", "accounts", *team.types)))
            if not isinstance(entries, list):
                raise self._wrong(kind, "must be a list of entries")
            found.append((kind, entries))
        return found

    def _add(self, team: Team, where: str, kind: str, entry: Any) -> Record:
        if not isinstance(entry, dict):
            raise self._wrong(where, "must be an object of attributes and relationships")
        resource = team.types[kind]
        identifier = entry.get("id", str(uuid.uuid4()))
        if not isinstance(identifier, str) or not identifier or "/" in identifier:
            raise self._wrong(
                where, f"the id {identifier!r} must be a text without slashes; put it in quotes"
            )
        if team.store.find(kind, identifier):
            raise self._wrong(where, f"the id '{identifier}' is there already")
        known = ["id", *resource.attributes, *resource.relationships]
        for name in entry:
            if name not in known:
                raise self._wrong(where, _unknown(str(name), known))
        for name in _needed(resource):
            if entry.get(name) is None:
                raise self._wrong(where, f"'{name}' is missing")
        values = {
            name: self._value(team, f"{where}, {name}", resource.attributes[name], value)
            for name, value in entry.items()
            if name in resource.attributes and value is not None
        }
        return team.store.add(kind, identifier, values)

    def _value(self, team: Team, where: str, declared: Attribute, value: Any) -> Any:
        from datetime import datetime

        from lane_sandbox._body import SHAPES, check_value

        if declared.kind == "date":
            if isinstance(value, datetime):  # YAML knows moments
                value = team.clock.date(value.timestamp())
            elif isinstance(value, str) and (ago := AGO.fullmatch(value)):
                sign, count, unit = ago.groups()
                value = team.clock.date(team.clock.now() + float(f"{sign}{count}") * UNITS[unit])
        if not isinstance(value, SHAPES.get(declared.kind, str)):
            raise self._wrong(
                where, f"{value!r} is no {declared.kind}; texts that look like numbers need quotes"
            )
        for error in check_value(where, declared, value):
            raise self._wrong(where, error["detail"])
        return value

    def _link(self, team: Team, where: str, record: Record, entry: dict[str, Any]) -> None:
        for name, relationship in team.types[record.type].relationships.items():
            given = entry.get(name)
            if given is None:
                continue
            targets = given if isinstance(given, list) else [given]
            if len(targets) > 1 and not relationship.many:
                raise self._wrong(where, f"'{name}' leads to one resource")
            if relationship.through:
                raise self._wrong(
                    where, f"'{name}' follows from {'.'.join(relationship.through)}; write that"
                )
            for target in targets:
                if not isinstance(target, str) or team.store.find(relationship.target, target) is None:
                    raise self._wrong(
                        where, f"'{name}': there is no entry with the id {target!r} in {relationship.target}"
                    )
            team.store.link(record, name, targets)

    def _complete(self, team: Team, records: list[Record]) -> None:
        from lane_sandbox._problem import Problem

        def place(record: Record) -> int:
            return FIRST.index(record.type) if record.type in FIRST else len(FIRST)

        for record in sorted(records, key=place):
            complete = team.types[record.type].seeded
            try:
                if complete:
                    complete(team, record)
            except Problem as problem:
                raise self._wrong(f"{record.type} {record.id}", str(problem)) from problem

    def _wrong(self, where: str, why: str) -> SeedError:
        return SeedError(f"{self.path}: {where}: {why}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SeedError(f"{path}: the seed cannot be read: {problem}") from problem


def _parse(path: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as problem:
        raise SeedError(f"{path}: the seed is no YAML: {problem}") from problem
    if not isinstance(document, dict):
        raise SeedError(f"{path}: the seed must be an object, with Apple's types as members")
    return document


def _needed(resource: Resource) -> Iterable[str]:
    if resource.type in NEEDED:
        return NEEDED[resource.type]
    required = resource.create.required if resource.create else ()
    return [name for name in required if name not in resource.inputs]


def _unknown(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; use {', '.join(names)}"
    return f"'{name}' is not known{hint}"
