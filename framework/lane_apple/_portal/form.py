"""Forms and names as the developer portal takes them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Value = str | bool | Sequence[str] | None
    Fields = Mapping[str, Value]

_NOT_TAKEN = re.compile(r'[^\x00-\x7f]|[.@&*"]')


def encoded(fields: Fields) -> str:
    """A form, sorted by name; a list repeats `name[]`, None is the bare name (private-endpoints.md, 1.1)."""
    return "&".join(part for name in sorted(fields) for part in _parts(name, fields[name]))


def _parts(name: str, value: Value) -> list[str]:
    if value is None:
        return [quote_plus(name)]
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, str):
        return [f"{quote_plus(name)}={quote_plus(value)}"]
    return [f"{quote_plus(f'{name}[]')}={quote_plus(each)}" for each in value]


def portal_name(name: str) -> str:
    """A name in ASCII; one that had to be changed ends with the MD5 of what it was, so that no two become one."""
    from anyascii import anyascii

    plain = _NOT_TAKEN.sub("", anyascii(name))
    if plain == name:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{plain} {digest}"
