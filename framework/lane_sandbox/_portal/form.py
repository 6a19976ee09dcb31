"""The fields of a call: of a form, of a query, or of a JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from lane_sandbox._portal.refusal import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FIELDS = 5_000
TRUE = frozenset({"true", "on", "1", "yes"})
FALSE = frozenset({"false", "off", "0", "no", ""})
NUMBERS = range(1, 100_000)


class Form:
    """Values by name, as texts; None stands for a name without `=`, which is how clients send nil.

    Its readers raise the refusal of a field that is missing or wrong.
    """

    def __init__(self, values: dict[str, list[str | None]]) -> None:
        self._values = values

    def optional(self, name: str) -> str | None:
        """The value, without blanks around it; None where there is none, or an empty one."""
        for value in self._values.get(name, ()):
            if value is not None and value.strip():
                return value.strip()
        return None

    def text(self, name: str) -> str:
        """The value, which must be there."""
        value = self.optional(name)
        if value is None:
            raise invalid(name, f"The parameter '{name}' is required.")
        return value

    def many(self, name: str) -> list[str]:
        """The values of a list: repeated as `name[]` or `name`, or with commas between."""
        parts = [part.strip() for value in self.repeated(name) for part in value.split(",")]
        return list(dict.fromkeys(part for part in parts if part))

    def repeated(self, name: str) -> list[str]:
        """The values of a list whose values may have commas."""
        given = [*self._values.get(f"{name}[]", ()), *self._values.get(name, ())]
        return [value.strip() for value in given if value and value.strip()]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A value that is true or false, in one of the ways in which that is written."""
        value = (self.optional(name) or "").lower()
        if name not in self._values or value not in TRUE | FALSE:
            return default
        return value in TRUE

    def number(self, name: str, default: int) -> int:
        """A number from 1; the default where none is given, or none that is one."""
        value = self.optional(name) or ""
        if not (value.isascii() and value.isdigit() and len(value) < 6):
            return default
        return int(value) if int(value) in NUMBERS else default

    def names(self) -> list[str]:
        """All names, in their order."""
        return list(self._values)


def read_form(search: bytes, body: bytes, media_type: str) -> Form:
    """The fields of a query and of a body; of both, if one has the same name. Raises Refusal."""
    values: dict[str, list[str | None]] = {}
    parts = [*_pairs(search), *(_members(body) if "json" in media_type else _pairs(body))]
    if len(parts) > MOST_FIELDS:
        raise invalid("", f"At most {MOST_FIELDS} parameters are allowed.")
    for name, value in parts:
        values.setdefault(name, []).append(value)
    return Form(values)


def _pairs(raw: bytes) -> Iterator[tuple[str, str | None]]:
    for part in raw.decode("latin-1").split("&"):
        if part:
            name, equals, value = part.partition("=")
            yield _decoded(name), _decoded(value) if equals else None


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="replace")


def _members(raw: bytes) -> Iterator[tuple[str, str | None]]:
    try:
        document = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as problem:
        raise Refusal(35, "json.invalid", "The request body is not JSON.") from problem
    if not isinstance(document, dict):
        raise Refusal(35, "json.invalid", "The request body must be a JSON object.")
    for name, value in document.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, _as_text(each)


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()
