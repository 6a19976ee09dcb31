"""The commands of each CI system, to the letter; and texts from outside that are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import REFUSED, Played

from lane._report.ci import SYSTEMS, System
from lane._report.groups import DIALECTS, Group, Problem
from lane._report.reporter import FAILED, SUCCEEDED, StepEnd

HERE = Path(__file__).parent
GITHUB, GITLAB, AZURE, BUILDKITE, TEAMCITY = SYSTEMS[:5]

GROUP = Group("upload", "✓ upload|1 3 s", "upload [1]_7", failed=False)
PROBLEM = Problem("error", "upload failed", "100 %\nSee: a,b;c] 'd'", "lanes/a,b.py", "7")


@pytest.mark.parametrize(
    ("dialect", "opened", "closed", "problem"),
    [
        (
            "github",
            "::group::✓ upload|1 3 s",
            "::endgroup::",
            "::error file=lanes/a%2Cb.py,line=7,title=upload failed::100 %25%0ASee: a,b;c] 'd'",
        ),
        (
            "azure",
            "##[group]✓ upload|1 3 s",
            "##[endgroup]",
            (
                "##vso[task.logissue type=error;sourcepath=lanes/a,b.py;linenumber=7;]"
                "upload failed: 100 %AZP25%0ASee: a,b;c] 'd'"
            ),
        ),
        ("buildkite", "--- ✓ upload|1 3 s", None, None),
        (
            "teamcity",
            "##teamcity[blockOpened name='|0x2713 upload||1 3 s']",
            "##teamcity[blockClosed name='|0x2713 upload||1 3 s']",
            "##teamcity[message text='upload failed: 100 %|nSee: a,b;c|] |'d|'' status='ERROR']",
        ),
    ],
)
def test_the_commands_of_each_system(
    dialect: str, opened: str, closed: str | None, problem: str | None
) -> None:
    groups = DIALECTS[dialect]
    assert groups.opened(GROUP) == opened
    assert groups.closed(GROUP) == closed
    assert groups.problem(PROBLEM) == problem


def test_gitlab_sections_open_where_a_step_failed() -> None:
    groups = DIALECTS["gitlab"]
    opened = re.sub(r":\d+:", ":0:", groups.opened(GROUP))
    assert opened == "\x1b[0Ksection_start:0:upload_1__7[collapsed=true]\r\x1b[0K✓ upload|1 3 s"
    closed = groups.closed(GROUP)
    assert closed is not None
    assert re.sub(r":\d+:", ":0:", closed) == "\x1b[0Ksection_end:0:upload_1__7\r\x1b[0K"
    assert "[collapsed=true]" not in groups.opened(GROUP._replace(failed=True))


def test_teamcity_takes_characters_beyond_the_first_plane_as_pairs() -> None:
    assert "|0xd83d|0xde80" in DIALECTS["teamcity"].opened(GROUP._replace(title="🚀"))


@pytest.mark.parametrize(
    ("system", "text"),
    [
        (GITHUB, "::set-output name=a::b"),
        (GITHUB, "  ::add-mask::x"),
        (GITHUB, "x ##[endgroup]"),
        (AZURE, "x ##vso[task.setvariable variable=a]b"),
        (TEAMCITY, "##teamcity[buildStop]"),
        (BUILDKITE, "--- not a group"),
    ],
)
def test_a_text_from_outside_is_no_command(system: System, text: str) -> None:
    made = Played(system)
    reporter = made.start()
    reporter.step_started(0, "match")
    reporter.step_output(0, "match", "info", text)
    reporter.step_output(0, "match", "output", text)
    reporter.step_ended(0, "match", StepEnd(SUCCEEDED, 1.0))
    reporter.tick()
    assert made.lines.count(text) == 1, "what a subprocess prints keeps its commands; a log line does not"


def test_files_are_named_as_the_checkout_has_them() -> None:
    made = Played(GITHUB, checkout=str(HERE.parent.parent))
    reporter = made.start()
    reporter.step_ended(2, "upload", REFUSED)
    assert any(line.startswith("::error file=tests/lane/simulated.py,line=61,") for line in made.lines)


def test_an_allowed_failure_is_a_warning() -> None:
    made = Played(GITHUB)
    made.start().step_ended(2, "upload", StepEnd(FAILED, 1.0, message="No.", allowed=True))
    made.reporter.tick()
    assert made.lines[1:] == [
        "✗ upload failed after 1.0 s, which is allowed: No.",
        "::warning title=upload failed::No.",
    ]


@given(st.text(), st.sampled_from(SYSTEMS))
def test_whatever_a_step_says_stays_on_its_lines(message: str, system: System) -> None:
    if system.groups is None:
        return
    groups = DIALECTS[system.groups]
    problem = groups.problem(Problem("error", "failed", message.replace("\0", "")))
    if problem is not None:
        assert "\n" not in problem
        assert "\r" not in problem
