"""Reads the body that asks for an app: one document with all that is made with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lane_sandbox._iris.locales import LOCALES
from lane_sandbox._problem import Problem, bad_document, bad_json, bad_relationship, error
from lane_sandbox._resources._versions import VERSION

PLACEHOLDER = re.compile(r"\$\{[^{}]{1,200}\}")
PLATFORMS = ("IOS", "MAC_OS", "TV_OS", "VISION_OS")
MOST_INCLUDED = 500
ATTRIBUTES = {
    "apps": ("sku", "primaryLocale", "bundleId"),
    "appInfoLocalizations": ("locale", "name"),
    "appStoreVersions": ("platform", "versionString"),
    "appStoreVersionLocalizations": ("locale",),
}
"""The attributes that each must have."""
OPTIONAL = {"apps": ("companyName",)}

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewApp:
    """What is asked for: names by locale; by platform the version's number and the locales of its texts.

    `places` has the pointer to each name, by locale.
    """

    sku: str
    locale: str
    bundle_id: str
    company: str | None
    names: dict[str, str]
    places: dict[str, str]
    versions: dict[str, tuple[str, tuple[str, ...]]]


def read_app(raw: bytes) -> NewApp:
    """The app that a body asks for. Raises Problem; what the team makes possible is not checked here."""
    document = _document(raw)
    reader = _Reader(document)
    data = document["data"]
    if not isinstance(data, dict) or data.get("type") != "apps":
        raise bad_document("'data' must be an object of the type 'apps'", pointer="/data")
    attributes = _attributes(data, "/data")
    infos = reader.follow(data, "/data", "appInfos")
    versions = reader.follow(data, "/data", "appStoreVersions")
    if len(infos) != 1:
        raise Problem([bad_relationship("appInfos", "INVALID", "A new app has one app info")])
    names, places = _names(reader, *infos[0])
    return NewApp(
        attributes["sku"],
        attributes["primaryLocale"],
        attributes["bundleId"],
        attributes.get("companyName"),
        names,
        places,
        _versions(reader, versions),
    )


class _Reader:
    """Finds what identifiers in a compound document stand for."""

    def __init__(self, document: JsonObject) -> None:
        self._included: dict[tuple[str, str], tuple[JsonObject, str]] = {}
        for index, each in enumerate(document.get("included") or []):
            pointer = f"/included/{index}"
            if not isinstance(each, dict):
                raise bad_document("what is included must be objects", pointer=pointer)
            kind, identifier = _identity(each, pointer)
            if not PLACEHOLDER.fullmatch(identifier):
                detail = f"'{identifier}' must be a name in ${{…}}: what is included is yet to be made"
                raise bad_document(detail, pointer=f"{pointer}/id")
            self._included[kind, identifier] = (each, pointer)

    def follow(self, holder: JsonObject, pointer: str, name: str) -> list[tuple[JsonObject, str]]:
        """The included objects of a to-many relationship, at least one, each with its place."""
        place = f"{pointer}/relationships/{name}"
        relationships = holder.get("relationships")
        given = relationships.get(name) if isinstance(relationships, dict) else None
        targets = given.get("data") if isinstance(given, dict) else None
        if not isinstance(targets, list) or not targets:
            detail = f"You must provide a value for the relationship '{name}' with this request"
            raise Problem([bad_relationship(name, "REQUIRED", detail, pointer=place)])
        found = []
        for index, target in enumerate(targets):
            where = f"{place}/data/{index}"
            if not isinstance(target, dict):
                raise bad_document("an identifier has the members 'type' and 'id'", pointer=where)
            identity = _identity(target, where)
            if identity[0] != name or identity not in self._included:
                detail = f"'{identity[1]}' is not included as one of {name}"
                raise Problem([bad_relationship(name, "INVALID", detail, pointer=where)])
            found.append(self._included[identity])
        return found


def _document(raw: bytes) -> JsonObject:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as problem:
        raise bad_json(f"The request body is not JSON: {str(problem)[:200]}") from problem
    if not isinstance(document, dict) or "data" not in document:
        raise bad_document("The request body must be an object with the member 'data'", pointer="/data")
    included = document.get("included")
    if included is not None and (not isinstance(included, list) or len(included) > MOST_INCLUDED):
        raise bad_document(f"'included' must be a list of at most {MOST_INCLUDED}", pointer="/included")
    return document


def _identity(given: JsonObject, pointer: str) -> tuple[str, str]:
    kind, identifier = given.get("type"), given.get("id")
    if not isinstance(kind, str) or not isinstance(identifier, str):
        raise bad_document("'type' and 'id' must be texts", pointer=pointer)
    return kind, identifier


def _attributes(given: JsonObject, pointer: str) -> dict[str, str]:
    """The attributes that the type has, all texts; one that is required is not blank."""
    attributes = given.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    kind = str(given["type"])
    errors, found = [], {}
    for name in (*ATTRIBUTES[kind], *OPTIONAL.get(kind, ())):
        value = attributes.get(name)
        if value is None or value == "":
            if name in ATTRIBUTES[kind]:
                errors.append(_wrong("REQUIRED", f"You must provide a value for '{name}'", pointer, name))
        elif not isinstance(value, str):
            errors.append(_wrong("TYPE", f"'{name}' has the wrong type", pointer, name))
        else:
            found[name] = value
    for name in attributes.keys() - {*ATTRIBUTES[kind], *OPTIONAL.get(kind, ())}:
        detail = f"'{name}' is not an attribute on the resource '{kind}'"
        errors.append(_wrong("UNKNOWN", detail, pointer, name))
    if errors:
        raise Problem(errors)
    return found


def _wrong(suffix: str, detail: str, pointer: str, name: str) -> JsonObject:
    title = "An attribute in the provided entity is missing, unknown or not right"
    code = f"ENTITY_ERROR.ATTRIBUTE.{suffix}"
    return error(409, code, title, detail, pointer=f"{pointer}/attributes/{name}")


def _names(reader: _Reader, info: JsonObject, pointer: str) -> tuple[dict[str, str], dict[str, str]]:
    names, places = {}, {}
    for each, place in reader.follow(info, pointer, "appInfoLocalizations"):
        attributes = _attributes(each, place)
        locale = attributes["locale"]
        if locale in names or locale not in LOCALES:
            detail = f"'{locale}' is not a valid locale, or it is there already"
            raise Problem([_wrong("INVALID", detail, place, "locale")])
        names[locale], places[locale] = attributes["name"], f"{place}/attributes/name"
    return names, places


def _versions(
    reader: _Reader, versions: list[tuple[JsonObject, str]]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for each, place in versions:
        attributes = _attributes(each, place)
        platform = attributes["platform"]
        if platform not in PLATFORMS or platform in found:
            detail = f"'{platform}' must be one of {', '.join(PLATFORMS)}, and each once"
            raise Problem([_wrong("INVALID", detail, place, "platform")])
        if not VERSION.fullmatch(attributes["versionString"]):
            detail = "use up to three numbers with dots between, as 1.2.0"
            raise Problem([_wrong("INVALID", detail, place, "versionString")])
        texts = reader.follow(each, place, "appStoreVersionLocalizations")
        found[platform] = (attributes["versionString"], tuple(_locale(*one) for one in texts))
    return found


def _locale(texts: JsonObject, pointer: str) -> str:
    locale = _attributes(texts, pointer)["locale"]
    if locale not in LOCALES:
        raise Problem([_wrong("INVALID", f"'{locale}' is not a valid locale", pointer, "locale")])
    return locale
