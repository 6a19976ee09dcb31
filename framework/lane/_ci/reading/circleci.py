"""Reads CircleCI's configuration: workflows, the jobs in them, commands with parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .called import expanded
from .circleci_when import ELSEWHERE, job_starts, logic, vocabulary, workflow_starts
from .found import CiStart
from .job import Job, environment
from .narrowing import narrowed
from .scheduled import told
from .script import CIRCLECI
from .yaml_lines import Table, Text, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .found import CiCall
    from .narrowing import Vocabulary
    from .repository import Repository

    Values = dict[str, Sequence[str]]

NAME = "circleci"
PATTERNS = (".circleci/*.yml", ".circleci/*.yaml")
_DEEPEST = 8  # commands in commands
_OWN = frozenset(
    {
        "name", "requires", "filters", "context", "type", "matrix", "pre-steps", "post-steps", "serial-group",
        "when", "branches",
    }
)  # fmt: skip


def calls(repository: Repository) -> Iterator[CiCall]:
    """The calls of all workflows; of a file without workflows, those of its job `build`."""
    for pattern in PATTERNS:
        for path in repository.matching(pattern):
            document = repository.document(NAME, path)
            if document is not None:
                yield from _Configuration(repository, path, document).calls()


class _Configuration:
    """One file."""

    def __init__(self, repository: Repository, path: str, document: Table) -> None:
        self._repository = repository
        self._path = path
        self._jobs = table(document.get("jobs"))
        self._commands = table(document.get("commands"))
        self._executors = table(document.get("executors"))
        self._workflows = table(document.get("workflows"))
        self._asked = table(document.get("parameters"))

    def calls(self) -> Iterator[CiCall]:
        """The calls of its workflows."""
        words = vocabulary(self._asked)
        workflows = {name: one for name, one in self._workflows.items() if isinstance(one, Table)}
        for name, workflow in workflows.items():
            yield from self._workflow(name, workflow, words)
        if not workflows and "build" in self._jobs:
            start = CiStart("push", self._path, self._jobs.line_of("build"))
            yield from self._job("", "build", table(None), (start,), {}, None)

    def _workflow(self, name: str, workflow: Table, words: Vocabulary) -> Iterator[CiCall]:
        begun = workflow_starts(workflow, words)
        entries = workflow.get("jobs")
        given = [_entry(one) for one in entries] if isinstance(entries, list) else []
        named = {str(entry.get("name", key)): entry for key, entry in given}
        for key, entry in given:
            filters = entry.get("filters")
            asked = (
                narrowed(begun, filters, words) if isinstance(filters, str) else job_starts(begun, filters)
            )
            starts = tuple(told(asked, {}, ELSEWHERE))
            for matrix in _rows(table(entry.get("matrix"))):
                own = {**_parameters(self._jobs.get(key)), **_given(_without_own(entry))}
                values = {**_choices(self._asked), **own, **matrix}
                yield from self._job(name, key, entry, starts, values, _approval(entry, named))

    def _job(
        self,
        workflow: str,
        key: str,
        entry: Table,
        starts: tuple[CiStart, ...],
        values: Values,
        approval: str | None,
    ) -> Iterator[CiCall]:
        job = table(self._jobs.get(key))
        if not starts or (not job and not entry.get("pre-steps")):
            return
        base = job.get("working_directory")
        made = Job(
            self._repository,
            NAME,
            self._path,
            str(workflow),
            str(entry.get("name", key)),
            CIRCLECI,
            starts,
            variables=self._variables(job, values),
            values=values,
            approval=approval,
        )
        steps = [*_list(entry.get("pre-steps")), *_list(job.get("steps")), *_list(entry.get("post-steps"))]
        checkout = base if isinstance(base, str) else "~/project"
        yield from self._steps(steps, made, checkout.rstrip("/"))

    def _variables(self, job: Table, values: Values) -> dict[str, str | None]:
        executor = job.get("executor")
        name = executor.get("name") if isinstance(executor, Table) else executor
        ways = [way[0] for way in expanded([name], values)] if isinstance(name, str) else []
        usual = table(self._executors.get(ways[0])) if ways else table(None)
        return {**environment(usual.get("environment")), **environment(job.get("environment"))}

    def _steps(self, steps: Any, made: Job, checkout: str, depth: int = 0) -> Iterator[CiCall]:
        for one in _list(steps):
            if isinstance(one, str):
                yield from self._command(one, table(None), made, checkout, depth)
            elif isinstance(one, Table):
                for key, value in one.items():
                    yield from self._step(key, value, made, checkout, depth)

    def _step(self, key: str, value: Any, made: Job, checkout: str, depth: int) -> Iterator[CiCall]:
        if key == "run":
            said = table(value)
            script = value if isinstance(value, Text) else said.get("command")
            into = said.get("working_directory")
            inner = made.within(None, environment(said.get("environment")))
            if isinstance(into, str):
                inner = inner.within(_below(into, checkout))
            yield from inner.calls(script)
        elif key in {"when", "unless"}:
            starts = tuple(self._under(key, table(value).get("condition"), made.starts))
            if starts:
                yield from self._steps(
                    table(value).get("steps"), replace(made, starts=starts), checkout, depth
                )
        else:
            yield from self._command(key, table(value), made, checkout, depth)

    def _under(self, key: str, condition: Any, starts: Sequence[CiStart]) -> Sequence[CiStart]:
        """The starts under which steps run; a condition on a command's parameters says nothing of these."""
        said = logic(condition)
        if "pipeline." not in said:
            return starts
        return narrowed(starts, said if key == "when" else f"!({said})", vocabulary(self._asked))

    def _command(self, name: str, given: Table, made: Job, checkout: str, depth: int) -> Iterator[CiCall]:
        """The calls of a command of the file, with its parameters."""
        command = self._commands.get(name)
        if isinstance(command, Table) and depth < _DEEPEST and self._repository.follows():
            outer = {name: ways for name, ways in made.values.items() if name.startswith("pipeline.")}
            values = {**outer, **_parameters(command), **_given(given, made.values)}
            inner = replace(made, values=values)
            yield from self._steps(command.get("steps"), inner, checkout, depth + 1)


