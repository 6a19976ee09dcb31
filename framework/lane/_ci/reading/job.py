"""What all systems have in common: a job with its scripts, of which the calls of release tools are taken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .called import called, expanded, script_of
from .found import CiCall
from .places import from_root, joined, located, plain
from .script import commands
from .tasks import leads_to
from .yaml_lines import Text

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

    from .found import CiStart
    from .repository import Repository

_DEEPEST = 3  # a script runs another


@dataclass(frozen=True, slots=True)
class Job:
    """Where a script runs. `variables` are those that the file gives, with their texts; None: not written there.

    `values` are what expressions can stand for: `matrix.lane`, `parameters.lane`.
    """

    repository: Repository
    system: str
    file: str
    workflow: str
    name: str
    expressions: re.Pattern[str]
    starts: tuple[CiStart, ...]
    folder: str | None = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    approval: str | None = None

    def within(self, folder: str | None, variables: Mapping[str, str | None] | None = None) -> Job:
        """The same in a folder below its own, with more variables."""
        into = self.folder if folder is None else self._below(folder)
        return replace(self, folder=into, variables={**self.variables, **(variables or {})})

    def _below(self, folder: str) -> str | None:
        ways = list(expanded([located(folder, None, {})], self._known({})))
        known = len(ways) == 1 and plain(ways[0][0])
        return from_root(joined(self.folder, ways[0][0])) if known else None

    def calls(self, script: object, depth: int = 0) -> Iterator[CiCall]:
        """The calls in a script, and in the scripts of the repository that it runs.

        In several that are one, the folder and the variables go on.
        """
        parts = [one for one in (script if isinstance(script, list) else [script]) if isinstance(one, Text)]
        places = [(part.path, number) for part in parts for number in _numbers(part)]
        here = str(PurePosixPath(parts[0].path).parent) if depth and parts else None
        for command in commands("\n".join(parts), self.expressions, here):
            path, line = places[min(command.line, len(places) - 1)]
            folder = from_root(joined(self.folder, command.folder))
            for words in expanded(command.words, self._known(command.variables)):
                found = called(words)
                if found is not None:
                    own = frozenset(command.variables)
                    yield self.call(found.program, found.words, path, line, folder, own)
            led = leads_to(command.words, folder, self.repository)
            if led is not None:
                said = " ".join(command.words)
                self.repository.unseen[f"{path}:{line} runs {said}: {led} is not looked into."] = None
            inner = script_of(command.words)
            if inner is not None and depth < _DEEPEST:
                name = located(inner, here, command.variables)
                file = from_root(joined(folder, name)) if plain(name) else None
                yield from replace(self.within(None, command.variables), folder=folder).file_calls(
                    file, depth
                )

    def file_calls(self, path: str | None, depth: int) -> Iterator[CiCall]:
        """The calls in a shell script of the repository."""
        text = "" if path is None else self.repository.text(path)
        if path is not None and text and self.repository.follows():
            yield from self.calls(Text.at(text, path, 1), depth + 1)

    def call(
        self,
        program: str,
        words: tuple[str, ...],
        path: str,
        line: int,
        folder: str | None,
        own: frozenset[str] = frozenset(),
    ) -> CiCall:
        """A call of this job; `own` are variables that the command itself is given."""
        names = own.union(name for name, value in self.variables.items() if value != "")
        return CiCall(
            self.system,
            path,
            line,
            self.file,
            self.workflow,
            self.name,
            program,
            words,
            folder,
            names,
            self.starts,
            self.approval,
        )

    def _known(self, own: Mapping[str, str | None]) -> dict[str, Sequence[str]]:
        """What is known of expressions and of the shell's variables."""
        found = dict(self.values)
        for name, value in {**self.variables, **own}.items():
            if value is None:
                found.pop(name, None)
            elif name not in found or name in own:
                found.update(_values(name, value, self.values))
        return found


def _values(name: str, value: str, values: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """What a variable can be, where that is written: its text, or what an expression in it stands for."""
    ways = [way[0] for way in expanded([value], values)]
    return {name: ways, f"env.{name}": ways} if all(map(plain, ways)) else {}


def _numbers(part: Text) -> range:
    """The line in the file of each line of a text; those of a quoted text that was folded are not known better."""
    return range(part.first, part.first + str(part).count("\n") + 1)


def environment(value: object) -> dict[str, str | None]:
    """A mapping of variables, or a list of `NAME=value`, as their texts; None for what is not a text."""
    if isinstance(value, dict):
        return {str(name): one if isinstance(one, str) else _written(one) for name, one in value.items()}
    found: dict[str, str | None] = {}
    for one in value if isinstance(value, list) else ():
        if isinstance(one, str):
            name, _, text = one.partition("=")
            found[name] = text
        elif isinstance(one, dict):
            found.update(environment(one))
    return found


def _written(value: object) -> str | None:
    if isinstance(value, dict):  # GitLab's: value, description
        inner = value.get("value")
        return inner if isinstance(inner, str) else None
    return {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
