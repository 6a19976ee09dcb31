"""Exports of many lanes: validators that we did not write are content, and the files say what is meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ci_validators import complaints
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project
from run_command import Here, wrong
from test_ci_jobs import ACTIONS, LANEFILE, MODES, PYPROJECT

from lane._ci.cron import plain_cron
from lane._lanefile.trigger import Trigger, next_fire

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMS = ("github", "gitlab", "circleci", "buildkite")

LANES = '''
    import enum
    from typing import Annotated, Literal
    from lane import Context, Secret, action, app, cron, each, lane, nightly, now, on_error
    from shop import desk, shop

    app(sandbox=True)

    class Colour(enum.Enum):
        RED = "red"
        BLUE = "blue"

    @action
    def work(ctx: Context, *, value: object = None) -> int:
        """Work."""
        return 1

    @action(runs_on="macos")
    def build(ctx: Context, *, value: object = None) -> int:
        """Build."""
        return 1

    @action(runs_on=("macos", "signing-mac"))
    def seal(ctx: Context, *, value: object = None) -> int:
        """Seal."""
        return 1

    @action(auth=[shop])
    def sell(ctx: Context, *, value: object = None) -> int:
        """Sell."""
        return 1

    @action(auth=[desk])
    def sign(ctx: Context, *, value: object = None) -> int:
        """Sign."""
        return 1

    @lane
    def plain() -> None:
        """Do one thing."""
        work()

    @lane
    def typed(
        scheme: Annotated[str, "Which app: \\"quoted\\", 100 %"] = "it's $HOME and ${{ x }} << y >>",
        count: int = 1,
        colour: Colour = Colour.RED,
        mode: Literal["a", "b"] = "a",
        tags: list[str] = [],
        notes: str = "several\\nlines",
        quick: bool = False,
        also: bool = True,
        maybe: str | None = None,
        skip: bool = False,
        token: Secret = Secret("hidden-token"),
    ) -> None:
        """Take parameters of all kinds."""
        if not skip:
            sell(value=[scheme, count, tags, notes])
        work(value=token)

    @lane
    def split() -> None:
        """Fall into jobs of all kinds."""
        first = work()
        built = build.set(after=first)()
        sealed = seal(value=built)
        signed = sign(value=sealed)
        sold = sell(value=[sealed, signed])
        tonight = work.set(on=nightly, name="tonight")(value=sold)
        work.set(on=cron("*/20 5-7 1 * 1-5"), name="later")(value=tonight)
        sell.set(name="after", on=now)(value=tonight)

    @lane(schedule="30 4 * * 7")
    def weekly() -> None:
        """Look after things."""
        each([1, 2], lambda one: work(value=one))

    @lane
    def by_person() -> None:
        """Need a person first."""
        sell(value=sign())

    @on_error(split)
    def told() -> None:
        sell()
'''

POLICY = """
    [tool.lane.ci]
    modes = ["shop"]
    install = "python -m pip install 'lane>=0.1'"

    [tool.lane.ci.secrets]
    build = ["MATCH_PASSWORD"]

    [tool.lane.ci.variables]
    build = ["MATCH_URL"]

    [tool.lane.ci.runners.github]
    "macos+signing-mac" = "macos-15-xlarge"

    [tool.lane.ci.runners.gitlab]
    "macos+signing-mac" = { tags = ["signing-mac"], image = "none" }

    [tool.lane.ci.runners.circleci]
    "macos+signing-mac" = { machine = true, resource_class = "you/signing-mac" }

    [tool.lane.ci.runners.buildkite]
    "macos+signing-mac" = "signing-mac"

    [tool.lane.ci.lanes.plain]
    branches = ["main", "release/*"]

    [tool.lane.ci.lanes.typed]
    tags = ["v*"]
    parameters = { count = 3, also = false }
    keep = ["memory.json"]

    [tool.lane.ci.lanes.split]
    branches = ["main"]
    tags = ["v*"]
    manual = false

    [tool.lane.ci.lanes.weekly]
    keep = ["memory.json", "things/seen"]

    [tool.lane.ci.lanes.by_person]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "a project")
    made.write("shop.py", MODES)
    made.write("Lanefile.py", LANES)
    made.write("pyproject.toml", POLICY)
    made.write("requirements.txt", "lane")
    return made


