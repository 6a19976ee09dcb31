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
