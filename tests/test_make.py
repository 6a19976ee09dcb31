"""The two commands of the README on a machine that has nothing of ours: what they need, say and repeat."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("sh", "bash", "env", "dirname", "cat", "cksum", "rm", "make", "grep", "sed", "expand")


def run(
    folder: Path, *command: str, path: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command there; `path` replaces the PATH."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LANE_", "MAKE", "PYTHON"))
    }
    kept.pop("CI", None)
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PATH": path or kept["PATH"], **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The files that `make` needs before there is an environment, in a folder whose name has a space."""
    folder = tmp_path / "two words"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A PATH with the tools of a system that has no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)


def script(path: Path, text: str) -> str:
    """A program of these lines; its path."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_make_alone_lists_what_there_is(skeleton: Path, bare: str) -> None:
    done = run(skeleton, "make", path=bare)
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "help",
        "release",
        "test",
        "peers",
        "bench",
        "audit-accuracy",
        "clean",
    ]


def test_without_a_python(skeleton: Path, bare: str) -> None:
    done = run(skeleton, "make", "release", path=bare)
    assert done.returncode != 0
    assert "There is no Python 3.11 or newer" in done.stderr
    assert "make PYTHON=/path/to/python3.12" in done.stderr
    assert not (skeleton / ".venv").exists()


def test_a_python_that_is_too_old_is_passed_over_and_refused_by_name(
    skeleton: Path, bare: str, tmp_path: Path
) -> None:
    old = script(Path(bare) / "python3", 'if [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi')
    done = run(skeleton, "make", "release", path=bare)
    assert "There is no Python 3.11 or newer (python3 says: Python 3.9.2)" in done.stderr
    done = run(skeleton, "make", "release", f"PYTHON={old}", path=bare)
    assert f"PYTHON={old} is no Python 3.11 or newer; it says:\nPython 3.9.2" in done.stderr
    newer = script(
        Path(bare) / "python3.12", 'echo "$*" >>"$0.asked"; case "$*" in *ensurepip*) exit 1; esac'
    )
    run(skeleton, "make", "release", path=bare)
    assert "ensurepip" in Path(f"{newer}.asked").read_text()


def test_a_python_without_ensurepip(skeleton: Path, bare: str) -> None:
    script(Path(bare) / "python3", 'case "$*" in *ensurepip*) exit 1; esac')
    done = run(skeleton, "make", "release", path=bare)
    assert done.returncode != 0
    assert "lacks the module venv or ensurepip" in done.stderr
    assert "apt-get install python3-venv" in done.stderr


def test_ci_fails_where_the_reference_is_absent(skeleton: Path, bare: str) -> None:
    done = run(skeleton, "./.ci/run", path=bare)
    assert done.returncode == 1
    assert "../shared is absent" in done.stderr


def test_ci_runs_the_tests_where_it_is_there(skeleton: Path, bare: str) -> None:
    (skeleton.parent / "shared" / "apple").mkdir(parents=True)
    (Path(bare) / "make").unlink()
    script(Path(bare) / "make", 'echo "make $* with CI=${CI-} in $PWD"; test "$1" = peers || exit 7')
    done = run(skeleton.parent, f"{skeleton}/.ci/run", path=bare)
    assert done.returncode == 7
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["peers", "test"]
    assert done.stdout.endswith(f"make test with CI=true in {skeleton}\n")


@pytest.mark.skipif(
    "CI" not in os.environ, reason="installs two environments, half a minute: only where CI is set"
)
def test_a_fresh_clone_releases_again_and_after_a_move(tmp_path: Path) -> None:
    clone, moved = tmp_path / "a fresh clone", tmp_path / "moved elsewhere"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    chosen = f"PYTHON={sys.executable}"
    first = run(clone, "make", "release", chosen)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Installing into .venv" in first.stdout
    assert "1.2.0 (42) is on TestFlight" in first.stdout
    assert "download_dsyms" in first.stdout.partition("Pending")[2]

    again = run(clone, "make", "release", chosen)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Installing" not in again.stdout

    clone.rename(moved)
    after = run(moved, "make", "release")
    assert after.returncode == 0, after.stdout + after.stderr
    assert "Installing into .venv" in after.stdout
    assert (moved / ".venv" / "made-in").read_text() == f"{moved}\n"
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=moved, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
