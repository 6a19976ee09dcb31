"""Reads fastlane's YAML of cookies, and builds nothing but cookies from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from .cookie import Cookie
from .errors import SessionTextError
from .moment import parse_moment
from .ruby_text import check_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TAG = "!ruby/object:HTTP::Cookie"
_PLAIN_TAGS = {None, "!"} | {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp")
}
_NOTHING = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "yes", "on", "y"}
_FALSE = {"false", "no", "off", "n"} | _NOTHING
_NEEDED = ("name", "value", "domain", "path")
_MOST = 500  # cookies
_AGAIN = "Make a new one with `lane auth export`, or with `fastlane spaceauth`."

Fields = dict[str, str]
_Kind = TypeVar("_Kind")


def read_cookies(text: str, source: str) -> tuple[Cookie, ...]:
    """The cookies in a YAML text with real line feeds (session-formats.md, 1.2); `source` names it in errors.

    Odd scalars count as text, unknown keys are left out. Only events of the YAML are looked at: no tag, alias or
    merge key can make anything grow. Raises SessionTextError, which never shows the text.
    """
    check_size(text, source)
    if text.lstrip()[:1] in ("[", "{"):
        raise SessionTextError(
            f"{source} holds JSON; it wants fastlane's YAML of cookies.",
            hint="A session that `lane auth export` wrote as JSON is read by `lane auth import`. " + _AGAIN,
            code="session_json",
        )
    entries = _entries(text, source)
    cookies = []
    for number, fields in enumerate(entries, start=1):
        try:
            cookies.append(_cookie(fields))
        except _FlawError as flaw:
            cut = number == len(entries) and flaw.at_end
            raise _cut(source) if cut else _malformed(source, f"cookie {number} has {flaw}") from None
    return tuple(cookies)


def _entries(text: str, source: str) -> list[Fields]:
    mark = None
    try:
        return _Reading(text, source).entries()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
    except (yaml.YAMLError, ValueError):  # PyYAML lets ValueError out for an escape that is no character
        pass
    # Raised here, so that PyYAML's error, which quotes the text, is no part of ours.
    if mark is None:
        raise _malformed(source, "it is no YAML")
    if "\n" not in text[mark.index :].strip():
        raise _cut(source)
    raise _malformed(source, f"it is no YAML from line {mark.line + 1} on")


class _Reading:
    """One pass over the events of a text: a list of mappings with a tag, of scalars."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._anchors: dict[str, str] = {}
        self._text = text

    def entries(self) -> list[Fields]:
        """The fields of each cookie, in their order."""
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent) or _is_nothing(event):
            return []
        self._refuse_tag(event)
        if not isinstance(event, yaml.SequenceStartEvent):
            raise _malformed(self._source, "it is no list of cookies")
        found: list[Fields] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            if len(found) == _MOST:
                raise _malformed(self._source, f"it has more than {_MOST} cookies")
            found.append(self._entry(event))
        for event in self._events:
            if not isinstance(event, yaml.DocumentEndEvent | yaml.StreamEndEvent):
                raise _malformed(self._source, "something follows the list of cookies")
        return found

    def _entry(self, event: Any) -> Fields:
        if isinstance(event, yaml.ScalarEvent) and self._is_cut(event):
            raise _cut(self._source)
        self._refuse_tag(event, besides=TAG)
        if not isinstance(event, yaml.MappingStartEvent):
            raise _malformed(self._source, "an entry of its list is no cookie")
        if event.tag != TAG:
            raise SessionTextError(
                f"{self._source} is a list without the tag {TAG}, by which fastlane knows its cookies.",
                hint="Copy the whole value: the tag follows each dash. " + _AGAIN,
                code="session_untagged",
            )
        fields: Fields = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._scalar(event)
            fields.pop(key, None)  # so that the last key of the text is the last one here
            fields[key] = self._scalar(self._next())
        return fields

    def _is_cut(self, event: Any) -> bool:
        """Whether it is what is left of a cookie where the text was cut: `- `, `- !ruby/obj`, a tag and half a key."""
        at_end = not self._text[event.end_mark.index :].strip()
        return at_end and (event.tag == TAG or (not event.value and TAG.startswith(event.tag or "")))

    def _scalar(self, event: Any) -> str:
        line = event.start_mark.line + 1
        self._refuse_tag(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._anchors:
                return self._anchors[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value
            return str(event.value)
        raise _malformed(self._source, f"line {line} holds something else than a text")

    def _next(self) -> Any:
        return next(self._events)

    def _refuse_tag(self, event: Any, *, besides: str | None = None) -> None:
        tag = getattr(event, "tag", None)
        if tag in _PLAIN_TAGS or tag == besides:
            return
        raise SessionTextError(
            f"{self._source} holds YAML that would build other objects than cookies; it was not read.",
            hint=f"Only {TAG} is accepted. Where does this session come from? " + _AGAIN,
            code="session_objects",
        )


def _is_nothing(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value in _NOTHING and event.tag is None


class _FlawError(ValueError):
    """What a cookie has or lacks; `at_end`: as it would be where the text was cut there."""

    def __init__(self, message: str, *, at_end: bool = False) -> None:
        super().__init__(message)
        self.at_end = at_end


def _cookie(fields: Fields) -> Cookie:
    missing = [name for name in _NEEDED if name not in fields]
    if missing:
        raise _FlawError(f"no {missing[0]}", at_end=True)
    cookie = Cookie(
        name=fields["name"],
        value=fields["value"],
        domain=fields["domain"].removeprefix("."),
        path=fields["path"],
        for_domain=_read(fields, "for_domain", _yes, default=False),
        secure=_read(fields, "secure", _yes, default=False),
        httponly=_read(fields, "httponly", _yes, default=False),
        expires=_read(fields, "expires", parse_moment, default=None),
        max_age=_read(fields, "max_age", _whole, default=None),
        created_at=_read(fields, "created_at", parse_moment, default=None),
        accessed_at=_read(fields, "accessed_at", parse_moment, default=None),
    )
    if cookie.flaw:
        raise _FlawError(cookie.flaw, at_end=list(fields)[-1] == "path")
    return cookie


def _read(fields: Fields, key: str, parse: Callable[[str], _Kind], *, default: _Kind) -> _Kind:
    text = fields.get(key, "").strip()
    if text in _NOTHING:
        return default
    try:
        return parse(text)
    except (ValueError, OverflowError):
        pass
    raise _FlawError(f"a {key} that cannot be read", at_end=list(fields)[-1] == key)


def _yes(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE and word not in _FALSE:
        raise ValueError("neither true nor false")
    return word in _TRUE


def _whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?\d{1,12}(\.0*)?", text, re.ASCII):
        raise ValueError("not a number of seconds")
    return int(text.partition(".")[0])


def _cut(source: str) -> SessionTextError:
    return SessionTextError(
        f"{source} ends in the middle of a cookie: a part of it is lost.",
        hint="Copy the whole value again, between single quotes: it is one line of 1,000 characters or more.",
        code="session_cut",
    )


def _malformed(source: str, problem: str) -> SessionTextError:
    return SessionTextError(f"{source} is not a session: {problem}.", hint="Is it cut? " + _AGAIN)
