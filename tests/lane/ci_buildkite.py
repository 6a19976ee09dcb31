"""A small Buildkite: what the agent does with an exported file, each job in a folder of its own."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from ci_stand_in import Buildkite
    from ci_systems import Machines

AGENT = """#!/bin/sh
# The words of buildkite-agent that exported jobs use; $STORE is what Buildkite keeps of a build.
case "$1 $2" in
"meta-data get") cat "$STORE/meta/$3" 2>/dev/null || printf %s "$5" ;;
"meta-data set") printf %s "$4" > "$STORE/meta/$3" ;;
"artifact download")
    from="${3%%/\\*\\**}"
    test -d "$STORE/artifacts/$6/$from" || exit 1
    mkdir -p "$4/$from" && cp -R "$STORE/artifacts/$6/$from/." "$4/$from/" ;;
"annotate "*) cat > /dev/null ;;
*) echo "unknown words: $*" >&2; exit 2 ;;
esac
"""


def uploaded(text: str, **known: str) -> str:
    """A text as `buildkite-agent pipeline upload` leaves it: variables put in, a doubled dollar once."""

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        assert found[1], f"the agent would not read {text!r}"
        return known[found[1]]

    return re.sub(r"\$\$|\$(\w+)?", put, text)


class Pipeline:
    """Runs builds of a file. `secrets` are the cluster's; a job gets those that its step names. `given` tells which."""

    def __init__(
        self,
        machines: Machines,
        api: Buildkite,
        secrets: dict[str, str],
        file: str = ".buildkite/pipeline.yml",
    ) -> None:
        self.machines = machines
        self.file = file
        self.api = api
        self.secrets = secrets | {"LANE_BUILDKITE_API_TOKEN": api.token}
        self.given: dict[str, set[str]] = {}
        self.unblocked: list[str] = []

    def build(self, fields: dict[str, str] | None = None, **build: str) -> list[str]:
        """One build of a source, with what was filled in by hand; the keys of the jobs that ran."""
        store = self.machines.place / f"store {len(self.api.builds)}"
        (store / "bin").mkdir(parents=True)
        (store / "meta").mkdir()
        (store / "artifacts").mkdir()
        (store / "bin/buildkite-agent").write_text(AGENT)
        (store / "bin/buildkite-agent").chmod(0o755)
        for key, value in (fields or {}).items():
            (store / "meta" / key).write_text(value)
        file = yaml.safe_load((self.machines.repository / self.file).read_text())
        steps = {step["key"]: step for step in file["steps"] if _holds(uploaded(step["if"]), build)}
        over: list[str] = []
        while left := [key for key in steps if key not in over]:
            key = next(
                key for key in left if steps.keys() & set(steps[key].get("depends_on", [])) <= set(over)
            )
            if "block" in steps[key]:
                self.unblocked.append(key)
            elif "command" in steps[key]:
                self._job(key, steps[key], store)
            over.append(key)
        files = {
            path.relative_to(job).as_posix(): path.read_bytes()
            for job in (store / "artifacts").iterdir()
            for path in job.rglob("*")
            if path.is_file()
        }
        self.api.build({path.name: path.read_text() for path in (store / "meta").iterdir()}, files)
        return [key for key in over if "command" in steps[key]]

    def _job(self, key: str, step: dict[str, Any], store: Path) -> None:
        folder = self.machines.check_out(key)
        own = {name: self.secrets[name] for name in step.get("secrets", [])}
        self.given[key] = own.keys() - {"LANE_BUILDKITE_API_TOKEN"}
        set_by_agent = {name: value for name, value in self.api.variables.items() if name not in self.secrets}
        env = {**set_by_agent, **own, **step.get("env", {}), "STORE": str(store)}
        if step.get("agents") == {"queue": "macos"}:
            env["LANE_RUNS_ON"] = "macos"
        script = uploaded(step["command"]).replace("python3 -m venv .venv\n", "")
        self.machines.run(folder, f'PATH="{store}/bin:$PATH"\n{script}', env)
        for pattern in step["artifact_paths"]:
            for path in folder.glob(pattern):
                if path.is_file():
                    there = store / "artifacts" / key / path.relative_to(folder)
                    there.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, there)


def _holds(condition: str, build: dict[str, str]) -> bool:
    """Whether a condition of `&&` inside `||` is met."""
    return any(
        all(_met(part, build) for part in one.strip("()").split(" && "))
        for one in re.split(r"(?<=\)) \|\| (?=\()", condition)
    )


def _met(comparison: str, build: dict[str, str]) -> bool:
    name, operator, wanted = comparison.split(" ", 2)
    value = build.get("LANE" if name == 'build.env("LANE")' else name.removeprefix("build."))
    if operator == "==":
        return value is None if wanted == "null" else value == wanted.strip('"')
    return value is not None and re.search(wanted.strip("/").replace(r"\/", "/"), value) is not None
