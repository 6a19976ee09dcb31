"""Which commands call a release tool, behind whatever starts it: `uv run`, `bundle exec`, `python -m`."""

from __future__ import annotations

import itertools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROGRAMS = ("lane", "fastlane")
# What runs the program that it is given, and the words that have to stand before that program, where there are such.
_RUNNERS: dict[str, frozenset[str]] = {
    "uv": frozenset({"run"}),
    "poetry": frozenset({"run"}),
    "pdm": frozenset({"run"}),
    "pipenv": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "rye": frozenset({"run"}),
    "pipx": frozenset({"run"}),
    "pixi": frozenset({"run"}),
    "conda": frozenset({"run"}),
    "bundle": frozenset({"exec"}),
    "bundler": frozenset({"exec"}),
    "rbenv": frozenset({"exec"}),
    "mise": frozenset({"exec", "x"}),
    "asdf": frozenset({"exec"}),
    "rvm": frozenset({"do"}),
    "doppler": frozenset({"run"}),
    "op": frozenset({"run"}),
    **dict.fromkeys(
        ("uvx", "sudo", "env", "time", "nice", "nohup", "command", "exec", "arch", "caffeinate", "timeout",
         "gtimeout", "travis_wait", "xcrun", "xvfb-run", "dotenv", "retry", "ruby", "stdbuf"),
        frozenset(),
    ),
}  # fmt: skip
_WITH = {"--from", "--with", "-p", "--package", "--spec", "--group", "--extra", "--project"}
_SHELLS = {"sh", "bash", "zsh", "dash", "source", "."}
_PYTHON = re.compile(r"python[\d.]*|py")
_PLACE = re.compile(
    r"\$\{\{\s*(?P<github>[\w.-]+)\s*\}\}|<<\s*(?P<circleci>[\w.-]+)\s*>>|\{\{\s*(?P<buildkite>matrix[\w.-]*)\s*\}\}"
    r"|\$\{(?P<braced>[A-Za-z_]\w*)\}|\$(?P<bare>[A-Za-z_]\w*)"
)
_MOST = 32  # values of a matrix
_FURTHEST = 64  # words before a program


class Called(NamedTuple):
    """A program, and the words after it."""

    program: str
    words: tuple[str, ...]


def called(words: Sequence[str]) -> Called | None:
    """The call of a tool that a command is; None for another command."""
    index = _program(words[:_FURTHEST])
    if index is None:
        return None
    program = PurePosixPath(words[index]).name
    rest = tuple(words[index + 1 :])
    if program == "lane" and rest[:1] != ("run",):
        return None
    return Called(program, rest) if any(not word.startswith("-") for word in rest) else None


def script_of(words: Sequence[str]) -> str | None:
    """The shell script that a command runs, as it names it; None for another command."""
    first = words[0]
    if PurePosixPath(first).name in _SHELLS:
        first = next((word for word in words[1:] if not word.startswith("-")), "")
    return first if first.rstrip('"').endswith(".sh") else None


def _program(words: Sequence[str]) -> int | None:
    """Where the program stands."""
    first = PurePosixPath(words[0]).name
    if first in PROGRAMS:
        return 0
    if _PYTHON.fullmatch(first):
        module = words.index("-m") + 1 if "-m" in words[:-1] else 0
        return module if module and words[module] == "lane" else None
    wanted = _RUNNERS.get(first)
    if wanted is None:
        return None
    passed = not wanted
    for index, word in enumerate(words[1:], 1):
        if not passed:
            passed = word in wanted
            continue
        before = words[index - 1]
        name = PurePosixPath(word).name
        if before not in _WITH and (name in PROGRAMS or _begins(name)):
            inner = _program(words[index:])
            return None if inner is None else index + inner
        if not (word.startswith("-") or before.startswith("-") or "=" in word or word[:1].isdigit()):
            return None  # another program
    return None


def _begins(name: str) -> bool:
    return name in _RUNNERS or _PYTHON.fullmatch(name) is not None


def expanded(words: Sequence[str], values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The words with the values that are known put in: once for each that a matrix or a parameter can have.

    `values` are by the name that an expression has: `matrix.lane`, `parameters.lane`, and `LANE` for the shell's own.
    """
    names = [name for word in words for name in map(_name, _PLACE.finditer(word)) if name in values]
    chosen = list(dict.fromkeys(names))
    ways = itertools.product(*(dict.fromkeys(values[name]) for name in chosen))
    for way in itertools.islice(ways, _MOST):
        given = dict(zip(chosen, way, strict=True))
        yield tuple(_with(given, word) for word in words)


def _with(given: Mapping[str, str], word: str) -> str:
    return _PLACE.sub(lambda found: given.get(_name(found), found[0]), word)


def _name(found: re.Match[str]) -> str:
    return next(name for name in found.groups() if name is not None)
