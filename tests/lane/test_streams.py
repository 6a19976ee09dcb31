"""What becomes of a command whose streams are closed, full, cut off, or in a small encoding."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, variables

LANEFILE = '''
    from lane import lane
    from lane_actions import sh

    @lane
    def go() -> None:
        """Süß, 漢字."""
        sh(["echo", "done"])
'''


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("Lanefile.py", LANEFILE)
    return project


def _shell(project: Project, line: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `lane` is the command."""
    words = f'lane() {{ {shlex.quote(sys.executable)} -m lane "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", words],
        cwd=project.folder,
        env={**variables(), **extra},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


@pytest.mark.parametrize("command", ["list", "plan go", "run go", "runs", "-h"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(shop: Project, command: str, closed: str) -> None:
    done = _shell(shop, f"lane {command} {closed}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["--version", "list", "list --json", "plan go", "plan go --json", "runs"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_cannot_be_written_is_told(shop: Project, command: str, unbuffered: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = _shell(shop, f"lane {command} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["--version", "list", "plan go", "run go", "runs", "-h"])
def test_a_reader_that_has_seen_enough_is_no_failure(shop: Project, command: str) -> None:
    done = _shell(shop, f"lane {command} | true", PYTHONUNBUFFERED="1")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin1", "cp1252"])
@pytest.mark.parametrize("command", ["list", "plan go", "run go", "runs", "doctor", "plan go --json"])
def test_a_character_that_the_encoding_lacks_is_written_out(
    shop: Project, command: str, encoding: str
) -> None:
    done = _shell(shop, f"lane {command}", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pipe_has_no_edge_and_lines_no_spaces_at_their_ends(shop: Project) -> None:
    steps = "".join(f"    sh.set(name='a-step-with-a-long-name-{n}')(['true'])\n" for n in range(9))
    after = [f"a-step-with-a-long-name-{n}" for n in range(9)]
    text = f"from lane import lane\nfrom lane_actions import sh\n\n@lane\ndef go():\n{steps}"
    shop.write("Lanefile.py", f"{text}    sh.set(name='end', after={after})(['true'])\n")
    shop.lane("run", "go")
    for command in ("plan", "runs", "show"):
        done = shop.lane(command, *(["go"] if command == "plan" else []), COLUMNS="40")
        assert done.returncode == 0, done.stderr
        assert all(line == line.rstrip() for line in done.stdout.splitlines())
        if command == "plan":
            assert ", ".join(after) in done.stdout
