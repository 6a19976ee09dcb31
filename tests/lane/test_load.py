"""Finding and loading the Lanefile: what is in it, and every way in which it can be broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from lane import UsageError
from lane._lanefile.load import find, load


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def lanefile(folder: Path, text: str, name: str = "Lanefile.py") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(dedent(text).lstrip())
    return str(path)


def failing(path: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load(path)
    return caught.value


def test_the_nearest_lanefile_is_found(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"There is no Lanefile\.py") as caught:
        find(str(deep))
    assert caught.value.code == "no_lanefile"
    assert "lane init" in str(caught.value.hint)
    (tmp_path / "Lanefile.py").touch()
    assert find(str(deep)) == str(tmp_path / "Lanefile.py")
    (tmp_path / "a" / "Lanefile.py").touch()
    assert find(str(deep)) == str(tmp_path / "a" / "Lanefile.py")


def test_lanes_hooks_and_app_are_collected(tmp_path: Path) -> None:
    lanefile(
        tmp_path,
        """
        from lane import lane

        @lane
        def shared() -> None: ...

        @lane
        def unlisted() -> None: ...
        """,
        "lanes/parts.py",
    )
    path = lanefile(
        tmp_path,
        """
        from lane import after_all, app, lane
        from lanes import parts
        from lanes.parts import shared
        from lanes.parts import shared as other_name

        app(bundle_id="com.example.aurora")

        @lane
        def release() -> None:
            "Ship."

        @lane(private=True)
        def helper() -> None: ...

        @lane
        def _hidden() -> None: ...

        @after_all(release, "shared")
        def tell() -> None: ...
        """,
    )
    before = Path.cwd()
    project = load(path)
    assert Path.cwd() == before
    assert list(project.lanes) == ["shared", "release", "helper", "_hidden"]
    assert [lane.name for lane in project.public] == ["shared", "release"]
    assert project.lane("release").summary == "Ship."
    assert [hook.lanes for hook in project.hooks] == [("release", "shared")]
    assert project.app.values == {"bundle_id": "com.example.aurora"}
    with pytest.raises(UsageError, match="There is no lane 'relase'") as caught:
        project.lane("relase")
    assert caught.value.hint == "Did you mean 'release'?"
    with pytest.raises(UsageError, match="private"):
        project.lane("helper")


def test_a_lanefile_decides_itself_how_its_annotations_are_read(tmp_path: Path) -> None:
    path = lanefile(tmp_path, "from lane import lane\n\n@lane\ndef go(count: int = 1): ...\n")
    assert load(path).lane("go").function.__annotations__ == {"count": int}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert failing(str(tmp_path / "Other.py")).code == "no_lanefile"


def test_a_syntax_error_shows_the_line(tmp_path: Path) -> None:
    error = failing(lanefile(tmp_path, "from lane import lane\n\ndef go(:\n    pass\n"))
    assert (error.code, error.where) == ("syntax_error", "Lanefile.py:3")
    assert "def go(:\n" in error.message
    assert error.message.splitlines()[-1].strip() == "^"


def test_a_syntax_error_in_a_module_beside_it(tmp_path: Path) -> None:
    lanefile(tmp_path, "x = = 1\n", "lanes/broken.py")
    error = failing(lanefile(tmp_path, "import lanes.broken\n"))
    assert (error.code, error.where) == ("syntax_error", "lanes/broken.py:1")


def test_a_lanefile_that_raises_shows_the_users_lines_only(tmp_path: Path) -> None:
    lanefile(tmp_path, "import json\n\ndef read():\n    return json.loads('{')\n", "lanes/reads.py")
    error = failing(lanefile(tmp_path, "from lanes.reads import read\n\nread()\n"))
    assert (error.code, error.where) == ("lanefile_raised", "lanes/reads.py:4")
    assert [line.strip().split(": ")[0] for line in error.message.splitlines()[1:]] == [
        "Lanefile.py:3",
        "lanes/reads.py:4",
    ]


def test_an_import_that_fails(tmp_path: Path) -> None:
    error = failing(lanefile(tmp_path, "import no_such_package\n"))
    assert error.where == "Lanefile.py:1"
    assert str(tmp_path) in str(error.hint)


def test_a_lanefile_that_exits(tmp_path: Path) -> None:
    error = failing(lanefile(tmp_path, "import sys\nsys.exit(0)\n"))
    assert (error.code, error.where) == ("lanefile_raised", "Lanefile.py:2")


def test_an_error_of_ours_gets_the_users_line(tmp_path: Path) -> None:
    error = failing(lanefile(tmp_path, "from lane import lane\n\n@lane\nclass Go: ...\n"))
    assert error.where == "Lanefile.py:3"
    error = failing(lanefile(tmp_path, "from lane import let\n\nlet(1, lambda value: value)\n"))
    assert (error.code, error.where) == ("outside_lane", "Lanefile.py:3") or error.where is not None


def test_two_lanes_of_one_name(tmp_path: Path) -> None:
    for name in ("first", "second"):
        lanefile(tmp_path, "from lane import lane\n\n@lane\ndef go(): ...\n", f"lanes/{name}.py")
    error = failing(lanefile(tmp_path, "from lanes.first import go\nfrom lanes.second import go as went\n"))
    assert error.code == "two_lanes"
    assert "lanes/first.py:3" in error.message
    assert "lanes/second.py:3" in error.message


def test_a_hook_that_names_no_lane(tmp_path: Path) -> None:
    error = failing(
        lanefile(
            tmp_path,
            """
            from lane import before_all, lane

            @lane
            def release(): ...

            @before_all("relase")
            def check(): ...
            """,
        )
    )
    assert (error.code, error.hint) == ("unknown_lane", "Did you mean 'release'?")


def test_a_hook_with_parameters_is_refused(tmp_path: Path) -> None:
    error = failing(
        lanefile(tmp_path, "from lane import before_all\n\n@before_all\ndef check(failure): ...\n")
    )
    assert "takes no parameters" in error.message


def test_a_folder_with_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "my app"
    folder.mkdir()
    assert load(lanefile(folder, "from lane import lane\n\n@lane\ndef go(): ...\n")).folder == str(folder)


DECLARING = """
    from lane import action, after_all, app, cron, each, lane, let, nightly, on_error, probe

    app(bundle_id="com.example.aurora")

    @probe(auth=[])
    def looks(ctx): ...

    @action(on=nightly, probe=looks)
    def act(ctx, *, number: int = 0) -> list[int]: ...

    @lane
    def release() -> None:
        each(let(act(), sorted), lambda number: act(number=number))

    @on_error(release)
    def alarm(failure): ...
