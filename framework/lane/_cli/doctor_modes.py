"""What `lane doctor` sees of the ways in: modes that can look whether theirs works are asked to."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lane._errors import LaneError
from lane._plan.auth import CheckedByDoctor
from lane._plan.prepare import started

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lane._plan.auth import AuthMode
    from lane._plan.prepare import Prepared

_BROKEN = "Steps that need it fail until this works. What an API key can do needs no sign-in: `lane advise`."


def checkup_findings(lanes: Iterable[Prepared], store: str) -> Iterator[Finding]:
    """Ask each mode that a step would run under, where the mode can be asked; nothing is asked for any other.

    Where the offline Apple is meant, it is started for that.
    """
    for sandbox in (False, True):
        meant = [made for made in lanes if made.sandbox is sandbox]
        modes = _needed(meant)
        if not modes:
            continue
        made = meant[0]
        try:
            with _met(made, store) as environment:
                for mode in modes:
                    yield from _findings(mode, environment, Path(made.project.folder))
        except LaneError as error:
            yield Finding("fail", "sandbox", str(error), error.hint or "")


def _needed(lanes: Iterable[Prepared]) -> list[AuthMode]:
    """The modes that steps are planned under, one for each name: how it was narrowed makes no difference here."""
    found: dict[str, AuthMode] = {}
    for made in lanes:
        for choice in made.plan.choices:
            if choice.mode is not None and isinstance(choice.mode, CheckedByDoctor):
                found.setdefault(choice.mode.name, choice.mode)
    return list(found.values())


@contextmanager
def _met(made: Prepared, store: str) -> Iterator[Mapping[str, str]]:
    if not made.sandbox:
        yield made.environment
        return
    with started(store, made.environment) as names:
        yield made.environment.overlaid("sandbox", names)


def _findings(mode: AuthMode, environment: Mapping[str, str], folder: Path) -> Iterator[Finding]:
    assert isinstance(mode, CheckedByDoctor)
    try:
        for name, ok, text in mode.checkup(environment, folder):
            yield Finding("ok" if ok else "fail", f"{mode.name} {name}", text, "" if ok else _BROKEN)
    except LaneError as error:
        yield Finding("fail", f"checkup {mode.name}", str(error), error.hint or "")
