"""The journal on real disks: shared, read-only, full, damaged, too new."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engine import Engine
from project import Project, variables

from lane import Context, action, lane
from lane._run.journal import SCHEMA_VERSION, Journal, JournalError, Run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    made = Journal(str(tmp_path / "store"))
    yield made
    made.close()


def _run(name: str, created: float = 1.0) -> Run:
    return Run(name, "release", "/Lanefile.py", "{}", "sha256:0", "ci", False, created)


def _job(name: str, state: str = "pending") -> tuple[str, str, None, None, bool, str, str, str, None]:
    return (name, "main", None, None, False, "[]", '["a"]', state, None)


def test_runs_and_jobs_come_back(journal: Journal) -> None:
    journal.add_run(_run("one", 1.0), [_job("main"), _job("main-2")])
    journal.add_run(_run("two", 2.0), [_job("main", "succeeded")])
    journal.set_job("one", "main", "running")
    journal.set_job("one", "main", "succeeded")
    journal.set_run("one", "pending")
    assert [run.id for run in journal.runs()] == ["two", "one"]
    assert [run.id for run in journal.runs(1)] == ["two"]
    one = journal.run("one")
    assert one is not None
    assert (one.lane, one.state, one.sandbox) == ("release", "pending", False)
    assert one.ended is not None
    assert journal.run("three") is None
    assert {name: job.state for name, job in journal.jobs("one").items()} == {
        "main": "succeeded",
        "main-2": "pending",
    }
    assert journal.unfinished() == [("one", "main-2")]


def test_the_last_event_of_a_step_is_its_state(journal: Journal) -> None:
    insert = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)"
    journal.begin()
    for number, (step, state) in enumerate([("a", "running"), ("b", "running"), ("a", "succeeded")]):
        journal.write(insert, ("one", number, float(number), step, state, 1, "7", True, None))
    journal.commit()
    assert {name: state.state for name, state in journal.states("one").items()} == {
        "a": "succeeded",
        "b": "running",
    }
    assert journal.next_number("one") == 3
    assert journal.next_number("two") == 0
    assert journal.durations("one") == [("a", "succeeded", 0.0, 2.0), ("b", "running", 1.0, 1.0)]


def test_what_is_not_committed_is_not_there(journal: Journal) -> None:
    journal.begin()
    journal.add_change("one", "a", "what", None, "1")
    other = sqlite3.connect(journal.path)
    assert other.execute("SELECT count(*) FROM ledger").fetchone() == (0,)
    journal.commit()
    assert other.execute("SELECT count(*) FROM ledger").fetchone() == (1,)
    other.close()


def test_only_its_owner_can_read_a_store(tmp_path: Path) -> None:
    @action
    def work(ctx: Context) -> None:
        ctx.log.info("a line")
        (ctx.artifacts / "file").write_text("x")

    @lane
    def one() -> None:
        work()

    before = os.umask(0o022)
    try:
        Engine(tmp_path).begin(one)
        shared = tmp_path / "shared"
        shared.mkdir(mode=0o755)
        engine = Engine(tmp_path)
        engine.store = str(shared)
        engine.begin(one)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".lane").stat().st_mode) == 0o700
    assert (tmp_path / ".lane" / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE((shared / "runs").stat().st_mode) == 0o700
    for database in shared.glob("journal.db*"):
        assert stat.S_IMODE(database.stat().st_mode) == 0o600, database


def test_many_processes_may_make_one_journal(tmp_path: Path) -> None:
    script = (
        "import sys; from lane._run.journal import Journal; journal = Journal(sys.argv[1]);"
        "journal.begin(); journal.add_change('run', sys.argv[2], 'what', None, None); journal.commit()"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "store"), str(number)])
        for number in range(8)
    ]
    assert [process.wait(60) for process in processes] == [0] * 8
    journal = Journal(str(tmp_path / "store"))
    assert journal.read("SELECT count(*) FROM ledger") == [(8,)]
    journal.close()


# What can be wrong: each a message that says what to do, and no traceback


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a lane of two steps, the first of which can fill its disk."""
    made = Project(tmp_path)
    made.write(
        "Lanefile.py",
        """
        import resource
        from lane import Context, action, lane

        @action
        def fill(ctx: Context, full: bool) -> str:
            ctx.log.info("a line, so that there is a log")
            if full:
                size = ctx.path(".lane/journal.db-wal").stat().st_size
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            ctx.path("began").touch()
            return "x" * 10_000

        @action
        def waits(ctx: Context, full: bool) -> None:
            if full:
                ctx.run("echo $$ > child.pid; sleep 3600", shell=True)

        @action
        def last(ctx: Context, text: str) -> None:
            ctx.path("ended").touch()

        @lane
        def work(full: bool = False) -> None:
            waits(full)
            last(fill(full))
        """,
    )
    return made


def _refused(done: subprocess.CompletedProcess[str], *texts: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for text in texts:
        assert text in done.stderr, done.stderr


def test_a_newer_format_is_left_alone(project: Project) -> None:
    assert project.lane("run", "work").returncode == 0
    connection = sqlite3.connect(project.folder / ".lane" / "journal.db")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    for words in (("run", "work"), ("resume",), ("runs",)):
        _refused(project.lane(*words), f"has format {SCHEMA_VERSION + 1}", "version of lane that wrote it")


def test_a_damaged_journal_is_told(project: Project) -> None:
    assert project.lane("run", "work").returncode == 0
    for file in (project.folder / ".lane").glob("journal.db-*"):
        file.unlink()
    (project.folder / ".lane" / "journal.db").write_bytes(b"no database at all " * 400)
    _refused(project.lane("run", "work"), "not a database", "Move")


def test_a_store_that_cannot_be_made_is_told(project: Project) -> None:
    (project.folder / "file").write_text("not a folder")
    _refused(
        project.lane("run", "work", LANE_STORE=str(project.folder / "file" / "store")),
        "cannot be used",
        "LANE_STORE",
    )


def test_a_read_only_folder_is_told(project: Project) -> None:
    command = [sys.executable, "-m", "lane", "run", "work"]
    if os.geteuid() == 0:  # who may do anything, unless that is taken away
        rights = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}", *command]
    project.folder.chmod(0o555)
    try:
        done = subprocess.run(
            command,
            cwd=project.folder,
            env={**variables(), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        project.folder.chmod(0o755)
    _refused(done, "cannot be used: Permission denied", "LANE_STORE")


def test_a_store_elsewhere(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("elsewhere") / "a store"
    assert project.lane("run", "work", LANE_STORE=str(store)).returncode == 0
    assert (store / "journal.db").exists()
    assert not (project.folder / ".lane").exists()


def test_a_disk_that_fills_up_ends_the_run(project: Project) -> None:
    done = project.lane("run", "work", "--full")
    _refused(done, "cannot be used", "Free some space")
    assert not (project.folder / "ended").exists(), "what cannot be written down is not done"
    if (project.folder / "child.pid").exists():  # its program was ended with the run
        child = (project.folder / "child.pid").read_text().strip()
        assert not child or not Path(f"/proc/{child}").exists()
    resumed = project.lane("resume")
    assert resumed.returncode == 2 or "Traceback" not in resumed.stderr


def test_a_full_disk_at_the_begin(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        with pytest.raises(JournalError, match="cannot be used"):
            Journal(str(tmp_path / "store"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
