"""Lines reach a pipe in time, in its encoding, and are not lost when a process dies."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from simulated import REFUSED, RUN, planned

from lane._report.ci import SYSTEMS
from lane._report.plain import PlainReporter
from lane._report.reporter import FAILED, RunEnd

HERE = Path(__file__).parent


def test_ascii_where_the_encoding_has_no_more() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    reporter = PlainReporter(stream)
    made = planned()
    reporter.run_started(RUN, made, made.jobs, sandbox=False)
    reporter.step_output(0, "match", "info", "naïve 日本")
    reporter.step_ended(2, "upload", REFUSED)
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    text = raw.getvalue().decode("latin-1")
    assert "match | naïve \\u65e5\\u672c\n" in text
    assert "x upload failed after 12.3 s" in text


def test_a_lone_surrogate_is_written_out() -> None:
    raw = io.BytesIO()
    reporter = PlainReporter(io.TextIOWrapper(raw, encoding="utf-8"))
    reporter.notice("info", "file \udcff")
    assert raw.getvalue() == b"file \\udcff\n"


def test_a_line_comes_through_while_the_run_goes_on() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb", 0) as reader, os.fdopen(theirs, "w") as stream:
        reporter = PlainReporter(stream)
        made = planned()
        reporter.run_started(RUN, made, made.jobs, sandbox=False)
        reader.read(4_096)
        reporter.step_output(0, "match", "info", "here")
        assert select.select([reader], [], [], 30)[0]
        assert reader.read(4_096).decode() == "match │ here\n"
        reporter.close()


CRASHING = """
import sys
from pathlib import Path
from simulated import RUN, planned
from lane._report.choose import reporters_for
reporter = reporters_for()
made = planned()
reporter.run_started(RUN, made, made.jobs, sandbox=False)
reporter.step_started(0, "match")
reporter.step_started(1, "build_app")
reporter.step_output(0, "match", "info", "the last words")
{end}
"""


@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": "true"}], ids=["pipe", "github"])
def test_nothing_is_lost_when_the_process_dies_of_an_error(environ: dict[str, str]) -> None:
    code = CRASHING.format(end="raise SystemExit('died')")
    done = run_python(code, environ)
    assert done.returncode == 1
    assert "match │ the last words\n" in done.stdout
    assert done.stderr == "died\n"


def test_a_reader_that_leaves_breaks_nothing() -> None:
    ending = "sys.stdin.read()\nreporter.notice('info', 'nobody reads this')\nreporter.close()"
    process = subprocess.Popen(
        [sys.executable, "-c", CRASHING.format(end=ending)],
        cwd=HERE,
        env=clean_environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_full_disk_is_told_on_stderr() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stream:
        done = subprocess.run(
            [sys.executable, "-c", CRASHING.format(end="reporter.close()")],
            cwd=HERE,
            env=clean_environment({}),
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "the log cannot be written any more" in done.stderr


def run_python(code: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=HERE,
        env=clean_environment(environ),
        capture_output=True,
        text=True,
        check=False,
    )


def clean_environment(more: dict[str, str]) -> dict[str, str]:
    """No CI system's variables but those given."""
    theirs = {name for system in SYSTEMS for name in system.variables}
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    return {**kept, "PYTHONIOENCODING": "utf-8", **more}
