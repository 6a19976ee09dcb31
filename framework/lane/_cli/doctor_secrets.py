"""What `lane doctor` sees of secrets on disk: whether git or other users of the machine can read them."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HARMLESS = (".example", ".sample", ".template", ".dist")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def secret_findings(folder: Path, names: Iterable[str], environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at `.env` files, and at the files that variables of these names point to."""
    files = [path for path in sorted(folder.glob(".env*")) if path.is_file() and path.suffix not in _HARMLESS]
    yield from _git(folder, files)
    keys = dict.fromkeys(path for name in names if (path := _file(folder, environment.get(name))))
    for path in (*files, *keys):
        yield from _rights(path, folder)


def _file(folder: Path, value: str | None) -> Path | None:
    """The file that a variable's value names; None for a value that is no path."""
    if not value or len(value) > 1024 or "\n" in value:
        return None
    path = folder / Path(value).expanduser()
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def _git(folder: Path, files: list[Path]) -> Iterator[Finding]:
    if not files:
        yield Finding("ok", ".env", "there is none")
        return
    if shutil.which("git") is None or _asked(folder, "rev-parse", "--is-inside-work-tree"):
        yield Finding("ok", ".env", "not in a git repository")
        return
    for path in files:
        if not _asked(folder, "ls-files", "--error-unmatch", "--", path.name):
            hint = f"git rm --cached {path.name}, ignore it, and renew what it holds: it is in the history."
            yield Finding("fail", path.name, "is in git: whoever has the repository has what it holds", hint)
        elif _asked(folder, "check-ignore", "-q", "--", path.name):
            hint = f"echo {path.name} >> .gitignore"
            yield Finding("warn", path.name, "is not ignored by git", hint)
        else:
            yield Finding("ok", path.name, "is ignored by git")


def _asked(folder: Path, *words: str) -> int:
    """The exit code of git, asked in a folder."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode


def _rights(path: Path, folder: Path) -> Iterator[Finding]:
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & _OTHERS:
        import shlex

        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        message = f"can be read by other users of this machine (mode {rights:o})"
        yield Finding("warn", str(shown), message, f"chmod 600 {shlex.quote(str(path))}")
