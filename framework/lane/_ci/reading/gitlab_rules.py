"""When a GitLab job is in a pipeline: `rules`, `only` and `except`, in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .found import CiStart
from .narrowing import Vocabulary, glob, narrowed
from .yaml_lines import Table, Text, placed, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .found import StartKind

ELSEWHERE = "stands in GitLab, under Build, Pipeline schedules"
_CLICK = ", then a click on the job"
_KEYWORDS: dict[str, tuple[StartKind, str]] = {
    "branches": ("push", ""),
    "tags": ("tag", ""),
    "schedules": ("schedule", ""),
    "web": ("manual", ""),
    "merge_requests": ("pull_request", ""),
    "pushes": ("push", ""),
    "api": ("other", "a pipeline of source api"),
    "triggers": ("other", "a pipeline of source trigger"),
    "pipelines": ("other", "a pipeline of source pipeline"),
    "chat": ("other", "a pipeline of source chat"),
}


class When(NamedTuple):
    """The starts of a job, and whether somebody has to click on it in every one."""

    starts: list[CiStart]
    manual: bool


def vocabulary(asked: Iterable[str]) -> Vocabulary:
    """GitLab's words; `asked` are the variables that a person is asked for."""
    return Vocabulary(
        source=frozenset({"$CI_PIPELINE_SOURCE"}),
        kinds={
            "push": "push",
            "web": "manual",
            "schedule": "schedule",
            "merge_request_event": "pull_request",
        },
        branch=frozenset({"$CI_COMMIT_BRANCH", "$CI_COMMIT_REF_NAME", "$CI_COMMIT_REF_SLUG"}),
        tag=frozenset({"$CI_COMMIT_TAG"}),
        asked=frozenset(f"${name}" for name in asked),
        pull_request=frozenset({"$CI_MERGE_REQUEST_ID", "$CI_MERGE_REQUEST_IID"}),
    )


def of_rules(rules: Sequence[Table], begun: Sequence[CiStart], words: Vocabulary, *, click: bool) -> When:
    """The first rule that holds counts; what one with `when: never` takes away is not there for the next."""
    found: list[CiStart] = []
    left = list(begun)
    clicks: list[bool] = []
    for rule in rules:
        condition = rule.get("if")
        when = rule.get("when", "manual" if click else None)
        if when == "never":
            left = narrowed(left, f"!({condition})", words) if isinstance(condition, str) else []
            continue
        mine = narrowed(left, condition, words) if isinstance(condition, str) else left
        clicks += [when == "manual"] * bool(mine)
        detail = f"{_changes(rule)}{_CLICK if when == 'manual' else ''}"
        found += [_at(replace(start, detail=f"{start.detail}{detail}"), rule, condition) for start in mine]
        if condition is None and not detail:
            break
    manual = bool(clicks) and all(clicks)  # that is told of the job, then
    starts = [replace(one, detail=one.detail.removesuffix(_CLICK)) for one in found] if manual else found
    return When(list(dict.fromkeys(starts)), manual)


def by_branch_alone(rules: Sequence[Table], words: Vocabulary) -> bool:
    """Whether a rule asks for a branch, whatever starts a pipeline: schedules and people work on branches too."""
    said = [(str(rule.get("if", "")), rule.get("when")) for rule in rules]
    of_source = [any(name in text for name in words.source) for text, _ in said]
    if any(when == "never" and named for (_, when), named in zip(said, of_source, strict=True)):
        return False
    of_branch = [any(name in text for name in words.branch) for text, _ in said]
    return any(
        branch and not source and when != "never"
        for (_, when), branch, source in zip(said, of_branch, of_source, strict=True)
    )


def of_only(job: Table, begun: Sequence[CiStart]) -> When:
    """`only` and `except`; a job without either is in all pipelines of branches and tags."""
    manual = job.get("when") == "manual"
    only, but = job.get("only"), _excepted(job.get("except"))
    detail = but
    said = only.get("refs") if isinstance(only, Table) else only
    found = [_ref(str(ref), ref.path, ref.line) for ref in placed(said)]
    if isinstance(only, Table):
        detail = f"{_changes(only)}{_if(texts(only.get('variables')))}{detail}"
    starts = found or list(begun)
    return When([replace(start, detail=f"{start.detail}{detail}") for start in starts], manual)


def _ref(ref: str, path: str, line: int) -> CiStart:
    name = ref.partition("@")[0]
    if name in _KEYWORDS:
        kind, detail = _KEYWORDS[name]
        return CiStart(kind, path, line, detail=detail)
    either = (
        " (or a tag of that name)" if name.startswith("/") else ""
    )  # a tag is seldom named as a branch is
    return CiStart("push", path, line, (glob(name),), detail=either)


def _excepted(value: object) -> str:
    refs = texts(value.get("refs") if isinstance(value, Table) else value)
    variables = texts(table(value).get("variables"))
    return f", but not {', '.join([*refs, *variables])}" if refs or variables else ""


def _changes(rule: Table) -> str:
    changes = rule.get("changes")
    paths = texts(changes.get("paths") if isinstance(changes, Table) else changes)
    exists = texts(rule.get("exists"))
    changed = f", where files change ({', '.join(paths)})" if paths else ""
    return f"{changed}{f', where there is {chr(32).join(exists)}' if exists else ''}"


def _if(conditions: Iterable[str]) -> str:
    return "".join(f", if {one}" for one in conditions)


def _at(start: CiStart, rule: Table, condition: object) -> CiStart:
    """A start with the place of its rule."""
    line = condition.line if isinstance(condition, Text) else rule.line
    return replace(start, path=rule.path, line=line)
