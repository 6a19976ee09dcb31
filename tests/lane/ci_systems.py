"""Small interpreters of what was exported for GitHub and GitLab: each job in a folder of its own.

They know of the files what the systems' documentation says, and nothing of how lane makes them: needs, conditions,
variables, secrets, artifacts. A job gets the secrets and variables that its file gives it, and no others.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ci_stand_in import GitHub, GitLab, zipped
from project import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KNOWN_ACTIONS = {"checkout", "setup-python", "upload-artifact", "download-artifact"}
_PINNED = re.compile(r"actions/([a-z-]+)@[0-9a-f]{40}")
_CALL = re.compile(r"\$\{\{ (.+?) \}\}")


class JobFailedError(AssertionError):
    """A command of a job failed; the text is what it printed."""


class Machines:
    """Where jobs run: a new folder with the repository in it for each. `log` is what all commands printed.

    `shared` is what a folder of the store leads to, as if Apple were one place for all machines. The project is in the
    folder `below` of the repository, or at its root.
    """

    def __init__(self, repository: Path, place: Path, shared: Path, below: str = "") -> None:
        self.repository = repository
        self.below = below
        self.place = place
        self.shared = shared
        self.log = ""
        self.folders: dict[str, Path] = {}

    def check_out(self, job: str) -> Path:
        """A folder for a job that begins."""
        folder = self.place / f"{len(self.folders)} {job}"
        shutil.copytree(self.repository, folder, ignore=shutil.ignore_patterns(".lane", "__pycache__"))
        self.folders[job] = folder
        self.shared.mkdir(exist_ok=True)
        home = folder / self.below
        (home / ".lane").mkdir()
        (home / ".lane/sandbox").symlink_to(self.shared, target_is_directory=True)
        (home / ".venv/bin").mkdir(parents=True)
        (home / ".venv/bin/activate").touch()  # the environment is that of the tests
        return folder

    def homes(self) -> list[Path]:
        """The project's folder on each machine."""
        return [folder / self.below for folder in self.folders.values()]

    def run(
        self, folder: Path, script: str, env: dict[str, str], shell: Iterable[str] = ("bash", "-e")
    ) -> None:
        """Run a script as a CI system does. Raises JobFailedError."""
        file = self.place / "script.sh"
        file.write_text(script)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            [*shell, str(file)],
            cwd=folder,
            env={**variables(), "CI": "true", "PATH": path, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += done.stdout
        if done.returncode:
            raise JobFailedError(f"exit code {done.returncode} of\n{script}\n{done.stdout}")


class GitHubActions:
    """Runs workflow files. `secrets` and `vars` are the repository's; `given` tells which each job saw."""

    def __init__(
        self, machines: Machines, api: GitHub, secrets: dict[str, str], vars_: dict[str, str]
    ) -> None:
        self.machines = machines
        self.api = api
        self.secrets = secrets
        self.vars = vars_
        self.given: dict[str, set[str]] = {}
        self.approvals: list[str] = []

    def run(self, file: str, event: str, inputs: dict[str, str] | None = None) -> None:
        """Start a workflow by an event, and run all its jobs."""
        text = (self.machines.repository / file).read_text()
        flow = yaml.load(text, yaml.BaseLoader)
        assert event in flow["on"], f"{file} does not begin by {event}"
        assert flow["permissions"] == {}, "no job has rights that it does not name"
        run = self.api.run(file, event)
        shelf: dict[str, bytes] = {}
        jobs, done = dict(flow["jobs"]), set()
        while jobs:
            name = next(name for name, job in jobs.items() if set(job.get("needs", [])) <= done)
            self._job(name, jobs.pop(name), flow, run, shelf, inputs or {})
            done.add(name)

    def _job(
        self,
        name: str,
        job: dict[str, Any],
        flow: dict[str, Any],
        run: int,
        shelf: dict[str, bytes],
        inputs: dict[str, str],
    ) -> None:
        if str(job.get("environment", "")).endswith("-attended"):
            self.approvals.append(name)
        folder = self.machines.check_out(name)
        base = {**self.api.variables, "GITHUB_WORKSPACE": str(folder)}
        base["GITHUB_STEP_SUMMARY"] = str(self.machines.place / "summary.md")
        if "macos" in job["runs-on"]:
            base["LANE_RUNS_ON"] = "macos"
        deletes = job["permissions"].get("actions") == "write"
        shown = self._shower(inputs, name, deletes=deletes)
        env = {key: shown(value) for key, value in flow.get("env", {}).items()}
        where = folder / flow.get("defaults", {}).get("run", {}).get("working-directory", "")
        failed: JobFailedError | None = None
        for step in job["steps"]:
            condition = step.get("if")
            assert condition in {None, "${{ !cancelled() }}"}
            if failed is not None and condition is None:
                continue
            own = {key: shown(value) for key, value in step.get("env", {}).items()}
            try:
                if "run" in step:
                    assert "${{" not in step["run"], "nothing is put into a script's text"
                    self.machines.run(where, step["run"], {**base, **env, **own})
                else:
                    self._use(step, folder, run, shelf)
            except JobFailedError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _shower(self, inputs: dict[str, str], job: str, *, deletes: bool) -> Callable[[str], str]:
        """What GitHub puts in place of an expression."""
        seen = self.given.setdefault(job, set())

        def value(expression: str) -> str:
            if found := re.fullmatch(r"inputs\.(\w+)", expression):
                return inputs.get(found[1], "")
            if found := re.fullmatch(r"format\('\{0\}', inputs\.(\w+)\) \|\| '(.*)'", expression):
                return inputs.get(found[1], "") or found[2].replace("''", "'")
            if found := re.fullmatch(r"secrets\.(\w+)", expression):
                seen.add(found[1])
                return self.secrets.get(found[1], "")
            if found := re.fullmatch(r"vars\.(\w+)", expression):
                seen.add(found[1])
                return self.vars.get(found[1], "")
            assert expression == "github.token", expression
            return self.api.token if deletes else "no rights"

        return lambda text: _CALL.sub(lambda found: value(found[1]), text)

    def _use(self, step: dict[str, Any], folder: Path, run: int, shelf: dict[str, bytes]) -> None:
        found = _PINNED.fullmatch(step["uses"])
        assert found is not None, step["uses"]
        assert found[1] in _KNOWN_ACTIONS
        given = step.get("with", {})
        if found[1] == "upload-artifact":
            self._upload(given, folder, run, shelf)
        elif found[1] == "download-artifact":
            content = shelf[given["name"]]
            zipfile.ZipFile(io.BytesIO(content)).extractall(folder / given["path"])

    def _upload(self, given: dict[str, str], folder: Path, run: int, shelf: dict[str, bytes]) -> None:
        """Several paths keep where they are below what they share; one folder's content is taken without its name."""
        places = [folder / line for line in given["path"].splitlines()]
        files = [
            file
            for place in places
            for file in ([place] if place.is_file() else place.rglob("*"))
            if file.is_file()
        ]
        if not files:
            assert given["if-no-files-found"] == "ignore"
            return
        shared = Path(os.path.commonpath(places))
        root = shared.parent if shared.is_file() else shared
        content = zipped(root, *files)
        shelf[given["name"]] = content
        self.api.keep(run, given["name"], content)


class GitLabCi:
    """Runs the jobs of a pipeline. `scoped` are the project's variables, by the environment that they are for."""

    def __init__(self, machines: Machines, api: GitLab, scoped: dict[str, dict[str, str]]) -> None:
        self.machines = machines
        self.api = api
        self.scoped = scoped
        self.manual: list[str] = []

    def run(self, **given: str) -> list[str]:
        """Make a pipeline with these variables, and run its jobs, the manual ones too; their names in their order."""
        file = self._file(".gitlab-ci.yml")
        context = {key: _value(value) for key, value in file["variables"].items()} | given
        jobs = {name: job for name, job in file.items() if "script" in job}
        chosen = {name: job for name, job in jobs.items() if _rule(job["rules"], context) is not None}
        for job in chosen.values():
            assert set(job["needs"]) <= chosen.keys(), (
                "GitLab makes no pipeline where a job needs one that is not in it"
            )
        kept: dict[str, bytes] = {}
        ran: list[str] = []
        while left := [name for name in chosen if name not in ran]:
            name = next(name for name in left if set(chosen[name]["needs"]) <= set(ran))
            self._job(name, {**file[chosen[name]["extends"]], **chosen[name]}, context, kept)
            ran.append(name)
        return ran

    def _file(self, path: str) -> dict[str, Any]:
        """A file with those that it includes put in: mappings are joined, of all else its own counts."""
        file = yaml.load((self.machines.repository / path).read_text(), yaml.BaseLoader)
        found: dict[str, Any] = {}
        for one in file.pop("include", []):
            found = _joined(found, self._file(one["local"]))
        return _joined(found, file)

    def _job(self, name: str, job: dict[str, Any], context: dict[str, str], kept: dict[str, bytes]) -> None:
        rule = _rule(job["rules"], context) or {}
        if rule.get("when") == "manual":
            self.manual.append(name)
        folder = self.machines.check_out(name)
        for need in job["needs"]:
            zipfile.ZipFile(io.BytesIO(kept[need])).extractall(folder)
        env = {**context, **self.api.variables, "CI_PROJECT_DIR": str(folder)}
        if "environment" in job:
            env |= self.scoped.get(job["environment"]["name"], {})
        if "macos" in job["image"]:
            env["LANE_RUNS_ON"] = "macos"
        failed: JobFailedError | None = None
        try:
            before = [line for line in job["before_script"] if line != "python3 -m venv .venv"]
            self.machines.run(folder, "\n".join([*before, *job["script"]]), env)
        except JobFailedError as error:
            failed = error
        self.machines.run(folder, "\n".join(job.get("after_script", [])), env, shell=("bash",))
        places = [folder / path for path in job["artifacts"].get("paths", [])]
        kept[name] = zipped(
            folder, *(file for place in places for file in place.rglob("*") if file.is_file())
        )
        if failed is not None:
            raise failed


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _joined(first[key], value)
        if isinstance(value, dict) and isinstance(first.get(key), dict)
        else value
        for key, value in second.items()
    }
    return first | both


def _value(variable: str | dict[str, str]) -> str:
    return variable if isinstance(variable, str) else variable["value"]


def _rule(rules: list[dict[str, str]], context: dict[str, str]) -> dict[str, str] | None:
    """The first rule whose condition holds."""
    return next(
        (rule for rule in rules if all(_holds(part, context) for part in rule["if"].split(" && "))), None
    )


def _holds(comparison: str, context: dict[str, str]) -> bool:
    name, operator, wanted = comparison.split(" ", 2)
    value = context.get(name.removeprefix("$"), "")
    if operator == "==":
        return value == wanted.strip('"')
    assert operator == "=~"
    return bool(value) and re.search(wanted.strip("/").replace(r"\/", "/"), value) is not None
