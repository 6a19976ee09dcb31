"""The summary of a job: what is shown beside the log, and how each CI system gets it; secrets that it has to hide."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from project import Project
from simulated import RUN, WAITS, planned, play, wide

from lane import Secret
from lane._redact import redactor
from lane._report.ci import SYSTEMS, System
from lane._report.masks import masks
from lane._report.reporter import FAILED, SUCCEEDED, RunEnd, StepEnd
from lane._report.summary import SummaryReporter, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY_NAME = {system.name: system for system in SYSTEMS}
GITHUB, AZURE, BUILDKITE, GITLAB = (
    BY_NAME[name] for name in ("GitHub Actions", "Azure Pipelines", "Buildkite", "GitLab CI")
)


def told(*, fails: bool) -> tuple[str, bool]:
    found: list[tuple[str, bool]] = []
    play(
        SummaryReporter(lambda text, well: found.append((text, well))),
        planned(),
        fails=fails,
        pause=lambda _: None,
    )
    (one,) = found
    return one


def test_a_run_that_did_well() -> None:
    text, well = told(fails=False)
    assert well
    assert text.startswith(
        "### ✅ release · main\n\n4 steps in 21.4 s · against the sandbox · run `20261124-0751-3f2a`"
    )
    assert "| ✓ succeeded | upload | 12.3 s | 2 |" in text
    assert "| = satisfied | match | 400 ms | 1 |" in text
    assert "- scheduled (download\\_dsyms): nightly: lane resume, due 2026-11-25T03:00Z" in text
    assert "| scheduled | 0 3 \\* \\* \\* | main | download\\_dsyms |" in text
    assert "```mermaid\nflowchart LR\n" in text


def test_a_run_that_failed_says_why_and_where() -> None:
    text, well = told(fails=True)
    assert not well
    assert text.startswith("### ❌ release · main\n")
    assert (
        "**upload failed** at simulated.py:61\n\n> The build 1.4.0 (37) exists already.\n>\n> → Raise the build number"
        in text
    )
    assert "notify |" not in text.partition("<details>")[0], "what did not run has no row"


def test_whatever_a_step_says_stays_in_its_place() -> None:
    found: list[str] = []
    reporter = SummaryReporter(lambda text, _: found.append(text))
    made = planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    hostile = "# Title | <img src=x> `code` [link](http://x)\n```\n</details>"
    reporter.step_ended(2, "upload", StepEnd(FAILED, 1.0, message=hostile, hint=hostile))
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(found[0])
    assert "# Title | &lt;img src=x&gt; `code` [link](http://x)" in html
    assert "<h1>" not in html
    assert "<a " not in html
    assert html.count("<table>") == 2


def test_what_a_step_says_in_several_lines_is_in_as_many() -> None:
    message = "1. one\n- two\n===\n\n&lt;b&gt;\n---"
    found: list[str] = []
    reporter = SummaryReporter(lambda text, _: found.append(text))
    made = planned()
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    reporter.step_ended(2, "upload", StepEnd(FAILED, 1.0, message=message, hint="2) do this\n+ and that"))
    reporter.run_ended(RunEnd(FAILED, 1, 1.0))
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(found[0])
    said = html.partition("<blockquote>")[2].partition("</blockquote>")[0]
    told = "1. one<br />\n- two<br />\n===<br />\n<br />\n&amp;lt;b&amp;gt;<br />\n---"
    assert f"<p>{told}</p>" in said
    assert "<p>→ 2) do this<br />\n+ and that</p>" in said


def test_a_long_run_has_a_short_summary() -> None:
    found: list[str] = []
    reporter = SummaryReporter(lambda text, _: found.append(text))
    made = wide(5_000)
    reporter.run_started(RUN, made, [made.jobs[0]], sandbox=False)
    for index in range(5_000):
        reporter.step_ended(index, made.graph.steps[index].id, StepEnd(SUCCEEDED, index / 1000))
    reporter.run_ended(RunEnd(SUCCEEDED, 0, 1.0, [WAITS]))
    assert len(found[0]) < 5_000
    assert "mermaid" not in found[0]


def test_github_gets_it_in_its_file_and_others_have_none(tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    write = summary_of(GITHUB, {"GITHUB_STEP_SUMMARY": str(place)})
    assert write is not None
    write("what was", True)
    assert place.read_text() == "before\nwhat was\n"
    assert summary_of(GITHUB, {}) is None
    assert summary_of(GITLAB, {"GITHUB_STEP_SUMMARY": str(place)}) is None
    assert summary_of(None, {"GITHUB_STEP_SUMMARY": str(place)}) is None


def test_buildkite_gets_it_by_its_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = tmp_path / "buildkite-agent"
    agent.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/words"\ncat > "{tmp_path}/text"\n')
    agent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    write = summary_of(BUILDKITE, {})
    assert write is not None
    write("what was", False)
    assert (tmp_path / "text").read_text() == "what was\n"
    assert (tmp_path / "words").read_text() == "annotate --style error --context lane --append\n"


@pytest.fixture
def quiet() -> Iterator[None]:
    yield
    redactor.tell(None)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("system", "lines"),
    [
        (GITHUB, ["::add-mask::first%25 line", "::add-mask::second line"]),
        (AZURE, ["##vso[task.setsecret]first%AZP25 line", "##vso[task.setsecret]second line"]),
    ],
)
def test_secrets_that_the_system_did_not_give_are_told_to_it(system: System, lines: list[str]) -> None:
    stream = io.StringIO()
    redactor.tell(masks(system, {"KEY": "it gave this\n"}, stream))
    Secret("it gave this")
    Secret("-----BEGIN-----\nfirst% line\nsecond line\nab\n-----END-----")
    Secret("-----BEGIN-----\nfirst% line\nsecond line\nab\n-----END-----")
    assert stream.getvalue().splitlines() == lines, "each once"


def test_other_systems_take_none() -> None:
    for system in (GITLAB, BUILDKITE, BY_NAME["CircleCI"], None):
        assert masks(system, {}, io.StringIO()) is None


def test_a_run_on_github_writes_it_and_a_summary_that_cannot_be_written_breaks_nothing(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path / "a project")
    project.write(
        "Lanefile.py",
        '''
        from lane import ActionError, Context, action, lane

        @action
        def fail(ctx: Context) -> None:
            """Fail."""
            raise ActionError("It failed.", hint="Do it better.")

        @lane
        def release() -> None:
            """Fail."""
            fail()
        ''',
    )
    place = tmp_path / "summary.md"
    on_github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(place),
    }
    done = project.lane("run", "release", **on_github)
    assert done.returncode == 1
    assert (
        "::error file=a project/Lanefile.py,line=11,title=fail failed::It failed.%0ADo it better."
        in done.stdout
    )
    assert "**fail failed** at Lanefile.py:11" in place.read_text()
    place.unlink()
    place.mkdir()
    done = project.lane("run", "release", **on_github)
    assert done.returncode == 1
    assert "SummaryReporter stopped: IsADirectoryError" in done.stdout
