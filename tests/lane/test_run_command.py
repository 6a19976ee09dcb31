"""`lane run` as people type it: parameters, exit codes, jobs, digests, and what users do wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, variables

from lane._main import main

LANEFILE = '''
    import enum
    from datetime import date
    from pathlib import Path
    from typing import Annotated, Literal
    from lane import ActionError, Context, Secret, action, lane, nightly

    class Colour(enum.Enum):
        RED = "red"
        BLUE = "blue"

    @action
    def show(ctx: Context, values: dict[str, object]) -> None:
        """Write down what came."""
        ctx.path("shown.txt").write_text(repr(values))

    @action
    def fail(ctx: Context) -> None:
        """Fail."""
        raise ActionError("It failed.", hint="Do it better.")

    @lane
    def plain() -> None:
        """Do little."""
        show({})

    @lane
    def typed(
        scheme: Annotated[str, "Which app"] = "Aurora",
        count: int = 1,
        ratio: float = 0.5,
        colour: Colour = Colour.RED,
        mode: Literal["a", "b"] = "a",
        tags: list[str] = [],
        colours: tuple[Colour, ...] = (),
        package: Path | None = None,
        packages: list[Path] = [],
        day: date | None = None,
        upload_it: bool = False,
        number: int | None = None,
        rest: str = "",
    ) -> None:
        """Take parameters of all kinds.

        A second paragraph.
        """
        show(dict(locals()))

    @lane
    def needs(what: str, token: Secret) -> None:
        """Need parameters."""
        show({"what": what, "token": token.reveal() == "correct-horse"})

    @lane
    def fails() -> None:
        """Fail."""
        fail()

    @lane
    def split() -> None:
        """Leave a job for tonight."""
        show.set(on=nightly, name="tonight")({"n": 1})
        show({})

    @lane
    def handed() -> None:
        """Leave something for tonight."""
        show.set(on=nightly, name="tonight", after=show({"n": 2}))({"n": 1})
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with lanes of many kinds."""
    made = Project(tmp_path / "a project")
    made.write("Lanefile.py", LANEFILE)
    return made


class Here:
    """`lane` in this process: quicker, for what needs no process of its own."""

    def __init__(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = project.folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str, folder: Path | None = None, **given: str) -> Done:
        with self._monkeypatch.context() as patch:
            for name in os.environ.keys() - variables().keys():
                patch.delenv(name)
            for name, value in given.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["lane", *words])
            patch.setattr(sys, "path", list(sys.path))
            patch.chdir(folder or self.folder)
            self._capsys.readouterr()
            code = main()
            assert Path.cwd() == (folder or self.folder), "the folder stays what it was"
        sys.modules.pop("Lanefile", None)
        return Done(words, code, *self._capsys.readouterr())