def _entry(one: Any) -> tuple[str, Table]:
    """An entry of a workflow's jobs: its name, and what is said of it."""
    if isinstance(one, Table) and one:
        name = next(iter(one))
        return name, table(one[name])
    return (one if isinstance(one, str) else ""), table(None)


def _approval(entry: Table, named: Mapping[str, Table]) -> str | None:
    """The approval that a job waits for, directly or not."""
    waiting, seen = texts(entry.get("requires")), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        other = named.get(name)
        if other is not None and other.get("type") == "approval":
            return f"the approval {name}"
        waiting += texts(other.get("requires")) if other is not None else []
    return None


def _rows(matrix: Table) -> list[Values]:
    """What a matrix gives a job, all values of a parameter at once."""
    parameters = table(matrix.get("parameters"))
    return [{f"parameters.{name}": texts(value) for name, value in parameters.items() if texts(value)}]


def _choices(asked: Table) -> Values:
    """What the parameters of the pipeline can be, where that is written."""
    return {
        f"pipeline.parameters.{name}": [choice for choice in texts(table(said).get("enum")) if choice]
        for name, said in asked.items()
        if any(texts(table(said).get("enum")))
    }


def _parameters(owner: Any) -> Values:
    """The defaults of a job's or command's parameters."""
    parameters = table(table(owner).get("parameters"))
    found: Values = {}
    for name, said in parameters.items():
        default = table(said).get("default")
        if isinstance(default, str):
            found[f"parameters.{name}"] = [default]
    return found


def _without_own(entry: Table) -> dict[str, Any]:
    """An entry of a workflow's jobs without what CircleCI itself wants of it."""
    return {name: value for name, value in entry.items() if name not in _OWN}


def _given(owner: Mapping[str, Any], values: Mapping[str, Sequence[str]] | None = None) -> Values:
    """The parameters that a call gives; what they are made of is put in."""
    return {
        f"parameters.{name}": [way[0] for way in expanded([value], values or {})]
        for name, value in owner.items()
        if isinstance(value, str)
    }


def _below(folder: str, checkout: str) -> str:
    """A working directory, from where the repository is checked out."""
    for begin in (checkout, "~/project", "~/repo"):
        if folder == begin or folder.startswith(f"{begin}/"):
            return folder.removeprefix(begin).lstrip("/")
    return folder


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
