"""What a user writes satisfies mypy and pyright, both strict, and both find what is wrong in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent / "typing"
ROOT = Path(__file__).parents[2]
ALL = HERE / "Lanefile.py"
WRONG = HERE / "wrong.py"


def mypy(file: Path, folder: Path) -> dict[int, str]:
    """The lines in which mypy finds an error."""
    (folder / "mypy.ini").write_text(f"[mypy]\nstrict = true\nmypy_path = {ROOT / 'framework'}\n")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--no-incremental",
        "--no-error-summary",
        "--output",
        "json",
        file.name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert not done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["line"]: f"{one['file']}: {one['message']}" for one in found if one["severity"] == "error"}


def pyright(file: Path, folder: Path) -> dict[int, str]:
    """The lines in which pyright finds an error."""
    config = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT / "framework")], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    command = [
        sys.executable,
        "-m",
        "pyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        "-p",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1, done.stdout
    found = [one for one in report["generalDiagnostics"] if one["severity"] == "error"]
    return {one["range"]["start"]["line"] + 1: one["message"] for one in found}


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_a_lanefile_that_uses_everything_is_clean(
    checker: Callable[[Path, Path], dict[int, str]], tmp_path: Path
) -> None:
    assert checker(Path(copy(ALL, tmp_path)), tmp_path) == {}


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_mistakes_are_found(checker: Callable[[Path, Path], dict[int, str]], tmp_path: Path) -> None:
    lines = WRONG.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert len(marked) == 8
    assert checker(Path(copy(WRONG, tmp_path)), tmp_path).keys() == marked


def test_the_lanefile_that_uses_everything_traces() -> None:
    from lane._graph.trace import trace, trace_hook
    from lane._lanefile.load import load

    project = load(str(ALL))
    graph = trace(project.lane("release"), {"tags": ["a", "b"]}, project.folder)
    assert [str(problem) for problem in graph.problems] == []
    assert [step.id for step in graph.steps][:4] == ["check", "sign", "sign-2", "build"]
    for hook in project.hooks:
        traced = trace_hook(hook, "release", project.folder)
        assert len(traced.steps) == 1 or hook.function.__name__ == "alarm"
