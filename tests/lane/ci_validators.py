"""What others say of exported files: check-jsonschema for all four systems, actionlint and zizmor for GitHub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BIN = Path(sys.executable).parent
_SCHEMAS = {
    "github": ["vendor.github-workflows"],
    "gitlab": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    "circleci": ["vendor.circle-ci"],
    "buildkite": ["vendor.buildkite"],
}


def complaints(folder: Path, system: str, persona: str = "--persona=auditor") -> str:
    """What the validators print of a system's files below a folder; empty where all are content."""
    files = [str(path) for path in sorted(folder.rglob("*.yml"))]
    assert files, "nothing was exported"
    said = _ran("check-jsonschema", "--quiet", "--builtin-schema", *_SCHEMAS[system], *files)
    if system == "github":
        said += _ran("actionlint", "-no-color", *files)
        said += _ran("zizmor", "--offline", "--quiet", "--no-progress", persona, "--format=plain", *files)
    return said


def _ran(program: str, *arguments: str) -> str:
    done = subprocess.run([_BIN / program, *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""