def read(folder: Path, path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((folder / path).read_text(), yaml.BaseLoader)
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_validators_of_others_are_content(project: Project, here: Here, system: str) -> None:
    done = here("ci", "export", system)
    assert done.returncode == 0, done.stderr
    assert complaints(project.folder, system) == ""


KINDS = ("work", "build", "sell", "sign")


@st.composite
def lanefiles(draw: st.DrawFn) -> str:
    """A lane of a few steps of all kinds, some of which are put off."""
    lines = []
    for index in range(draw(st.integers(1, 6))):
        needs = sorted(draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else []
        on = draw(st.sampled_from(["", "", "", ", on=nightly"]))
        when = draw(st.sampled_from(["", ", timeout=90, retries=1"]))
        after = f"after=[{', '.join(f's{need}' for need in needs)}]{on}{when}"
        kind = draw(st.sampled_from(KINDS))
        data = f"value=s{needs[0]}" if needs and draw(st.booleans()) else ""
        lines.append(f"s{index} = {kind}.set({after})({data})")
    return "\n".join(f"    {line}" for line in lines)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(lanefiles(), min_size=4, max_size=4))
def test_validators_are_content_with_whatever_a_lane_does(
    project: Project, here: Here, tmp_path_factory: pytest.TempPathFactory, bodies: list[str]
) -> None:
    base = project.folder.joinpath("Lanefile.py").read_text().partition("@lane\ndef plain")[0]
    lanes = [
        f'@lane\ndef lane{number}() -> None:\n    """A lane."""\n{body}\n'
        for number, body in enumerate(bodies)
    ]
    own = Project(tmp_path_factory.mktemp("random"))
    own.write("shop.py", MODES)
    own.write("requirements.txt", "lane")
    own.write("pyproject.toml", '[tool.lane.ci]\nmodes = ["shop"]\n')
    own.write("Lanefile.py", base + "\n\n".join(lanes))
    for system in SYSTEMS:
        out = own.folder / "out" / system
        done = here("ci", "export", system, "--output", str(out), folder=own.folder)
        assert done.returncode == 0, done.stderr
        assert complaints(out, system) == ""


def test_each_job_gets_the_secrets_of_its_own_steps_and_hooks(project: Project, here: Here) -> None:
    assert here("ci", "export", "github").returncode == 0
    jobs = read(project.folder, ".github/workflows/split.yml")["jobs"]
    given = {
        name: [step["env"] for step in job["steps"] if step["name"] == "Run" and "env" in step]
        for name, job in jobs.items()
    }
    shop = {"SHOP_CODE": "${{ secrets.SHOP_CODE }}"}
    assert given == {
        "main": [shop],  # of the hook
        "main-macos": [
            {"MATCH_PASSWORD": "${{ secrets.MATCH_PASSWORD }}", **shop, "MATCH_URL": "${{ vars.MATCH_URL }}"}
        ],
        "main-macos-signing-mac": [{**shop, "LANE_RUNS_ON": "signing-mac"}],
        "attended": [{"DESK_CODE": "${{ secrets.DESK_CODE }}", **shop}],
        "main-2": [shop],
    }
    assert jobs["attended"]["environment"] == "split-attended"
    assert jobs["attended"]["concurrency"]["group"] == "lane-sign-in-desk"
    assert jobs["main-macos-signing-mac"]["runs-on"] == "macos-15-xlarge"
    assert [jobs[name]["needs"] for name in ("main-macos", "attended", "main-2")] == [
        ["main"],
        ["main-macos-signing-mac"],
        ["main-macos-signing-mac", "attended"],
    ]


def test_what_waits_for_a_time_is_a_workflow_of_its_own_with_what_follows_it(
    project: Project, here: Here
) -> None:
    assert here("ci", "export", "github").returncode == 0
    names = {path.name for path in (project.folder / ".github/workflows").iterdir()}
    split = {"split.yml", "split-scheduled.yml", "split-scheduled-2.yml"}
    assert names == {"plain.yml", "typed.yml", *split, "weekly.yml", "by_person.yml"}
    night = read(project.folder, ".github/workflows/split-scheduled.yml")
    assert night["on"] == {"schedule": [{"cron": "0 3 * * *"}], "workflow_dispatch": {}}
    assert list(night["jobs"]) == ["scheduled", "main-3"]
    assert night["jobs"]["main-3"]["needs"] == ["scheduled"]
    later = read(project.folder, ".github/workflows/split-scheduled-2.yml")
    assert list(later["jobs"]) == ["scheduled-2"]
    left = [
        step["with"]["name"]
        for step in night["jobs"]["scheduled"]["steps"]
        if step["name"].startswith("Leave it")
    ]
    assert left == ["pending.split.scheduled-2.scheduled"]
    weekly = read(project.folder, ".github/workflows/weekly.yml")
    assert weekly["on"]["schedule"] == [{"cron": "30 4 * * 0"}]
    assert weekly["jobs"]["main"]["steps"][-2]["run"] == "lane run weekly --junit report.xml"


def test_parameters_are_inputs_with_their_kinds(project: Project, here: Here) -> None:
    assert here("ci", "export", "github").returncode == 0
    flow = read(project.folder, ".github/workflows/typed.yml")
    inputs = flow["on"]["workflow_dispatch"]["inputs"]
    assert list(inputs) == ["scheme", "count", "colour", "mode", "tags", "notes", "quick", "also", "maybe"]
    assert inputs["scheme"]["description"] == 'Which app: "quoted", 100 %'
    assert inputs["colour"] == {
        "description": "Colour",
        "type": "choice",
        "options": ["red", "blue"],
        "default": "red",
    }
    assert inputs["quick"] == {"description": "Quick", "type": "boolean", "default": "false"}
    assert inputs["also"]["default"] == "false", "the policy's, not the lane's"
    assert inputs["notes"]["default"] == "", "several lines are the lane's own"
    env = flow["env"]
    assert env["LANE_TYPED__SCHEME"] == "${{ inputs.scheme }}"
    assert env["LANE_TYPED__COUNT"] == "${{ format('{0}', inputs.count) || '3' }}", "a push asks nobody"
    text = (project.folder / ".github/workflows/typed.yml").read_text()
    assert "# No input, since it changes which jobs there are: skip\n" in text
    run = next(step for step in flow["jobs"]["main"]["steps"] if step["name"] == "Run")
    assert run["env"] == {
        "LANE_TYPED__TOKEN": "${{ secrets.LANE_TYPED__TOKEN }}",
        "SHOP_CODE": "${{ secrets.SHOP_CODE }}",
    }
    assert "hidden-token" not in text


def test_timeouts_come_from_the_steps_where_all_tell(project: Project, here: Here) -> None:
    project.write(
        "Lanefile.py",
        project.folder.joinpath("Lanefile.py").read_text()
        + '\n\n@lane\ndef timed() -> None:\n    """Take its time."""\n'
        + "    first = work.set(timeout=600)()\n    work.set(timeout=60)()\n"
        + "    work.set(timeout=1200, retries=1, after=first)()\n",
    )
    assert here("ci", "export", "github", "timed", "plain", "--output", "out").returncode == 0
    timed, plain = (read(project.folder, f"out/.github/workflows/{name}.yml") for name in ("timed", "plain"))
    assert timed["jobs"]["main"]["timeout-minutes"] == str(10 + 2 * 20 + 10)
    assert plain["jobs"]["main"]["timeout-minutes"] == "60"


def test_the_exporting_machine_does_not_count(project: Project, here: Here) -> None:
    """Credentials, options and parameters of this machine change nothing."""
    project.write(".env", "SHOP_CODE=mine\nLANE_TYPED__COUNT=99\nLANE_WORK__VALUE=7\n")
    first = here("ci", "export", "github", "--output", "-")
    second = here(
        "ci",
        "export",
        "github",
        "--output",
        "-",
        DESK_CODE="mine",
        LANE_TYPED__SKIP="yes",
        LANE_RUNS_ON="macos",
    )
    project.folder.joinpath(".env").unlink()
    third = here("ci", "export", "github", "--output", "-")
    assert first.stdout == second.stdout == third.stdout
    assert "sha256:" in first.stdout


def test_cron_is_written_as_each_system_reads_it(project: Project, here: Here) -> None:
    for system in SYSTEMS[1:]:
        assert here("ci", "export", system).returncode == 0
    circle = read(project.folder, ".circleci/config.yml")["workflows"]
    schedule = circle["split-scheduled-2"]["triggers"][0]["schedule"]
    assert schedule == {"cron": "0,20,40 5-7 1 * 1-5", "filters": {"branches": {"only": ["main"]}}}
    lab = (project.folder / ".gitlab-ci.yml").read_text()
    assert (
        "# Schedule to make: */20 5-7 1 * 1-5 (UTC) with the variable LANE_SCHEDULE=split-scheduled-2\n"
        in lab
    )
    kite = (project.folder / ".buildkite/pipeline.yml").read_text()
    assert "# Schedule to make: 30 4 * * 0 UTC with the environment variable LANE=weekly\n" in kite


def test_what_a_lane_keeps_is_there_at_its_next_run(project: Project, here: Here) -> None:
    for system in SYSTEMS:
        assert here("ci", "export", system).returncode == 0
    steps = read(project.folder, ".github/workflows/weekly.yml")["jobs"]["main"]["steps"]
    kept = next(step for step in steps if step["name"] == "Keep what the next run finds")
    assert kept["with"] == {
        "path": "memory.json\nthings/seen",
        "key": "keep-weekly-${{ github.run_id }}-${{ github.job }}",
        "restore-keys": "keep-weekly-",
    }
    caches = read(project.folder, ".gitlab-ci.yml")["weekly:main"]["cache"]
    assert [cache["paths"] for cache in caches] == [[".cache/pip"], ["memory.json", "things/seen"]]
    circle = read(project.folder, ".circleci/config.yml")["jobs"]["weekly-main"]["steps"]
    assert circle[1]["restore_cache"]["keys"] == ["keep-weekly-"]
    assert circle[-2]["save_cache"] == {
        "key": "keep-weekly-{{ epoch }}",
        "paths": ["memory.json", "things/seen"],
    }
    kite = read(project.folder, ".buildkite/pipeline.yml")["steps"]
    cache = next(one["cache"] for one in kite if one.get("key") == "weekly-main")
    assert cache["paths"] == [".cache/pip", "memory.json", "things/seen"]


def test_a_zone_is_told_to_github_and_refused_by_circleci(project: Project, here: Here) -> None:
    text = project.folder.joinpath("Lanefile.py").read_text()
    project.write(
        "Lanefile.py",
        text.replace('schedule="30 4 * * 7"', 'schedule="30 4 * * 7", timezone="Europe/Vienna"'),
    )
    assert here("ci", "export", "github", "weekly").returncode == 0
    flow = read(project.folder, ".github/workflows/weekly.yml")
    assert flow["on"]["schedule"] == [{"cron": "30 4 * * 0", "timezone": "Europe/Vienna"}]
    assert complaints(project.folder, "github") == ""
    wrong(here("ci", "export", "circleci", "weekly"), "CircleCI knows UTC only", "Europe/Vienna")


def test_approvals_are_in_each_systems_words(project: Project, here: Here) -> None:
    for system in SYSTEMS[1:]:
        assert here("ci", "export", system).returncode == 0
    lab = read(project.folder, ".gitlab-ci.yml")["split:attended"]
    assert {rule["when"] for rule in lab["rules"]} == {"manual"}
    assert lab["resource_group"] == "sign-in-desk"
    jobs = read(project.folder, ".circleci/config.yml")["workflows"]["split"]["jobs"]
    approval, job = (
        next(one[name] for one in jobs if name in one)
        for name in ("split-attended-approval", "split-attended")
    )
    assert (approval["type"], approval["requires"]) == ("approval", ["split-main-macos-signing-mac"])
    assert "split-attended-approval" in job["requires"]
    steps = read(project.folder, ".buildkite/pipeline.yml")["steps"]
    block = next(one for one in steps if one.get("key") == "split-attended-approval")
    assert block["block"] == "Sign in for split: sign"
    attended = next(one for one in steps if one.get("key") == "split-attended")
    assert attended["depends_on"] == ["split-main-macos-signing-mac", "split-attended-approval"]
    assert attended["secrets"] == ["DESK_CODE", "SHOP_CODE"]


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ('modes = "shop"', "modes"),
        ("mode = []", "mode: Extra inputs are not permitted"),
        ('python = "2.7"', "python"),
        ('[tool.lane.ci.lanes.plain]\nbranches = ["a b"]', "lanes.plain.branches.0"),
        ('[tool.lane.ci.secrets]\nbuild = ["NOT-A-NAME"]', "secrets.build.0"),
        ("[tool.lane.ci.lanes.plane]", "There is no lane 'plane'"),
    ],
)
def test_a_wrong_policy_is_told_with_its_place(project: Project, here: Here, policy: str, says: str) -> None:
    project.write("pyproject.toml", policy if policy.startswith("[") else f"[tool.lane.ci]\n{policy}\n")
    wrong(here("ci", "export", "github"), says)


