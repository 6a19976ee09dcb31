"""When a CircleCI workflow or job runs: triggers, filters, `when`, in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from .found import CiStart
from .narrowing import Vocabulary, glob, narrowed
from .yaml_lines import Table, Text, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ELSEWHERE = "stands in CircleCI, in the project's settings"
_ALL = {"/.*/", "/^.*$/"}


def vocabulary(asked: Iterable[str]) -> Vocabulary:
    """CircleCI's words; `asked` are the pipeline's parameters, which a person or a script gives."""
    return Vocabulary(
        source=frozenset({"pipeline.trigger_source", "pipeline.event.name"}),
        kinds={
            "webhook": "push",
            "push": "push",
            "scheduled_pipeline": "schedule",
            "pull_request": "pull_request",
        },
        branch=frozenset({"pipeline.git.branch"}),
        tag=frozenset({"pipeline.git.tag"}),
        asked=frozenset(f"pipeline.parameters.{name}" for name in asked),
        schedule_name=frozenset({"pipeline.schedule.name"}),
    )


def workflow_starts(workflow: Table, words: Vocabulary) -> list[CiStart]:
    """What starts a workflow: its schedules, else a push; with its `when` or `unless`."""
    triggers = workflow.get("triggers")
    begun = (
        [start for one in triggers if (start := _schedule(table(one)))] if isinstance(triggers, list) else []
    )
    if not begun:
        begun = [CiStart("any", workflow.path, workflow.line)]
    for key in ("when", "unless"):
        if key in workflow:
            condition = logic(workflow[key])
            begun = narrowed(begun, condition if key == "when" else f"!({condition})", words)
    return begun


def _schedule(trigger: Table) -> CiStart | None:
    at = table(trigger.get("schedule"))
    cron = at.get("cron")
    if not isinstance(cron, str):
        return None
    line = cron.line if isinstance(cron, Text) else at.line
    branches = _patterns(table(table(at.get("filters")).get("branches")).get("only"))
    detail = f" on {', '.join(branches)}" if branches else ""
    return CiStart("schedule", at.path, line, cron=str(cron), timezone="UTC", detail=detail)


def logic(value: Any) -> str:
    """A logic statement as a condition: `equal`, `and`, `or`, `not`, `matches`, or a value."""
    said = table(value)
    if "equal" in said:
        sides = [_operand(one) for one in said["equal"]] if isinstance(said["equal"], list) else []
        names = [side for side in sides if not side.startswith("'")]
        others = [side for side in sides if side.startswith("'")]
        return " == ".join([*names, *others]) or "''"
    for key, joint in (("and", " && "), ("or", " || ")):
        if isinstance(said.get(key), list):
            return joint.join(f"({logic(one)})" for one in said[key]) or "''"
    if "not" in said:
        return f"!({logic(said['not'])})"
    if "matches" in said:
        inner = table(said["matches"])
        return f"{_operand(inner.get('value'))} =~ /{str(inner.get('pattern')).strip('/')}/"
    return _operand(value)


def _operand(value: Any) -> str:
    if isinstance(value, bool):
        return f"'{str(value).lower()}'"
    text = "" if value is None else str(value)
    if text.startswith("<<") and text.endswith(">>"):
        return text[2:-2].strip()
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def job_starts(begun: Sequence[CiStart], filters: Any) -> Iterator[CiStart]:
    """The starts of a job: a push to any branch and to no tag, unless its filters say otherwise."""
    said = table(filters)
    branches, tags = table(said.get("branches")), table(said.get("tags"))
    for start in begun:
        if start.kind != "any":
            yield start
            continue
        here = replace(start, path=said.path or start.path, line=said.line or start.line)
        if not _ALL.intersection(texts(branches.get("ignore"))):
            yield _filtered(here, "push", branches)
        if tags:
            yield _filtered(here, "tag", tags)


def _filtered(start: CiStart, kind: Literal["push", "tag"], said: Table) -> CiStart:
    any_ = _ALL.intersection(texts(said.get("only")))
    ignored = _patterns(said.get("ignore"))
    but = f", but not {', '.join(ignored)}" if ignored else ""
    only = () if any_ else _patterns(said.get("only"))
    return replace(start.pushed(kind, only), detail=f"{start.detail}{but}")


def _patterns(value: Any) -> tuple[str, ...]:
    """Names, and patterns, which have to match the whole name."""
    return tuple(
        glob(f"/^{one[1:-1].removeprefix('^').removesuffix('$')}$/") if _is_pattern(one) else one
        for one in texts(value)
    )


def _is_pattern(text: str) -> bool:
    return len(text) > 1 and text.startswith("/") and text.endswith("/")
