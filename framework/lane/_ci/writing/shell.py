"""What the systems share that give a job no Python of their own: an environment beside the project."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane._ci.policy import CiPolicy

ACTIVATE = ". .venv/bin/activate"


def enter(below: str) -> list[str]:
    """The command by which a job goes to the project's folder."""
    return [f"cd {quote(below)}"] if below else []


def set_up(policy: CiPolicy) -> list[str]:
    """The commands that make the environment and install what the policy says."""
    return ["python3 -m venv .venv", ACTIVATE, policy.install]


def regular(pattern: str) -> str:
    """A pattern of branches or tags as a regular expression between slashes: `v*` is `/^v[^\\/]*$/`."""
    inner = "".join(map(_inner, re.split(r"(\*+)", pattern)))
    escaped = inner.replace("/", r"\/")
    return f"/^{escaped}$/"


def _inner(part: str) -> str:
    """As GitHub reads it: `*` is any text without `/`, `**` any text."""
    return "[^/]*" if part == "*" else ".*" if part.startswith("*") else re.escape(part)


def matches(name: str, pattern: str) -> str:
    """A condition in the words of GitLab and Buildkite: that a variable is what a pattern of branches or tags says."""
    return f"{name} =~ {regular(pattern)}" if "*" in pattern else f'{name} == "{pattern}"'