Done = subprocess.CompletedProcess[str]


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run `lane` in the project, in this process."""
    return Here(project, monkeypatch, capsys)


def _shown(project: Project) -> dict[str, object]:
    from datetime import date
    from pathlib import PosixPath

    text = (project.folder / "shown.txt").read_text()
    text = re.sub(r"<Colour\.(\w+): '\w+'>", r"'\1'", text)
    found: dict[str, object] = eval(
        text, {"PosixPath": PosixPath, "datetime": __import__("datetime"), "date": date}
    )
    return found


def _wrong(done: Done, *texts: str, code: int = 2) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for text in texts:
        assert text in done.stdout + done.stderr, done.stdout + done.stderr


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
    shown = _shown(project)[name]
    assert (str(shown) if name == "day" else shown) == value


def test_parameters_come_from_the_environment(project: Project, here: Here) -> None:
    project.write(".env", "LANE_TYPED__SCHEME=FromFile\nLANE_TYPED__TAGS=a,b\n")
    done = here("run", "typed", "count=4", LANE_TYPED__COUNT="3", LANE_TYPED__UPLOAD_IT="1")
    assert done.returncode == 0, done.stderr
    shown = _shown(project)
    assert (shown["scheme"], shown["tags"], shown["count"], shown["upload_it"]) == (
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
        assert str(_shown(project)["package"]) == meant, (folder, written)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lanefile = str(project.folder / "Lanefile.py")
    done = here("run", "typed", "-f", lanefile, "packages=a.ipa,/b.ipa", folder=elsewhere)
    assert done.returncode == 0, done.stderr
    packages = _shown(project)["packages"]
    assert isinstance(packages, list)
    assert [str(one) for one in packages] == [str(elsewhere / "a.ipa"), "/b.ipa"]


def test_all_that_is_wrong_is_told_at_once(project: Project, here: Here) -> None:
    done = here("run", "typed", "--count", "many", "colour=green", "day=tomorrow", "--number=1.5")
    _wrong(done, "4 problems", "'many'", "'green'", "'tomorrow'", "'1.5'", "lane run typed --help")


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
        (("resume", "--odd"), ("No such option", "--odd")),
        (("resume", "20260101-000000-abcd"), ("There is no run",)),
        (("rnu",), ("There is no command 'rnu'", "lane run")),
        (("run", "needs"), ("2 problems", "needs what", "needs token", "--token VALUE")),
    ],
)
def test_wrong_words_exit_with_2_and_a_suggestion(
    project: Project, here: Here, words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    _wrong(here(*words), *texts)
    assert not (project.folder / "shown.txt").exists(), "nothing was run"


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


def test_a_secret_parameter_is_shown_nowhere(project: Project) -> None:
    done = project.lane("run", "needs", "what=x", "--token", "correct-horse", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _shown(project) == {"what": "x", "token": True}
    _hidden(project, done)
    assert json.loads(project.lane("runs", "--json").stdout)[0]["parameters"] == {"what": "x"}


def test_exit_codes(project: Project, here: Here) -> None:
    assert here("run", "plain").returncode == 0
    failed = here("run", "fails")
    _wrong(failed, "It failed.", "Do it better.", "Lanefile.py:", code=1)


def test_the_digest_that_was_approved_is_what_runs(project: Project, here: Here) -> None:
    plan = json.loads(here("plan", "plain", "--format", "json").stdout)
    assert here("run", "plain", "--plan", plan["digest"]).returncode == 0
    (project.folder / "shown.txt").unlink()
    _wrong(here("run", "typed", "--plan", plan["digest"]), "not the one that was approved")
    assert not (project.folder / "shown.txt").exists()


def test_a_job_that_waits_runs_once_for_every_run_that_left_it(project: Project, here: Here) -> None:
    first = here("run", "split")
    assert first.returncode == 0
    assert "scheduled" in first.stdout
    assert here("run", "split").returncode == 0
    waiting = json.loads(here("pending", "--json").stdout)
    assert len(waiting) == 2
    tonight = here("run", "split", "--job", "scheduled")
    assert tonight.returncode == 0, tonight.stdout + tonight.stderr
    assert json.loads(here("pending", "--json").stdout) == []
    again = here("run", "split", "--job", "scheduled")
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    assert "nothing to do" in here("resume").stdout
    assert json.loads(here("resume", "--json").stdout)["event"] == "nothing_to_do"


def test_what_waits_is_listed_with_its_hand_off(project: Project, here: Here) -> None:
    assert here("run", "handed").returncode == 0
    [waiting] = json.loads(here("pending", "--json").stdout)
    assert (waiting["needs"], waiting["waits_for"]) == (["main"], "0 3 * * *")
    assert list(waiting["hand_off"]) == ["show"]


def test_one_run_that_cannot_go_on_does_not_keep_the_others(project: Project, here: Here) -> None:
    here("run", "split")
    project.write("Lanefile.py", LANEFILE.replace('({"n": 1})', '({"n": 2})'))
    here("run", "split")
    done = here("run", "split", "--job", "scheduled")
    assert done.returncode == 2
    assert "has changed since the run" in done.stderr
    assert len(json.loads(here("pending", "--json").stdout)) == 1
    assert _shown(project) == {"n": 2}


# What users' actions do


def _written(project: Project, body: str) -> Done:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = (
        "import os, sys, threading\nfrom lane import ActionError, Context, Secret, action, lane\n\n"
        f"@action\ndef odd(ctx: Context) -> object:\n{lines}\n"
        "@action\ndef after(ctx: Context) -> None:\n    ctx.path('after').touch()\n\n"
        "@lane\ndef one() -> None:\n    after.set(after=odd())()\n"
    )
    (project.folder / "Lanefile.py").write_text(text)
    return project.lane("run", "one", "--junit", "report.xml")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit(0)", "It called sys.exit(0)."),
        ("sys.exit('bye')", "It called sys.exit(bye)."),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
        ("class Own(BaseException): pass\nraise Own('mine')", "Own: mine"),
        (
            "raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])",
            "ExceptionGroup: two (2 sub-exceptions)",
        ),
        ("def deep(n): return deep(n + 1)\nreturn deep(0)", "RecursionError"),
    ],
)
def test_an_action_that_fails_oddly_is_one_failed_step(project: Project, body: str, message: str) -> None:
    done = _written(project, body)
    _wrong(done, message, code=1)
    assert not (project.folder / "after").exists()
    assert "_attempt.py" not in done.stdout + done.stderr
    assert message.partition(" (")[0] in (project.folder / "report.xml").read_text()


@pytest.mark.parametrize(
    "body",
    [
        "sys.stdout.close()\nsys.stderr.close()",
        "print('x' * 10_000_000)",
        "print('\\udcff ' + chr(0))",
        "for n in range(2000): print('line', n)",
        "threading.Thread(target=print, args=('from a thread',)).start()",
        "return lambda: None",
        "return threading.Lock()",
        "return open(os.devnull)",
        "os.environ['LANE_STORE'] = '/nowhere'",
        "return Secret('correct-horse')",
        "import warnings\nwarnings.warn('old')",
        "import logging\nlogging.getLogger().error('logged')",
    ],
)
def test_what_an_action_may_well_do_does_no_harm(project: Project, body: str) -> None:
    done = _written(project, body)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    assert (project.folder / "after").exists()
    assert "Traceback" not in done.stdout + done.stderr
    _hidden(project, done)


def test_a_folder_that_is_changed_to_is_not_kept(project: Project) -> None:
    done = _written(project, "assert os.getcwd() == str(ctx.folder), os.getcwd()")
    assert done.returncode == 0, done.stdout


# Secrets


SECRETS = '''
    import base64, sys, urllib.parse
    from lane import ActionError, Context, Secret, action, lane

    @action
    def leak(ctx: Context, token: Secret) -> dict[str, str]:
        """Leak a secret in every way."""
        text = token.reveal()
        encoded = base64.b64encode(("user:" + text).encode()).decode()
        print("printed", text, "and", encoded)
        print("to stderr", text, file=sys.stderr)
        ctx.log.info(f"logged {text} {urllib.parse.quote(text)}")
        ctx.run(["sh", "-c", 'echo "$T"; echo "$T" | base64; echo "wrong $T" >&2'], env={"T": token})
        ctx.change(f"set {text}", before={"old": text}, after=[text])
        with ctx.progress(f"uploading {text}", total=1) as bar:
            bar.advance()
        try:
            ctx.run(["echo", text])
        except ActionError as error:
            ctx.log.warning(error)
        return {"text": text, "encoded": encoded}

    @action
    def fail(ctx: Context, token: Secret, given: dict[str, str]) -> None:
        """Put it into an error and its cause."""
        try:
            raise KeyError(token.reveal())
        except KeyError as error:
            raise ValueError(f"bad token {token.reveal()}") from error

    @lane
    def leaky(token: Secret) -> None:
        """Leak."""
        fail(token, given=leak(token))
'''
TOKEN = "p@ss w/rd+correct-horse"


def _hidden(project: Project, *runs: Done, secret: str = "correct-horse") -> None:
    """The secret is in nothing that left the process, in none of its forms."""
    from base64 import b64encode
    from urllib.parse import quote

    forms = {secret, quote(secret, safe=""), b64encode(secret.encode()).decode().rstrip("=")[:-2]}
    forms |= {b64encode(b"user:" + secret.encode()).decode()[8:-4]}
    for run in runs:
        for form in forms:
            assert form not in run.stdout, form
            assert form not in run.stderr, form
    for file in project.folder.rglob("*"):
        if (
            file.is_file()
            and file.suffix != ".py"
            and file.name != "shown.txt"
            and "__pycache__" not in file.parts
        ):
            content = file.read_bytes()
            for form in forms:
                assert form.encode() not in content, (file, form)


@pytest.mark.parametrize("words", [(), ("--json",), ("-v",)])
def test_a_secret_leaves_the_process_nowhere(project: Project, words: tuple[str, ...]) -> None:
    project.write("Lanefile.py", SECRETS)
    done = project.lane("run", "leaky", *words, "--junit", "report.xml", LANE_LEAKY__TOKEN=TOKEN)
    assert done.returncode == 1
    assert "bad token ****" in done.stdout + done.stderr
    assert "A secret was put on a command line" in "".join(
        file.read_text() for file in project.folder.rglob("*.log")
    )
    shown = project.lane("show")
    _hidden(project, done, shown, secret=TOKEN)
    _hidden(project, done, shown, secret="correct-horse")
    resumed = project.lane("resume", LANE_LEAKY__TOKEN=TOKEN)
    assert resumed.returncode == 1
    _hidden(project, resumed, secret=TOKEN)


ATTENDED = """
    from dataclasses import dataclass
    from lane import Context, action, lane

    @dataclass(frozen=True)
    class Person:
        name: str = "person"
        attended: bool = True
        expires: bool = False
        fit_for_ci: bool = False
        names: tuple[str, ...] = ()

        def how(self): return []

        def find(self, environment, folder): return None

    @action(auth=[Person()])
    def approve(ctx: Context) -> str:
        \"\"\"Ask.\"\"\"
        return "approved"

    @action
    def ship(ctx: Context, what: str) -> None:
        \"\"\"Ship.\"\"\"
        ctx.path("shipped.txt").write_text(what)

    @lane
    def release() -> None:
        \"\"\"Ship what was approved.\"\"\"
        ship(what=approve())
"""


def test_where_a_person_comes_first_it_depends_on_whether_one_is_here(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("Lanefile.py", ATTENDED)
    assert project.lane("run", "release", "--ci").returncode == 4
    assert not (tmp_path / "shipped.txt").exists()
    done = project.lane("run", "release", "--local")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "shipped.txt").read_text() == "approved"
