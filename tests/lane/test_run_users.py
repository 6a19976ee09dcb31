"""What users' actions do to a run, and their secrets, which leave the process nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from run_command import Done, hidden, wrong

if TYPE_CHECKING:
    from project import Project


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
    wrong(done, message, code=1)
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
    hidden(project, done)


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
    hidden(project, done, shown, secret=TOKEN)
    hidden(project, done, shown, secret="correct-horse")
    resumed = project.lane("resume", LANE_LEAKY__TOKEN=TOKEN)
    assert resumed.returncode == 1
    hidden(project, resumed, secret=TOKEN)
