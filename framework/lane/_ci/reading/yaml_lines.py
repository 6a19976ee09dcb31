"""YAML as CI systems read it, with the line of every text: `on` is a text, merge keys are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MAP, _MERGE = "tag:yaml.org,2002:map", "<<"


class Text(str):
    """A scalar as it is written. `first` is the line of its own first line, which a block has below its key."""

    __slots__ = ("first", "line", "path")

    line: int
    first: int
    path: str

    @classmethod
    def at(cls, text: str, path: str, line: int, *, block: bool = False) -> Text:
        """A text of a file and a line."""
        made = cls(text)
        made.path, made.line, made.first = path, line, line + 1 if block else line
        return made


class Table(dict[str, Any]):
    """A mapping, with where it begins; its keys are texts with lines."""

    __slots__ = ("line", "path")

    line: int
    path: str

    def line_of(self, key: str) -> int:
        """The line of a key."""
        return next((name.line for name in self if name == key and isinstance(name, Text)), self.line)


class Reference(NamedTuple):
    """GitLab's `!reference [job, script]`."""

    way: tuple[str, ...]


class Unreadable(Exception):  # noqa: N818 - it says what a file is
    """A file that is no YAML. Its text says the line and why."""


def documents(text: str, path: str) -> list[Any]:
    """The documents of a text: tables, lists, texts, booleans and None. Raises Unreadable."""
    import yaml

    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
        return [_Reading(path).value(node) for node in nodes]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise Unreadable(f"{line}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise Unreadable(str(error).splitlines()[0]) from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None


class _Reading:
    """Turns nodes into values; an anchor's is one value, wherever it is named."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[int, Any] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        """The value of a node."""
        key = id(node)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            raise Unreadable(f"line {node.start_mark.line + 1}: it contains itself")
        self._open.add(key)
        made = self._known[key] = self._made(node)
        self._open.discard(key)
        return made

    def _made(self, node: yaml.Node) -> Any:
        import yaml

        if isinstance(node, yaml.MappingNode):
            return self._table(node)
        if isinstance(node, yaml.SequenceNode):
            if node.tag == "!reference":
                return Reference(tuple(str(self.value(one)) for one in node.value))
            return [self.value(one) for one in node.value]
        text, style = str(node.value), getattr(node, "style", None)
        if style is None and text in _NULLS:
            return None
        if style is None and text in _BOOLEANS:
            return _BOOLEANS[text]
        return Text.at(text, self._path, node.start_mark.line + 1, block=style in {"|", ">"})

    def _table(self, node: yaml.MappingNode) -> Table:
        made = Table()
        made.path, made.line = self._path, node.start_mark.line + 1
        for key, value in node.value:
            if key.value == _MERGE and key.style is None:
                for merged in self._merged(value):
                    for name, one in merged.items():
                        made.setdefault(name, one)
        for key, value in node.value:
            if key.value == _MERGE and key.style is None:
                continue
            name = Text.at(_name(key), self._path, key.start_mark.line + 1)
            made.pop(name, None)  # so that the key, too, is the one with this line
            made[name] = self.value(value)
        return made

    def _merged(self, node: yaml.Node) -> Iterator[Table]:
        found = self.value(node)
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, Table):
                yield one


def _name(key: yaml.Node) -> str:
    return key.value if isinstance(key.value, str) else str(key.value)


def table(value: Any) -> Table:
    """A value where a mapping is expected; an empty one for anything else."""
    if isinstance(value, Table):
        return value
    made = Table()
    made.path, made.line = "", 0
    return made


def texts(value: Any) -> list[str]:
    """A text, or those of a list, as plain texts."""
    return [str(one) for one in placed(value)]


def placed(value: Any) -> list[Text]:
    """The same, with where they stand."""
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, Text)]


def flag(value: Any) -> bool:
    """Whether a value is true, also as a text."""
    return value is True or value == "true"
