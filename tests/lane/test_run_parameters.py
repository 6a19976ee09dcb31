"""Parameters of `lane run`: from words, files and the environment, all that is wrong at once, and help."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from run_command import Here, hidden, shown, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("--scheme Borealis", "scheme", "Borealis"),
        ("--scheme=Borealis", "scheme", "Borealis"),
        ("scheme=Borealis", "scheme", "Borealis"),
        ("scheme=a=b", "scheme", "a=b"),
        ("scheme=", "scheme", ""),
        ("--scheme=--odd", "scheme", "--odd"),
        ("--count 3", "count", 3),
        ("count=-3", "count", -3),
        ("--ratio 2", "ratio", 2.0),
        ("--colour blue", "colour", "BLUE"),
        ("--colour BLUE", "colour", "BLUE"),
        ("mode=b", "mode", "b"),
        ("--tags one --tags two", "tags", ["one", "two"]),
        ("--tags one,two", "tags", ["one", "two"]),
        ("tags=one --tags two,three", "tags", ["two", "three", "one"]),
        ("tags=one tags=two", "tags", ["one", "two"]),
        ('--tags ["a,b","c"]', "tags", ["a,b", "c"]),
        ("--colours red,BLUE", "colours", ("RED", "BLUE")),
        ("--day 2026-11-24", "day", "2026-11-24"),
        ("--upload-it", "upload_it", True),
        ("--no-upload-it", "upload_it", False),
        ("upload_it=yes", "upload_it", True),
        ("upload-it=on", "upload_it", True),
        ("--number 5", "number", 5),
        ("number=none", "number", None),
        ("rest=x", "rest", "x"),
    ],
)
def test_parameters(project: Project, here: Here, words: str, name: str, value: object) -> None:
    done = here("run", "typed", *words.split(" "))
    assert done.returncode == 0, done.stdout + done.stderr
    came = shown(project)[name]
    assert (str(came) if name == "day" else came) == value


def test_parameters_come_from_the_environment(project: Project, here: Here) -> None:
    project.write(".env", "LANE_TYPED__SCHEME=FromFile\nLANE_TYPED__TAGS=a,b\n")
    done = here("run", "typed", "count=4", LANE_TYPED__COUNT="3", LANE_TYPED__UPLOAD_IT="1")
    assert done.returncode == 0, done.stderr
    came = shown(project)
    assert (came["scheme"], came["tags"], came["count"], came["upload_it"]) == (
        "FromFile",
        ["a", "b"],
        4,
        True,
    )


def test_a_path_means_what_it_means_in_the_shell(project: Project, here: Here, tmp_path: Path) -> None:
    inside = project.folder / "deep" / "er"
    inside.mkdir(parents=True)
    for folder, written, meant in [
        (project.folder, "build/A.ipa", "build/A.ipa"),
        (project.folder, "../A.ipa", "../A.ipa"),
        (inside, "A.ipa", "deep/er/A.ipa"),
        (inside, "../A.ipa", "deep/A.ipa"),
        (inside, "../../../A.ipa", str(inside / "../../../A.ipa")),
        (inside, "/abs/A.ipa", "/abs/A.ipa"),
    ]:
        done = here("run", "typed", "--package", written, folder=folder)
        assert done.returncode == 0, done.stderr
        assert str(shown(project)["package"]) == meant, (folder, written)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lanefile = str(project.folder / "Lanefile.py")
    done = here("run", "typed", "-f", lanefile, "packages=a.ipa,/b.ipa", folder=elsewhere)
    assert done.returncode == 0, done.stderr
    packages = shown(project)["packages"]
    assert isinstance(packages, list)
    assert [str(one) for one in packages] == [str(elsewhere / "a.ipa"), "/b.ipa"]


def test_all_that_is_wrong_is_told_at_once(project: Project, here: Here) -> None:
    done = here("run", "typed", "--count", "many", "colour=green", "day=tomorrow", "--number=1.5")
    wrong(done, "4 problems", "'many'", "'green'", "'tomorrow'", "'1.5'", "lane run typed --help")


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (("run", "typd"), ("There is no lane 'typd'", "Did you mean 'typed'?")),
        (("run",), ("Which lane?", "plain, typed, needs, fails, split")),
        (("run", "typed", "--shceme", "x"), ("There is no option --shceme", "Did you mean --scheme?")),
        (("run", "typed", "--paralel", "3"), ("There is no option --paralel", "Did you mean --parallel?")),
        (("run", "typed", "shceme=x"), ("no parameter 'shceme'", "Did you mean 'scheme'?")),
        (("run", "typed", "word"), ("'word' is no parameter", "name=VALUE")),
        (("run", "typed", "--scheme"), ("requires an argument",)),
        (("run", "typed", "count=1", "count=2"), ("count was given twice",)),
        (("run", "typed", "--count", "1", "count=2"), ("count was given twice",)),
        (("run", "typed", "--count", "1", "--count", "2"), ("count was given twice",)),
        (("run", "typed", "--parallel", "0"), ("--parallel",)),
        (("run", "plain", "--policy", "nonsense"), ("is no rule", "allow=MODE")),
        (("run", "plain", "--job", "nightly"), ("has no job 'nightly'", "main")),
        (("run", "plain", "--env", "staging"), (".env.staging",)),
        (("run", "plain", "-f", "nowhere.py"), ("nowhere.py cannot be read",)),
        (("run", "typed", "--bogus"), ("There is no option --bogus", "→ `lane run typed --help` lists its")),
        (("plan", "typed", "--formt"), ("Did you mean --format?", "`lane plan -h` the options")),
        (("resume", "--odd"), ("error: There is no option --odd", "→ `lane resume -h` lists its options")),
        (("runs", "--jsn"), ("There is no option --jsn", "Did you mean --json?")),
        (("runs", "--most", "x"), ("error: Invalid value for '--most'", "→ `lane runs -h`")),
        (("schedule", "lst"), ("There is no command 'lane schedule lst'", "`lane schedule list`?")),
        (("auth", "logn"), ("There is no command 'lane auth logn'", "`lane auth login`?")),
        (("auth", "xyz"), ("There is no command 'lane auth xyz'", "`lane auth -h` lists")),
        (("action",), ("error: Missing argument 'NAME'", "→ `lane action -h`")),
        (("resume", "20260101-000000-abcd"), ("There is no run",)),
        (("rnu",), ("There is no command 'rnu'", "lane run")),
        (("run", "needs"), ("2 problems", "needs what", "needs token", "--token VALUE")),
    ],
)
def test_wrong_words_exit_with_2_and_a_suggestion(
    project: Project, here: Here, words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    wrong(here(*words), *texts)
    assert not (project.folder / "shown.txt").exists(), "nothing was run"


def test_an_error_that_is_not_about_words_has_no_hint_about_them(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = project.lane("sandbox", "--port", str(taken.getsockname()[1]), "--folder", "apple")
    assert done.returncode == 2
    assert "choose another port with --port" in done.stderr
    assert "lane -h" not in done.stderr


def test_help_of_a_lane(project: Project, here: Here) -> None:
    done = here("run", "typed", "--help")
    assert done.returncode == 0
    for text in (
        "Take parameters of all kinds.",
        "A second paragraph.",
        "--scheme",
        "Which app",
        "default: Aurora",
        "red|blue",
        "--upload-it / --no-upload-it",
        "LANE_TYPED__SCHEME",
        "--parallel",
    ):
        assert text in done.stdout, done.stdout
    assert here("run", "-h").returncode == 0
    assert "required" in here("run", "needs", "-h").stdout


def test_help_says_how_each_kind_is_written(project: Project) -> None:
    project.write(
        "Lanefile.py",
        """
        from typing import Any
        from lane import Model, Secret, lane

        class Part(Model):
            size: int

        @lane
        def kinds(
            ids: tuple[int, ...] = (), pair: tuple[int, str] = (1, "a"), names: list[str] | None = None,
            table: dict[str, int] | None = None, part: Part = Part(size=1), parts: list[Part] | None = None,
            token: Secret | None = None,
        ) -> None: ...
        """,
    )
    rows = [line.split() for line in project.lane("run", "kinds", "-h").stdout.splitlines() if "  --" in line]
    shown = {row[0]: row[1] for row in rows}
    assert {name: shown[f"--{name}"] for name in ("ids", "pair", "names", "table", "part", "parts")} == {
        "ids": "INT,…",
        "pair": "INT,STR",
        "names": "STR,…",
        "table": "JSON",
        "part": "JSON",
        "parts": "JSON",
    }
    assert ["--token", "SECRET", "[default:", "None]"] in rows


def test_a_secret_parameter_is_shown_nowhere(project: Project) -> None:
    done = project.lane("run", "needs", "what=x", "--token", "correct-horse", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown(project) == {"what": "x", "token": True}
    hidden(project, done)
    assert json.loads(project.lane("runs", "--json").stdout)[0]["parameters"] == {"what": "x"}
