"""Reads Buildkite's pipelines, with those that a step of another uploads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .found import CiStart
from .job import Job, environment
from .narrowing import Vocabulary, narrowed
from .scheduled import to_make, told
from .script import BUILDKITE, commands
from .yaml_lines import Table, Text, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .found import CiCall, StartKind
    from .repository import Repository

NAME = "buildkite"
_ENDINGS = ("yml", "yaml", "json")
_FIRST = tuple(f".buildkite/pipeline.{ending}" for ending in _ENDINGS)
_ELSEWHERE = "stands in Buildkite, in the pipeline's settings"
_UPLOAD = ("buildkite-agent", "pipeline", "upload")
_KINDS = ("block", "input")

_WORDS = Vocabulary(
    source=frozenset({"build.source"}),
    kinds={"webhook": "push", "ui": "manual", "schedule": "schedule"},
    branch=frozenset({"build.branch"}),
    tag=frozenset({"build.tag"}),
    pull_request=frozenset({"build.pull_request.id", "build.pull_request.number"}),
    branch_of_request=True,
)


def calls(repository: Repository) -> Iterator[CiCall]:
    """The calls of the pipeline that Buildkite starts, and of those in its folder that steps upload."""
    first = next((path for path in _FIRST if repository.file(path)), None)
    others = [
        path
        for ending in _ENDINGS
        for path in repository.matching(f".buildkite/**/*.{ending}")
        if path != first
    ]
    waiting: list[tuple[str, tuple[CiStart, ...]]] = []
    if first is not None:
        waiting.append((first, (CiStart("any", first, 1),)))
    done: set[str] = set()
    while waiting or others:
        path, begun = waiting.pop(0) if waiting else (others[0], _uploaded(others[0]))
        if path in others:
            others.remove(path)
        if path in done:
            continue
        done.add(path)
        pipeline = _Pipeline(repository, path, begun)
        yield from pipeline.calls()
        waiting += pipeline.uploads


def _uploaded(path: str) -> tuple[CiStart, ...]:
    return (CiStart("other", path, 1, detail="a build that uploads this file"),)


@dataclass(slots=True)
class _Around:
    """What holds for a step by what stands before it: blocks with the kinds of builds that have them, and keys."""

    blocks: list[tuple[str, frozenset[StartKind]]]
    named: dict[str, Table]


class _Pipeline:
    """One file. `uploads` are the files that its steps upload, with what starts these."""

    def __init__(self, repository: Repository, path: str, begun: Sequence[CiStart]) -> None:
        value = repository.value(NAME, path)
        head = table(value)
        self._steps = value if isinstance(value, list) else head.get("steps")
        self._path = path
        self._begun = begun
        self._repository = repository
        self._variables = {**environment(head.get("env")), **dict.fromkeys(_secrets(head))}
        self._schedules = to_make(repository.text(path).partition("\n\n")[0])
        self.uploads: list[tuple[str, tuple[CiStart, ...]]] = []

    def calls(self) -> Iterator[CiCall]:
        """The calls of its steps."""
        yield from self._of(self._steps, self._begun, _Around([], {}))

    def _of(self, steps: Any, begun: Sequence[CiStart], around: _Around) -> Iterator[CiCall]:
        for one in steps if isinstance(steps, list) else ():
            step = table(one)
            starts = _narrowed(begun, step)
            key = step.get("key", step.get("id", step.get("identifier")))
            if isinstance(key, str):
                around.named[key] = step
            if "group" in step:
                yield from self._of(step.get("steps"), starts, around)
            elif any(kind in step for kind in _KINDS):
                around.blocks.append((_title(step), _kinds(starts)))
            elif starts and step.get("skip", False) in {False, "", "false"}:
                yield from self._step(step, starts, around)

    def _step(self, step: Table, starts: list[CiStart], around: _Around) -> Iterator[CiCall]:
        told_ = tuple(told(starts, self._schedules, _ELSEWHERE))
        script = step.get("command", step.get("commands"))
        lines = [
            _plain(one) for one in (script if isinstance(script, list) else [script]) if isinstance(one, Text)
        ]
        made = Job(
            self._repository,
            NAME,
            self._path,
            "",
            str(step.get("label", step.get("name", step.get("key", "")))),
            BUILDKITE,
            told_,
            variables={
                **self._variables,
                **environment(step.get("env")),
                **dict.fromkeys(_secrets(step)),
            },
            values=_matrix(step.get("matrix")),
            approval=_approval(step, _kinds(starts), around),
        )
        for command in commands("\n".join(lines), BUILDKITE):
            if command.words[:3] == _UPLOAD and len(command.words) > 3:
                self._upload(command.words[-1], tuple(starts))
        yield from made.calls(lines)

    def _upload(self, path: str, starts: tuple[CiStart, ...]) -> None:
        name = path.removeprefix("./")
        if self._repository.file(name) is not None and name.endswith(_ENDINGS):
            self.uploads.append((name, starts))


def _plain(text: Text) -> Text:
    """A command as the shell gets it: the agent puts a variable in at `$`, and makes `$` of `$$`."""
    made = Text.at(text.replace("$$", "$"), text.path, text.line)
    made.first = text.first
    return made


def _narrowed(begun: Sequence[CiStart], step: Table) -> list[CiStart]:
    condition = step.get("if")
    if isinstance(condition, str):  # the agent makes `$` of `$$` here too
        begun = narrowed(begun, condition.replace("$$", "$"), _WORDS)
    branches = [name for text in texts(step.get("branches")) for name in text.split()]
    if not branches:
        return list(begun)
    only = tuple(name for name in branches if not name.startswith("!"))
    but = [name.removeprefix("!") for name in branches if name.startswith("!")]
    detail = f", but not {', '.join(but)}" if but else ""
    line = step.line_of("branches")
    return [
        replace(
            start,
            kind="push" if start.kind == "any" else start.kind,
            branches=only,
            detail=f"{start.detail}{detail}",
            line=line,
        )
        for start in begun
    ]


def _kinds(starts: Iterable[CiStart]) -> frozenset[StartKind]:
    return frozenset(start.kind for start in starts)


def _approval(step: Table, kinds: frozenset[StartKind], around: _Around) -> str | None:
    """The block that a step waits for in all of its builds: any before it, or one that it names, directly or not."""
    blocks = dict(around.blocks)
    if "depends_on" not in step:
        named = list(blocks)
    else:
        named, waiting, seen = [], _needed(step), set[str]()
        while waiting:
            key = waiting.pop()
            other = around.named.get(key)
            if key in seen or other is None:
                continue
            seen.add(key)
            if any(kind in other for kind in _KINDS):
                named.append(_title(other))
            waiting += _needed(other)
    fitting = [title for title in named if kinds <= blocks[title] or "any" in blocks[title]]
    return fitting[-1] if fitting else None


def _needed(step: Table) -> list[str]:
    found = step.get("depends_on")
    rows = found if isinstance(found, list) else [found]
    return [*texts(found), *(key for row in rows if isinstance(key := table(row).get("step"), str))]


def _title(step: Table) -> str:
    kind = next(kind for kind in _KINDS if kind in step)
    return f"the {kind} step {step.get(kind) or step.get('label') or step.get('key') or ''}".strip()


def _secrets(owner: Table) -> list[str]:
    """The names of the variables that get secrets: a list of them, or a mapping of others."""
    found = owner.get("secrets")
    return list(found) if isinstance(found, Table) else texts(found)


def _matrix(value: Any) -> dict[str, list[str]]:
    """The values of a matrix: `matrix`, or `matrix.name` each."""
    setup = table(value).get("setup", value)
    if isinstance(setup, list):
        return {"matrix": texts(setup)}
    return {f"matrix.{name}": texts(values) for name, values in table(setup).items() if texts(values)}
