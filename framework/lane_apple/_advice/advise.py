"""Advice from needs and facts: pure, for Lanefiles and for whatever else is read into needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .advice import Advice
from .apple_id_steps import APPLE_ID_STEPS
from .case import case_of
from .key_steps import KEY_STEPS, real_apple
from .questions import open_questions
from .summary import summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .need import Answers, Facts, Need


def advise(needs: Sequence[Need], facts: Facts, *, questions: bool = True) -> Advice:
    """Whether Apple's two-factor rule stops what is needed, and what to do, the best first.

    `needs` come lane by lane, each after those that it follows. `questions`: whether to look for those whose
    answers would change the advice, which takes some times as long.
    """

    def advised(answers: Answers) -> Advice:
        return _advised(needs, replace(facts, answers=answers))

    made = advised(facts.answers)
    if not questions:
        return made
    return replace(made, open=tuple(open_questions(facts.answers, advised)))


def _advised(needs: Sequence[Need], facts: Facts) -> Advice:
    case = case_of(needs, facts)
    steps = (make(case) for make in (*KEY_STEPS, *APPLE_ID_STEPS, real_apple))
    return Advice(
        affected=any(made.by_person for made in case.present),
        summary=summary_of(case),
        routes=case.present,
        steps=tuple(step for step in steps if step is not None),
        outlooks=case.outlooks(),
    )
