"""The errors a user can meet, each with its exit code and what to do.

LaneError                 1
├── UsageError            2   a wrong word on the command line, no Lanefile, a broken Lanefile
├── PlanError             2   a lane that cannot be planned: all its problems at once
├── CredentialError       3   a credential is missing, malformed or refused
├── PersonNeededError     4   a person has to act before this can go on
└── ActionError           1   an action could not do its work
    ├── TransientError        … and trying again may help
    └── CancelledError        … because the run was cancelled or the step's time was up
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CREDENTIALS = 3
EXIT_PERSON = 4
EXIT_INTERRUPTED = 130


class LaneError(Exception):
    """Something that a user can understand and mend.

    `hint` says what to do next; `where` is a place such as `Lanefile.py:14` or an HTTP request.
    `code` is short and stable, for scripts.
    """

    exit_code = EXIT_FAILED
    recorded = False  # whether the graph has it among its problems already
    code = "error"

    def __init__(
        self, message: str, *, hint: str | None = None, where: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        if code is not None:
            self.code = code
        if hint is not None:
            self.add_note(f"→ {hint}")  # a traceback shows it, as that of a test

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(LaneError):
    """The command line or the Lanefile is wrong; nothing was run."""

    exit_code = EXIT_USAGE
    code = "usage"


class CredentialError(LaneError):
    """A credential is missing, cannot be read, or was refused."""

    exit_code = EXIT_CREDENTIALS
    code = "credential"


class PersonNeededError(LaneError):
    """A person has to act (sign in, enter a code) before this can go on."""

    exit_code = EXIT_PERSON
    code = "person_needed"


class ActionError(LaneError):
    """An action could not do its work."""

    code = "action_failed"


class TransientError(ActionError):
    """An action could not do its work this time; the default retry policy tries again."""

    code = "transient"


class CancelledError(ActionError):
    """The work was given up because the run was cancelled or the step's time was up."""

    code = "cancelled"


class Problem:
    """One reason why a lane cannot be planned: a row of `errors` in `lane plan --format json`.

    `line` is `Lanefile.py:14`, or None where no line is to blame.
    """

    __slots__ = ("code", "hint", "line", "message")

    def __init__(self, code: str, message: str, *, line: str | None = None, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.line}: {self.message}" if self.line else self.message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]  # compared, never a key

    def as_dict(self) -> dict[str, str | None]:
        """The four members of the plan's JSON."""
        return {"code": self.code, "message": self.message, "line": self.line, "hint": self.hint}


class PlanError(LaneError):
    """A lane cannot be planned; `problems` holds every reason, not only the first."""

    exit_code = EXIT_USAGE
    code = "plan"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        for problem in problems:
            if problem.hint:
                self.add_note(f"→ {problem.hint}")
