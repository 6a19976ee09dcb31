"""Ruby's methods on texts. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .values import FALSE, GAP, TRUE, UNKNOWN, Items, Known, Table, Unknown, Value, known_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _starts(value: Value, given: Sequence[Value]) -> Value | None:
    text, starts = known_text(value), [known_text(one) for one in given]
    if text is None or None in starts:
        return UNKNOWN
    return _decided(text.startswith(tuple(one for one in starts if one is not None)))


def _ends(value: Value, given: Sequence[Value]) -> Value | None:
    text, ends = known_text(value), [known_text(one) for one in given]
    if text is None or None in ends:
        return UNKNOWN
    return _decided(text.endswith(tuple(one for one in ends if one is not None)))


def _join(value: Value, given: Sequence[Value]) -> Value | None:
    if not isinstance(value, Items):
        return UNKNOWN
    between = known_text(given[0]) if given else ""
    parts = [GAP if (text := text_of(one)) is None else text for one in value.values]
    text = (between if between is not None else GAP).join(parts if value.complete else [*parts, GAP])
    return Unknown(text) if GAP in text else Known(text)


def _text(change: Callable[[str], str]) -> Callable[[Value, Sequence[Value]], Value | None]:
    def apply(value: Value, _: Sequence[Value]) -> Value | None:
        text = known_text(value)
        return UNKNOWN if text is None else Known(change(text))

    return apply


def _replaced(value: Value, given: Sequence[Value]) -> Value | None:
    text, old, new = known_text(value), *(known_text(one) for one in [*given, UNKNOWN, UNKNOWN][:2])
    return UNKNOWN if text is None or old is None or new is None else Known(text.replace(old, new))


def _split(value: Value, given: Sequence[Value]) -> Value | None:
    text, between = known_text(value), known_text(given[0]) if given else " "
    if text is None or between is None:
        return UNKNOWN
    return Items(
        tuple(Known(part) for part in (text.split() if between == " " else text.split(between or None)))
    )


def _decided(holds: bool) -> Value:
    return TRUE if holds else FALSE


_FORMAT = re.compile(r"%(?:\{(\w+)\}|[-+ 0#]*\d*(?:\.\d+)?(?:<(\w+)>)?[-+ 0#]*\d*(?:\.\d+)?([sdifpu%]))")


def formatted(value: Value, given: Sequence[Value]) -> Value:
    """`"%s %s" % list`, `format(text, …)`."""
    text = text_of(value)
    if text is None:
        return UNKNOWN
    values = given[0].values if len(given) == 1 and isinstance(given[0], Items) else given
    named = given[0] if len(given) == 1 and isinstance(given[0], Table) else Table()
    left = iter(values)

    def shown(found: re.Match[str]) -> str:
        if found[3] == "%":
            return "%"
        name = found[1] or found[2]
        one = text_of(named.get(name) if name else next(left, UNKNOWN))
        return GAP if one is None else one

    made = _FORMAT.sub(shown, text)
    return Unknown(made) if GAP in made else Known(made)


TEXT_METHODS: dict[str, Callable[[Value, Sequence[Value]], Value | None]] = {
    "start_with?": _starts,
    "end_with?": _ends,
    "join": _join,
    "%": formatted,
    "shelljoin": lambda value, _: _join(value, [Known(" ")]),
    "downcase": _text(str.lower),
    "upcase": _text(str.upper),
    "capitalize": _text(str.capitalize),
    "camelize": _text(lambda text: re.sub(r"(?:^|_)(\w)", lambda found: found[1].upper(), text)),
    **dict.fromkeys(("gsub", "sub", "tr"), _replaced),
    "split": _split,
}
