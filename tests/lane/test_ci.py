"""CI systems are known by their variables; a person is where a terminal is and no CI system."""

from __future__ import annotations

import io
import os
import pty
from pathlib import Path

import pytest

from lane._report.ci import SYSTEMS, System, detect, setting, terminal
from lane._report.groups import DIALECTS


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_each_system_is_known_by_its_variables(system: System) -> None:
    environ = dict.fromkeys(system.variables, "true")
    assert detect(environ) is system
    assert detect({**environ, "CI": "true"}) is system


def test_a_variable_that_says_no_counts_as_not_set() -> None:
    assert detect({}) is None
    assert detect({"CI": "false"}) is None
    assert detect({"CI": "0", "GITHUB_ACTIONS": ""}) is None
    assert detect({"JENKINS_URL": "http://ci"}) is None


def test_every_dialect_that_a_system_names_is_there() -> None:
    named = {system.groups for system in SYSTEMS} - {None}
    assert named == set(DIALECTS)


def test_a_person_is_where_both_sides_are_a_terminal() -> None:
    assert setting({}, Terminal(), Terminal()) == "local"
    assert setting({}, io.StringIO(), Terminal()) == "ci"
    assert setting({}, Terminal(), io.StringIO()) == "ci"
    assert setting({"BUILDKITE": "true"}, Terminal(), Terminal()) == "ci"


def test_a_closed_stream_is_no_terminal() -> None:
    stream = Terminal()
    stream.close()
    assert setting({}, io.StringIO(), stream) == "ci"


def test_a_dumb_terminal_cannot_be_drawn_on() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0), os.fdopen(theirs, "w") as stream:
        assert terminal(stream, {"TERM": "xterm-256color"})
        assert not terminal(stream, {"TERM": "dumb"})
    with Path(os.devnull).open("w") as nowhere:
        assert not terminal(nowhere, {"TERM": "xterm"})
