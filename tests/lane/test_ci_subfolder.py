"""Projects below the root of their repository: their files are where systems read them, and clash with none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ci_lanes import LANES, SYSTEMS, many_lanes, read
from ci_validators import complaints
from run_command import Here, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repository/.git").mkdir(parents=True)
    return tmp_path / "repository"


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The scalars of a document, each with the keys that lead to it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, path)
    else:
        yield path, value


@pytest.mark.parametrize("below", ["ios", "apps/my app"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_validators_of_others_are_content(repository: Path, here: Here, system: str, below: str) -> None:
    project = many_lanes(repository / below)
    done = here("ci", "export", system, folder=project.folder)
    assert done.returncode == 0, done.stderr
    assert complaints(repository, system) == ""
    assert here("ci", "check", folder=project.folder).returncode == 0


def test_lanes_of_one_name_share_nothing_but_who_signs_in(repository: Path, here: Here) -> None:
    projects = [many_lanes(repository), many_lanes(repository / "ios"), many_lanes(repository / "apps/tv")]
    for project in projects:
        assert here("ci", "export", "github", folder=project.folder).returncode == 0
    flows = repository / ".github/workflows"
    assert {path.name for path in flows.glob("*split*")} == {
        f"{prefix}split{job}.yml"
        for prefix in ("", "ios-", "apps-tv-")
        for job in ("", "-scheduled", "-scheduled-2")
    }
    seen: dict[str, str] = {}
    for path in flows.iterdir():
        home = "".join(re.findall(r"^(ios-|apps-tv-)", path.name))
        for keys, text in leaves(read(flows, path.name)):
            own = keys[-1] in {"key", "environment"} or (keys[-1] == "group" and "sign-in" not in text)
            if own or (keys[-2:] == ("with", "name") and text.startswith("pending.")):
                assert seen.setdefault(text, home) == home, text
    assert {"ios-split", "split", "pending.apps-tv-split.scheduled-2.scheduled"} <= seen.keys()


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_project_leaves_the_files_of_another_alone(repository: Path, here: Here, system: str) -> None:
    """Only CircleCI has one file for all: there, the second is refused."""
    inner, root = many_lanes(repository / "ios"), many_lanes(repository)
    assert here("ci", "export", system, folder=inner.folder).returncode == 0
    before = {path: path.read_bytes() for path in repository.rglob("*.yml")}
    done = here("ci", "export", system, folder=root.folder)
    if system == "circleci":
        wrong(done, "config.yml was exported from the Lanefile in ios.", "Two projects cannot share it")
    else:
        assert done.returncode == 0, done.stderr
    inner.write("Lanefile.py", LANES.partition("@lane\n    def split")[0])
    inner.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["shop"]\n')
    assert before == {path: path.read_bytes() for path in before}
    assert here("ci", "export", system, folder=inner.folder).returncode == 0
    assert here("ci", "check", folder=inner.folder).returncode == 0
    if system != "circleci":
        assert here("ci", "check", folder=root.folder).returncode == 0


def test_drift_and_files_of_lanes_that_are_gone_are_found_from_the_project(
    repository: Path, here: Here
) -> None:
    project = many_lanes(repository / "ios")
    assert here("ci", "export", "github", folder=project.folder).returncode == 0
    flows = repository / ".github/workflows"
    (flows / "ios-plain.yml").write_text((flows / "ios-plain.yml").read_text() + "# more\n")
    (flows / "ios-typed.yml").unlink()
    project.write("Lanefile.py", LANES.replace('work.set(on=cron("*/20 5-7 1 * 1-5"), name="later")', "work"))
    done = here("ci", "check", folder=project.folder)
    assert done.returncode == 1
    assert "✗ .github/workflows/ios-plain.yml has changed." in done.stdout
    assert "✗ .github/workflows/ios-typed.yml is missing." in done.stdout
    assert "✗ .github/workflows/ios-split-scheduled-2.yml is of a lane or job that is gone." in done.stdout
    done = here("ci", "export", "github", folder=project.folder)
    assert "removed  .github/workflows/ios-split-scheduled-2.yml" in done.stdout
    assert here("ci", "check", folder=project.folder).returncode == 0


def test_a_config_of_somebody_else_is_left_alone(repository: Path, here: Here) -> None:
    project = many_lanes(repository / "ios")
    own = repository / ".circleci/config.yml"
    own.parent.mkdir()
    own.write_text("version: 2.1\n")
    wrong(here("ci", "export", "circleci", folder=project.folder), f"{own} is there, and was not exported.")
    assert own.read_text() == "version: 2.1\n"


def test_circleci_runs_commands_in_the_folder_and_finds_paths_from_the_root(
    repository: Path, here: Here
) -> None:
    project = many_lanes(repository / "ios")
    assert here("ci", "export", "circleci", folder=project.folder).returncode == 0
    config = read(repository, ".circleci/config.yml")
    steps = [step for job in config["jobs"].values() for step in job["steps"]]
    steps += config["commands"]["set-up"]["steps"]
    ran = [step["run"] for step in steps if "run" in step]
    assert {run["working_directory"] for run in ran} == {"ios"}
    paths = {
        text
        for step in steps
        for keys, text in leaves(step)
        if keys[-1:] in {("paths",), ("path",)} and not text.startswith("~")
    }
    assert {"ios/handoff/main", "ios/report.xml", "ios/memory.json", "ios/handoffs-done"} <= paths
    assert {path.partition("/")[0] for path in paths} == {"ios"}
    kept = next(run["command"] for run in ran if run["command"].startswith("lane ci keep"))
    lane = kept.split()[3]
    assert f"ios/pending.{lane}.scheduled/main-2" in paths, "where `lane ci keep` puts it"


def test_what_is_given_by_hand_on_gitlab_has_names_of_its_own(repository: Path, here: Here) -> None:
    for project in (many_lanes(repository), many_lanes(repository / "ios")):
        assert here("ci", "export", "gitlab", folder=project.folder).returncode == 0
    root, inner = read(repository, ".gitlab-ci.yml"), read(repository, "ios/.gitlab-ci.yml")
    shared = root.keys() & inner.keys()
    assert shared == {"stages", "workflow", "variables"}
    assert not root["variables"].keys() & inner["variables"].keys()
    assert inner["variables"]["LANE_OF_IOS"]["options"] == root["variables"]["LANE"]["options"]
    script = inner["ios-typed:main"]["script"]
    assert 'export LANE_TYPED__SCHEME="$LANE_OF_IOS_TYPED__SCHEME"' in script
    assert {name for name in inner["variables"] if name.startswith("LANE_OF_IOS_TYPED__")} == {
        found for line in script for found in re.findall(r"\$(LANE_OF_\w+)", line)
    }


def test_a_folder_that_systems_would_read_as_a_pattern_is_told(repository: Path, here: Here) -> None:
    project = many_lanes(repository / "ios*")
    wrong(here("ci", "export", "github", folder=project.folder), "The folder 'ios*' cannot be named")
    assert not (repository / ".github").exists()


def test_names_begin_with_a_letter(repository: Path, here: Here) -> None:
    project = many_lanes(repository / "2048")
    assert here("ci", "export", "circleci", folder=project.folder).returncode == 0
    assert "in-2048-plain-main" in read(repository, ".circleci/config.yml")["jobs"]
    assert complaints(repository, "circleci") == ""
