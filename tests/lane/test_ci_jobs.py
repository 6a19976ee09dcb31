"""What is exported does, job by job on machines of their own, what `lane run` does in one piece."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ci_buildkite import Pipeline
from ci_shop import ACTIONS, LANEFILE, MODES, PYPROJECT
from ci_stand_in import Buildkite, GitHub, GitLab
from ci_systems import GitHubActions, GitLabCi, JobFailedError, Machines
from project import Project

ASSETS = Path(__file__).resolve().parents[1] / "assets"

SECRETS = {
    "SHOP_CODE": "open-sesame",
    "DESK_CODE": "signed-by-me",
    "SIGNING_PASSWORD": "correct-horse",
    "OTHER": "x",
}
JOBS = ["main", "main-macos", "attended", "main-2"]


PLACES = pytest.mark.parametrize("below", ["", "apps/x"], indirect=True)


@pytest.fixture
def below(request: pytest.FixtureRequest) -> str:
    """The folder of the repository that the project is in; empty: its root."""
    return str(getattr(request, "param", ""))


@pytest.fixture
def shop(tmp_path: Path, below: str) -> Project:
    """A project whose lane falls into jobs of all kinds."""
    (tmp_path / "shop/.git").mkdir(parents=True)
    made = Project(tmp_path / "shop" / below)
    made.write("shop.py", MODES)
    made.write("steps.py", ACTIONS)
    made.write("Lanefile.py", LANEFILE)
    made.write("pyproject.toml", PYPROJECT)
    (made.folder / "Aurora.ipa").write_bytes((ASSETS / "Aurora.ipa").read_bytes())
    return made


@pytest.fixture
def prefix(below: str) -> str:
    """What stands in front of names."""
    return f"{below.replace('/', '-')}-" if below else ""


@pytest.fixture
def machines(shop: Project, tmp_path: Path, below: str) -> Machines:
    place = tmp_path / "machines"
    place.mkdir()
    return Machines(tmp_path / "shop", place, tmp_path / "apple", below)


def outcome(*folders: Path) -> dict[str, tuple[str, Any]]:
    """How each step ended and what it gave, by the journals of some machines; what Apple chose is left out."""
    found: dict[str, tuple[str, Any]] = {}
    for folder in folders:
        with sqlite3.connect(folder / ".lane/journal.db") as journal:
            rows = journal.execute(
                "SELECT step, state, output, message FROM steps ORDER BY number"
            ).fetchall()
        journal.close()
        for step, state, output, message in rows:
            if not str(message or "").startswith("handed over"):
                assert step not in found, f"{step} ran twice"
                found[step] = (state, _plain(json.loads(output or "null")))
    return found


def _plain(value: Any) -> Any:
    """An output without ids that Apple made up, and without where on its machine a file is."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key not in {"id", "uploaded", "expires"}}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def in_one_piece(shop: Project, place: Path) -> dict[str, tuple[str, Any]]:
    """`lane run` on one machine, and its nightly job."""
    place.mkdir()
    made = Machines(shop.folder, place, place / "apple")
    folder = made.check_out("alone")
    env = {**SECRETS, "LANE_RUNS_ON": "macos"}
    made.run(folder, "lane run release --local\nlane run release --job scheduled", env)
    return outcome(folder)


