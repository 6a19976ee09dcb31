"""The three questions at most, and which of them matter: those whose answers lead to different advice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .advice import OpenQuestion, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .advice import Advice
    from .need import Answers

QUESTIONS = (
    Question("api_key", "May you make App Store Connect API keys: are you the Account Holder or an Admin?"),
    Question(
        "reachable", "Is there a machine of yours that keeps running and can be reached, such as a Mac mini?"
    ),
    Question("shared", "Do several people share one Apple ID?"),
)


def answered(answers: Answers, question: Question, answer: bool) -> Answers:
    """The answers with one more."""
    changed = {question.name: answer}
    return replace(answers, **changed)


def open_questions(answers: Answers, advised: Callable[[Answers], Advice]) -> Iterator[OpenQuestion]:
    """The questions that are not answered and whose answer would change what is advised."""
    for question in QUESTIONS:
        if getattr(answers, question.name) is not None:
            continue
        yes, no = (advised(answered(answers, question, answer)) for answer in (True, False))
        if _told(yes) != _told(no):
            yield OpenQuestion(question, _only(yes, no), _only(no, yes))


def _told(advice: Advice) -> tuple[object, ...]:
    """What a team reads of advice."""
    return advice.affected, advice.summary, advice.steps, advice.outlooks


def _only(these: Advice, those: Advice) -> tuple[str, ...]:
    """The titles of the steps that only one of two gives."""
    others = {step.title for step in those.steps}
    return tuple(step.title for step in these.steps if step.title not in others)
