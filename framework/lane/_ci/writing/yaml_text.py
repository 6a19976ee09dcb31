"""Writes YAML for people: in the order given, with comments, and texts of several lines as blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ON = "on"  # a boolean to YAML 1.1, a text to YAML 1.2 and to all CI systems


class Noted(NamedTuple):
    """A value with a comment: behind it where it is a scalar, else above its key."""

    value: Any
    comment: str


def yaml_text(document: Mapping[str, Any], header: Sequence[str] = ()) -> str:
    """A document below a comment. Keys are texts; values are mappings, lists, texts, numbers, booleans or None.

    A blank line stands before what holds more than a line, at the top and one level below it where that has comments.
    """
    lines = [f"# {line}".rstrip() for line in header]
    for key, value in document.items():
        written = list(_apart(key, value))
        if lines and (len(written) > 1 or lines[-1].startswith(("#", " "))):
            lines.append("")
        lines.extend(written)
    return "\n".join(lines) + "\n"


def _apart(key: str, value: Any) -> Iterator[str]:
    """An entry of the top; what is in it is set apart where it has comments."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not any(isinstance(one, Noted) and _is_block(one.value) for one in inner):
        yield from _entry(key, value)
        return
    parts = (
        [_entry(*one) for one in value.items()] if isinstance(value, dict) else [_item(one) for one in value]
    )
    yield f"{key}:"
    for number, part in enumerate(parts):
        if number:
            yield ""
        yield from (f"  {line}".rstrip() for line in part)


def _entry(key: str, value: Any) -> Iterator[str]:
    """A key and its value, as lines without indentation."""
    name = key if key == _ON else _scalar(key)
    if isinstance(value, Noted):
        if _is_block(value.value):
            yield from (f"# {line}".rstrip() for line in value.comment.splitlines())
        else:
            yield f"{name}: {_scalar(value.value)}  # {value.comment}"
            return
        value = value.value
    yield from _value(f"{name}:", value)


def _value(before: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield before
        yield from (f"  {line}".rstrip() for key, one in value.items() for line in _entry(key, one))
    elif isinstance(value, list) and value:
        yield before
        yield from (f"  {line}".rstrip() for one in value for line in _item(one))
    elif isinstance(value, str) and _is_text_block(value):
        yield f"{before} |" if value.endswith("\n") else f"{before} |-"
        yield from (f"  {line}".rstrip() for line in value.splitlines())
    else:
        yield f"{before} {_scalar(value)}"


def _item(value: Any) -> Iterator[str]:
    if isinstance(value, Noted):
        yield from (f"# {line}".rstrip() for line in value.comment.splitlines())
        value = value.value
    if isinstance(value, dict) and value:
        lines = [line for key, one in value.items() for line in _entry(key, one)]
        yield f"- {lines[0]}"
        yield from (f"  {line}".rstrip() for line in lines[1:])
    else:
        yield from _value("-", value)


def _is_block(value: Any) -> bool:
    return (
        bool(value) if isinstance(value, (dict, list)) else isinstance(value, str) and _is_text_block(value)
    )


def _is_text_block(value: str) -> bool:
    """Whether a text can stand as a block: of several lines, of which none would be read otherwise there."""
    if "\n" not in value.rstrip("\n") or value != value.lstrip():
        return False
    alone = not value.endswith("\n\n") and all(line == line.rstrip() for line in value.split("\n"))
    return alone and value.replace("\n", "").isprintable()


def _scalar(value: Any) -> str:
    import yaml

    if value == {} or value == []:
        return str(value)
    style = (
        '"' if isinstance(value, str) and not value.isprintable() else None
    )  # else it would take several lines
    text = yaml.safe_dump(
        value, default_flow_style=True, default_style=style, width=float("inf"), allow_unicode=True
    )
    return text.removesuffix("...\n").rstrip("\n")
