"""Plain lines: golden texts, groups of CI systems, and nothing lost on the way."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from simulated import ENDS, RUN, Played, play, wide

from lane._report.ci import SYSTEMS, System
from lane._report.reporter import CANCELLED, FAILED, SKIPPED, SUCCEEDED, Pending, RunEnd, StepEnd

HERE = Path(__file__).parent
GITHUB, GITLAB, AZURE, BUILDKITE, TEAMCITY = SYSTEMS[:5]


def played(system: System | None = None, *, fails: bool = False) -> str:
    made = Played(system)

    def pause(seconds: float) -> None:
        made.clock.pass_by(seconds)
        made.reporter.tick()

    play(made.reporter, made.plan, fails=fails, pause=pause)
    return made.stream.getvalue()


END = """
  Step       State            Time  Attempts
= match      satisfied      400 ms         1
✓ build_app  succeeded       8.1 s         1
✗ upload     failed         12.3 s         3
– notify     skipped

✗ upload: The build 1.4.0 (37) exists already.
  Raise the build number: latest_build_number() + 1.
  simulated.py:61 · log: logs/upload.log

Critical path: 20.8 s of 20.9 s
  match 400 ms → build_app 8.1 s → upload 12.3 s

Pending
• scheduled: download_dsyms (0 3 * * * UTC, due 2026-11-25 03:00 UTC)
  nightly: lane resume

✗ release failed in 20.9 s · against the sandbox · exit code 1 · to go on: lane resume 20261124-0751-3f2a
"""

PIPE = """\
release · run 20261124-0751-3f2a · against the sandbox · 4 steps in main, 1 pending · plan sha256:0123456789ab
= match satisfied: the profile is there
▸ build_app
build_app │ Compiling AppDelegate.swift
build_app │ Compiling Aurora.swift
build_app │ Compiling Settings.swift
build_app │ Compiling Onboarding.swift
build_app │ warning: AppDelegate.swift:12: unused variable
✓ build_app 8.1 s
▸ upload
upload │ 13 parts of 4 MiB
↻ upload: attempt 2 in 500 ms, since: Connection reset by peer
✗ upload failed after 12.3 s, 3 attempts: The build 1.4.0 (37) exists already.
  Raise the build number: latest_build_number() + 1.
  simulated.py:61 · log: logs/upload.log
– notify skipped: not run: an earlier step failed
"""

ON_GITHUB = """\
release · run 20261124-0751-3f2a · against the sandbox · 4 steps in main, 1 pending · plan sha256:0123456789ab
= match satisfied: the profile is there
::group::▸ build_app
Compiling AppDelegate.swift
Compiling Aurora.swift
Compiling Settings.swift
Compiling Onboarding.swift
warning: AppDelegate.swift:12: unused variable
::endgroup::
✓ build_app 8.1 s
::group::▸ upload
13 parts of 4 MiB
↻ upload: attempt 2 in 500 ms, since: Connection reset by peer
::endgroup::
✗ upload failed after 12.3 s, 3 attempts: The build 1.4.0 (37) exists already.
  Raise the build number: latest_build_number() + 1.
  simulated.py:61 · log: logs/upload.log
