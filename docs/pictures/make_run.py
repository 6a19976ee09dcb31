"""Makes run.svg: a plan and a run of the release in a terminal, drawn from what they really print.

    .venv/bin/python docs/pictures/make_run.py

The commands run in a pseudo-terminal, in a copy of this repository's lanes; pyte understands what they send,
rich draws the last screens.
"""

from __future__ import annotations

import io
import os
import pty
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from shutil import copy, copytree
from typing import TYPE_CHECKING

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    from pyte.screens import Char

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("run.svg")
COMMANDS = (("lane", "plan", "release"), ("lane", "run", "release"))
WIDTH, HEIGHT = 112, 60
BACKGROUND, FOREGROUND = (22, 27, 34), (201, 209, 217)
PLAIN = [
    (72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34),
    (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196),
]  # fmt: skip
BRIGHT = [
    (110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65),
    (121, 192, 255), (210, 168, 255), (86, 212, 221), (240, 246, 252),
]  # fmt: skip
THEME = TerminalTheme(BACKGROUND, FOREGROUND, PLAIN, BRIGHT)
_NAMES = {"brown": "yellow", "brightbrown": "bright_yellow"}  # pyte's words, where rich has others


def screen_of(command: tuple[str, ...], folder: Path) -> pyte.Screen:
    """The last screen of a command that runs in a terminal, in `folder`."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, _environment())  # noqa: S606 - no shell is wanted
    while output := _read(terminal):
        stream.feed(output)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(f"{' '.join(command)} exits with {code}:\n" + "\n".join(screen.display).rstrip())
    return screen


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    size = {"COLUMNS": str(WIDTH), "LINES": str(HEIGHT)}
    return {**kept, **size, "PATH": path, "TERM": "xterm-256color"}


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other end was closed
        return b""


def lines_of(screen: pyte.Screen) -> list[Text]:
    """The lines of a screen that have something on them, with their styles."""
    lines = []
    for row in range(HEIGHT):
        cells = [_cell(screen.buffer[row][column]) for column in range(WIDTH)]
        runs = [
            (style, "".join(text for text, _ in same)) for style, same in groupby(cells, lambda cell: cell[1])
        ]
        lines.append(Text.assemble(*((text, style) for style, text in runs)))
        lines[-1].rstrip()
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _cell(char: Char) -> tuple[str, Style]:
    if char.data == " ":
        return " ", Style()  # apart from words: some viewers drop spaces at the start of a text
    colour = None if char.fg == "default" else _NAMES.get(char.fg, char.fg.replace("bright", "bright_"))
    if colour is not None and len(colour) == 6 and not colour.isalpha():
        colour = f"#{colour}"
    return char.data, Style(color=colour, bold=char.bold, italic=char.italics, underline=char.underscore)


def run(folder: Path) -> list[Text]:
    """What the commands really print in a copy of this repository's lanes."""
    copy(ROOT / "Lanefile.py", folder)
    copytree(ROOT / "lanes", folder / "lanes")
    copytree(ROOT / "tests" / "assets", folder / "tests" / "assets")
    lines: list[Text] = []
    for command in COMMANDS:
        prompt = Text.assemble(("$ ", "dim"), (" ".join(command), "bold"))
        lines += [*([Text()] if lines else []), prompt, *lines_of(screen_of(command, folder))]
    return lines


def draw(lines: list[Text]) -> str:
    """The picture."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return console.export_svg(title="lane", theme=THEME, unique_id="run")


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        PICTURE.write_text(draw(run(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
