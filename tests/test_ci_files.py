"""This repository's own CI files are those that its lanes give, and validators of others are content with them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ci_validators import complaints
from project import Project, variables

from lane._ci.writing import github

ROOT = Path(__file__).resolve().parents[1]


def lane(folder: Path, store: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lane", *words],
        cwd=folder,
        env={**variables(), "LANE_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_they_match_the_lanes(tmp_path: Path) -> None:
    done = lane(ROOT, tmp_path, "ci", "check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nTo mend it: lane ci export github"
    assert "✓ .github/workflows/release.yml" in done.stdout


def test_validators_are_content() -> None:
    assert complaints(ROOT / ".github/workflows", "github") == ""


@pytest.fixture
def copy(tmp_path: Path) -> Project:
    """A copy of what the check looks at."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("Lanefile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("lanes", ".github"):
        shutil.copytree(ROOT / name, folder / name)
    return Project(folder)


def test_a_change_of_a_lane_the_policy_or_a_file_is_found(copy: Project, tmp_path: Path) -> None:
    assert lane(copy.folder, tmp_path, "ci", "check").returncode == 0, "the folder does not count"
    release = copy.folder / "lanes/release.py"
    release.write_text(release.read_text().replace("Bug fixes and improvements.", "Improvements."))
    done = lane(copy.folder, tmp_path, "ci", "check")
    assert done.returncode == 1
    assert "✗ .github/workflows/release.yml has changed." in done.stdout
    assert "-        default: Bug fixes and improvements.\n+        default: Improvements.\n" in done.stdout
    assert "✓ .github/workflows/check.yml" in done.stdout
    assert lane(copy.folder, tmp_path, "ci", "export", "github").returncode == 0
    assert lane(copy.folder, tmp_path, "ci", "check").returncode == 0


def test_files_that_are_missing_or_no_longer_needed_are_found(copy: Project, tmp_path: Path) -> None:
    flows = copy.folder / ".github/workflows"
    (flows / "check.yml").unlink()
    release = copy.folder / "lanes/release.py"
    lines = release.read_text().splitlines(keepends=True)
    release.write_text("".join(line for line in lines if "download_dsyms.set" not in line))
    done = lane(copy.folder, tmp_path, "ci", "check")
    assert done.returncode == 1
    assert "✗ .github/workflows/check.yml is missing." in done.stdout
    assert "✗ .github/workflows/release-scheduled.yml is of a lane or job that is gone." in done.stdout
    done = lane(copy.folder, tmp_path, "ci", "export", "github")
    assert "removed  .github/workflows/release-scheduled.yml" in done.stdout
    assert lane(copy.folder, tmp_path, "ci", "check").returncode == 0


def test_a_file_of_somebody_else_is_left_alone(copy: Project, tmp_path: Path) -> None:
    own = copy.folder / ".github/workflows/check.yml"
    own.write_text("name: check\n")
    done = lane(copy.folder, tmp_path, "ci", "check")
    assert "✗ .github/workflows/check.yml was not exported by lane." in done.stdout
    done = lane(copy.folder, tmp_path, "ci", "export", "github")
    assert done.returncode == 2
    assert "was not exported" in done.stderr
    assert own.read_text() == "name: check\n"


def test_nothing_exported_is_told(copy: Project, tmp_path: Path) -> None:
    shutil.rmtree(copy.folder / ".github")
    done = lane(copy.folder, tmp_path, "ci", "check")
    assert done.returncode == 2
    assert "lane ci export github|gitlab|circleci|buildkite" in done.stderr


def test_a_file_that_is_no_text_is_left_alone(copy: Project, tmp_path: Path) -> None:
    flows = copy.folder / ".github/workflows"
    (flows / "other.yml").write_bytes(b"\xff\xfe\x00")
    (flows / "folder.yml").mkdir()
    assert lane(copy.folder, tmp_path, "ci", "check").returncode == 0
    assert lane(copy.folder, tmp_path, "ci", "export", "github").returncode == 0
    assert (flows / "other.yml").read_bytes() == b"\xff\xfe\x00"


def test_line_ends_of_a_checkout_do_not_count(copy: Project, tmp_path: Path) -> None:
    for path in (copy.folder / ".github/workflows").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert lane(copy.folder, tmp_path, "ci", "check").returncode == 0


def test_what_cannot_be_written_is_told(copy: Project, tmp_path: Path) -> None:
    (copy.folder / ".circleci").write_text("in the way")
    done = lane(copy.folder, tmp_path, "ci", "export", "circleci")
    assert done.returncode == 2
    assert f"{copy.folder}/.circleci/config.yml cannot be written" in done.stderr
    assert "--output" in done.stderr


def test_documented_workflows_pin_actions_by_commit_as_exports_do(tmp_path: Path) -> None:
    found = {
        page.name: re.findall(r"uses: (\S+)@(\S+)(?:  # (\S+))?", page.read_text())
        for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    }
    used = [use for uses in found.values() for use in uses]
    assert {name for name, _, _ in used} >= {"actions/checkout", "github/codeql-action/upload-sarif"}
    for name, commit, version in used:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), name
        assert version.startswith("v"), name
    checkout = {f"{name}@{commit}" for name, commit, _ in used if name == "actions/checkout"}
    assert checkout == {github.CHECKOUT.value}
    audit = (ROOT / "docs/audit.md").read_text().partition("```yaml .github/workflows/audit.yml\n")[2]
    (tmp_path / "audit.yml").write_text(audit.partition("```")[0])
    assert complaints(tmp_path, "github", "--persona=regular") == ""
