"""Hand-offs that earlier runs left are found, fetched, and removed once they are done; nobody can slip one in."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ci_stand_in import Buildkite, GitHub, GitLab

from lane import CredentialError, LaneError
from lane._ci.shelf import shelf
from lane._ci.shelf.gitlab import GitLabShelf
from lane._ci.shelf.kept import Keeper
from lane._ci.shelf.shelf import fetch, settle
from lane._run.handoff import HandedJob, HandOff, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane._ci.shelf.kept import Shelf

NAME = "pending.release.scheduled"
FLOW = ".github/workflows/release.yml"


def handoff(origin: str, job: str = "scheduled") -> HandOff:
    """A hand-off for a job, as the run `origin` leaves it."""
    jobs = [
        HandedJob(
            name=name,
            kind="scheduled",
            cron="0 3 * * *",
            timezone="UTC",
            attended=False,
            needs=[],
            steps=[name],
            ended=False,
        )
        for name in ("scheduled", "scheduled-2")
    ]
    return HandOff(
        lane="release", job=job, plan=f"sha256:{'0' * 64}", parameters={}, sandbox=False, origin=origin, run=origin,
        left="2026-11-24T03:00:00.000000Z", jobs=jobs, steps={}, files=[],
    )  # fmt: skip


def archive(*origins: str, job: str = "scheduled") -> bytes:
    """What a CI system keeps of hand-offs."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for origin in origins:
            one = handoff(origin, job)
            made.writestr(one.file_name, written(one))
    return into.getvalue()


def finish(folder: Path, origin: str, state: str = "done") -> None:
    """Say beside a hand-off what became of it, as `lane run --handoff` does."""
    (folder / f"{origin}.scheduled.claim").write_text(json.dumps({"state": state}))


def found(environ: dict[str, str]) -> Shelf:
    place = shelf.shelf(environ)
    assert place is not None
    return place


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as stand_in:
        yield stand_in


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with GitLab() as stand_in:
        yield stand_in


@pytest.fixture
def buildkite() -> Iterator[Buildkite]:
    with Buildkite() as stand_in:
        yield stand_in


def on_github(stand_in: GitHub) -> Shelf:
    return found({**stand_in.variables, "GITHUB_TOKEN": stand_in.token})


def test_github_gives_all_that_is_left_and_keeps_what_is_not_done(github: GitHub, tmp_path: Path) -> None:
    runs = [github.run(FLOW), github.run(FLOW, "workflow_dispatch")]
    first, second = (github.keep(run, f"{NAME}.main", archive(f"r{run}")) for run in runs)
    other = github.keep(runs[0], "pending.release.scheduled-2.main", archive("r9", job="scheduled-2"))
    for number in range(250):
        github.keep(runs[0], f"main-{number}", b"")
    place = on_github(github)
    assert fetch(place, "release", "scheduled", tmp_path) == 2
    folders = {path.name for path in tmp_path.iterdir()}
    assert folders == {f"kept-{first}", f"kept-{second}"}
    finish(tmp_path / f"kept-{first}", f"r{runs[0]}")
    finish(tmp_path / f"kept-{second}", f"r{runs[1]}", "taken")
    assert settle(place, "release", "scheduled", tmp_path) == [f"kept-{first}"]
    assert {second, other} <= github.artifacts.keys()
    assert first not in github.artifacts
    assert settle(place, "release", "scheduled", tmp_path) == [], "what failed waits for the next time"


