"""What a project declares of its CI: `[tool.lane.ci]` in pyproject.toml, or `[ci]` in lane.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lane._errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from lane._plan.plan import Machine


def _without_expressions(text: str) -> str:
    if "${{" in text or "<<" in text or "\n" in text:
        raise ValueError("a CI system would read ${{ and << as its own, and a line break not at all")
    return text


SystemName = Literal["github", "gitlab", "circleci", "buildkite"]
Runner = str | list[str] | dict[str, Any]
Names = list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9._][A-Za-z0-9._/-]*$")]
Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/*-]+$")]
Value = Annotated[str, AfterValidator(_without_expressions)] | int | float | bool

_PLACES = (("pyproject.toml", ("tool", "lane", "ci")), ("lane.toml", ("ci",)))
_INSTALLED_BY = {
    "requirements.txt": "python -m pip install -r requirements.txt",
    "pyproject.toml": "python -m pip install .",
}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LanePolicy(_Table):
    """What starts a lane in CI, its parameters there, where nobody gives others, and the files that it finds again.

    `keep` are paths below the project that a run that succeeds keeps for the next one.
    """

    branches: list[Pattern] = []
    tags: list[Pattern] = []
    manual: bool = True
    parameters: dict[str, Value] = {}
    keep: list[Path] = []


class CiPolicy(_Table):
    """The modes that CI will have without a person, what each mode and action is given, its machines, its lanes.

    `timeout` is minutes, for a job whose steps do not all say how long they may take. `runners` are by system and
    by what the machine has to be (`any`, `macos`, `macos+signing-mac`), in the system's own words.
    """

    modes: list[str] = []
    secrets: dict[str, Names] = {}
    variables: dict[str, Names] = {}
    python: Annotated[str, Field(pattern=r"^3\.\d+$")] = "3.12"
    install: str = ""
    timeout: Annotated[int, Field(ge=1, le=360)] = 60
    runners: dict[SystemName, dict[str, Runner]] = {}
    lanes: dict[str, LanePolicy] = {}

    def lane(self, name: str) -> LanePolicy:
        """What is declared of a lane."""
        return self.lanes.get(name, LanePolicy())

    def runner(self, system: SystemName, machine: Machine) -> Runner | None:
        """The machine of a system that has these capabilities, in the system's words; None where none is known."""
        name = "+".join(machine) or "any"
        found = self.runners.get(system, {}).get(name)
        return _usual(system, name, self.python) if found is None else found


def _usual(system: SystemName, name: str, python: str) -> Runner | None:
    """The machines that each system's own documentation names; Apple takes what was built with Xcode 26 or later."""
    usual: dict[SystemName, dict[str, Runner]] = {
        "github": {"any": "ubuntu-24.04", "macos": "macos-26", "windows": "windows-2025"},
        "gitlab": {
            "any": {"image": f"python:{python}"},
            "macos": {"image": "macos-26-xcode-26", "tags": ["saas-macos-medium-m1"]},
        },
        "circleci": {
            "any": {"docker": [{"image": f"cimg/python:{python}"}]},
            "macos": {"macos": {"xcode": "26.4.0"}, "resource_class": "m4pro.medium"},
        },
        "buildkite": {"any": {}, "macos": {"queue": "macos"}},
    }
    return usual[system].get("any" if name == "linux" else name)


class Declared(NamedTuple):
    """Where a project's policy stands, or is to stand: the file, its table there, and what is in it already."""

    file: str
    keys: tuple[str, ...]
    table: dict[str, Any] | None

    @property
    def where(self) -> str:
        """`[tool.lane.ci] in pyproject.toml`."""
        return f"[{'.'.join(self.keys)}] in {self.file}"


def declared(folder: Folder) -> Declared:
    """Where the policy of a project stands; where there is none yet, in the file that is there. Raises UsageError."""
    free = []
    for name, keys in _PLACES:
        found = Declared(name, keys, None)
        table = _table(folder / name, keys, found.where)
        if table is not None:
            return found._replace(table=table)
        if (folder / name).is_file():
            free.append(found)
    return free[0] if free else Declared(*_PLACES[0], None)


def read_policy(folder: Folder) -> CiPolicy:
    """The policy of a project. Raises UsageError for one that is wrong, with all that is."""
    found = declared(folder)
    return _checked(found.table or {}, folder, found.where)


def requirements(folder: Folder) -> str | None:
    """The file that says what is installed, by which an environment is kept; None where there is none of ours."""
    return next((name for name in _INSTALLED_BY if (folder / name).is_file()), None)


def _table(path: Folder, keys: tuple[str, ...], where: str) -> dict[str, Any] | None:
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", hint="It has to be TOML.") from None
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        raise UsageError(
            f"{keys[-1]} is no table.", where=where, hint=f"Begin it with the line [{'.'.join(keys)}]."
        )
    return found


def _checked(table: dict[str, Any], folder: Folder, where: str) -> CiPolicy:
    try:
        policy = CiPolicy.model_validate(table)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        hint = "docs/ci.md lists the keys."
        raise UsageError("\n".join(lines), where=where, hint=hint, code="wrong_policy") from None
    if policy.install:
        return policy
    file = requirements(folder)
    if file is None:
        hint = f'Write a requirements.txt that names lane, or install = "…" under {where}.'
        raise UsageError("CI has to install lane, and nothing says how.", hint=hint, code="no_install")
    return policy.model_copy(update={"install": _INSTALLED_BY[file]})