def normal(found: dict[str, tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Without what a machine holds, in which one differs from many."""
    text = re.sub(r", holding [A-Z_,]*", "", json.dumps(found))
    return {key: (state, value) for key, (state, value) in json.loads(text).items()}


def github(machines: Machines, api: GitHub) -> GitHubActions:
    return GitHubActions(machines, api, SECRETS, {})


@PLACES
def test_github_does_job_by_job_what_one_machine_does(
    shop: Project, machines: Machines, tmp_path: Path, prefix: str
) -> None:
    assert shop.lane("ci", "export", "github").returncode == 0
    with GitHub() as api:
        actions = github(machines, api)
        actions.run(f".github/workflows/{prefix}release.yml", "push")
        assert list(machines.folders) == JOBS
        assert actions.approvals == ["attended"]
        assert f"pending.{prefix}release.scheduled.main-2" in {one["name"] for one in api.artifacts.values()}
        actions.run(f".github/workflows/{prefix}release-scheduled.yml", "schedule")
        again = len(machines.folders)
        actions.run(f".github/workflows/{prefix}release-scheduled.yml", "schedule")
    assert actions.given == {
        "main": set(),
        "main-macos": {"SIGNING_PASSWORD"},
        "attended": {"DESK_CODE"},
        "main-2": {"SHOP_CODE"},
        "scheduled": set(),
    }
    assert "There is nothing to do" in machines.log
    assert not any(name.startswith("pending.") for name in (one["name"] for one in api.artifacts.values()))
    homes = machines.homes()
    assert again == len(homes), "a job has the same name when it runs again"
    ran = outcome(*homes[:-1], machines.place / "4 scheduled" / machines.below)
    assert normal(ran) == normal(in_one_piece(shop, tmp_path / "alone"))
    assert {state for state, _ in ran.values()} == {"succeeded"}
    _no_secret(machines)


def test_a_session_that_one_job_holds_counts_for_the_plan_of_all(
    shop: Project, machines: Machines, tmp_path: Path
) -> None:
    """Each job plans by itself, and none but one has the session: all have to come to the exported jobs."""
    shop.write("shop.py", MODES.replace("if value and not self.attended else None", "if value else None"))
    shop.write("pyproject.toml", PYPROJECT.replace('["shop"]', '["shop", "desk"]'))
    assert shop.lane("ci", "export", "github").returncode == 0
    with GitHub() as api:
        actions = github(machines, api)
        actions.run(".github/workflows/release.yml", "push")
        assert actions.approvals == []
        assert actions.given == {
            "main": set(),
            "main-macos": {"SIGNING_PASSWORD"},
            "main-2": {"SHOP_CODE", "DESK_CODE"},
        }
        actions.run(".github/workflows/release-scheduled.yml", "schedule")
    ran = outcome(*machines.folders.values())
    assert normal(ran) == normal(in_one_piece(shop, tmp_path / "alone"))


def test_inputs_come_by_variables_and_each_release_has_its_own_night(
    shop: Project, machines: Machines
) -> None:
    assert shop.lane("ci", "export", "github").returncode == 0
    text = "$(touch hacked) `touch hacked` \"'; touch hacked; exit 3"
    with GitHub() as api:
        actions = github(machines, api)
        for number, given in enumerate((text, "Another")):
            actions.run(".github/workflows/release.yml", "workflow_dispatch", {"text": given})
            box = machines.folders["main-macos"] / "out/box.txt"
            assert box.read_text() == f"{given}, sealed with wax"
            machines.folders = {f"{number} {job}": folder for job, folder in machines.folders.items()}
        actions.run(".github/workflows/release-scheduled.yml", "schedule")
        assert not any(one["name"].startswith("pending.") for one in api.artifacts.values())
    assert not list(machines.place.rglob("hacked"))
    with sqlite3.connect(machines.folders["scheduled"] / ".lane/journal.db") as journal:
        filed = [row[0] for row in journal.execute("SELECT output FROM steps WHERE step='file_away'")]
    journal.close()
    assert sorted("Another" in one for one in filed) == [False, True]


def test_a_job_that_fails_stops_the_run_and_leaves_nothing_for_the_night(
    shop: Project, machines: Machines
) -> None:
    shop.write("steps.py", ACTIONS.replace('return f"{label}, signed"', 'return f"{label}, broken"'))
    assert shop.lane("ci", "export", "github").returncode == 0
    with GitHub() as api:
        actions = github(machines, api)
        with pytest.raises(JobFailedError, match="It is broken"):
            actions.run(".github/workflows/release.yml", "push")
        assert not any(one["name"].startswith("pending.") for one in api.artifacts.values())
        assert "main-2" in {one["name"] for one in api.artifacts.values()}, "its report is kept"
        actions.run(".github/workflows/release-scheduled.yml", "schedule")
    assert "No hand-offs for scheduled" in machines.log


@PLACES
def test_gitlab_does_job_by_job_what_one_machine_does(
    shop: Project, machines: Machines, tmp_path: Path, prefix: str
) -> None:
    done = shop.lane("ci", "export", "gitlab")
    assert done.returncode == 0
    if machines.below:  # what the command says is to be written is enough
        told = re.search(r"^To write in (\S+): (include: .*);", done.stdout, re.MULTILINE)
        assert told is not None
        (machines.repository / told[1]).write_text(told[2])
    scoped = {
        f"{prefix}release/main-macos": {"SIGNING_PASSWORD": "correct-horse"},
        f"{prefix}release/attended": {"DESK_CODE": "signed-by-me"},
        f"{prefix}release/main-2": {"SHOP_CODE": "open-sesame"},
    }
    with GitLab() as api:
        pipelines = GitLabCi(machines, api, scoped)
        pushed = {"CI_PIPELINE_SOURCE": "push"}
        assert pipelines.run(**pushed, CI_COMMIT_BRANCH="topic") == []
        assert pipelines.run(**pushed, CI_COMMIT_TAG="v1.0") == [f"{prefix}release:{job}" for job in JOBS]
        assert pipelines.manual == [f"{prefix}release:attended"]
        assert len(api.packages) == 1
        night = {"CI_PIPELINE_SOURCE": "schedule", "LANE_SCHEDULE": f"{prefix}release-scheduled"}
        assert pipelines.run(**night) == [f"{prefix}release:scheduled"]
        assert api.packages == {}
    ran = outcome(*machines.homes())
    assert normal(ran) == normal(in_one_piece(shop, tmp_path / "alone"))
    text = shop.folder.joinpath(".gitlab-ci.yml").read_text()
    for scope, names in scoped.items():
        assert f"# Variables with the scope {scope}: {', '.join(names)}\n" in text
    _no_secret(machines)


@PLACES
def test_buildkite_does_job_by_job_what_one_machine_does(
    shop: Project, machines: Machines, tmp_path: Path, prefix: str
) -> None:
    done = shop.lane("ci", "export", "buildkite")
    assert done.returncode == 0
    file = re.search(r"^wrote +(\S+)$", done.stdout, re.MULTILINE)
    assert file is not None
    with Buildkite() as api:
        pipeline = Pipeline(machines, api, SECRETS, file[1])
        assert pipeline.build(source="webhook", branch="topic") == []
        assert pipeline.build(source="webhook", branch="v1.0", tag="v1.0") == [
            f"{prefix}release-{job}" for job in JOBS
        ]
        assert pipeline.unblocked == [f"{prefix}release-attended-approval"]
        night = {"source": "schedule", "LANE": f"{prefix}release-scheduled"}
        assert pipeline.build(**night) == [f"{prefix}release-scheduled"]
        again = len(machines.log)
        assert pipeline.build(**night) == [f"{prefix}release-scheduled"]
        assert "There is nothing to do" in machines.log[again:]
        assert pipeline.given == {
            f"{prefix}release-main": set(),
            f"{prefix}release-main-macos": {"SIGNING_PASSWORD"},
            f"{prefix}release-attended": {"DESK_CODE"},
            f"{prefix}release-main-2": {"SHOP_CODE"},
            f"{prefix}release-scheduled": set(),
        }
    night_home = machines.place / f"4 {prefix}release-scheduled" / machines.below
    ran = outcome(*machines.homes()[:-1], night_home)
    assert normal(ran) == normal(in_one_piece(shop, tmp_path / "alone"))
    _no_secret(machines)


def _no_secret(machines: Machines) -> None:
    """No secret is in what was printed, nor in any file that was kept."""
    for secret in ("open-sesame", "signed-by-me", "correct-horse"):
        assert secret not in machines.log
        for file in machines.place.rglob("*"):
            if file.is_file() and file.suffix != ".py":
                assert secret.encode() not in file.read_bytes(), file
