"""Programs that steps run: streamed, redacted, ended with all that they started."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine import until

from lane import ActionError, CancelledError, Completed, Secret
from lane._run import process
from lane._run.process import Processes

if TYPE_CHECKING:
    from collections.abc import Callable


class Shell:
    """Runs programs in a folder, and keeps their lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.processes = Processes()

    def __call__(self, args: Any, **settings: Any) -> Completed:
        given = {"cwd": str(self.folder), "env": None, "stdin": None, "shell": False, "check": True}
        return self.processes.run(args, line=self.lines.append, **{**given, **settings})

    def behind(self, args: Any, **settings: Any) -> Callable[[], BaseException | None]:
        """Run it in a thread; the result waits for its end and gives the error."""
        errors: list[BaseException | None] = []

        def work() -> None:
            try:
                self(args, **settings)
                errors.append(None)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()

        def ended() -> BaseException | None:
            thread.join(30)
            assert not thread.is_alive()
            return errors[0]

        return ended


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return Shell(tmp_path)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _pid(file: Path) -> int:
    until(lambda: file.exists() and file.read_text().strip())
    return int(file.read_text())


def test_both_outputs_come_line_by_line_and_whole(shell: Shell) -> None:
    done = shell(["sh", "-c", "echo one; echo two; printf 'no end'; echo wrong >&2; exit 3"], check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "one\ntwo\nno end", "wrong\n")
    assert sorted(shell.lines) == ["no end", "one", "two", "wrong"]
    assert done.args == ["sh", "-c", "echo one; echo two; printf 'no end'; echo wrong >&2; exit 3"]


def test_lines_come_while_it_runs(shell: Shell) -> None:
    ended = shell.behind(["sh", "-c", "echo begun; while [ ! -e go ]; do sleep 0.01; done"])
    until(lambda: shell.lines == ["begun"])
    (shell.folder / "go").touch()
    assert ended() is None


def test_it_runs_in_the_folder_and_the_process_stays_where_it_is(shell: Shell) -> None:
    before = Path.cwd()
    assert shell(["pwd", "-P"]).stdout.strip() == str(shell.folder.resolve())
    assert Path.cwd() == before


def test_the_environment_is_added_to(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "stays")
    done = shell(["sh", "-c", 'echo "$MINE $TOKEN"'], env={"TOKEN": Secret("hunter2-of-the-env")})
    assert done.stdout == "stays hunter2-of-the-env\n"


@pytest.mark.parametrize("text", ["", "short", Secret("secret by stdin"), "x" * 1_000_000])
def test_stdin(shell: Shell, text: str | Secret) -> None:
    said = text.reveal() if isinstance(text, Secret) else text
    assert shell(["cat"], stdin=text).stdout == said
    assert shell(["true"], stdin=text).returncode == 0  # it does not read it


def test_nothing_is_read_from_the_terminal(shell: Shell) -> None:
    assert shell(["cat"]).stdout == ""


def test_a_failure_tells_the_last_lines(shell: Shell) -> None:
    with pytest.raises(ActionError) as caught:
        shell(["sh", "-c", "for n in 1 2 3 4 5 6 7; do echo $n >&2; done; exit 4"])
    assert str(caught.value) == "sh exited with 4.\n    3\n    4\n    5\n    6\n    7"
    with pytest.raises(ActionError, match="was ended by signal 15"):
        shell(["sh", "-c", "kill $$"])


def test_what_cannot_be_run_says_why(shell: Shell) -> None:
    (shell.folder / "plain.txt").write_text("no program")
    (shell.folder / "odd").write_bytes(b"\x7fodd")
    (shell.folder / "odd").chmod(0o755)
    with pytest.raises(ActionError, match=r"^There is no no-such-program\.\n"):
        shell(["no-such-program"])
    with pytest.raises(ActionError, match=r"There is no .*/nowhere"):
        shell(["true"], cwd=str(shell.folder / "nowhere"))
    with pytest.raises(ActionError, match="cannot be run: Permission denied"):
        shell(["./plain.txt"])
    with pytest.raises(ActionError, match="cannot be run: Exec format error"):
        shell(["./odd"])
    with pytest.raises(ActionError, match="cannot be run: Argument list too long"):
        shell(["true", *["x" * 100_000] * 100])
    with pytest.raises(ActionError, match="takes a list"):
        shell("git status")


