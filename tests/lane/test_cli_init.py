"""`lane init` and `lane new action`: what they write runs, passes its tests and type-checks at once."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from project import Project

from lane._cli.layout import TEMPLATES, lay_out

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project as `lane init` lays it out, in a path with a space."""
    made = Project(tmp_path / "my app")
    done = Project(tmp_path).lane("init", "my app")
    assert done.returncode == 0, done.stderr
    assert "Next: cd 'my app' && lane run release" in done.stdout
    return made


def test_the_release_of_a_new_project_runs_on_the_sandbox(project: Project) -> None:
    done = project.lane("run", "release")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1.2.0 (42) is on TestFlight" in done.stdout
    assert "scheduled: download_dsyms" in done.stdout
    again = project.lane("run", "release")
    assert again.returncode == 0, again.stdout + again.stderr


def test_its_own_tests_pass(project: Project) -> None:
    done = project.python("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_it_type_checks(project: Project) -> None:
    project.lane("new", "action", "take_shot")
    done = project.python("-m", "mypy", "--strict", "--cache-dir", str(project.folder / ".mypy_cache"), ".")
    assert done.returncode == 0, done.stdout


def test_its_lanes_and_actions_are_found(project: Project) -> None:
    assert project.lane("list").stdout == "release  Ship a build to TestFlight.\n"
    assert project.lane("actions").stdout.startswith("actions/release_notes.py\n")


def test_a_second_time_nothing_is_overwritten(project: Project) -> None:
    project.write("Lanefile.py", "# mine\n")
    (project.folder / "lanes" / "release.py").unlink()
    done = project.lane("init")
    assert done.returncode == 0
    assert "kept   Lanefile.py" in done.stdout
    assert "wrote  lanes/release.py" in done.stdout
    assert "Next: lane run release" in done.stdout
    assert (project.folder / "Lanefile.py").read_text() == "# mine\n"


def test_a_gitignore_that_was_there_is_kept_and_told_what_it_lacks(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(".gitignore", "/.env\nbuild/\n")
    done = project.lane("init")
    assert "Add .lane to .gitignore" in done.stdout
    assert project.folder.joinpath(".gitignore").read_text() == "/.env\nbuild/\n"


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("lanes", "")
    done = project.lane("init")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_git_ignores_what_it_should(project: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project.folder, check=True)
    ignored = [".env", ".env.staging", "AuthKey_X.p8", ".lane/journal.db"]
    done = subprocess.run(
        ["git", "check-ignore", *ignored, ".env.example"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ignored


def test_the_sample_is_the_small_half_of_the_real_package(assets: Path) -> None:
    """Its code is that of tests/assets/Aurora.ipa, byte for byte; only the picture is left out."""
    with (
        zipfile.ZipFile(TEMPLATES / "project" / "samples" / "Aurora.ipa") as sample,
        zipfile.ZipFile(assets / "Aurora.ipa") as whole,
    ):
        left_out = set(whole.namelist()) - set(sample.namelist())
        assert left_out == {"Payload/Aurora.app/sky.png"}
        for name in sample.namelist():
            assert sample.read(name) == whole.read(name)


def test_the_example_of_env_names_variables_that_are_read() -> None:
    from lane_actions import notify
    from lane_apple import api_key

    text = (TEMPLATES / "project" / "env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
    options = {f"LANE_NOTIFY__{name.upper()}" for name in notify.options.names}
    assert named <= set(api_key.names) | options
    assert named & options
    assert named & set(api_key.names)


# New actions


@pytest.mark.parametrize("name", ["take_shot", "takeShot", "x2"])
def test_a_new_action_and_its_test_are_good_at_once(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", "")
    done = project.lane("new", "action", name)
    assert done.returncode == 0, done.stderr
    assert f"from actions.{name} import {name}" in done.stdout
    assert name in project.lane("actions").stdout
    passed = project.python("-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_{name}.py")
    assert passed.returncode == 0, passed.stdout
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", "--line-length", "110", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("take-shot", "Write `lane new action take_shot`."),
        ("Take Shot", "Write `lane new action take_shot`."),
        ("2fast", "ASCII letters, digits and _, no digit first"),
        ("class", "it is a word of Python itself"),
        ("_hidden", "Write `lane new action hidden`."),
        ("größe", "ASCII letters"),
        ("../evil", "Write `lane new action evil`."),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str, message: str) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", "")
    done = project.lane("new", "action", name)
    assert done.returncode == 2
    assert message in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Lanefile.py"]


@pytest.mark.parametrize("there", ["actions/shoot.py", "tests/test_shoot.py"])
def test_an_action_that_is_there_is_an_error_and_nothing_is_written(tmp_path: Path, there: str) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", "")
    project.write(there, "# mine\n")
    done = project.lane("new", "action", "shoot")
    assert done.returncode == 2
    assert f"{there} is there already." in done.stderr
    assert list(tmp_path.rglob("*shoot.py")) == [tmp_path / there]


def test_a_new_action_needs_a_project(tmp_path: Path) -> None:
    done = Project(tmp_path).lane("new", "action", "shoot", "-f", str(tmp_path / "none" / "Lanefile.py"))
    assert done.returncode == 2
    assert "There is no" in done.stderr
    assert not (tmp_path / "none").exists()


def test_every_template_is_written(tmp_path: Path) -> None:
    laid = lay_out("project", tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(laid.written)
    assert {".env.example", ".gitignore", "Lanefile.py"} <= written
