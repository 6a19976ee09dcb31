"""`--json`: each line is an event with the documented keys, on its own, at once."""

from __future__ import annotations

import io
import json
import re
import threading
from datetime import datetime

import pytest
from simulated import RUN, planned, play

import lane._report.json_lines
from lane._report.json_lines import JsonReporter
from lane._report.reporter import FAILED, SUCCEEDED, RunEnd, StepEnd

EVERY = {"event", "time", "run"}
OF_STEP = {*EVERY, "job", "step", "action"}
KEYS = {
    "run_started": {*EVERY, "lane", "plan", "setting", "sandbox", "jobs", "done"},
    "job_started": {*EVERY, "job"},
    "step_started": OF_STEP,
    "step_retried": {*OF_STEP, "attempt", "message", "seconds"},
    "step_output": {*OF_STEP, "level", "text"},
    "step_progress": {*OF_STEP, "label", "done", "total", "unit"},
    "step_ended": {*OF_STEP, "state", "seconds", "attempts", "message", "hint", "where", "allowed", "log"},
    "job_ended": {*EVERY, "job", "state"},
    "notice": {*EVERY, "level", "text"},
    "run_ended": {*EVERY, "state", "exit_code", "seconds", "critical", "pending"},
}


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(stream: io.StringIO) -> JsonReporter:
    return JsonReporter(stream)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_event_has_its_keys(reporter: JsonReporter, stream: io.StringIO) -> None:
    play(reporter, planned(), fails=True, pause=lambda _: reporter.notice("info", "on and on"))
    told = events(stream)
    assert {event["event"] for event in told} == set(KEYS)
    for event in told:
        assert set(event) == KEYS[str(event["event"])]
        assert event["run"] == RUN
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(event["time"]))
        datetime.fromisoformat(str(event["time"]))


def test_the_documented_table_names_the_same_keys() -> None:
    table = dict(re.findall(r"^\| (\w+) \| (.*) \|$", lane._report.json_lines.__doc__ or "", re.MULTILINE))
    del table["event"]
    assert set(table) == set(KEYS)
    for event, documented in table.items():
        common = OF_STEP if event.startswith("step_") else EVERY
        for key in KEYS[event] - common:
            assert re.search(rf"\b{key}\b", documented), (event, key)


def test_a_failure_is_told_whole(reporter: JsonReporter, stream: io.StringIO) -> None:
    play(reporter, planned(), fails=True, pause=lambda _: None)
    failed = next(event for event in events(stream) if event.get("state") == FAILED)
    assert {**failed, "time": None} == {
        "event": "step_ended",
        "time": None,
        "run": RUN,
        "job": "main",
        "step": "upload",
        "action": "upload",
        "state": "failed",
        "seconds": 12.3,
        "attempts": 3,
        "message": "The build 1.4.0 (37) exists already.",
        "hint": "Raise the build number: latest_build_number() + 1.",
        "where": "simulated.py:61",
        "allowed": False,
        "log": "logs/upload.log",
    }
    last = events(stream)[-1]
    assert last["critical"] == [
        {"step": "match", "seconds": 0.4},
        {"step": "build_app", "seconds": 8.1},
        {"step": "upload", "seconds": 12.3},
    ]
    assert last["pending"] == [
        {
            "job": "scheduled",
            "trigger": "0 3 * * * UTC",
            "attended": False,
            "steps": ["download_dsyms"],
            "due": "2026-11-25T03:00Z",
            "why": "nightly: lane resume",
        }
    ]


def test_each_event_is_written_when_it_happens(reporter: JsonReporter, stream: io.StringIO) -> None:
    made = planned()
    reporter.run_started(RUN, made, made.jobs, sandbox=False, done=[0])
    assert [event["event"] for event in events(stream)] == ["run_started"]
    assert events(stream)[0]["done"] == ["match"]
    reporter.step_output(1, "build_app", "output", "\x1b[1mbold\x1b[0m\n\udcff")
    assert events(stream)[1]["text"] == "\x1b[1mbold\x1b[0m\n\udcff"
    assert stream.getvalue().isascii()


def test_items_and_hooks_are_told_apart(reporter: JsonReporter, stream: io.StringIO) -> None:
    made = planned()
    reporter.run_started(RUN, made, made.jobs, sandbox=False)
    reporter.job_started(made.jobs[0])
    for step in ("upload[3]", "before_all/notify"):
        reporter.step_started(2, step)
    told = [(event["step"], event["action"], event["job"]) for event in events(stream)[2:]]
    assert told == [("upload[3]", "upload", "main"), ("before_all/notify", None, "main")]


def test_threads_write_whole_lines(reporter: JsonReporter, stream: io.StringIO) -> None:
    made = planned()
    reporter.run_started(RUN, made, made.jobs, sandbox=False)
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        for number in range(200):
            reporter.step_output(0, "match", "info", f"{number} " * 20)
            reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 0.1))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    assert len(events(stream)) == 2 + 8 * 200 * 2