@pytest.mark.parametrize(
    "args",
    [["curl", "-u", "correct-horse"], ["curl", "-HAuth: correct-horse"], ["curl", Secret("correct-horse")]],
)
def test_a_secret_is_no_argument(shell: Shell, args: list[Any]) -> None:
    Secret("correct-horse")
    with pytest.raises(ActionError, match="A secret was put on a command line") as caught:
        shell(args)
    assert "correct-horse" not in str(caught.value)
    with pytest.raises(ActionError, match="A secret was put on a command line"):
        shell("echo correct-horse", shell=True)


def test_a_failure_tells_no_secret(shell: Shell) -> None:
    with pytest.raises(ActionError) as caught:
        shell(["sh", "-c", 'echo "refused: $TOKEN" >&2; exit 1'], env={"TOKEN": Secret("battery-staple")})
    assert str(caught.value) == "sh exited with 1.\n    refused: ****"


def test_much_output_is_kept_to_a_bound(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_MOST_KEPT", 1000)
    done = shell([sys.executable, "-c", "for n in range(20000): print('line', n)"])
    assert len(shell.lines) == 20000
    assert done.stdout.endswith("line 19999\n")
    assert len(done.stdout) <= 1000


def test_what_is_no_text_does_no_harm(shell: Shell) -> None:
    done = shell(["printf", r"\377\376 ok\n"])
    assert done.stdout == "\ufffd\ufffd ok\n"


def test_all_that_a_program_started_is_ended(shell: Shell) -> None:
    ended = shell.behind("sh -c 'echo $$ > inner; exec sleep 3600' & echo $$ > outer; wait", shell=True)
    inner, outer = _pid(shell.folder / "inner"), _pid(shell.folder / "outer")
    shell.processes.end()
    assert isinstance(ended(), CancelledError)
    until(lambda: not _alive(inner) and not _alive(outer))
    with pytest.raises(CancelledError):
        shell(["true"])


def test_what_ignores_the_request_is_killed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the program itself ended at once, and only what it started does not."""
    monkeypatch.setattr(process, "_GRACE", 0.3)
    inner = "trap '' TERM; echo $$ > inner; while :; do sleep 0.05; done"
    ended = shell.behind(["sh", "-c", f'sh -c "{inner.replace("$$", chr(92) + "$" + chr(92) + "$")}" & wait'])
    pid = _pid(shell.folder / "inner")
    shell.processes.end()
    assert isinstance(ended(), CancelledError)
    until(lambda: not _alive(pid))


def test_what_a_program_leaves_behind_does_not_hold_the_step(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.2)
    done = shell("sleep 3600 & echo $! > daemon; echo done", shell=True)
    pid = _pid(shell.folder / "daemon")
    assert done.stdout == "done\n"
    assert _alive(pid), "a daemon that was meant to stay stays"
    os.kill(pid, signal.SIGKILL)


def test_kill_all_ends_everything_without_a_lock(shell: Shell) -> None:
    ended = shell.behind(["sh", "-c", "trap '' TERM; echo $$ > inner; while :; do sleep 0.05; done"])
    pid = _pid(shell.folder / "inner")
    with shell.processes._lock:  # as the thread holds it that a signal interrupts
        process.kill_all()
    until(lambda: not _alive(pid))
    assert isinstance(ended(), ActionError)


def test_no_file_is_left_open(shell: Shell) -> None:
    shell(["true"])
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        shell(["true"], stdin="text")
        with pytest.raises(ActionError):
            shell(["false"])
    until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= before)
    assert process._everywhere == set()
