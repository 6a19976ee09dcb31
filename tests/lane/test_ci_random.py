"""Whatever a lane does, its exported jobs do it too: random lanes, job by job and in one piece."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from ci_shop import MODES
from ci_stand_in import GitHub
from ci_systems import GitHubActions, Machines
from hypothesis import example, given, note, settings
from hypothesis import strategies as st
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ACTIONS = '''
from lane import Context, action, app, lane, nightly

from shop import desk, shop

@action
def work(ctx: Context, *, text: str, value: list[list[str]] | None = None) -> list[str]:
    """Work."""
    return [*(one for part in value or [] for one in part), text]

@action(runs_on="macos")
def build(ctx: Context, *, text: str, value: list[list[str]] | None = None) -> list[str]:
    """Build."""
    return [*(one for part in value or [] for one in part), text]

@action(auth=[shop])
def sell(ctx: Context, *, text: str, value: list[list[str]] | None = None) -> list[str]:
    """Sell."""
    return [*(one for part in value or [] for one in part), text, ctx.credential.source]

@action(auth=[desk])
def sign(ctx: Context, *, text: str, value: list[list[str]] | None = None) -> list[str]:
    """Sign."""
    return [*(one for part in value or [] for one in part), text, ctx.credential.source]

@lane
def release() -> None:
    """Do this and that."""
'''
POLICY = '[tool.lane.ci]\nmodes = ["shop"]\ninstall = "true"\n[tool.lane.ci.lanes.release]\ntags = ["v*"]\n'
SECRETS = {"SHOP_CODE": "open-sesame", "DESK_CODE": "signed-by-me"}


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Some steps; those that wait for the night wait for one night only, and nothing that is done at once follows."""
    lines, night = [], []
    for index in range(draw(st.integers(2, 7))):
        data = sorted(draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else []
        after = sorted(draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else []
        night.append(draw(st.integers(0, 4)) == 0)
        on = ", on=nightly" if night[-1] else ""
        kind = draw(st.sampled_from(["work", "work", "build", "sell", "sign"]))
        waits = f"after=[{', '.join(f's{one}' for one in after)}]"
        value = f"[{', '.join(f's{one}' for one in data)}]"
        lines.append(
            f'    s{index} = {kind}.set(name="s{index}", {waits}{on})(text="{kind}{index}", value={value})'
        )
    return "\n".join(lines) + "\n"


def outputs(*folders: Path) -> dict[str, Any]:
    """What each step gave, on the machine that ran it."""
    found: dict[str, Any] = {}
    for folder in folders:
        with sqlite3.connect(folder / ".lane/journal.db") as journal:
            rows = journal.execute("SELECT step, state, output, message FROM steps").fetchall()
        journal.close()
        for step, state, output, message in rows:
            if not str(message or "").startswith("handed over"):
                assert step not in found, f"{step} ran twice"
                found[step] = (state, json.loads(output or "null"))
    return found


# What one job that is handed over takes (s0) is not run again by another (s3), where it did not come along.
ELSEWHERE = """
    s0 = build.set(name="s0", on=nightly)(text="build0")
    s1 = sign.set(name="s1", on=nightly)(text="sign1", value=[s0])
    s2 = work.set(name="s2", on=nightly, after=s1)(text="work2")
    s3 = work.set(name="s3", on=nightly, after=s0)(text="work3")
    s4 = work.set(name="s4", on=nightly, after=[s2, s3])(text="work4")
""".lstrip("\n")


@example(ELSEWHERE)
@settings(max_examples=2, deadline=None)
@given(bodies())
def test_jobs_do_what_one_run_does(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    note(body)
    place = tmp_path_factory.mktemp("random")
    project = Project(place / "project")
    project.write("shop.py", MODES)
    project.write("pyproject.toml", POLICY)
    project.write("Lanefile.py", ACTIONS + body)
    assert project.lane("ci", "export", "github").returncode == 0
    machines = Machines(project.folder, place / "machines", place / "apple")
    machines.place.mkdir()
    with GitHub() as api:
        actions = GitHubActions(machines, api, SECRETS, {})
        for flow in sorted(
            (project.folder / ".github/workflows").iterdir(), key=lambda path: (len(path.name), path.name)
        ):
            event = "push" if flow.name == "release.yml" else "schedule"
            actions.run(f".github/workflows/{flow.name}", event)
    ran = outputs(*machines.folders.values())
    steps = {f"s{index}" for index in range(body.count("\n"))}
    assert ran.keys() == steps, "every step ran"
    assert {state for state, _ in ran.values()} == {"succeeded"}
    assert ran == _in_one_piece(project, place)


def _in_one_piece(project: Project, place: Path) -> dict[str, Any]:
    made = Machines(project.folder, place / "alone", place / "the one apple")
    made.place.mkdir()
    folder = made.check_out("alone")
    env = {**SECRETS, "LANE_RUNS_ON": "macos"}
    waiting = "while lane pending | grep -q release; do lane resume --local; done"
    made.run(folder, f"lane run release --local || [ $? = 4 ]\n{waiting}", env)
    return outputs(folder)
