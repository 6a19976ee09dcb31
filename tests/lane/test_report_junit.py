"""`--junit`: a valid file at every moment, with the structure that CI systems read."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated import REFUSED, RUN, planned, play, wide

from lane import UsageError
from lane._report.choose import reporters_for
from lane._report.junit import JUnitReporter
from lane._report.reporter import CANCELLED, FAILED, SKIPPED, SUCCEEDED, RunEnd, StepEnd

HERE = Path(__file__).parent


def parsed(path: Path) -> ET.Element:
    """The root, after a check of what the common schema asks: sums, and children that match the counts."""
    root = ET.fromstring(path.read_bytes())
    assert root.tag == "testsuites"
    suites = list(root)
    for kind in ("tests", "failures", "errors", "skipped"):
        assert int(root.attrib[kind]) == sum(int(suite.attrib[kind]) for suite in suites)
    for suite in suites:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == set(suite.attrib)
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        for kind, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[kind]) == len(suite.findall(f"testcase/{child}"))
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * len(cases)
        assert all(set(case.attrib) >= {"name", "classname", "time"} for case in cases)
    return root


def state_of(case: ET.Element) -> str:
    return case[0].tag if len(case) else "passed"


def test_suites_are_jobs_and_cases_are_steps(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "junit.xml"
    play(JUnitReporter(path), planned(), fails=True, pause=lambda _: None)
    root = parsed(path)
    assert root.attrib == {
        "name": "release",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "20.800",
    }
    (suite,) = root
    assert suite.attrib["name"] == "release.main"
    assert {prop.attrib["name"]: prop.attrib["value"] for prop in suite.iter("property")} == {
        "run": RUN,
        "sandbox": "true",
        "plan": "sha256:0123456789abcdef0123456789abcdef",
    }
    cases = suite.findall("testcase")
    states = [(case.attrib["name"], state_of(case)) for case in cases]
    assert states == [
        ("match", "passed"),
        ("build_app", "passed"),
        ("upload", "failure"),
        ("notify", "skipped"),
    ]
    upload = cases[2]
    assert upload.attrib["classname"] == "release.main"
    assert upload.attrib["time"] == "12.300"
    assert upload.attrib["file"] == "simulated.py"
    source = (HERE / "simulated.py").read_text(encoding="utf-8").splitlines()
    assert "upload.set(" in source[int(upload.attrib["line"]) - 1]


def test_a_failure_says_what_to_do_and_how_the_log_ended(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    play(JUnitReporter(path), planned(), fails=True, pause=lambda _: None)
    failure = parsed(path).find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "failed", "message": "The build 1.4.0 (37) exists already."}
    assert (failure.text or "").splitlines() == [
        "The build 1.4.0 (37) exists already.",
        "Raise the build number: latest_build_number() + 1.",
        "simulated.py:61",
        "log: logs/upload.log",
        "",
        "Its last lines:",
        "13 parts of 4 MiB",
        "Attempt 2 after: Connection reset by peer",
    ]


def test_what_is_no_failure_is_skipped_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    made = planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    reporter.step_ended(0, "match", StepEnd(FAILED, 1.0, message="No.", allowed=True))
    reporter.step_ended(1, "build_app", StepEnd(CANCELLED, 1.0))
    reporter.step_ended(2, "upload", StepEnd(SKIPPED, message="not run: an earlier step failed"))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    told = [skipped.attrib["message"] for skipped in parsed(path).iter("skipped")]
    assert told == ["failed, which is allowed: No.", "cancelled", "skipped: not run: an earlier step failed"]


def test_later_jobs_hooks_items_and_runs_have_their_suites(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    made = planned()
    main, nightly = made.jobs
    reporter.run_started(RUN, made, [main], sandbox=False)
    reporter.job_started(main)
    reporter.step_ended(0, "before_all/notify", StepEnd(SUCCEEDED, 0.1))
    reporter.step_ended(2, "upload[0]", StepEnd(SUCCEEDED, 0.1))
    reporter.job_started(nightly)
    reporter.step_ended(4, "download_dsyms", StepEnd(SUCCEEDED, 0.1))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    reporter.run_started("another", made, [nightly], sandbox=False)
    reporter.step_ended(4, "download_dsyms", StepEnd(SUCCEEDED, 0.1))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    suites = [
        (suite.attrib["name"], [case.attrib["name"] for case in suite.iter("testcase")])
        for suite in parsed(path)
    ]
    assert suites == [
        ("release.main", ["before_all/notify", "upload[0]"]),
        ("release.scheduled", ["download_dsyms"]),
        ("release.scheduled", ["download_dsyms"]),
    ]
    runs = [prop.attrib["value"] for prop in parsed(path).iter("property") if prop.attrib["name"] == "run"]
    assert runs == [RUN, RUN, "another"]


def test_the_file_is_valid_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    parsed(path)
    moments = []

    def look(_: float) -> None:
        reporter.tick()
        moments.append([(case.attrib["name"], state_of(case)) for case in parsed(path).iter("testcase")])

    play(reporter, planned(), pause=look)
    assert moments[0] == [("match", "error")]
    assert [("match", "passed"), ("build_app", "error")] in moments
    assert [state for _, state in moments[-1]] == ["passed", "passed", "error"]
    assert not list(tmp_path.glob(".*"))


KILLED = """
import sys
from pathlib import Path
from simulated import RUN, planned
from lane._report.choose import reporters_for
from lane._report.junit import JUnitReporter
from lane._report.reporter import SUCCEEDED, StepEnd
reporter = JUnitReporter(Path(sys.argv[1]))
made = planned()
reporter.run_started(RUN, made, made.jobs, sandbox=False)
reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
reporter.step_started(1, "build_app")
reporter.tick()
print("written", flush=True)
sys.stdin.read()
"""


def test_a_killed_run_leaves_a_file_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    states = [(case.attrib["name"], state_of(case)) for case in parsed(path).iter("testcase")]
    assert states == [("match", "passed"), ("build_app", "error")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(codec=None)),
    st.text(st.characters(codec=None)),
    st.binary().map(lambda b: b.decode("latin-1")),
)
def test_any_text_makes_valid_xml(tmp_path: Path, message: str, hint: str, output: str) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    made = planned()
    reporter.run_started(f"run {hint}", made, [made.jobs[0]], sandbox=False)
    reporter.step_started(2, f"upload[{output}]")
    reporter.step_output(2, f"upload[{output}]", "output", message + output)
    reporter.step_ended(
        2, f"upload[{output}]", StepEnd(FAILED, 1.0, message=message, hint=hint, where=output)
    )
    reporter.step_ended(3, "notify", StepEnd(SKIPPED, message=message))
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    assert [state_of(case) for case in parsed(path).iter("testcase")] == ["failure", "skipped"]


def test_what_xml_cannot_hold_is_written_out(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    made = planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    reporter.step_ended(2, "upload", StepEnd(FAILED, 1.0, message="bell \x07, <tag> & \ud800"))
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    failure = parsed(path).find(".//failure")
    assert failure is not None
    assert failure.attrib["message"] == r"bell \x07, <tag> & \ud800"


def test_threads_lose_no_case(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    reporter = JUnitReporter(path)
    made = wide(800)
    reporter.run_started(RUN, made, made.jobs, sandbox=False)
    gate = threading.Barrier(8)

    def work(thread: int) -> None:
        gate.wait()
        for index in range(thread * 100, thread * 100 + 100):
            step = made.graph.steps[index].id
            reporter.step_started(index, step)
            reporter.step_output(index, step, "info", "line")
            if index % 10 == 0:
                reporter.tick()
            reporter.step_ended(index, step, REFUSED if index % 7 == 0 else StepEnd(SUCCEEDED, 0.1))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    root = parsed(path)
    assert {case.attrib["name"] for case in root.iter("testcase")} == {step.id for step in made.graph.steps}
    assert root.attrib["tests"] == "800"


def test_a_file_that_cannot_be_written_is_found_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="--junit cannot be written") as told:
        JUnitReporter(tmp_path / "file" / "junit.xml")
    assert told.value.hint


def test_a_disk_that_fills_up_stops_the_report_only(tmp_path: Path) -> None:
    from lane._report.choose import Reporters
    from lane._report.plain import PlainReporter

    stream = io.StringIO()
    path = tmp_path / "reports" / "junit.xml"
    reporter = Reporters([PlainReporter(stream), JUnitReporter(path)])
    made = planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    path.unlink()
    path.parent.rmdir()
    reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 0.1))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0))
    assert "warning: JUnitReporter stopped: FileNotFoundError" in stream.getvalue()
    assert list(tmp_path.iterdir()) == []


def test_files_are_told_as_the_ci_system_finds_them(tmp_path: Path) -> None:
    """Below the checkout, as annotations are: GitLab links them."""
    path = tmp_path / "junit.xml"
    environ = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(HERE.parent)}
    made = reporters_for(junit=path, stream=io.StringIO(), environ=environ)
    play(made, planned(), fails=True, pause=lambda _: None)
    assert {case.attrib["file"] for case in parsed(path).iter("testcase")} == {f"{HERE.name}/simulated.py"}