::error file=simulated.py,line=61,title=upload failed::The build 1.4.0 (37) exists already.\
%0ARaise the build number: latest_build_number() + 1.
– notify skipped: not run: an earlier step failed
"""


def test_a_pipe_gets_lines_told_apart_by_their_step() -> None:
    assert played(fails=True) == PIPE + END


def test_github_gets_groups_and_an_annotation() -> None:
    assert played(GITHUB, fails=True) == ON_GITHUB + END


@pytest.mark.parametrize("system", [None, *SYSTEMS], ids=lambda system: system.name if system else "pipe")
def test_there_are_no_control_codes(system: System | None) -> None:
    text = played(system, fails=True)
    if system is GITLAB:
        text = re.sub(r"\x1b\[0Ksection_(start|end):\d+:\w+(\[collapsed=true\])?\r\x1b\[0K", "", text)
    assert not [one for one in text if not one.isprintable() and one != "\n"]


def test_the_sandbox_stands_in_the_first_and_the_last_line() -> None:
    lines = played().splitlines()
    assert "sandbox" in lines[0]
    assert "sandbox" in lines[-1]
    made = Played()
    made.start().run_ended(ENDS["success"])
    assert "sandbox" not in made.stream.getvalue()


def test_groups_of_steps_side_by_side_stand_one_after_the_other() -> None:
    made = Played(GITHUB)
    reporter = made.start()
    for step in (0, 1):
        reporter.step_started(step, f"s{step}")
    for line in range(3):
        for step in (0, 1):
            reporter.step_output(step, f"s{step}", "output", f"{step}.{line}")
    made.clock.pass_by(0.5)
    reporter.tick()
    assert made.lines[1:] == []
    reporter.step_ended(1, "s1", StepEnd(SUCCEEDED, 2.0))
    reporter.step_ended(0, "s0", StepEnd(FAILED, 3.0, message="No."))
    assert made.lines[1:] == [
        *("::group::✓ s1 2.0 s", "1.0", "1.1", "1.2", "::endgroup::"),
        *("::group::✗ s0 failed after 3.0 s", "0.0", "0.1", "0.2", "::endgroup::"),
        *("✗ s0: No.", "::error title=s0 failed::No."),
    ]


def test_a_stream_ends_when_a_second_step_begins_and_is_taken_up_again() -> None:
    made = Played(GITHUB)
    reporter = made.start()
    reporter.step_started(1, "build_app")
    reporter.step_output(1, "build_app", "output", "one")
    reporter.tick()
    reporter.step_output(1, "build_app", "output", "two")
    reporter.step_started(2, "upload")
    reporter.step_output(1, "build_app", "output", "three")
    reporter.step_ended(2, "upload", StepEnd(SUCCEEDED, 1.0))
    reporter.tick()
    reporter.step_ended(1, "build_app", StepEnd(SUCCEEDED, 4.0))
    reporter.tick()
    assert made.lines[1:] == [
        *("::group::▸ build_app", "one", "two", "::endgroup::"),
        "✓ upload 1.0 s",
        *("::group::▸ build_app (continued)", "three", "::endgroup::"),
        "✓ build_app 4.0 s",
    ]


def test_a_long_log_does_not_wait_for_the_end() -> None:
    made = Played(GITHUB)
    reporter = made.start()
    for step in ("build_app", "upload"):
        reporter.step_started(1, step)
    for line in range(5_000):
        reporter.step_output(1, "build_app", "output", str(line))
    reporter.tick()
    assert made.lines[1:] == ["::group::▸ build_app", *map(str, range(5_000)), "::endgroup::"]


def test_what_lasts_is_announced_and_a_silence_is_broken() -> None:
    made = Played()
    reporter = made.start()
    reporter.step_started(2, "upload")
    reporter.tick()
    assert made.lines[1:] == []
    made.clock.pass_by(1)
    reporter.tick()
    assert made.lines[1:] == ["▸ upload"]
    reporter.step_progress(2, "upload", "parts", 26_000_000, 52_100_000, "bytes")
    for _ in range(7):
        made.clock.pass_by(10)
        reporter.tick()
    told = [f"… still running: upload {spent} (parts 26.0 of 52.1 MB)" for spent in ("31.0 s", "1 min 01 s")]
    assert made.lines[1:] == ["▸ upload", *told]


def test_a_debug_line_is_told_only_if_asked_for() -> None:
    for verbose in (False, True):
        made = Played(verbose=verbose)
        made.start().step_output(0, "match", "debug", "detail")
        made.reporter.tick()
        assert ("match │ debug: detail" in made.lines) is verbose


def test_steps_skipped_for_one_reason_share_a_line() -> None:
    made = Played()
    reporter = made.start()
    for step in range(1_000):
        reporter.step_ended(step, f"s{step}", StepEnd(SKIPPED, message="not run: an earlier step failed"))
    reporter.tick()
    expected = "– s0, s1, s2, s3, s4, s5, s6, s7 and 992 more skipped: not run: an earlier step failed"
    assert made.lines[1:] == [expected]


def test_late_output_of_a_step_that_was_given_up_is_told_apart() -> None:
    made = Played(GITHUB)
    reporter = made.start()
    reporter.step_started(2, "upload")
    reporter.step_ended(2, "upload", StepEnd(CANCELLED, 60.0, message="no output for 60 s"))
    reporter.step_output(2, "upload", "output", "late")
    reporter.tick()
    assert made.lines[1:] == ["■ upload cancelled after 1 min 00 s: no output for 60 s", "upload │ late"]


def test_hooks_and_later_jobs_are_told() -> None:
    made = Played()
    reporter = made.start()
    main, nightly = made.plan.jobs
    reporter.job_started(main)
    reporter.step_started(0, "before_all/notify")
    reporter.step_ended(0, "before_all/notify", StepEnd(SUCCEEDED, 0.1))
    reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 0.2))
    reporter.step_ended(0, "after_all/notify", StepEnd(SUCCEEDED, 0.3))
    reporter.job_ended(main, SUCCEEDED)
    reporter.job_started(nightly)
    reporter.job_ended(nightly, SUCCEEDED)
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    assert made.lines[1:6] == [
        *("✓ before_all/notify 100 ms", "✓ match 200 ms", "✓ after_all/notify 300 ms"),
        *("Job scheduled: 1 step", "Job scheduled succeeded"),
    ]
    assert [line.split()[1] for line in made.lines[8:11]] == [
        "before_all/notify",
        "match",
        "after_all/notify",
    ]


@pytest.mark.parametrize(
    ("end", "began", "last"),
    [
        (
            RunEnd("pending", 0, 1.0, ENDS["success"].pending),
            True,
            "✓ release succeeded in 1.0 s · 1 job pending · run ",
        ),
        (RunEnd("pending", 4, 0.0, ENDS["success"].pending), False, "· release waits · exit code 4 · run "),
        (
            RunEnd(CANCELLED, 130, 2.0),
            True,
            "■ release cancelled in 2.0 s · exit code 130 · to go on: lane resume ",
        ),
    ],
)
def test_the_last_line_tells_how_it_stands(end: RunEnd, began: bool, last: str) -> None:
    made = Played()
    reporter = made.start()
    if began:
        reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
    reporter.run_ended(end)
    assert made.lines[-1] == last + RUN


def test_items_stand_below_their_step_in_their_order() -> None:
    made = Played()
    reporter = made.start()
    for step in ("upload[10]", "upload[2]", "upload", "match"):
        reporter.step_ended(0 if step == "match" else 2, step, StepEnd(SUCCEEDED, 1.0))
    pending = Pending("scheduled", "0 3 * * *", True, ["a"], "2026-11-25T03:00+00:00", "")
    reporter.run_ended(RunEnd("pending", 0, 1.0, [pending]))
    table = made.lines[made.lines.index("") + 2 :]
    assert [line.split()[1] for line in table[:4]] == ["match", "upload", "upload[2]", "upload[10]"]
    assert "• scheduled: a (0 3 * * *, due 2026-11-25 03:00 UTC, needs a person)" in made.lines


def test_a_large_run_ends_with_what_matters() -> None:
    made = Played()
    made.plan = wide(2_000)
    reporter = made.start()
    for index in range(2_000):
        state = FAILED if index in (7, 1_990) else SUCCEEDED
        reporter.step_ended(index, f"s{index}", StepEnd(state, index / 10, message="No."))
    before = len(made.lines)
    reporter.run_ended(RunEnd(FAILED, 1, 200.0))
    table = made.lines[
        made.lines.index("2,000 steps: 1,998 succeeded, 2 failed. What failed, and the slowest:") :
    ]
    names = [line.split()[1] for line in table[3:] if line.startswith(("✓", "✗")) and ":" not in line]
    assert names[:4] == ["s7", "s1990", "s1999", "s1998"]
    assert len(names) == 2 + 19, "the failed one among the slowest stands there once"
    assert len(made.lines) - before < 40


def test_a_chain_of_many_steps_shows_the_longest() -> None:
    made = Played()
    chain = [(f"s{at}", 1.0 if at % 100 else 60.0 + at) for at in range(1, 1_000)]
    made.start().run_ended(RunEnd(SUCCEEDED, 0, 10_000.0, critical=chain))
    text = " ".join(
        made.lines[made.lines.index(next(line for line in made.lines if "Critical" in line)) + 1 :]
    )
    assert re.findall(r"s\d+(?= \d)", text) == [f"s{at}" for at in range(200, 1_000, 100)]
    assert text.count("…") == 9


def test_threads_do_not_mix_their_groups() -> None:
    made = Played(GITHUB)
    reporter = made.start()
    gate = threading.Barrier(8)

    def work(thread: int) -> None:
        gate.wait()
        for number in range(100):
            step = f"t{thread}-{number}"
            reporter.step_started(0, step)
            for line in range(5):
                reporter.step_output(0, step, "output", f"{step} {line}")
                reporter.step_progress(0, step, "", line, 5, "lines")
            reporter.step_ended(0, step, StepEnd(SUCCEEDED, 0.0))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    assert grouped(made.lines) == {
        f"t{thread}-{number}": [f"t{thread}-{number} {line}" for line in range(5)]
        for thread in range(8)
        for number in range(100)
    }


def grouped(lines: list[str]) -> dict[str, list[str]]:
    """The lines of each step's groups; a group inside another is an error."""
    found: dict[str, list[str]] = {}
    step = None
    for line in lines:
        if line.startswith("::group::"):
            assert step is None
            step = line.split()[1]
        elif line == "::endgroup::":
            assert step is not None
            step = None
        elif step is not None:
            found.setdefault(step, []).append(line)
    assert step is None
    return found


def test_nothing_is_written_while_a_person_is_asked() -> None:
    made = Played()
    reporter = made.start()
    with reporter.paused():
        reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
        reporter.tick()
        assert made.lines[1:] == []
    assert made.lines[1:] == ["✓ match 1.0 s"]
