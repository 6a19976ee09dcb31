"""How each CI system folds a log into groups and points at a failure."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Problem(NamedTuple):
    """A failed step, for an annotation; `level` is error or warning, `file` is relative to the checkout."""

    level: str
    title: str
    text: str
    file: str | None = None
    line: str | None = None


class Group(NamedTuple):
    """A part of the log that can be folded; `key` is like no other's."""

    step: str
    title: str
    key: str
    failed: bool


class Groups(NamedTuple):
    """One system's commands, each a whole line; None where the system has no such command.

    `harmless` breaks up a text that the system would take for a command, as a text from outside could hold
    one; what a subprocess prints keeps its commands. `mask` makes the system hide a text in the log.
    """

    opened: Callable[[Group], str]
    closed: Callable[[Group], str | None]
    problem: Callable[[Problem], str | None]
    harmless: Callable[[str], str]
    mask: Callable[[str], str] | None = None


# GitHub: docs.github.com, "Workflow commands"; the older ##[command] counts anywhere in a line.


def _github_problem(problem: Problem) -> str:
    properties = {"file": problem.file, "line": problem.line, "title": problem.title}
    told = ",".join(f"{key}={_github_escaped(value, ':,')}" for key, value in properties.items() if value)
    return f"::{problem.level} {told}::{_github_escaped(problem.text)}"


def _github_escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _github_harmless(text: str) -> str:
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    return text.replace("##[", "# #[")


# Azure: learn.microsoft.com, "Logging commands"; met anywhere in a line.


def _azure_problem(problem: Problem) -> str:
    properties = {"type": problem.level, "sourcepath": problem.file, "linenumber": problem.line}
    told = "".join(f"{key}={_azure_escaped(value)};" for key, value in properties.items() if value)
    return f"##vso[task.logissue {told}]{_azure_escaped(f'{problem.title}: {problem.text}', '')}"


def _azure_escaped(text: str, more: str = ";]") -> str:
    text = text.replace("%", "%AZP25")
    for character in "\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _azure_harmless(text: str) -> str:
    return text.replace("##[", "# #[").replace("##vso[", "# #vso[")


# GitLab: docs.gitlab.com, "CI/CD job logs", custom sections. Its markers need control codes.


def _gitlab_opened(group: Group) -> str:
    collapsed = "" if group.failed else "[collapsed=true]"
    return (
        f"\x1b[0Ksection_start:{time.time():.0f}:{_gitlab_name(group.key)}{collapsed}\r\x1b[0K{group.title}"
    )


def _gitlab_closed(group: Group) -> str:
    return f"\x1b[0Ksection_end:{time.time():.0f}:{_gitlab_name(group.key)}\r\x1b[0K"


def _gitlab_name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", key)


# Buildkite: buildkite.com/docs, "Managing log output". A group lasts until the next one begins.


def _buildkite_opened(group: Group) -> str:
    return f"{'+++' if group.failed else '---'} {group.title}"


def _buildkite_harmless(text: str) -> str:
    return re.sub(r"^(---|\+\+\+|~~~|\^\^\^)(?= )", r" \1", text)


# TeamCity: jetbrains.com/help/teamcity, "Service messages".


def _teamcity_problem(problem: Problem) -> str:
    status = "ERROR" if problem.level == "error" else "WARNING"
    text = _teamcity_escaped(f"{problem.title}: {problem.text}")
    return f"##teamcity[message text='{text}' status='{status}']"


def _teamcity_escaped(text: str) -> str:
    text = re.sub(r"[|'\[\]]", r"|\g<0>", text).replace("\n", "|n").replace("\r", "|r")
    return re.sub(r"[^\x00-\x7f]", lambda found: _teamcity_units(found[0]), text)


def _teamcity_units(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"|0x{units[at : at + 4]}" for at in range(0, len(units), 4))


# By the names that `_ci.SYSTEMS` gives.
DIALECTS = {
    "github": Groups(
        lambda group: f"::group::{_github_escaped(group.title)}",
        lambda _: "::endgroup::",
        _github_problem,
        _github_harmless,
        lambda text: f"::add-mask::{_github_escaped(text)}",
    ),
    "azure": Groups(
        lambda group: f"##[group]{group.title}",
        lambda _: "##[endgroup]",
        _azure_problem,
        _azure_harmless,
        lambda text: f"##vso[task.setsecret]{_azure_escaped(text, '')}",
    ),
    "gitlab": Groups(_gitlab_opened, _gitlab_closed, lambda _: None, lambda text: text),
    "buildkite": Groups(_buildkite_opened, lambda _: None, lambda _: None, _buildkite_harmless),
    "teamcity": Groups(
        lambda group: f"##teamcity[blockOpened name='{_teamcity_escaped(group.title)}']",
        lambda group: f"##teamcity[blockClosed name='{_teamcity_escaped(group.title)}']",
        _teamcity_problem,
        lambda text: text.replace("##teamcity[", "# #teamcity["),
    ),
}
