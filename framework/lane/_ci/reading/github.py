"""Reads GitHub's workflows, with the reusable workflows and composite actions of the same repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .github_starts import WORDS, starts
from .job import Job, environment
from .narrowing import narrowed
from .script import GITHUB
from .yaml_lines import Table, Text, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .found import CiCall, CiStart
    from .repository import Repository

NAME = "github"
PATTERNS = (".github/workflows/*.yml", ".github/workflows/*.yaml")
_DEEPEST = 5  # a workflow calls another, an action uses another
_SCRIPTS = ("command", "run", "script")  # what actions that repeat, or start an emulator, call a script
_NO_SHELLS = ("python", "node", "pwsh", "powershell", "cmd", "ruby", "perl")


def calls(repository: Repository) -> Iterator[CiCall]:
    """The calls of all workflows. One that others of the repository call is told where these are."""
    paths = [path for pattern in PATTERNS for path in repository.matching(pattern)]
    found: dict[str, list[CiCall]] = {}
    reached: set[str] = set()
    for path in paths:
        document = repository.document(NAME, path)
        if document is not None:
            reading = _Workflow(repository, path, reached)
            found[path] = list(reading.calls(document, starts(document.get("on"), path), {}, {}))
    for path, mine in found.items():
        for call in mine:
            own = tuple(start for start in call.starts if start.kind != "call")
            if own or path not in reached:
                yield replace(call, starts=own or call.starts)


@dataclass(frozen=True, slots=True)
class _Workflow:
    """One workflow file. `reached` gathers the files that are called; `file` is the one that GitHub starts."""

    repository: Repository
    path: str
    reached: set[str]
    depth: int = 0
    file: str = ""

    def calls(
        self,
        document: Table,
        begun: Sequence[CiStart],
        values: Mapping[str, Sequence[str]],
        given: Mapping[str, str | None],
    ) -> Iterator[CiCall]:
        """The calls of its jobs. `values` are the inputs, `given` the secrets, where another workflow calls it."""
        name = document.get("name")
        workflow = str(name) if isinstance(name, str) else self.path
        known = {**_choices(document), **_defaults(_inputs(document)), **values}
        jobs = table(document.get("jobs"))
        for key in jobs:
            job = table(jobs[key])
            made = Job(
                self.repository,
                NAME,
                self.file or self.path,
                workflow,
                str(key),
                GITHUB,
                tuple(_narrow(begun, job)),
                variables={**_environment(document, given), **_environment(job, given)},
                values={**known, **_matrix(job)},
            )
            if made.starts or not begun:
                yield from self._job(job, made, document, given)

    def _job(
        self, job: Table, made: Job, document: Table, given: Mapping[str, str | None]
    ) -> Iterator[CiCall]:
        uses = job.get("uses")
        if isinstance(uses, str):
            yield from self._called(uses, job, made, given)
            return
        folder = _working_directory(table(job.get("defaults"))) or _working_directory(
            table(document.get("defaults"))
        )
        yield from self._steps(job.get("steps"), made.within(folder), given)

    def _called(self, uses: str, job: Table, made: Job, given: Mapping[str, str | None]) -> Iterator[CiCall]:
        """The calls of a reusable workflow; its variables are its own, besides inputs and secrets."""
        if not uses.startswith("./"):
            self.repository.unseen[f"{self.path} calls {uses}, which is in another repository."] = None
            return
        path = uses.removeprefix("./").partition("@")[0]
        document = self.repository.document(NAME, path)
        if document is None or self.depth >= _DEEPEST or not self.repository.follows():
            return
        self.reached.add(path)
        inner = replace(self, path=path, depth=self.depth + 1, file=made.file)
        secrets = job.get("secrets")
        handed = given if secrets == "inherit" else environment(secrets)
        none_handed = {"": ""} if secrets is None else handed
        yield from inner.calls(document, made.starts, _with(job, made.values), none_handed)

    def _steps(
        self, steps: Any, made: Job, given: Mapping[str, str | None], depth: int = 0
    ) -> Iterator[CiCall]:
        for one in steps if isinstance(steps, list) else ():
            step = table(one)
            begun = _narrow(made.starts, step)
            if made.starts and not begun:
                continue
            mine = replace(made, starts=tuple(begun)).within(None, _environment(step, given))
            uses, run = step.get("uses"), step.get("run")
            if isinstance(uses, str):
                yield from self._used(uses, step, mine, given, depth)
            elif isinstance(run, Text) and not str(step.get("shell", "")).startswith(_NO_SHELLS):
                into = step.get("working-directory")
                yield from mine.within(into if isinstance(into, str) else None).calls(run)
                made = _kept(made, run)

    def _used(
        self, uses: str, step: Table, made: Job, given: Mapping[str, str | None], depth: int
    ) -> Iterator[CiCall]:
        """The calls of a composite action of this repository; of another, those of the script that it is given."""
        if uses.startswith("./") and depth < _DEEPEST and self.repository.follows():
            folder = uses.removeprefix("./").rstrip("/")
            for path in (f"{folder}/action.yml", f"{folder}/action.yaml"):
                document = self.repository.document(NAME, path)
                if document is not None:
                    values = {
                        **_defaults(table(document.get("inputs"))),
                        **_with(step, made.values),
                    }
                    inner = replace(made, values={**made.values, **values}, folder="")
                    yield from self._steps(table(document.get("runs")).get("steps"), inner, given, depth + 1)
            return
        with_ = table(step.get("with"))
        lane = with_.get("lane")
        if "fastlane-action" in uses and isinstance(lane, Text):
            into = with_.get("subdirectory")
            mine = made.within(into if isinstance(into, str) else None)
            yield made.call("fastlane", tuple(lane.split()), lane.path, lane.line, mine.folder)
        for name in _SCRIPTS:
            yield from made.calls(with_.get(name))


def _narrow(begun: Sequence[CiStart], owner: Table) -> list[CiStart]:
    condition = owner.get("if")
    if condition is False:
        return []
    return narrowed(begun, condition, WORDS) if isinstance(condition, str) else list(begun)


def _working_directory(defaults: Table) -> str | None:
    found = table(defaults.get("run")).get("working-directory")
    return found if isinstance(found, str) else None


def _environment(owner: Table, given: Mapping[str, str | None]) -> dict[str, str | None]:
    """The variables of a workflow, job or step; a secret that the caller does not hand over is empty."""
    found = environment(owner.get("env"))
    if "" not in given:
        return found
    return {
        name: "" if value is not None and "secrets." in value and "GITHUB_TOKEN" not in value else value
        for name, value in found.items()
    }


def _inputs(document: Table) -> Table:
    return table(table(table(document.get("on")).get("workflow_call")).get("inputs"))


def _choices(document: Table) -> dict[str, Sequence[str]]:
    """What a person can choose who starts a workflow by hand."""
    inputs = table(table(table(document.get("on")).get("workflow_dispatch")).get("inputs"))
    found: dict[str, Sequence[str]] = {}
    for name in inputs:
        options = texts(table(inputs[name]).get("options"))
        if options:
            found[f"inputs.{name}"] = found[f"github.event.inputs.{name}"] = options
    return found


def _defaults(inputs: Table) -> dict[str, Sequence[str]]:
    """The defaults of inputs, by `inputs.name`."""
    found: dict[str, Sequence[str]] = {}
    for name in inputs:
        default = table(inputs[name]).get("default")
        if isinstance(default, str) and default:
            found[f"inputs.{name}"] = [default]
    return found


def _with(owner: Table, values: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """What `with:` gives, by `inputs.name`."""
    from .called import expanded

    given = table(owner.get("with"))
    found: dict[str, Sequence[str]] = {}
    for name in given:
        value = given[name]
        if isinstance(value, str):
            found[f"inputs.{name}"] = [way[0] for way in expanded([value], values)]
    return found


def _matrix(job: Table) -> dict[str, Sequence[str]]:
    """The values of a matrix, by `matrix.name`; those of `include` besides."""
    matrix = table(table(job.get("strategy")).get("matrix"))
    found: dict[str, list[str]] = {}
    for name in matrix:
        if name not in {"include", "exclude"}:
            for value in matrix[name] if isinstance(matrix[name], list) else ():
                _gather(found, f"matrix.{name}", value)
    for row in matrix.get("include") or () if isinstance(matrix.get("include"), list) else ():
        for name, value in table(row).items():
            _gather(found, f"matrix.{name}", value)
    return dict(found)


def _gather(found: dict[str, list[str]], name: str, value: Any) -> None:
    """A value of a matrix; of a table in it, each entry by its own name."""
    if isinstance(value, str):
        found.setdefault(name, []).append(value)
    for key, inner in table(value).items():
        _gather(found, f"{name}.{key}", inner)


def _kept(made: Job, run: str) -> Job:
    """What a step leaves in `$GITHUB_ENV` is there for the next."""
    if "GITHUB_ENV" not in run:
        return made
    import re

    names = re.findall(r"""echo\s+["']?([A-Za-z_]\w*)=""", run)
    return replace(made, variables={**made.variables, **dict.fromkeys(names)})