def test_what_ci_does_not_give_is_told(project: Project, here: Here) -> None:
    project.write(
        "Lanefile.py",
        '''
        from lane import Context, action, lane, required

        @action
        def ask(ctx: Context, *, url: str = required) -> None:
            """Ask."""

        @action(runs_on="mainframe")
        def count(ctx: Context) -> None:
            """Count."""

        @lane
        def release(what: str) -> None:
            """Release."""
            ask()

        @lane
        def other() -> None:
            """Do something else."""
            count()
        ''',
    )
    project.write("pyproject.toml", "")
    wrong(
        here("ci", "export", "github", "release"),
        "release needs what",
        "[tool.lane.ci.lanes.release.parameters]",
    )
    project.write("pyproject.toml", '[tool.lane.ci.lanes.release.parameters]\nwhat = "it"\n')
    wrong(
        here("ci", "export", "github", "release"),
        "needs the option 'url'",
        'variables.ask = ["LANE_ASK__URL"]',
    )
    wrong(
        here("ci", "export", "github", "other"),
        "needs a machine with mainframe",
        "[tool.lane.ci.runners.github]",
    )
    with project.folder.joinpath("pyproject.toml").open("a") as file:
        file.write('[tool.lane.ci.variables]\nask = ["LANE_ASK__URL"]\n')
    assert here("ci", "export", "github", "release").returncode == 0
    project.folder.joinpath("requirements.txt").unlink()
    project.folder.joinpath("pyproject.toml").rename(project.folder / "lane.toml")
    wrong(here("ci", "export", "github", "release"), "CI has to install lane", "requirements.txt")


