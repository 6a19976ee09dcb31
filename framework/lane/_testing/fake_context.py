"""A context for tests of actions: real folders and HTTP, scripted programs, everything recorded."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from lane._errors import ActionError, CancelledError
from lane._lanefile.options import Option
from lane._run.context import Context
from lane._run.process import Completed, _command, _failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lane._lanefile.action import Action
    from lane._plan.auth import Credential
    from lane._secret import Secret

P = ParamSpec("P")
R = TypeVar("R")


class LogLine(NamedTuple):
    """A line of the log; `level` is `debug`, `info`, `warning`, `error`, or `output` of a program."""

    level: str
    text: str


class Progressed(NamedTuple):
    """How far the action said it was."""

    label: str
    done: int
    total: int | None
    unit: str


class Change(NamedTuple):
    """A change that was made, as the ledger has it."""

    what: str
    before: object
    after: object


class Program(NamedTuple):
    """A program that was run: its words, and what else `ctx.run()` was given."""

    args: list[str]
    cwd: str | None
    env: dict[str, str | Secret]
    stdin: str | Secret | None


class _Answer(NamedTuple):
    stdout: str
    stderr: str
    returncode: int


class _Recording:
    """What a context asks of a run, kept in lists."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = str(folder)
        self.run_id = "test"
        self.environment = environment
        self.lines: list[LogLine] = []
        self.progressed: list[Progressed] = []
        self.changes: list[Change] = []

    def line(self, ctx: Context, level: str, text: str) -> None:  # noqa: ARG002
        self.lines.append(LogLine(level, text))

    def progress(self, ctx: Context, label: str, done: int, total: int | None, unit: str) -> None:  # noqa: ARG002
        self.progressed.append(Progressed(label, done, total, unit))

    def change(self, ctx: Context, what: str, before: object, after: object) -> None:  # noqa: ARG002
        self.changes.append(Change(what, before, after))

    def make_folder(self, ctx: Context, kind: str) -> Path:
        from pathlib import Path

        made = Path(self.folder) / ".lane" / kind / ctx.step
        made.mkdir(parents=True, exist_ok=True)
        return made


class FakeContext(Context):
    """A context without a run: `call(upload, FakeContext(tmp_path), ipa=…)`.

    `folder` stands for the Lanefile's. Log lines, progress and changes are in `lines`, `progressed` and
    `changes`. Programs are not run but answered (`answer()`), and are in `programs`. `sleep()` returns at
    once; its seconds are in `slept`. HTTP is real. The environment is empty unless one is given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        step: str = "step",
        auth: str = "none",
        credential: Credential | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        recording = _Recording(folder, environment or {})
        super().__init__(step, recording, auth=auth, credential=credential)
        self.lines = recording.lines
        self.progressed = recording.progressed
        self.changes = recording.changes
        self.programs: list[Program] = []
        self.slept: list[float] = []
        self._answers: dict[tuple[str, ...], deque[_Answer]] = {}

    @property
    def text(self) -> str:
        """The whole log, without levels."""
        return "\n".join(line.text for line in self.lines)

    def answer(self, *words: str, stdout: str = "", stderr: str = "", returncode: int = 0) -> None:
        """What a program says whose command begins with these words: `ctx.answer("git", "tag", stdout="v1")`.

        The answer with the most words counts. Several for the same words are given one after the other, the
        last one from then on.
        """
        self._answers.setdefault(words, deque()).append(_Answer(stdout, stderr, returncode))

    def run(
        self,
        args: str | Sequence[str | os.PathLike[str]],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | Secret] | None = None,
        stdin: str | Secret | None = None,
        shell: bool = False,
        check: bool = True,
    ) -> Completed:
        """Answer a program as `answer()` says. Raises AssertionError where nothing was said."""
        self.check()
        command = _command(args, shell=shell)
        words = [command] if isinstance(command, str) else command
        self.programs.append(Program(words, None if cwd is None else os.fspath(cwd), dict(env or {}), stdin))
        answer = self._answer_to(words)
        for line in (answer.stdout + answer.stderr).splitlines():
            self.write_line("output", line)
        if check and answer.returncode:
            message = _failure(words[0], answer.returncode, answer.stdout, answer.stderr)
            raise ActionError(message, code="program_failed")
        return Completed(words, answer.returncode, answer.stdout, answer.stderr)

    def _answer_to(self, words: list[str]) -> _Answer:
        for count in range(len(words), 0, -1):
            answers = self._answers.get(tuple(words[:count]))
            if answers:
                return answers.popleft() if len(answers) > 1 else answers[0]
        said = ", ".join(repr(word) for word in words)
        raise AssertionError(f"No answer was scripted for this program. Write ctx.answer({said}, stdout=…).")

    def sleep(self, seconds: float) -> None:
        """Note that so many seconds were waited, and go on. Raises CancelledError after `cancel()`."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise CancelledError(self.ended_because)
        self.slept.append(seconds)


def call(action: Action[P, R], ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Do an action's work here and now; options and result are checked against its annotations as in a run.

    Raises what the action raises; TypeError without an option that is required, ValueError for one that it
    cannot take, or a result that it does not declare.
    """
    given: dict[str, Any] = {**dict(zip(action.options.positional, args, strict=False)), **kwargs}
    for name, option in action.options.by_name.items():
        if name not in given and option.required:
            raise TypeError(f"{action.name} needs the option {name!r}.")
        if name in given:
            try:
                given[name] = option.check(given[name])
            except ValueError as error:
                raise ValueError(f"The option {name!r} of {action.name}: {error}") from None
    value = action.function(ctx, **given)
    try:
        result: R = Option("return", action.options.result, None).check(value)
    except ValueError as error:
        raise ValueError(f"{action.name} returned what it does not declare: {error}") from None
    return result
