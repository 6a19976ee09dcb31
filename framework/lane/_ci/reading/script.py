"""Reads shell scripts into commands, and runs none: by a grammar of bash, not by splitting lines."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .places import joined, located, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node, Parser

GITHUB = re.compile(r"\$\{\{.{0,2000}?\}\}", re.DOTALL)
CIRCLECI = re.compile(r"<<\s*[\w.-]+\s*>>")
BUILDKITE = re.compile(r"\{\{\s*matrix[\w.-]*\s*\}\}")
NONE = re.compile(r"(?!)")
_LONGEST = 100_000
_SHELLS = {"sh", "bash", "zsh", "dash"}
_HELD = re.compile(r"__ci_expression_(\d+)__")


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words without quotes, and the line of the script, from 0.

    `folder` is where `cd` has led to, from where the script began; None where that is not to be known. `variables` are
    set by the script for it, with their values where these are plain.
    """

    words: tuple[str, ...]
    line: int
    folder: str | None
    variables: dict[str, str | None] = field(default_factory=dict)


def commands(script: str, expressions: re.Pattern[str] = NONE, here: str | None = None) -> list[Command]:
    """The commands of a script, in its order; those in functions, conditions and `bash -c` too.

    What matches `expressions` is put in by the CI system, and stays as it is written. `here` is the folder of the file
    that the script is, from the root.
    """
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"__ci_expression_{len(held) - 1}__" + "\n" * found[0].count("\n")

    text = expressions.sub(hold, script[:_LONGEST])
    return list(_Walk(text.encode(errors="replace"), held, here).commands())


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Walk:
    """Walks through a script, and minds the folder and the variables."""

    def __init__(self, source: bytes, held: Sequence[str], here: str | None) -> None:
        self._source = source
        self._here = here
        self._held = held
        self._folder: str | None = ""
        self._variables: dict[str, str | None] = {}

    def commands(self) -> Iterator[Command]:
        """All commands, in the order of the source."""
        waiting: list[Node | tuple[str | None, dict[str, str | None]]] = [
            _parser().parse(self._source).root_node
        ]
        while waiting:
            node = waiting.pop()
            if isinstance(node, tuple):  # the end of a subshell
                self._folder, self._variables = node
                continue
            if node.type in {"subshell", "command_substitution"}:
                waiting.append((self._folder, dict(self._variables)))
            if node.type == "command":
                yield from self._command(node)
            elif node.type == "variable_assignment" and not _is_for_one_command(node):
                self._assign(node, self._variables)
            waiting.extend(reversed(node.children))

    def _command(self, node: Node) -> Iterator[Command]:
        own = dict(self._variables)
        words: list[str] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, own)
            elif not child.type.endswith("redirect"):
                words.append(self._word(child))
        if not words:
            return
        line = node.start_point[0]
        yield Command(tuple(words), line, self._folder, own)
        name = PurePosixPath(words[0]).name
        if name in {"cd", "pushd"}:
            self._folder = self._led(words[1:])
        elif name in _SHELLS:
            yield from self._inner(words, line, own)

    def _inner(self, words: list[str], line: int, own: dict[str, str | None]) -> Iterator[Command]:
        """The commands of `bash -c '…'`."""
        flags = [index for index, word in enumerate(words) if re.fullmatch(r"-[a-z]*c", word)]
        if not flags or len(words) <= flags[0] + 1:
            return
        for one in commands(words[flags[0] + 1]):
            yield Command(one.words, line + one.line, joined(self._folder, one.folder), own | one.variables)

    def _led(self, words: Sequence[str]) -> str | None:
        """Where `cd` leads."""
        targets = [word for word in words if not word.startswith("-") or word == "-"]
        target = located(targets[0], self._here, self._variables) if targets else "-"
        return None if target == "-" or not plain(target) else joined(self._folder, target)

    def _assign(self, node: Node, variables: dict[str, str | None]) -> None:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is not None:
            word = "" if value is None else located(self._word(value), self._here, variables)
            variables[self._text(name)] = word if plain(word) else None

    def _word(self, node: Node) -> str:
        text = self._text(node)
        try:
            parts = shlex.split(text)
        except ValueError:
            parts = []
        word = parts[0] if len(parts) == 1 else "" if text in {"''", '""'} else text
        return _HELD.sub(lambda found: self._held[int(found[1])], word)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace").replace("\\\n", "")


def _is_for_one_command(assignment: Node) -> bool:
    return assignment.parent is not None and assignment.parent.type == "command"
