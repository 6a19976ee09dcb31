"""The live tree, as a terminal shows it."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest
from rich.console import Console
from screen import Screen
from simulated import ENDS, REFUSED, RUN, Clock, planned, play, play_wide, wide

from lane._report.ci import SYSTEMS
from lane._report.live import LiveReporter
from lane._report.progress import Progress
from lane._report.reporter import CANCELLED, FAILED, RUNNING, SKIPPED, SUCCEEDED, RunEnd, StepEnd
from lane._report.text import SPINNER
from lane._report.tree import JobView, Row, tree

HERE = Path(__file__).parent


class Shown:
    """A live reporter on a screen that can be looked at."""

    def __init__(
        self, *, width: int = 80, height: int = 24, verbose: bool = False, colour: bool = False
    ) -> None:
        self.stream = io.StringIO()
        self.clock = Clock()
        self.width = width
        environ = {"TERM": "xterm-256color"} if colour else {"TERM": "xterm-256color", "NO_COLOR": "1"}
        console = Console(
            file=self.stream,
            force_terminal=True,
            width=width,
            height=height,
            highlight=False,
            _environ=environ,
        )
        self.reporter = LiveReporter(self.stream, console=console, clock=self.clock, verbose=verbose)

    def screen(self) -> Screen:
        screen = Screen()
        screen.feed(self.stream.getvalue())
        assert all(len(line) <= self.width for line in screen.lines)
        return screen

    def pause(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        self.reporter.tick()

    @property
    def text(self) -> str:
        """What the screen shows; the spinner stands still."""
        self.reporter.tick()
        return re.sub(f"[{SPINNER}]", "*", self.screen().text)


START = """\
release · run 20261124-0751-3f2a · against the sandbox
  4 steps in main, 1 pending · plan sha256:0123456789ab
"""

WARNED = "build_app │ warning: AppDelegate.swift:12: unused variable\n"
END = """\
✗ upload failed after 12.3 s, 3 attempts: The build 1.4.0 (37) exists already.
  Raise the build number: latest_build_number() + 1.
  simulated.py:61 · log: logs/upload.log
  │ 13 parts of 4 MiB
  │ attempt 2 in 500 ms, since: Connection reset by peer

  Step       State            Time  Attempts
= match      satisfied      400 ms         1
✓ build_app  succeeded       8.1 s         1
✗ upload     failed         12.3 s         3
– notify     skipped

Critical path: 20.8 s of 20.9 s
  match 400 ms → build_app 8.1 s → upload 12.3 s

Pending
• scheduled: download_dsyms (0 3 * * * UTC, due 2026-11-25 03:00 UTC)
  nightly: lane resume

✗ release failed in 20.9 s · against the sandbox · exit code 1
  to go on: lane resume 20261124-0751-3f2a