def test_a_plan_that_waits_for_two_times_is_refused(project: Project, here: Here) -> None:
    text = project.folder.joinpath("Lanefile.py").read_text()
    tail = (
        '\n\n@lane\ndef both() -> None:\n    """Wait twice."""\n    one = work.set(on=nightly)()\n'
        '    two = work.set(on=cron("0 6 * * *"))()\n    sell.set(on=now)(value=[one, two])\n'
    )
    project.write("Lanefile.py", text + tail)
    wrong(here("ci", "export", "github", "both"), "which have different times", "scheduled and scheduled-2")


@pytest.mark.parametrize(
    ("cron", "plain", "listed"),
    [
        ("*/20 * * * *", "*/20 * * * *", "0,20,40 * * * *"),
        ("5/25 1-9/4 * * *", "5/25 1-9/4 * * *", "5,30,55 1,5,9 * * *"),
        ("0 0,*/12 1 */6 MON-FRI", "0 0,*/12 1 */6 1-5", "0 0,0,12 1 1,7 1-5"),
        ("0 0 * jan 7", "0 0 * 1 0", "0 0 * 1 0"),
        ("0 0 * * 5-7", "0 0 * * 5,6,0", "0 0 * * 5,6,0"),
        ("0 0 * * sat-mon", "0 0 * * 6,0,1", "0 0 * * 6,0,1"),
    ],
)
def test_cron_means_the_same_without_names_sevens_and_steps(cron: str, plain: str, listed: str) -> None:
    assert (plain_cron(cron), plain_cron(cron, steps=False)) == (plain, listed)
    begin = datetime(2026, 11, 24, 12, 7, tzinfo=UTC)
    for other in (plain, listed):
        assert _fires(other, begin) == _fires(cron, begin)


def _fires(cron: str, after: datetime) -> list[datetime]:
    """The next times of an expression, as lane itself reads it."""
    found: list[datetime] = []
    while len(found) < 20:
        at = next_fire(Trigger(cron), after)
        assert at is not None
        found.append(at)
        after = at + timedelta(minutes=1)
    return found


def test_the_lane_of_the_other_tests_is_exported_for_all(tmp_path: Path, here: Here) -> None:
    made = Project(tmp_path / "shop")
    for name, text in {
        "shop.py": MODES,
        "steps.py": ACTIONS,
        "Lanefile.py": LANEFILE,
        "pyproject.toml": PYPROJECT,
    }.items():
        made.write(name, text)
    for system in SYSTEMS:
        assert here("ci", "export", system, "--output", system, folder=made.folder).returncode == 0
        assert complaints(made.folder / system, system) == ""
