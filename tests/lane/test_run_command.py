"""`lane run` as people type it: exit codes, digests, jobs that wait, a person who is here or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from project import Project
from run_command import LANEFILE, Here, shown, wrong

if TYPE_CHECKING:
    from pathlib import Path


def test_exit_codes(project: Project, here: Here) -> None:
    assert here("run", "plain").returncode == 0
    failed = here("run", "fails")
    wrong(failed, "It failed.", "Do it better.", "Lanefile.py:", code=1)


def test_the_digest_that_was_approved_is_what_runs(project: Project, here: Here) -> None:
    plan = json.loads(here("plan", "plain", "--format", "json").stdout)
    assert here("run", "plain", "--plan", plan["digest"]).returncode == 0
    (project.folder / "shown.txt").unlink()
    wrong(here("run", "typed", "--plan", plan["digest"]), "not the one that was approved")
    assert not (project.folder / "shown.txt").exists()


def test_a_job_that_waits_runs_once_for_every_run_that_left_it(project: Project, here: Here) -> None:
    first = here("run", "split")
    assert first.returncode == 0
    assert "scheduled" in first.stdout
    assert here("run", "split").returncode == 0
    waiting = json.loads(here("pending", "--json").stdout)
    assert len(waiting) == 2
    tonight = here("run", "split", "--job", "scheduled")
    assert tonight.returncode == 0, tonight.stdout + tonight.stderr
    assert json.loads(here("pending", "--json").stdout) == []
    again = here("run", "split", "--job", "scheduled")
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    assert "nothing to do" in here("resume").stdout
    assert json.loads(here("resume", "--json").stdout)["event"] == "nothing_to_do"


def test_what_waits_is_listed_with_its_hand_off(project: Project, here: Here) -> None:
    assert here("run", "handed").returncode == 0
    [waiting] = json.loads(here("pending", "--json").stdout)
    assert (waiting["needs"], waiting["waits_for"]) == (["main"], "0 3 * * *")
    assert list(waiting["hand_off"]) == ["show"]


def test_one_run_that_cannot_go_on_does_not_keep_the_others(project: Project, here: Here) -> None:
    here("run", "split")
    project.write("Lanefile.py", LANEFILE.replace('({"n": 1})', '({"n": 2})'))
    here("run", "split")
    done = here("run", "split", "--job", "scheduled")
    assert done.returncode == 2
    assert "has changed since the run" in done.stderr
    assert len(json.loads(here("pending", "--json").stdout)) == 1
    assert shown(project) == {"n": 2}


ATTENDED = """
    from dataclasses import dataclass
    from lane import Context, action, lane

    @dataclass(frozen=True)
    class Person:
        name: str = "person"
        attended: bool = True
        expires: bool = False
        fit_for_ci: bool = False
        names: tuple[str, ...] = ()

        def how(self): return []

        def find(self, environment, folder): return None

    @action(auth=[Person()])
    def approve(ctx: Context) -> str:
        \"\"\"Ask.\"\"\"
        return "approved"

    @action
    def ship(ctx: Context, what: str) -> None:
        \"\"\"Ship.\"\"\"
        ctx.path("shipped.txt").write_text(what)

    @lane
    def release() -> None:
        \"\"\"Ship what was approved.\"\"\"
        ship(what=approve())
"""


def test_where_a_person_comes_first_it_depends_on_whether_one_is_here(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", ATTENDED)
    assert project.lane("run", "release", "--ci").returncode == 4
    assert not (tmp_path / "shipped.txt").exists()
    done = project.lane("run", "release", "--local")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "shipped.txt").read_text() == "approved"