@pytest.mark.parametrize(
    ("path", "event", "head"),
    [
        (FLOW, "pull_request", None),
        (FLOW, "push", "stranger/aurora"),
        (".github/workflows/tests.yml", "push", None),
        (".github/workflows/release2.yml", "push", None),
    ],
)
def test_an_artifact_that_others_could_have_made_is_not_taken(
    github: GitHub, tmp_path: Path, path: str, event: str, head: str | None
) -> None:
    github.keep(github.run(path, event, head), f"{NAME}.main", archive("r1"))
    assert fetch(on_github(github), "release", "scheduled", tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_scheduled_workflow_left_for_a_later_one_counts(github: GitHub, tmp_path: Path) -> None:
    run = github.run(".github/workflows/release-scheduled.yml@refs/heads/main", "schedule")
    github.keep(run, "pending.release.scheduled-2.scheduled", archive("r1", job="scheduled-2"))
    github.keep(run, f"{NAME}.main", archive("r2"), expired=True)
    assert fetch(on_github(github), "release", "scheduled-2", tmp_path) == 1
    assert fetch(on_github(github), "release", "scheduled", tmp_path / "other") == 0


def test_parts_of_one_hand_off_go_together(github: GitHub, tmp_path: Path) -> None:
    run = github.run(FLOW)
    parts = [github.keep(run, f"{NAME}.{job}", archive("r1")) for job in ("main", "main-2")]
    place = on_github(github)
    fetch(place, "release", "scheduled", tmp_path)
    finish(tmp_path / f"kept-{parts[0]}", "r1")
    assert settle(place, "release", "scheduled", tmp_path) == [f"kept-{number}" for number in parts]
    assert github.artifacts == {}


def test_what_the_job_itself_leaves_stays(github: GitHub, tmp_path: Path) -> None:
    number = github.keep(github.run(FLOW), f"{NAME}.main", archive("r1"))
    place = on_github(github)
    fetch(place, "release", "scheduled", tmp_path)
    finish(tmp_path / f"kept-{number}", "r1")
    own = tmp_path / "scheduled"
    own.mkdir()
    later = handoff("r1", "scheduled-2")
    (own / later.file_name).write_bytes(written(later))
    assert settle(place, "release", "scheduled", tmp_path) == [f"kept-{number}"]
    assert [path.name for path in own.iterdir()] == [later.file_name]


def test_one_that_is_gone_already_is_no_fault(github: GitHub, tmp_path: Path) -> None:
    number = github.keep(github.run(FLOW), f"{NAME}.main", archive("r1"))
    place = on_github(github)
    fetch(place, "release", "scheduled", tmp_path)
    finish(tmp_path / f"kept-{number}", "r1")
    del github.artifacts[number]
    assert settle(place, "release", "scheduled", tmp_path) == [f"kept-{number}"]


def test_a_wrong_token_says_what_to_do(github: GitHub, tmp_path: Path) -> None:
    place = found({**github.variables, "GITHUB_TOKEN": "wrong"})
    with pytest.raises(LaneError, match="refused with 401") as caught:
        fetch(place, "release", "scheduled", tmp_path)
    assert "token" in (caught.value.hint or "")
    with pytest.raises(CredentialError, match="GITHUB_TOKEN is not set"):
        shelf.shelf(github.variables)


def test_a_damaged_archive_leaves_nothing_behind(github: GitHub, tmp_path: Path) -> None:
    number = github.keep(github.run(FLOW), f"{NAME}.main", b"PK no archive")
    with pytest.raises(LaneError, match="cannot be unpacked"):
        fetch(on_github(github), "release", "scheduled", tmp_path)
    github.contents[number] = archive("r1")
    assert fetch(on_github(github), "release", "scheduled", tmp_path) == 1
    assert [path.name for path in (tmp_path / f"kept-{number}").iterdir()] == ["r1.scheduled.handoff.json"]


def test_gitlab_keeps_lists_and_deletes_with_the_token_of_the_job(gitlab: GitLab, tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    for origin in ("r1", "r2"):
        place = found(gitlab.variables)
        assert isinstance(place, GitLabShelf)
        one = handoff(origin)
        (left / one.file_name).write_bytes(written(one))
        place.keep("release", "scheduled", left)
        place.keep("release", "scheduled-2", left)
        (left / one.file_name).unlink()
        place.keep("release", "scheduled", left)  # nothing
    place, folder = found(gitlab.variables), tmp_path / "fetched"
    assert fetch(place, "release", "scheduled", folder) == 2
    first, second = sorted(folder.iterdir())
    assert [path.name for path in first.iterdir()] == ["r1.scheduled.handoff.json"]
    finish(second, "r2")
    assert settle(place, "release", "scheduled", folder) == [second.name]
    assert sorted(one["name"] for one in gitlab.packages.values()) == [NAME, f"{NAME}-2", f"{NAME}-2"]


def test_buildkite_finds_builds_by_their_meta_data(buildkite: Buildkite, tmp_path: Path) -> None:
    content = written(handoff("r1"))
    files = {
        f"handoff/main/{handoff('r1').file_name}": content,
        "handoff/main/files/ab/c": b"c",
        "report.xml": b"x",
    }
    build = buildkite.build({f"{NAME}.main": "main"}, files)
    buildkite.build({}, files)
    buildkite.build({f"{NAME}.main": "main"}, files, pull_request=True)
    buildkite.build({f"{NAME}-2.main": "main"}, files)
    buildkite.build({f"{NAME}.main": "main"}, files, days_ago=31)
    place = found(buildkite.variables)
    assert fetch(place, "release", "scheduled", tmp_path) == 1
    own = tmp_path / f"kept-{build}-main"
    assert (own / handoff("r1").file_name).read_bytes() == content
    assert (own / "files/ab/c").read_bytes() == b"c"
    finish(own, "r1")
    assert settle(place, "release", "scheduled", tmp_path) == [own.name]
    assert [one["path"] for one in buildkite.artifacts[build]] == ["report.xml"]
    assert fetch(place, "release", "scheduled", tmp_path) == 0


def test_buildkite_gives_what_each_job_of_a_build_left(buildkite: Buildkite, tmp_path: Path) -> None:
    jobs = ("main", "main-2")
    left = {f"handoff/{job}/{handoff(job).file_name}": written(handoff(job)) for job in jobs}
    build = buildkite.build({f"{NAME}.{job}": job for job in jobs}, left)
    assert fetch(found(buildkite.variables), "release", "scheduled", tmp_path) == 2
    assert {path.name for path in tmp_path.iterdir()} == {f"kept-{build}-{job}" for job in jobs}


def test_buildkite_tells_projects_of_one_build_apart(buildkite: Buildkite, tmp_path: Path) -> None:
    folders = {"release": "handoff/main", "ios-release": "ios/handoff/main", "tv-release": "tv/handoff/main"}
    told = {"release": "main", "ios-release": "ios/handoff/main", "tv-release": "tv/handoff/main"}
    build = buildkite.build(
        {f"pending.{lane}.scheduled.main": text for lane, text in told.items()},
        {f"{folder}/{handoff(lane).file_name}": written(handoff(lane)) for lane, folder in folders.items()},
    )
    place = found(buildkite.variables)
    assert fetch(place, "ios-release", "scheduled", tmp_path) == 1
    (own,) = tmp_path.iterdir()
    assert [path.name for path in own.iterdir()] == [handoff("ios-release").file_name]
    finish(own, "ios-release")
    assert settle(place, "ios-release", "scheduled", tmp_path) == [own.name]
    left = {one["path"].rpartition("/")[0] for one in buildkite.artifacts[build]}
    assert left == {"handoff/main", "tv/handoff/main"}


class Pipelines:
    """Jobs of CircleCI, each in a folder of its own, with caches by the beginnings of their keys."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.monkeypatch = monkeypatch
        self.caches: dict[str, Path] = {}

    def job(self, run: str, *caches: str) -> Shelf:
        """A job begins, and restores the newest of these caches."""
        folder = self.place / f"job-{len(list(self.place.iterdir()))}"
        folder.mkdir()
        self.monkeypatch.chdir(folder)
        for name in caches:
            if name in self.caches:
                shutil.copytree(self.caches[name], folder / name, dirs_exist_ok=True)
        return found({"CIRCLECI": "true", "CIRCLE_WORKFLOW_ID": run})

    def save(self, name: str) -> None:
        """Keep a path as it is now."""
        self.caches[name] = self.place / f"cache-{len(list(self.place.iterdir()))}"
        shutil.copytree(name, self.caches[name])

    def release(self, origin: str) -> None:
        """A job that leaves a hand-off."""
        mine = f"{NAME}/main"
        place = self.job(f"w-{origin}", mine, "handoffs-done")
        left = Path("handoff/main")
        left.mkdir(parents=True)
        (left / handoff(origin).file_name).write_bytes(written(handoff(origin)))
        assert isinstance(place, Keeper)
        place.keep("release", "scheduled", left)
        self.save(mine)


def test_circleci_loses_nothing_where_a_night_and_a_release_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipelines = Pipelines(tmp_path, monkeypatch)
    pipelines.release("r1")
    night = pipelines.job("n1", f"{NAME}/main", "handoffs-done")
    here = Path.cwd()
    assert fetch(night, "release", "scheduled", Path("handoff")) == 1
    pipelines.release("r2")  # meanwhile
    monkeypatch.chdir(here)
    finish(Path("handoff/kept-main.w-r1"), "r1")
    assert settle(night, "release", "scheduled", Path("handoff")) == ["kept-main.w-r1"]
    pipelines.save("handoffs-done")
    later = pipelines.job("n2", f"{NAME}/main", "handoffs-done")
    assert fetch(later, "release", "scheduled", Path("handoff")) == 1
    assert [path.name for path in Path("handoff").iterdir()] == ["kept-main.w-r2"]
    pipelines.release("r3")
    assert {path.name for path in Path(NAME, "main").iterdir()} == {"w-r2", "w-r3"}, (
        "what is done does not pile up"
    )
    pipelines.job("n3", f"{NAME}/main", "handoffs-done")
    assert fetch(later, "release", "scheduled", Path("handoff")) == 2
    assert list(Path("handoffs-done").iterdir()) == [], "nor do the marks"


def test_elsewhere_what_is_done_is_removed_from_the_folder(tmp_path: Path) -> None:
    for origin in ("r1", "r2"):
        own = tmp_path / origin
        own.mkdir()
        (own / handoff(origin).file_name).write_bytes(written(handoff(origin)))
    finish(tmp_path / "r1", "r1")
    assert shelf.shelf({"JENKINS_URL": "x", "BUILD_ID": "1"}) is None
    assert settle(None, "release", "scheduled", tmp_path) == ["r1"]
    assert [path.name for path in tmp_path.iterdir()] == ["r2"]
