"""Reads GitLab's file, with what it includes of the same repository, and its child pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .found import CiStart
from .gitlab_file import NAME, Jobs, included, loaded
from .gitlab_rules import ELSEWHERE, When, by_branch_alone, of_only, of_rules, vocabulary
from .job import Job, environment
from .scheduled import to_make, told
from .script import NONE
from .yaml_lines import Table, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .found import CiCall, StartKind
    from .narrowing import Vocabulary
    from .repository import Repository

FILE = ".gitlab-ci.yml"
_DEEPEST = 3  # a pipeline with a child, and its child
_NO_JOBS = frozenset(
    {
        "default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script",
        "after_script", "spec",
    }
)  # fmt: skip


def calls(repository: Repository) -> Iterator[CiCall]:
    """The calls of all jobs."""
    known = to_make(repository.text(FILE).partition("\n\n")[0])
    yield from _Pipeline(repository, FILE, known).calls([])


class _Pipeline:
    """One pipeline: the repository's own, or a child of it."""

    def __init__(
        self, repository: Repository, path: str, schedules: dict[str, tuple[str, str]], depth: int = 0
    ) -> None:
        self._repository = repository
        self._path = path
        self._schedules = schedules
        self._depth = depth
        self._document = loaded(repository, path) or table(None)
        self._jobs = Jobs(self._document)
        self._besides: list[
            CiStart
        ] = []  # what starts a pipeline too, and its jobs where their rules ask for it

    def calls(self, begun: Sequence[CiStart]) -> Iterator[CiCall]:
        """The calls of its jobs; `begun` is what starts a child."""
        words = vocabulary(self._asked())
        start = list(begun) or self._starts(words)
        for name in self._document:
            job = self._jobs.job(name)
            if name in _NO_JOBS or name.startswith(".") or job.get("when") == "never":
                continue
            when = self._when(job, start, words)
            if when.starts:
                yield from self._calls(name, job, when)

    def _starts(self, words: Vocabulary) -> list[CiStart]:
        """What the workflow's rules let start a pipeline."""
        any_ = [CiStart("any", self._path, 1)]
        rules = self._jobs.rules(table(self._document.get("workflow")).get("rules"))
        if by_branch_alone(rules, words):
            kinds: tuple[StartKind, ...] = ("schedule", "manual")
            self._besides = [CiStart(kind, self._path, 1) for kind in kinds]
        return of_rules(rules, any_, words, click=False).starts if rules else any_

    def _when(self, job: Table, begun: Sequence[CiStart], words: Vocabulary) -> When:
        rules = self._jobs.rules(job.get("rules"))
        if not rules:
            return of_only(job, begun)
        click = job.get("when") == "manual"
        when = of_rules(rules, begun, words, click=click)
        asking = [rule for rule in rules if any(name in str(rule.get("if")) for name in words.source)]
        besides = of_rules(asking, self._besides, words, click=click)
        return When(
            list(dict.fromkeys([*when.starts, *besides.starts])),
            all(one.manual for one in (when, besides) if one.starts),
        )

    def _calls(self, name: str, job: Table, when: When) -> Iterator[CiCall]:
        starts = tuple(told(when.starts, self._schedules, ELSEWHERE))
        trigger = job.get("trigger")
        if trigger is not None:
            yield from self._child(trigger, starts)
            return
        made = Job(
            self._repository,
            NAME,
            self._path,
            "",
            str(name),
            NONE,
            starts,
            variables=self._variables(job),
            values=self._values(job),
            approval="a click on the job" if when.manual else None,
        )
        yield from made.calls([*self._around("before_script", job), *self._jobs.lines(job.get("script"))])
        yield from made.calls(self._around("after_script", job))

    def _child(self, trigger: Any, starts: tuple[CiStart, ...]) -> Iterator[CiCall]:
        include = table(trigger).get("include")
        if self._depth >= _DEEPEST or include is None:
            return
        for path in included(self._repository, include, self._path):
            if self._repository.follows():
                yield from _Pipeline(self._repository, path, {}, self._depth + 1).calls(starts)

    def _around(self, key: str, job: Table) -> list[Any]:
        """What runs before or after a job's script: its own, or what all jobs have."""
        if key in job:
            return list(self._jobs.lines(job[key]))
        inherit = table(job.get("inherit")).get("default", True)
        if inherit is False or (isinstance(inherit, list) and key not in inherit):
            return []
        usual = table(self._document.get("default"))
        return list(self._jobs.lines(usual.get(key, self._document.get(key))))

    def _asked(self) -> list[str]:
        """The variables that a person is asked for who starts a pipeline by hand."""
        variables = table(self._document.get("variables"))
        return [name for name in variables if isinstance(variables[name], Table)]

    def _variables(self, job: Table) -> dict[str, str | None]:
        usual = environment(self._document.get("variables"))
        inherit = table(job.get("inherit")).get("variables", True)
        if inherit is False:
            usual = {}
        elif isinstance(inherit, list):
            usual = {name: value for name, value in usual.items() if name in inherit}
        unknown = dict.fromkeys(name for name in usual if name in self._asked())
        return {**usual, **unknown, **environment(job.get("variables")), **dict.fromkeys(_ids(job))}

    def _values(self, job: Table) -> dict[str, list[str]]:
        """What the variables of a matrix can be."""
        found: dict[str, list[str]] = {}
        rows = table(job.get("parallel")).get("matrix")
        for row in rows if isinstance(rows, list) else ():
            for name, value in table(row).items():
                found.setdefault(name, []).extend(texts(value))
        return found


def _ids(job: Table) -> Iterator[str]:
    """What a job is given that is no variable of the file: tokens, and secrets of a vault."""
    for key in ("id_tokens", "secrets"):
        yield from table(job.get(key))