"""


def test_the_end_leaves_what_matters_and_nothing_of_the_tree() -> None:
    shown = Shown()
    play(shown.reporter, planned(), fails=True, pause=shown.pause)
    screen = shown.screen()
    assert screen.text == START + WARNED + END
    assert screen.cursor


def test_the_tree_while_it_runs() -> None:
    shown = Shown()
    reporter, made = shown.reporter, planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=True)
    reporter.job_started(made.jobs[0])
    reporter.step_ended(0, "match", StepEnd("satisfied", 0.4, message="the profile is there"))
    reporter.step_started(1, "build_app")
    reporter.step_output(1, "build_app", "output", "\x1b[1mCompiling\x1b[0m " + "Aurora" * 20)
    reporter.step_started(2, "upload")
    for part in range(20):
        reporter.step_progress(2, "upload", "parts", part * 2_000_000, 52_100_000, "bytes")
        shown.clock.pass_by(0.1)
    screen = shown.text
    assert screen.removeprefix(START) == (
        "release  1 of 4 steps  2.0 s\n"
        "= match          400 ms  the profile is there\n"
        "* build_app       2.0 s  Compiling AuroraAuroraAuroraAuroraAuroraAuroraAuroraAu…\n"
        "* upload          2.0 s  ━━━━━━━━━━━━━━━━━━━━━  73 %  38.0 of 52.1 MB  19.0 MB/s\n"
        "· notify\n"
    )
    reporter.close()
    assert shown.screen().text == START
    assert shown.screen().cursor


def test_a_tree_higher_than_the_terminal_shows_what_counts() -> None:
    shown = Shown(height=14)
    looked = []

    def pause(seconds: float) -> None:
        shown.pause(seconds)
        looked.append(shown.text)

    play_wide(shown.reporter, wide(120), pause)
    assert looked[60].partition("  │ Working on 54\n")[2] == (
        "many  55 of 120 steps  6.1 s  4 failed\n"
        "  49 succeeded, 4 failed, 2 cancelled\n"
        "✗ notify-38      430 ms  no reason\n"
        "✗ notify-55      600 ms  no reason\n"
        "■ notify-53      580 ms  no reason\n"
        "✓ notify-54      590 ms\n"
        "* notify-56       1.0 s  Working on 55\n"
        "* notify-57       1.0 s  Working on 56\n"
        "* notify-58       1.0 s  Working on 57\n"
        "* notify-59       1.0 s  Working on 58\n"
        "* notify-60       1.0 s  Working on 59\n"
        "* notify-61       1.0 s  Working on 60\n"
        "  59 more wait\n"
    )
    screen = shown.screen()
    assert screen.tallest < 14
    assert screen.text.count("✗ many failed in 12.0 s") == 1
    assert "more wait" not in screen.text


def test_several_jobs_have_headings_and_those_that_ended_collapse() -> None:
    made = wide(40)
    main = made.jobs[0]
    ids = [step.id for step in made.graph.steps]
    views = [JobView(main, ids, frozenset()) for _ in range(3)]
    for number, (view, state) in enumerate(zip(views, (SUCCEEDED, RUNNING, "waiting"), strict=True)):
        view.name, view.state = f"job-{number}", state
    for index in range(40):
        row = Row(index, ids[index], 0.0)
        views[0].started(row)
        views[0].finished(row, StepEnd(SUCCEEDED, 1.0))
    views[1].started(Row(0, ids[0], 0.0))
    lines = ["".join(text for text, _ in line) for line in tree(views, 5.0, 80, 12)]
    assert [line[2:] for line in lines] == [
        "job-0  40 of 40",
        "job-1  0 of 40",
        "none ended",
        "notify         5.0 s",
        *(f"notify-{number}" for number in range(2, 8)),
        "33 more wait",
        "job-2  0 of 40",
    ]


@pytest.mark.parametrize("height", [5, 6, 8, 13, 24, 60])
@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_it_fits_any_terminal(width: int, height: int) -> None:
    shown = Shown(width=width, height=height)
    made = wide(30)
    shown.reporter.run_started(RUN, made, made.jobs, sandbox=True)
    shown.reporter.job_started(made.jobs[0])
    for index, step in enumerate(made.graph.steps):
        shown.reporter.step_started(index, step.id)
        shown.reporter.step_progress(index, step.id, "", index, 30, "parts")
        if index % 3 == 0:
            shown.reporter.step_ended(index, step.id, StepEnd(SUCCEEDED, 1.0, message="very " * 30))
        shown.pause(0.3)
    shown.reporter.step_retried(29, "notify-30", 2, "again " * 30, 1.0)
    shown.pause(0.3)
    screen = Screen()
    screen.feed(shown.stream.getvalue())
    assert screen.tallest < height
    shown.reporter.close()


def test_verbose_shows_each_line_above_the_tree() -> None:
    shown = Shown(verbose=True)
    reporter, made = shown.reporter, planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=True)
    reporter.step_started(1, "build_app")
    for number in range(3):
        reporter.step_output(1, "build_app", "output", f"line {number}")
        reporter.step_output(1, "build_app", "debug", f"detail {number}")
        shown.pause(0.1)
    above = [f"build_app │ {kind} {number}\n" for number in range(3) for kind in ("line", "detail")]
    assert shown.text.startswith(START + "".join(above) + "release  0 of 4 steps")
    reporter.step_ended(1, "build_app", StepEnd(FAILED, 1.0, message="No."))
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    assert shown.screen().text.count("line 2") == 1, "the end of the log is not shown again"
    assert shown.screen().text.count(": No.\n") == 2, "but why it failed is, out of sight as it may be"


def test_a_failure_shows_the_last_twenty_lines() -> None:
    shown = Shown()
    reporter, made = shown.reporter, planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=True)
    reporter.step_started(2, "upload")
    for number in range(100):
        reporter.step_output(2, "upload", "output", f"line {number}")
    reporter.step_ended(2, "upload", REFUSED)
    reporter.run_ended(ENDS["failure"])
    assert re.findall(r"^  │ (.*)$", shown.screen().text, re.MULTILINE) == [
        f"line {number}" for number in range(80, 100)
    ]


def test_a_person_can_be_asked_below_what_stands_there() -> None:
    shown = Shown()
    reporter, made = shown.reporter, planned()
    reporter.notice("warning", "The probe of match failed.")
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=True)
    reporter.step_started(1, "build_app")
    shown.pause(1.0)
    with reporter.paused():
        assert shown.screen().cursor
        shown.stream.write("Code: 123456\n")
        reporter.tick()
        reporter.step_ended(1, "build_app", StepEnd(SUCCEEDED, 1.0))
        reporter.notice("info", "another step ended")
    reporter.run_ended(RunEnd(CANCELLED, 130, 1.0))
    lines = shown.screen().text.removeprefix("The probe of match failed.\n" + START).splitlines()
    assert lines[:2] == ["Code: 123456", "another step ended"]


def test_hooks_later_jobs_and_steps_done_before() -> None:
    shown = Shown()
    reporter, made = shown.reporter, planned()
    main, nightly = made.jobs
    start = START.replace("4 steps", "2 steps")  # two of them ended earlier
    reporter.run_started(RUN, made, [main], sandbox=True, done=[0, 1])
    reporter.job_started(main)
    reporter.step_started(0, "before_all/notify")
    reporter.step_ended(0, "before_all/notify", StepEnd(SUCCEEDED, 1.0))
    reporter.step_started(2, "upload[0]")
    assert shown.text.removeprefix(start) == (
        "release  1 of 2 steps  0 ms\n"
        "✓ before_all/notify       1.0 s\n"
        "* upload[0]               1.0 s\n"
        "· notify\n"
    )
    reporter.step_ended(2, "upload[0]", StepEnd(SUCCEEDED, 1.0))
    reporter.job_ended(main, SUCCEEDED)
    reporter.job_started(nightly)
    reporter.step_started(4, "download_dsyms")
    assert shown.text.removeprefix(start).splitlines()[1:] == [
        "✓ main  2 of 2",
        "  ✓ before_all/notify       1.0 s",
        "  ✓ upload[0]               1.0 s",
        "  · notify",
        "▸ scheduled  0 of 1",
        "  * download_dsyms       1.0 s",
    ]
    reporter.close()


def test_colours_unless_no_color_is_set() -> None:
    for colour in (True, False):
        shown = Shown(colour=colour)
        play(shown.reporter, planned(), fails=True, pause=shown.pause)
        colours = re.findall(r"\x1b\[(?:[0-9]+;)*3[0-9](?:;[0-9]+)*m", shown.stream.getvalue())
        assert bool(colours) is colour


def test_ascii_where_the_encoding_has_no_more() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = Console(file=stream, force_terminal=True, width=80, height=24, _environ={"TERM": "xterm"})
    clock = Clock()
    reporter = LiveReporter(stream, console=console, clock=clock)

    def pause(seconds: float) -> None:
        clock.pass_by(seconds)
        reporter.tick()

    play(reporter, planned(), fails=True, pause=pause)
    text = raw.getvalue().decode("ascii")
    assert "x upload failed after 12.3 s" in text
    assert "match 400 ms -> build_app 8.1 s" in text


def test_threads_do_not_disturb_the_drawing() -> None:
    shown = Shown()
    reporter, made = shown.reporter, wide(400)
    reporter.run_started(RUN, made, made.jobs, sandbox=False)
    reporter.job_started(made.jobs[0])
    gate = threading.Barrier(8)

    def work(thread: int) -> None:
        gate.wait()
        for index in range(thread * 50, thread * 50 + 50):
            step = made.graph.steps[index].id
            reporter.step_started(index, step)
            for number in range(5):
                reporter.step_output(index, step, "output", f"line {number}")
                reporter.step_progress(index, step, "", number, 5, "lines")
            reporter.step_ended(index, step, StepEnd(FAILED if index % 50 == 0 else SUCCEEDED, 0.1))
            reporter.tick()

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    text = shown.screen().text
    assert "400 steps: " in text
    assert text.count(" failed after 100 ms: no message") == 8
    assert "400 steps  " not in text


def test_a_skipped_step_of_a_job_that_never_began() -> None:
    shown = Shown()
    reporter, made = shown.reporter, planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=True)
    reporter.step_ended(4, "download_dsyms", StepEnd(SKIPPED))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    assert "– download_dsyms  skipped" in shown.screen().text


def test_rate_and_time_left_are_of_the_last_seconds() -> None:
    progress = Progress()
    assert progress.fraction is None
    assert progress.rate(0.0) is None
    for second in range(11):
        progress.update(float(second), "parts", second * 100, 2_000, "bytes")
    assert progress.rate(10.0) == 100
    assert progress.remaining(10.0) == 10
    assert progress.rate(20.0) == 50, "it falls while nothing comes"
    progress.update(21.0, "parts", 0, 2_000, "bytes")
    assert progress.rate(21.0) is None, "an attempt begins again"
    assert progress.fraction == 0


def test_in_a_real_terminal() -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    theirs_only = {name for system in SYSTEMS for name in system.variables} | {"NO_COLOR", "COLUMNS", "LINES"}
    environ = {name: value for name, value in os.environ.items() if name not in theirs_only}
    environ |= {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "simulated.py", "failure", "at once"]
    with subprocess.Popen(
        command, cwd=HERE, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        output = b"".join(iter(lambda: read(ours), b""))
    os.close(ours)
    assert process.returncode == 0
    screen = Screen()
    screen.feed(output.decode().replace("\r\n", "\n"))
    assert screen.text == START + WARNED + END
    assert screen.cursor
    assert b"\x1b[?25l" in output
    assert b"\x1b[1;31m" in output, "in colour"


def read(terminal: int) -> bytes:
    """What comes next; nothing once the other side is closed, which Linux tells as an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
