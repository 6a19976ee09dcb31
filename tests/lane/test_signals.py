"""Real signals to a real `lane`: once stops in order, twice at once; a killed run goes on where it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engine import until
from project import Project, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

LANEFILE = '''
    import os, threading
    from pathlib import Path
    from lane import Context, action, each, lane, probe

    @action
    def first(ctx: Context) -> str:
        """End at once."""
        with ctx.path("first.log").open("a") as file:
            file.write("x")
        return "value"

    @action(effect="replace")
    def waits(ctx: Context, value: str, how: str) -> None:
        """Say that it began; wait until the file `go` is there."""
        if ctx.path("go").exists():
            return
        ctx.path("began").write_text(str(os.getpid()))
        if how == "sleep":
            ctx.sleep(3600)
        elif how == "program":
            ctx.run("echo $$ > child.pid; trap '' TERM; touch began; sleep 3600; sleep 3600", shell=True)
        elif how == "block":
            threading.Event().wait()

    @action
    def clean(ctx: Context) -> None:
        """Clean up."""
        ctx.path("cleaned").write_text("yes")

    @action
    def last(ctx: Context) -> None:
        """What comes after."""
        ctx.path("ended").write_text("yes")

    @probe
    def looks(ctx: Context) -> None:
        """Say that it began; wait until somebody ends it."""
        ctx.path("looked").touch()
        ctx.sleep(3600)

    @action(probe=looks)
    def looked_at(ctx: Context) -> None:
        """What a probe looks at for long."""

    @lane
    def probed() -> None:
        """A lane that takes long to begin."""
        looked_at()

    @lane
    def slow(how: str = "sleep") -> None:
        """A lane that takes long."""
        waited = waits(first(), how=how)
        clean.set(always=True, after=waited)()
        last.set(after=waited)()
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a lane that takes long."""
    made = Project(tmp_path)
    made.write("Lanefile.py", LANEFILE)
    return made


# What a shell's background job ignores would be ignored by us too: begin as a foreground job does.
_BEGIN = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from lane._run import watch; watch.GRACE = float(sys.argv.pop(1)) or watch.GRACE;"
    "from lane._main import main; sys.exit(main())"
)


@pytest.fixture
def begin(project: Project) -> Iterator[Begin]:
    """Begin `lane` and wait until its slow step runs; whatever is left of it is killed at the end."""
    began = Begin(project)
    yield began
    for process in began.processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


class Begin:
    """Begins `lane` in a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.processes: list[subprocess.Popen[str]] = []

    def __call__(self, *arguments: str, wait_for: str = "began", grace: float = 0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, str(grace), *arguments],
            cwd=self.project.folder,
            env=variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        until(lambda: (self.project.folder / wait_for).exists() or process.poll() is not None)
        return process


def _states(project: Project) -> dict[str, str]:
    story = json.loads(project.lane("show", "--json").stdout)
    return {step["id"]: step["state"] for job in story["jobs"] for step in job["steps"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_once_stops_in_order(project: Project, begin: Begin, number: signal.Signals) -> None:
    process = begin("run", "slow")
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Interrupted" in output
    assert "Traceback" not in output
    assert (project.folder / "cleaned").exists(), "always steps run"
    assert not (project.folder / "ended").exists(), "no new steps"
    assert _states(project) == {
        "first": "succeeded",
        "waits": "cancelled",
        "clean": "succeeded",
        "last": "waiting",
    }
    (project.folder / "go").touch()
    resumed = project.lane("resume")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert (project.folder / "ended").exists()
    assert (project.folder / "first.log").read_text() == "x", "what has ended does not run again"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_before_a_run_begins_it_is_left_in_order(
    project: Project, begin: Begin, number: signal.Signals
) -> None:
    process = begin("run", "probed", wait_for="looked")
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert json.loads(project.lane("runs", "--json").stdout) == []


def test_twice_ends_at_once_with_all_programs(project: Project, begin: Begin) -> None:
    process = begin("run", "slow", "how=program", wait_for="child.pid")
    until(lambda: (project.folder / "child.pid").read_text().strip())
    child = int((project.folder / "child.pid").read_text())
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert next((line for line in process.stdout if "Once more ends at once" in line), None), (
        "it ended too soon"
    )
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    until(lambda: not _alive(child))
    assert _states(project)["waits"] in {"running", "cancelled"}


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_run_that_was_killed_is_told_as_stopped(project: Project, begin: Begin) -> None:
    process = begin("run", "slow")
    assert [run["state"] for run in json.loads(project.lane("runs", "--json").stdout)] == ["running"]
    assert "goes on" not in project.lane("show").stdout
    process.kill()
    process.communicate()
    (run,) = json.loads(project.lane("runs", "--json").stdout)
    assert run["state"] == "stopped"
    assert f"lane resume {run['run']} goes on." in project.lane("show").stdout
    assert "  stopped  " in project.lane("runs").stdout


def test_nothing_to_show_is_json_too(project: Project) -> None:
    assert project.lane("show", "--json").stdout == "null\n"
    assert project.lane("runs", "--json").stdout == "[]\n"


def test_a_thread_that_blocks_does_not_keep_the_process(project: Project, begin: Begin) -> None:
    process = begin("run", "slow", "how=block", grace=0.3)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert (project.folder / "cleaned").exists()
    assert "did not come back" in output


def test_a_killed_run_goes_on_where_it_was(project: Project, begin: Begin) -> None:
    process = begin("run", "slow")
    process.kill()
    process.communicate()
    assert _states(project) == {
        "first": "succeeded",
        "waits": "running",
        "clean": "waiting",
        "last": "waiting",
    }
    (project.folder / "go").touch()
    resumed = project.lane("resume")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert (project.folder / "first.log").read_text() == "x"
    assert set(_states(project).values()) == {"succeeded"}
    assert "nothing to do" in project.lane("resume").stdout


def test_a_run_under_way_cannot_be_resumed_by_another(project: Project, begin: Begin) -> None:
    begin("run", "slow")
    second = project.lane("resume")
    assert second.returncode == 2
    assert "under way in another process" in second.stderr


def test_what_was_told_to_be_ignored_stays_ignored(project: Project) -> None:
    script = (
        "import signal, sys, os, threading; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from lane._main import main;"
        "threading.Timer(0, lambda: os.kill(os.getpid(), signal.SIGHUP)).start(); sys.exit(main())"
    )
    (project.folder / "go").touch()
    done = project.python("-c", script, "run", "slow")
    assert done.returncode == 0, done.stdout + done.stderr
