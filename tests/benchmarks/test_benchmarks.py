"""The benchmark runs from one end to the other, and its yardsticks are right. No test looks at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ._measure import Command, CommandError, interleaved
from ._release import Task, list_schedule, longest_paths, release
from ._row import Row, table

ROOT = Path(__file__).parents[2]
QUICK_SIZES = ("10", "100", "1,000")
SHAPES = ("layered", "fan", "chain")


@pytest.fixture(scope="module")
def quick() -> dict[str, object]:
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    told: dict[str, object] = json.loads(ended.stdout)
    return told


def test_all_rows_are_there(quick: dict[str, object]) -> None:
    rows = quick["rows"]
    assert isinstance(rows, list)
    assert [row["quantity"] for row in rows] == [
        "lane --version",
        "lane list, 20 lanes",
        "lane run, one no-op step",
        *(f"no-op step, {shape}, {size}" for shape in SHAPES for size in QUICK_SIZES),
        *(f"growth per tenfold, {shape}" for shape in SHAPES),
        *(f"memory per step, {shape}, 1,000" for shape in SHAPES),
        "release of sleeps over the optimum",
        "upload, 48 MiB in parts of 16",
        "the same with SHA-256",
        "download, 8 × 2 MiB",
    ]
    for row in rows:
        assert row["aim"] >= row["must"] if row["floor"] else row["aim"] <= row["must"]
        assert row["verdict"] in {"aim", "must", "missed", "-"}
        assert (row["value"] is None) == (row["verdict"] == "-")


def test_what_it_was_measured_on_is_told(quick: dict[str, object]) -> None:
    machine = quick["machine"]
    assert isinstance(machine, dict)
    assert machine.keys() == {"python", "system", "cores", "load", "lane", "doit", "poethepoet", "requests"}
    assert machine["lane"] != "missing"


def test_release_has_the_properties_of_the_reference() -> None:
    tasks = release()
    assert len(tasks) == 78
    assert sum(len(task.needs) for task in tasks) == 153
    assert max(longest_paths(tasks).values()) == pytest.approx(1.85)
    assert list_schedule(tasks, 1) == pytest.approx(9.05)
    assert list_schedule(tasks, 8) == pytest.approx(2.15)
    assert list_schedule(tasks, len(tasks)) == pytest.approx(1.85)


def test_list_schedule_takes_the_longest_path_first() -> None:
    short = [Task(f"short-{number}", 1.0) for number in range(3)]
    tasks = [*short, Task("long", 2.0), Task("last", 1.0, ("long",))]
    assert list_schedule(tasks, 2) == pytest.approx(3.0)


def test_commands_are_measured_in_turns(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    commands = {
        name: Command(
            ("/bin/sh", "-c", f"echo {name} >> log.txt; touch made; test ! -e gone"), tmp_path, ("gone",)
        )
        for name in ("one", "other")
    }
    (tmp_path / "gone").mkdir()
    taken = interleaved(commands, 2, warm=1)
    assert log.read_text().split() == ["one", "other"] * 3
    assert taken.keys() == {"one", "other"}
    assert all(sample.wall > 0 and sample.peak > 0 for sample in taken.values())


def test_a_command_that_fails_is_an_error_that_tells_why(tmp_path: Path) -> None:
    command = Command(("/bin/sh", "-c", "echo what is wrong >&2; exit 3"), tmp_path)
    with pytest.raises(CommandError, match=r"ended with 3:\nwhat is wrong"):
        interleaved({"broken": command}, 1, warm=0)


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.9, "aim"), (1.0, "aim"), (1.5, "must"), (2.1, "missed"), (None, "-")]
)
def test_verdict_is_the_best_bound_that_is_met(value: float | None, verdict: str) -> None:
    row = Row("time", value, "ms", must=2.0, aim=1.0, detail="of one run")
    assert row.verdict == verdict
    assert row.as_dict()["verdict"] == verdict
    line = table([row]).splitlines()[1]
    assert verdict in line.split()
    assert line.endswith("of one run")


@pytest.mark.parametrize(("value", "verdict"), [(0.9, "aim"), (0.8, "aim"), (0.6, "must"), (0.5, "missed")])
def test_a_share_has_lower_bounds(value: float, verdict: str) -> None:
    row = Row("share", value, "× raw", must=0.55, aim=0.8, detail="of one run", floor=True)
    assert row.verdict == verdict
    assert "≥ 0.55" in table([row])
