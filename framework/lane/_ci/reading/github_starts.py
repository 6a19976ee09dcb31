"""GitHub's `on:` in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .found import CiStart
from .narrowing import Vocabulary
from .yaml_lines import Table, placed, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = Vocabulary(
    source=frozenset({"github.event_name"}),
    kinds={
        "push": "push",
        "pull_request": "pull_request",
        "pull_request_target": "pull_request",
        "schedule": "schedule",
        "workflow_dispatch": "manual",
        "workflow_call": "call",
    },
    branch=frozenset({"github.ref_name"}),
    tag=frozenset(),
    ref=frozenset({"github.ref"}),
    ref_type=frozenset({"github.ref_type"}),
    by_hand=("inputs.", "github.event.inputs."),
    tags_apart=True,
    always=frozenset({"always()", "success()", "not cancelled()", "not failure()"}),
)
_ALL = {"*", "**"}
_EVENTS = {
    "release": "a release",
    "repository_dispatch": "a call of GitHub's API (repository_dispatch)",
    "merge_group": "a merge queue",
    "create": "a branch or tag that is made",
    "workflow_run": "the end of another workflow",
}


def starts(on: Any, path: str) -> list[CiStart]:
    """What `on:` says: a name, a list of names, or a table."""
    if isinstance(on, Table):
        return [start for name in on for start in _event(name, on[name], path, on.line_of(name))]
    return [start for name in placed(on) for start in _event(str(name), None, path, name.line)]


def _event(name: str, value: Any, path: str, line: int) -> Iterator[CiStart]:
    said = table(value)
    match name:
        case "push":
            yield from _push(said, path, line)
        case "pull_request" | "pull_request_target":
            types = texts(said.get("types"))
            detail = f" ({', '.join(types)})" if types else ""
            branches = tuple(texts(said.get("branches")))
            yield CiStart("pull_request", path, line, branches, detail=f"{detail}{_paths(said)}")
        case "schedule":
            for one in value if isinstance(value, list) else ():
                at = table(one)
                yield CiStart(
                    "schedule",
                    path,
                    at.line or line,
                    cron=_text(at, "cron"),
                    timezone=_text(at, "timezone") or "UTC",
                )
        case "workflow_dispatch":
            yield CiStart("manual", path, line)
        case "workflow_call":
            yield CiStart("call", path, line, detail="a workflow that calls this one")
        case _:
            types = texts(said.get("workflows")) or texts(said.get("types"))
            detail = f" ({', '.join(types)})" if types else ""
            yield CiStart("other", path, line, detail=f"{_EVENTS.get(name, f'the event {name}')}{detail}")


def _push(said: Table, path: str, line: int) -> Iterator[CiStart]:
    """Where only branches are named, no tag starts it, and the other way round."""
    named = {
        kind: (texts(said.get(kind)), texts(said.get(f"{kind}-ignore"))) for kind in ("branches", "tags")
    }
    none = not any(only or ignored for only, ignored in named.values())
    kinds: tuple[tuple[Literal["push", "tag"], str], ...] = (("push", "branches"), ("tag", "tags"))
    for kind, key in kinds:
        only, ignored = named[key]
        if not (none or only or ignored) or _ALL.intersection(ignored):
            continue
        detail = f", but not {', '.join(ignored)}" if ignored else ""
        made = CiStart(kind, path, line, detail=f"{detail}{_paths(said)}")
        yield made.pushed(kind, tuple(only))


def _paths(said: Table) -> str:
    paths = [*texts(said.get("paths")), *(f"not {one}" for one in texts(said.get("paths-ignore")))]
    return f", where files change ({', '.join(paths)})" if paths else ""


def _text(at: Table, key: str) -> str | None:
    value = at.get(key)
    return str(value) if isinstance(value, str) else None
