"""The repository that a folder belongs to, by its git remote."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from lane import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_FORMS = (
    re.compile(r"(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[^:/]+)(?::\d+)?/(?P<path>.+)"),
    re.compile(r"(?:[^@/:]+@)?(?P<host>[^:/]+):(?P<path>[^/].*)"),  # as scp writes it
)
_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+", re.ASCII)
_SECONDS = 30.0
_NAME_IT = "Name it: --repo OWNER/NAME."


def named(repo: str, *, nested: bool) -> str:
    """A repository as `--repo` names it; `nested`: it may be in groups of groups. Raises UsageError."""
    if _PATH.fullmatch(repo) and (nested or repo.count("/") == 1):
        return repo
    raise UsageError(f"--repo {repo!r} names no repository.", hint=_NAME_IT, code="push_repository")


def repository_of(folder: Path, host: str) -> str:
    """`owner/name` of the remote `origin`, or of the only one. Raises UsageError where it is not at `host`."""
    url = _remote(folder)
    found = next(filter(None, (form.fullmatch(url) for form in _FORMS)), None)
    if found is None:
        raise UsageError("The git remote is no address of a server.", hint=_NAME_IT, code="push_repository")
    if found["host"].lower() != host.lower():
        raise UsageError(
            f"The git remote is at {found['host']}, not at {host}.", hint=_NAME_IT, code="push_repository"
        )
    return found["path"].strip("/").removesuffix(".git")


def _remote(folder: Path) -> str:
    names = _git(folder, "remote").split()
    if "origin" in names:
        names = ["origin"]
    if len(names) != 1:
        what = f"{folder} has {len(names)} git remotes" if names else f"{folder} has no git remote"
        raise UsageError(f"{what}: which repository is meant?", hint=_NAME_IT, code="push_repository")
    return _git(folder, "remote", "get-url", names[0]).strip()


def _git(folder: Path, *words: str) -> str:
    """What git prints; nothing where it fails, or is not there."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
