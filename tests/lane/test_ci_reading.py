"""What is read of CI files as a whole: what was exported comes back, and nothing is too odd to be read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ci_files import when, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project

from lane import read_ci

if TYPE_CHECKING:
    from lane import CiStart

ROOT = Path(__file__).resolve().parents[2]

LANES = '''
    """Lanes for all that an export can have."""

    from lane import Context, action, app, cron, lane, nightly
    from lane_apple import api_key, apple_id

    app(bundle_id="com.example.aurora")

    @action(auth=[api_key])
    def send(ctx: Context, *, text: str = "") -> str: ...

    @action(auth=[apple_id])
    def sign(ctx: Context, *, text: str = "") -> str: ...

    @lane
    def ship(track: str = "beta") -> None:
        sent = send(text=track)
        sign(text=sent)
        send.set(name="later", on=nightly)(text=sent)

    @lane(schedule="30 4 * * 1-5")
    def clean() -> None:
        send()
'''
POLICY = """
    [tool.lane.ci]
    modes = ["api_key"]
    install = "pip install lane"

    [tool.lane.ci.lanes.ship]
    branches = ["main", "release/*"]
    tags = ["v*"]
"""


def _kinds(starts: tuple[CiStart, ...]) -> set[tuple[object, ...]]:
    """What of starts every system can say."""
    return {(start.kind, start.branches, start.tags, start.cron, start.timezone) for start in starts}


@pytest.mark.parametrize("system", ["github", "gitlab", "circleci", "buildkite"])
def test_what_was_exported_is_read_back(tmp_path: Path, system: str) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", LANES)
    project.write("pyproject.toml", POLICY)
    done = project.lane("ci", "export", system)
    assert done.returncode == 0, done.stderr
    reading = read_ci(tmp_path)
    assert reading.systems == (system,)
    assert all(file.exported is not None and file.problem is None for file in reading.files)
    found: dict[str, set[tuple[object, ...]]] = {}
    for call in reading.calls:
        assert call.program == "lane"
        job = call.words[call.words.index("--job") + 1] if "--job" in call.words else "main"
        found.setdefault(f"{call.words[1]} {job}", set()).update(_kinds(call.starts))
    hand = ("manual", (), (), None, None)
    night, early = (("schedule", (), (), cron, "UTC") for cron in ("0 3 * * *", "30 4 * * 1-5"))
    branches = {
        ("push", (name,), (), None, None) for name in ("main", "release/*")
    } if system in {"gitlab", "buildkite"} else {("push", ("main", "release/*"), (), None, None)}  # fmt: skip
    pushes = {*branches, ("tag", (), ("v*",), None, None), hand}
    github = {hand} if system == "github" else set()
    assert found == {
        "ship main": pushes,
        "ship attended": pushes,
        "ship scheduled": {night, *github},
        "clean main": {early, hand},
    }


@pytest.mark.parametrize("system", ["gitlab", "circleci", "buildkite"])
def test_an_exported_job_of_a_person_waits_for_an_approval(tmp_path: Path, system: str) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", LANES)
    project.write("pyproject.toml", POLICY)
    assert project.lane("ci", "export", system).returncode == 0
    approvals = {
        call.words[call.words.index("--job") + 1]: call.approval
        for call in read_ci(tmp_path).calls
        if "--job" in call.words
    }
    assert approvals["attended"] is not None
    assert approvals["main"] is None


def test_this_repository_reads_its_own_files() -> None:
    reading = read_ci(ROOT / "docs")
    assert reading.root == ROOT
    assert reading.systems == ("github",)
    assert {call.words[1] for call in reading.calls} == {"check", "refresh_dsyms", "release"}
    nightly = next(call for call in reading.calls if call.words[1] == "refresh_dsyms")
    assert when(nightly) == ["at 0 3 * * * (UTC)", "by hand"]


def test_the_root_is_that_of_git_also_for_a_worktree(tmp_path: Path) -> None:
    written(tmp_path, {".github/workflows/a.yml": "on: push\njobs: {a: {steps: [{run: lane run x}]}}\n"})
    below = tmp_path / "apps" / "ios"
    below.mkdir(parents=True)
    assert read_ci(below).root == tmp_path.resolve()
    (below / ".git").write_text("gitdir: elsewhere\n")
    assert read_ci(below).root == below.resolve()
    assert read_ci(below).systems == ()


def test_nothing_of_the_files_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    script = f"touch {mark}; $(touch {mark}); `touch {mark}`; fastlane $(touch {mark})"
    github = f"on: push\njobs: {{a: {{steps: [{{run: '{script}'}}]}}}}\n"
    tag = f"a: !!python/object/apply:os.system ['touch {mark}']\n"
    reading = written(tmp_path, {".github/workflows/a.yml": github, ".gitlab-ci.yml": tag})
    assert [call.program for call in reading.calls] == ["fastlane"]
    assert not mark.exists()


_WORDS = st.sampled_from(
    ["on", "push", "jobs", "steps", "run", "if", "script", "rules", "only", "extends", "include", "workflows",
     "filters", "branches", "command", "matrix", "fastlane x", "lane run y", "'", "[", "]", "{", "}", ":", "- ",
     "\n", "\n  ", "&a ", "*a", "!reference ", "|\n", "$X", "${{ a }}", "<< b >>", "<<: ", "\t", "#", "---\n",
     "a", "7", "~", "true", "\x00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
)  # fmt: skip


_KEYS = ("on", "jobs", "steps", "run", "uses", "with", "if", "script", "rules", "a", "build", "workflows",
         "triggers", "schedule", "matrix", "command", "depends_on", "only")  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(_WORDS, max_size=40).map("".join), tree=st.data())
def test_no_file_is_too_odd(tmp_path: Path, text: str, tree: st.DataObject) -> None:
    import json

    keys = st.sampled_from(_KEYS)
    leaves = st.sampled_from(["fastlane x", "a", "", "build", "./x", "main", 7, True, None])
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
    )
    shaped = json.dumps(tree.draw(st.dictionaries(keys, values, max_size=5)))
    for path in (
        ".github/workflows/a.yml",
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        ".buildkite/pipeline.yml",
    ):
        for content in (text, shaped):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content, encoding="utf-8")
            read_ci(tmp_path)


def _fan(line: str, count: int = 30) -> str:
    return ", ".join([line] * count)


def test_files_that_lead_to_many_others_come_to_an_end(tmp_path: Path) -> None:
    """What would be followed more often than a machine can: thirty to the power of five, and more."""
    gitlab = "".join(f"j{n}: {{extends: [{_fan(f'j{n + 1}', 11)}]}}\n" for n in range(20))
    files = {
        ".gitlab-ci.yml": f"include: [{_fan('/ci/0.yml')}]\n{gitlab}a: {{extends: j0, script: fastlane gitlab}}\n",
        ".circleci/config.yml": (
            "commands:\n"
            + "".join(f"  c{n}: {{steps: [{_fan(f'c{n + 1}')}]}}\n" for n in range(9))
            + "jobs: {build: {steps: [c0, run: fastlane circleci]}}\n"
        ),
        ".buildkite/pipeline.yml": "steps: [{command: fastlane buildkite}]\n",
        ".github/workflows/0.yml": "on: push\njobs: {b: {steps: [{run: fastlane github}]}}\n",
    }
    for n in range(12):
        files[f"ci/{n}.yml"] = f"include: [/ci/{n + 1}.yml, {_fan(f'/ci/{n + 1}.yml')}]\n"
    for n in range(1, 6):
        uses = f"{{uses: ./.github/workflows/{n + 1}.yml}}"
        jobs = ", ".join(f"j{job}: {uses}" for job in range(30))
        files[f".github/workflows/{n}.yml"] = f"on: [push, workflow_call]\njobs: {{{jobs}}}\n"
        steps = _fan(f"{{uses: ./actions/{n + 1}}}")
        files[f"actions/{n}/action.yml"] = f"runs: {{steps: [{steps}]}}\n"
    files[".github/workflows/steps.yml"] = "on: push\njobs: {a: {steps: [{uses: ./actions/1}]}}\n"
    reading = written(tmp_path, files)
    found = {call.command for call in reading.calls}
    assert found == {"fastlane gitlab", "fastlane circleci", "fastlane buildkite", "fastlane github"}
    assert "What leads to more than 1000 files or commands was not followed to its end." in reading.unseen


@pytest.mark.parametrize(
    "script",
    [
        "${{ " * 20_000,
        "(" * 50_000,
        "$(" * 30_000,
        "env " * 20_000 + "lane run x",
        "<<A\n" * 2_000,
        "if " * 20_000,
    ],
    ids=["expressions", "brackets", "substitutions", "runners", "heredocs", "ifs"],
)
def test_scripts_that_are_too_odd_come_to_an_end(tmp_path: Path, script: str) -> None:
    import json

    text = json.dumps({"on": "push", "jobs": {"a": {"steps": [{"run": script}, {"run": "lane run y"}]}}})
    reading = written(tmp_path, {".github/workflows/a.yml": text})
    assert [call.command for call in reading.calls] == ["lane run y"]


def test_scripts_of_the_repository_are_read_where_they_are_run(tmp_path: Path) -> None:
    files = {
        ".buildkite/pipeline.yml": """
            steps:
              - command: .buildkite/commands/ship.sh $BUILDKITE_JOB_ID
                env: {TRACK: beta}
        """,
        ".buildkite/commands/ship.sh": """
            #!/bin/bash -eu
            "$(dirname "${BASH_SOURCE[0]}")/shared.sh"
            HERE="$(cd "$(dirname "$0")" && pwd)"
            cd "$HERE/../../ios"
            export KEY=x
            bundle exec fastlane $TRACK
            bash ../scripts/last.sh
        """,
        ".buildkite/commands/shared.sh": "fastlane shared\n./ship.sh\n",
        "scripts/last.sh": "lane run last\n. ../scripts/last.sh\n",
        ".github/workflows/a.yml": "on: push\njobs: {a: {steps: [{run: 'cd x; $GITHUB_WORKSPACE/scripts/last.sh'}]}}\n",
    }
    found = {
        (call.system, call.command, call.path, call.line, call.folder)
        for call in written(tmp_path, files).calls
    }
    assert found == {
        ("buildkite", "fastlane shared", ".buildkite/commands/shared.sh", 1, ""),
        ("buildkite", "fastlane beta", ".buildkite/commands/ship.sh", 6, "ios"),
        ("buildkite", "lane run last", "scripts/last.sh", 1, "ios"),
        ("github", "lane run last", "scripts/last.sh", 1, "x"),
    }
    (beta,) = [call for call in read_ci(tmp_path).calls if call.command == "fastlane beta"]
    assert beta.variables == {"TRACK", "KEY", "HERE"}
    assert beta.file == ".buildkite/pipeline.yml"


def test_a_repository_of_git_itself(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "repo")], check=True)
    (tmp_path / "repo" / "ios").mkdir()
    assert read_ci(tmp_path / "repo" / "ios").root == (tmp_path / "repo").resolve()
