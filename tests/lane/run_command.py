"""`lane run` as people type it: lanes of many kinds, and what comes of a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from project import Project, variables

from lane._main import main

if TYPE_CHECKING:
    import pytest

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


Done = subprocess.CompletedProcess[str]


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


def shown(project: Project) -> dict[str, object]:
    from datetime import date
    from pathlib import PosixPath

    text = (project.folder / "shown.txt").read_text()
    text = re.sub(r"<Colour\.(\w+): '\w+'>", r"'\1'", text)
    found: dict[str, object] = eval(
        text, {"PosixPath": PosixPath, "datetime": __import__("datetime"), "date": date}
    )
    return found


def wrong(done: Done, *texts: str, code: int = 2) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for text in texts:
        assert text in done.stdout + done.stderr, done.stdout + done.stderr


def hidden(project: Project, *runs: Done, secret: str = "correct-horse") -> None:
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