"""


def test_loading_costs_no_import_of_typing_or_pydantic(tmp_path: Path) -> None:
    path = lanefile(tmp_path, DECLARING)
    heavy = {"typing", "pydantic", "re", "enum", "pathlib", "contextlib", "threading"}
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}; from lane._lanefile.load import load; "
        f"assert load(sys.argv[1]).public; print(*sorted({heavy!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-I", "-S", "-c", script, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize("second", ["@lane", "@before_all", "@lane(private=True)"])
def test_a_name_that_is_declared_twice(tmp_path: Path, second: str) -> None:
    text = f"from lane import before_all, lane\n\n@lane\ndef go(): ...\n\n{second}\ndef go(): ...\n"
    error = failing(lanefile(tmp_path, text))
    assert (error.code, error.where) == ("two_lanes", "Lanefile.py:6")
    assert "'go' is declared twice: Lanefile.py:3 and Lanefile.py:6" in error.message


def test_a_function_that_makes_lanes_may_make_many(tmp_path: Path) -> None:
    text = """
        from lane import lane

        def made(number):
            @lane(private=True)
            def one(): ...
            return one

        first, second = made(1), made(1)

        if True:
            @lane
            def go(): ...
        else:
            @lane
            def go(): ...
        """
    with pytest.raises(
        UsageError, match="Two lanes are called 'one'"
    ):  # by their names they cannot be told apart
        load(lanefile(tmp_path, text))
    assert load(lanefile(tmp_path, text.replace("first, second", "[*_]"))).lane("go")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("from lane_actions import uplaod", "Did you mean 'upload'?"),
        ("from lane import nigthly", "Did you mean 'nightly'?"),
        ("from lane_action import upload", "Did you mean 'lane_actions'?"),
        ("from lane import qqqqq", "Mend the line and try again."),
        ("import qqqqq", "modules are looked for in"),
        ("lane(schedul='0 3 * * *')", "Did you mean 'schedule'?"),
        ("lane(qqqqq=1)", "It takes private, schedule, timezone."),
        ("action(efect='read')(print)", "Did you mean 'effect'?"),
        ("cron('0 3 * * *', timezon='UTC')", "Did you mean 'timezone'?"),
        ("dict(1, 2)", "Mend the line and try again."),
        ("app(sandbox='yes')", "Write app(sandbox=True), or leave it out."),
        (
            "probe(go)",
            "Write @probe above the function that looks, and name that function in @action(probe=…).",
        ),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path: Path, line: str, hint: str) -> None:
    ours = "from lane import action, app, cron, lane, probe\n\n@action\ndef go(ctx): ...\n\n"
    error = failing(lanefile(tmp_path, f"{ours}{line}\n"))
    assert hint in (error.hint or "")
    assert (error.where, error.exit_code) == ("Lanefile.py:6", 2)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "Lanefile.py").write_bytes(b"x = '\0'\n")
    assert failing(str(tmp_path / "Lanefile.py")).where == "Lanefile.py"


@pytest.mark.parametrize("annotation", ["str", "int", "'Path'", "list[str]", "str | None"])
def test_an_action_without_a_context(tmp_path: Path, annotation: str) -> None:
    text = f"from lane import action\nfrom pathlib import Path\n\n@action\ndef tag(name: {annotation}): ...\n"
    error = failing(lanefile(tmp_path, text))
    assert (error.code, error.where) == ("wrong_action", "Lanefile.py:4")
    assert "takes no context: its first parameter is name: " in error.message
    assert error.hint == "Write def tag(ctx: Context, …)."


def test_what_a_lanefile_prints_is_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(lanefile(tmp_path, "print('hello')\n"))
    assert capsys.readouterr() == ("", "hello\n")
