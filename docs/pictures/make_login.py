"""Makes login.svg: a person signs in to the offline Apple in a terminal.

    .venv/bin/python docs/pictures/make_login.py

As make_run.py, with somebody who types: the code is the one that the screen shows.
"""

from __future__ import annotations

import os
import pty
import re
import sys
import tempfile
from pathlib import Path

import pyte
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parent))
from make_run import HEIGHT, WIDTH, _environment, _read, draw, lines_of

PICTURE = Path(__file__).with_name("login.svg")
LANEFILE = '''from lane import app, lane, nightly
from lane_actions import download_dsyms

app(bundle_id="com.example.aurora", sandbox=True)


@lane
def symbols() -> None:
    """Fetch the newest build's symbols."""
    download_dsyms.set(on=nightly, auth="apple_id")()
'''
LOGIN = ("lane", "auth", "login")
_PROMPT = re.compile(r"Code, or .*: *$")
_CODE = re.compile(r"The offline Apple shows (\d{6})")


def signing_in(folder: Path) -> pyte.Screen:
    """The last screen of `lane auth login`, whose question is answered by what stands above it."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(LOGIN[0], LOGIN, _environment() | {"HOME": str(folder)})  # noqa: S606 - no shell is wanted
    answered = False
    while output := _read(terminal):
        stream.feed(output)
        shown = "\n".join(line.rstrip() for line in screen.display).rstrip()
        if not answered and _PROMPT.search(shown):
            os.write(terminal, _CODE.findall(shown)[-1].encode() + b"\n")
            answered = True
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(f"{' '.join(LOGIN)} exits with {code}:\n" + "\n".join(screen.display).rstrip())
    return screen


def run(folder: Path) -> list[Text]:
    """What the command really prints in a project that rehearses."""
    (folder / "Lanefile.py").write_text(LANEFILE, encoding="utf-8")
    prompt = Text.assemble(("$ ", "dim"), (" ".join(LOGIN), "bold"))
    return [prompt, *lines_of(signing_in(folder))]


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        PICTURE.write_text(draw(run(Path(folder).resolve())), encoding="utf-8")


if __name__ == "__main__":
    main()
