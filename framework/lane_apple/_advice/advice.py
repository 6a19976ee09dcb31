"""What advice is: a verdict, steps to take, the plans that result, and what it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .route import Route

Code = Literal[
    "lower",
    "api_key",
    "ask_for_api_key",
    "app_specific_password",
    "apns_key",
    "hook",
    "once",
    "split",
    "attended",
    "session",
    "phones",
    "sandbox",
]


@dataclass(frozen=True, slots=True)
class AdviceStep:
    """One thing to do. `how` are its parts in their order; `steps` the needs it is for; `lines` where those are.

    `code` is short and stable, for scripts: one of Code, or what a reader of other files adds.
    """

    code: str
    title: str
    why: str
    how: tuple[str, ...]
    steps: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a plan: its name and cron, as the planner gives them, and the names of its steps."""

    name: str
    cron: str | None
    attended: bool
    needs: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plan of a lane once the advice is taken; `done` are the steps that a probe takes out of it."""

    lane: str
    jobs: tuple[Job, ...]
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a team. `name` is the field of Answers and the option of `lane advise`."""

    name: str
    text: str

    @property
    def flag(self) -> str:
        """`--api-key`."""
        return f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that nobody answered and that matters: the titles of what each answer alone would add."""

    question: Question
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether a team is affected, and what to do, the best first. `routes` has the way of every need."""

    affected: bool
    summary: str
    routes: tuple[Route, ...]
    steps: tuple[AdviceStep, ...]
    outlooks: tuple[Outlook, ...]
    open: tuple[OpenQuestion, ...] = ()
