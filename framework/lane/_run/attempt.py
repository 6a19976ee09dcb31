"""Performs one step: resolves its options, calls the action, tries again where that may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._errors import (
    ActionError,
    CancelledError,
    CredentialError,
    LaneError,
    PersonNeededError,
    TransientError,
)
from lane._redact import redactor
from lane._report.reporter import CANCELLED, FAILED, SKIPPED, SUCCEEDED, StepEnd

from .disk import disk_problem
from .stream import enter, leave
from .values import NoValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane._lanefile.step import Step

    from .context import Context
    from .execute import Execution
    from .recorder import Artifact
    from .values import Item

DECLARED_RETRIES = 3  # for an action that declares `retry=`, where the step says no number
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds


class Outcome:
    """How a step went: its state, its value, and what to tell. `error` decides about the exit code."""

    __slots__ = ("artifacts", "attempts", "error", "hint", "message", "seconds", "state", "value", "where")

    def __init__(
        self,
        state: str,
        *,
        value: Any = None,
        message: str | None = None,
        hint: str | None = None,
        where: str | None = None,
        error: BaseException | None = None,
    ) -> None:
        self.state = state
        self.value = value
        self.message = message
        self.hint = hint
        self.where = where
        self.error = error
        self.attempts = 1
        self.seconds = 0.0
        self.artifacts: Sequence[Artifact] = ()

    def end(self) -> StepEnd:
        """The same, for those who look."""
        return StepEnd(
            self.state,
            self.seconds,
            attempts=self.attempts,
            message=self.message,
            hint=self.hint,
            where=self.where,
        )


def perform(execution: Execution, step: Step, ctx: Context, item: Item | None) -> Outcome:
    """Run a step to its outcome. Nothing that the action does raises here."""
    enter(ctx)
    try:
        return _perform(execution, step, ctx, item)
    finally:
        leave()


def _perform(execution: Execution, step: Step, ctx: Context, item: Item | None) -> Outcome:
    settings = step.settings
    try:
        if settings.when is not None and not execution.resolver.value(settings.when, item):
            return Outcome(SKIPPED, message="its condition was false")
        options = execution.material.options(step)
        _resolve(execution, step, options, item)
    except NoValueError as error:
        return Outcome(SKIPPED, message=f"it takes the output of {error}, which gave none")
    except BaseException as error:  # noqa: BLE001 - the functions of when= and let() are the user's
        return _failed(execution, step, ctx, error)
    attempt = 1
    while True:
        try:
            value = step.action.function(ctx, **options)
            outcome = Outcome(SUCCEEDED, value=checked(step, value))
        except BaseException as error:  # noqa: BLE001 - whatever an action does ends its step, not the run
            pause = _pause(execution, step, ctx, error, attempt)
            if pause is not None and _waited(ctx, pause):
                attempt += 1
                continue
            outcome = _failed(execution, step, ctx, error)
        outcome.attempts = attempt
        return outcome


def _resolve(execution: Execution, step: Step, options: dict[str, Any], item: Item | None) -> None:
    """Put values where outputs stand, and check what came of them."""
    resolver = execution.resolver
    for name, value in step.options.items():
        resolved = resolver.value(value, item)
        if resolved is not value:
            option = step.action.options.by_name[name]
            try:
                options[name] = resolved if type(resolved) is option.type else option.check(resolved)
            except ValueError as error:
                raise ActionError(
                    f"The option {name!r} of {step.id} got what it cannot take: {error}.",
                    hint="Convert it with let().",
                    code="wrong_value",
                ) from None


def checked(step: Step, value: Any) -> Any:
    """What the action returned, as the type that it declares."""
    declared = step.action.options.result
    if type(value) is declared:
        return value
    from lane._lanefile import types as _types

    if _types.exactly(value, declared):
        return value
    try:
        return _types.convert(value, declared)
    except ValueError as error:
        raise ActionError(
            f"{step.action.name} returned a {type(value).__name__}, but declares {_types.shown(declared)}:"
            f" {error}.",
            hint="Correct the action's return value or its annotation.",
            code="wrong_result",
        ) from None


def _pause(
    execution: Execution, step: Step, ctx: Context, error: BaseException, attempt: int
) -> float | None:
    """Seconds until the next attempt, or None where there is none."""
    declared, retries = step.action.retry, step.settings.retries
    if retries is None:
        retries = DECLARED_RETRIES if declared is not None or isinstance(error, TransientError) else 0
    if attempt > retries or not _worth_trying_again(error, declared) or _cancelled(ctx):
        return None
    from tenacity import RetryCallState, Retrying
    from tenacity.wait import wait_exponential, wait_random

    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    growing = wait_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE)
    pause = min((growing + wait_random(0, _FIRST_PAUSE))(state), _LONGEST_PAUSE)
    message = told(error)
    ctx.log.warning(f"attempt {attempt} failed: {message.rstrip('.')}; trying again in {pause:.1f} s")
    execution.reporter.step_retried(ctx.index, ctx.step, attempt + 1, message, pause)
    return pause


def _worth_trying_again(error: BaseException, declared: tuple[type[BaseException], ...] | None) -> bool:
    """The declared errors; where none are, all but those that a repetition cannot help."""
    if isinstance(error, CancelledError) or not isinstance(error, Exception):
        return False
    if declared is not None:
        return isinstance(error, declared or (TransientError,))
    return not isinstance(error, (CredentialError, PersonNeededError))


def _waited(ctx: Context, seconds: float) -> bool:
    """Wait between attempts; False where the step was cancelled meanwhile."""
    try:
        ctx.sleep(seconds)
    except CancelledError:
        return False
    return True


def _cancelled(ctx: Context) -> bool:
    return ctx.cancelled is not None and ctx.cancelled.is_set()


def _failed(execution: Execution, step: Step, ctx: Context, error: BaseException) -> Outcome:
    """What to tell of an error; the user's own lines of a traceback go to the step's log."""
    place = step.place.shown(execution.graph.folder)
    message, hint = told(error), None
    if isinstance(error, LaneError):
        hint = error.hint
    elif isinstance(error, SystemExit):
        hint = "Let the action return, or raise ActionError with what went wrong."
    else:
        problem = disk_problem(error)
        hint = None if problem is None else problem[1]
        frames = _users_frames(error, execution.graph.folder)
        if frames:
            hint = hint or f"It was raised at {frames[-1]}."
            for frame in frames:
                ctx.log.error(f"  at {frame}")
    ctx.log.error(message)
    if not _cancelled(ctx):
        return Outcome(
            FAILED, message=message, hint=redactor(hint) if hint else None, where=place, error=error
        )
    # Whatever it raised when it was ended: what matters is why it was ended.
    state = CANCELLED if ctx.interrupted else FAILED
    return Outcome(state, message=ctx.ended_because, where=place, error=CancelledError(ctx.ended_because))


def told(error: BaseException) -> str:
    """An error as a message: without secrets, and of characters that any file can hold."""
    try:
        text = error.message if isinstance(error, LaneError) else str(error)
    except Exception:  # noqa: BLE001 - an error's text is made by whoever wrote the error
        text = "its text cannot be made"
    if isinstance(error, LaneError):
        text = f"{error.where}: {text}" if error.where else text
    elif isinstance(error, SystemExit):
        text = f"It called sys.exit({text})."
    elif problem := disk_problem(error):
        text = problem[0]
    else:
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return redactor(text.encode("utf-8", "backslashreplace").decode())


def _users_frames(error: BaseException, folder: str | None) -> list[str]:
    """The lines of the user's own code that an error passed through, the innermost last."""
    from lane._lanefile.place import is_users, shown_path

    found: list[str] = []
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if is_users(file, folder):
            found.append(f"{shown_path(file, folder)}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found
