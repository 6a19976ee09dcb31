"""Which heavy modules each command may import: start-up is a feature, and lost by one careless import."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from project import Project

HEAVY = {
    "apscheduler",
    "apprise",
    "asyncio",
    "click",
    "cryptography",
    "importlib.metadata",
    "jwt",
    "keyring",
    "lief",
    "networkx",
    "pydantic",
    "requests",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "stamina",
    "starlette",
    "tenacity",
    "uvicorn",
}
"""Each costs more than 5 ms, most of them ten times that."""

LANEFILE = """
    from pathlib import Path

    from lane import Context, action, app, lane, nightly
    from lane_actions import download_dsyms, notify, upload

    app(bundle_id="com.example.aurora", sandbox=True)

    @action
    def nothing(ctx: Context, *, text: str = "") -> None:
        ctx.log.info("nothing")

    @lane
    def noop() -> None:
        \"\"\"Do nothing.\"\"\"
        nothing()

    @lane
    def release(ipa: Path = Path("Aurora.ipa")) -> None:
        \"\"\"Ship.\"\"\"
        build = upload(ipa=ipa)
        download_dsyms.set(on=nightly)(build=build)
        notify(f"{build.version}")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose Lanefile imports from `lane_actions`, and an action of its own."""
    made = Project(tmp_path_factory.mktemp("imports"))
    made.write("Lanefile.py", LANEFILE)
    made.write("plain/Lanefile.py", LANEFILE.replace("sandbox=True", "team_id='ABCDE12345'"))
    made.write(
        "actions/own.py", "from lane import Context, action\n\n@action\ndef own(ctx: Context) -> None: ...\n"
    )
    return made


def imported(project: Project, *arguments: str) -> set[str]:
    """The heavy modules that a command imports, by what the interpreter itself reports."""
    done = project.python("-X", "importtime", "-m", "lane", *arguments, HOME=str(project.folder))
    modules = set(re.findall(r"^import time:.*\|\s*(\S+)$", done.stderr, re.MULTILINE))
    assert done.returncode == 0, done.stderr
    assert "lane" in modules
    return modules & HEAVY


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--version"], set()),
        (["list"], set()),
        (["list", "--json"], set()),
        (["-h"], {"click"}),
        (["run", "-h"], {"click", "sqlite3"}),
        (["run", "noop", "-f", "plain/Lanefile.py"], {"click", "sqlite3"}),
        (["plan", "noop", "-f", "plain/Lanefile.py"], {"click", "rich", "sqlite3"}),
        (["plan", "noop", "-f", "plain/Lanefile.py", "--json"], {"click", "sqlite3"}),
        (["advise", "noop", "-f", "plain/Lanefile.py", "--json"], {"click", "sqlite3"}),
        (["pending"], {"click", "rich", "sqlite3"}),
        (["runs"], {"click", "rich", "sqlite3"}),
        (["schedule", "list"], {"click", "rich", "sqlite3"}),
        (["schedule", "install"], {"click", "sqlite3"}),
        (["action", "own"], {"click"}),
        (["completion", "bash"], {"click"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_imports_no_more_than_it_needs(
    project: Project, arguments: list[str], allowed: set[str]
) -> None:
    assert imported(project, *arguments) <= allowed


def test_listing_actions_imports_them_and_no_server(project: Project) -> None:
    found = imported(project, "actions")
    assert "importlib.metadata" in found
    assert not found & {"apscheduler", "networkx", "rich", "sqlalchemy", "starlette", "uvicorn", "keyring"}


def test_listing_lanes_leaves_deferred_actions_alone(project: Project) -> None:
    done = project.python("-X", "importtime", "-m", "lane", "list")
    assert done.stdout.startswith("noop")
    modules = set(re.findall(r"\|\s*(lane\S*)$", done.stderr, re.MULTILINE))
    assert "lane_actions" in modules
    assert not {name for name in modules if name.startswith(("lane_apple", "lane_actions."))}
    assert "lane._cli.commands" not in modules


def test_the_check_sees_what_is_imported(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", "import sqlite3\n")
    assert imported(project, "list") == {"sqlite3"}


def test_the_lanes_of_this_repository_are_listed_as_cheaply(project: Project) -> None:
    assert imported(project, "list", "-f", str(Path(__file__).parents[2] / "Lanefile.py")) == {"click"}
