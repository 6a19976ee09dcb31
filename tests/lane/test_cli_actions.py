"""`lane actions` and `lane action NAME`: what is listed, what is described, what a broken module does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from project import Project

import lane_actions

if TYPE_CHECKING:
    from pathlib import Path

FRAME = """
    import enum
    from pathlib import Path
    from typing import Annotated

    from lane import Context, Model, Secret, action, cron, probe
    from lane_actions import upload
    from lane_apple import api_key, apple_id

    _hidden = 3

    class Device(enum.Enum):
        PHONE = "phone"

    class Framed(Model):
        path: Path
        size: int

    @probe(auth=[])
    def is_framed(ctx: Context, *, device: Device = Device.PHONE) -> Framed | None:
        \"\"\"Looks whether the frames are there.\"\"\"
        return None

    @action(auth=[api_key(role="ADMIN"), apple_id], effect="create", runs_on="macos", limits={"gpu": 2},
            retry=[TimeoutError], on=cron("0 4 * * *"), probe=is_framed)
    def frame(
        ctx: Context,
        shots: Annotated[list[Path], "Screenshots"],
        *,
        device: Device = Device.PHONE,
        output: Path = Path("out dir"),
        password: Secret = Secret("hunter2hunter2"),
    ) -> list[Framed]:
        \"\"\"Put frames around screenshots.

        One for each.
        \"\"\"
        return []
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one action of its own, in a path with a space."""
    made = Project(tmp_path / "my app")
    made.write("Lanefile.py", "from lane import lane\n")
    made.write("actions/frames.py", FRAME)
    return made


def test_lists_own_and_installed_actions(project: Project) -> None:
    done = project.lane("actions")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "actions/frames.py"
    assert lines[1].split(maxsplit=3) == ["frame", "api_key,", "apple_id", "Put frames around screenshots."]
    assert lines[3] == "lane_actions"
    names = [line.split()[0] for line in lines[4:]]
    assert names == [name for name in lane_actions.__all__ if name[0].islower()]


def test_actions_need_no_lanefile(tmp_path: Path) -> None:
    done = Project(tmp_path).lane("action", "upload", "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["import"] == "from lane_actions import upload"
    assert row["output"]["fields"]["number"] == "str"


def test_a_lane_that_is_called_as_an_action_is_one_of_them(project: Project) -> None:
    listed = project.lane("actions").stdout
    assert re.search(r"^  produce +by its steps +Have all that an app needs", listed, re.MULTILINE)
    sheet = project.lane("action", "produce")
    assert sheet.returncode == 0, sheet.stderr
    assert "from lane_actions import produce" in sheet.stdout
    assert "LANE_PRODUCE__NAME" in sheet.stdout
    assert "it is a lane" in sheet.stdout
    row = json.loads(project.lane("action", "produce", "--json").stdout)
    assert (row["kind"], row["options"][0]["name"]) == ("lane", "name")
    assert json.loads(project.lane("action", "upload", "--json").stdout)["kind"] == "action"


def test_json_has_the_whole_declaration(project: Project) -> None:
    row = json.loads(project.lane("action", "frame", "--json").stdout)
    assert row["doc"] == "Put frames around screenshots.\n\nOne for each."
    assert row["import"] == "from actions.frames import frame"
    assert [mode["name"] for mode in row["auth"]] == ["api_key", "apple_id"]
    assert [mode["attended"] for mode in row["auth"]] == [False, True]
    assert (row["effect"], row["runs_on"], row["limits"]) == ("create", ["macos"], {"gpu": 2})
    assert (row["retry"], row["on"]) == (["TimeoutError"], "0 4 * * *")
    assert row["probe"] == {"summary": "Looks whether the frames are there.", "auth": []}
    assert row["output"] == {"type": "list[Framed]", "fields": {"path": "Path", "size": "int"}}
    options = {option["name"]: option for option in row["options"]}
    assert options["shots"]["required"]
    assert options["shots"]["description"] == "Screenshots"
    assert options["device"]["default"] == "'phone'"
    assert options["output"]["default"] == "'out dir'"
    assert options["output"]["variable"] == "LANE_FRAME__OUTPUT"
    assert options["password"]["default"] == "****"


def test_text_shows_the_same_and_no_secret(project: Project) -> None:
    text = project.lane("action", "frame").stdout
    assert "hunter2" not in text
    for part in (
        "1. api_key: needs no person",
        "2. apple_id: needs a person, expires, not fit for CI",
        "gpu (2 at a time)",
        "after TimeoutError",
        "at 0 4 * * *",
        "under none: Looks whether the frames are there.",
        "LANE_FRAME__SHOTS",
    ):
        assert part in text


def test_a_mistyped_name_gets_a_suggestion(project: Project) -> None:
    done = project.lane("action", "fame")
    assert done.returncode == 2
    assert "There is no action 'fame'." in done.stderr
    assert "Did you mean 'frame'?" in done.stderr


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("import lane\n\nlane.nothing()\n", "AttributeError", "actions/broken.py:3"),
        ("def (\n", "invalid syntax", "actions/broken.py:1"),
        ("import sys\nsys.exit(0)\n", "SystemExit", "actions/broken.py:2"),
        ("import nowhere_to_be_found\n", "ModuleNotFoundError", "actions/broken.py:1"),
        (
            "from lane import action\n\n@action(effect='delete')\ndef act(ctx): ...\n",
            "declares the effect 'delete'",
            "actions/broken.py:3",
        ),
    ],
)
def test_a_broken_module_does_not_hide_the_rest(project: Project, text: str, message: str, line: str) -> None:
    project.write("actions/broken.py", text)
    done = project.lane("actions")
    assert done.returncode == 2
    assert "frame" in done.stdout
    assert "upload" in done.stdout
    assert message in done.stderr
    assert line in done.stderr
    assert project.lane("action", "frame").returncode == 0
    found = json.loads(project.lane("actions", "--json").stdout)
    assert [error["line"] for error in found["errors"]] == [line]
    assert "frame" in {row["name"] for row in found["actions"]}


def test_what_a_broken_module_may_have_hidden_is_told(project: Project) -> None:
    project.write("actions/broken.py", "raise RuntimeError('no luck')\n")
    done = project.lane("action", "shoot")
    assert done.returncode == 2
    assert "actions/broken.py:1" in done.stderr
    assert "no luck" in done.stderr


def test_two_actions_of_one_name_are_told(project: Project) -> None:
    project.write(
        "actions/other.py",
        "from lane import Context, action\n\n@action\ndef frame(ctx: Context) -> None: ...\n",
    )
    done = project.lane("actions")
    assert done.returncode == 2
    assert "Two actions are called 'frame': the other is in actions/frames.py." in done.stderr


def test_auth_that_depends_on_options_says_so(project: Project) -> None:
    project.write(
        "actions/signing.py",
        """
        from lane import Context, action
        from lane_apple import api_key

        @action(auth=lambda options: [] if options.readonly else [api_key])
        def sign(ctx: Context, *, readonly: bool = True) -> None:
            \"\"\"Sign.\"\"\"

        @action(auth=lambda options: [api_key] if options.team else [])
        def enroll(ctx: Context, *, team: str) -> None:
            \"\"\"Enroll.\"\"\"
        """,
    )
    rows = {row["name"]: row for row in json.loads(project.lane("actions", "--json").stdout)["actions"]}
    assert (rows["sign"]["auth"], rows["sign"]["auth_by_options"]) == ([], True)
    assert (rows["enroll"]["auth"], rows["enroll"]["auth_by_options"]) == (None, True)
    assert "it depends on the options" in project.lane("action", "sign").stdout


def test_an_action_that_is_only_imported_is_not_the_projects(project: Project) -> None:
    rows = json.loads(project.lane("actions", "--json").stdout)["actions"]
    assert {row["name"]: row["origin"] for row in rows}["upload"] == "lane_actions"


def test_what_a_module_of_actions_prints_is_no_data(project: Project) -> None:
    project.write("actions/loud.py", "print('hello')\n")
    done = project.lane("actions", "--json")
    assert json.loads(done.stdout)
    assert "hello" in done.stderr
