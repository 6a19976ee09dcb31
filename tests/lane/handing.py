"""Projects that hand jobs to each other: separate folders, each with a store and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from project import Project, variables

LANEFILE = '''
    import os
    from pathlib import Path

    from lane import ActionError, Context, Model, Secret, action, cron, each, lane, let, nightly


    class App(Model):
        path: Path
        archive: Path
        dsyms: Path
        number: int


    def _ran(ctx: Context, text: str) -> None:
        """Write down, outside of all stores, that a step ran."""
        with Path(os.environ["RAN"]).open("a") as file:
            file.write(f"{ctx.step} {text}\\n")


    @action(effect="create")
    def build(ctx: Context, *, number: int = 42, size: int = 5) -> App:
        """Build."""
        _ran(ctx, str(number))
        ctx.path("build/dsyms/deep").mkdir(parents=True, exist_ok=True)
        ctx.path("build/dsyms/deep/a").write_text(f"dsym of {number}")
        ctx.path("build/Aurora.ipa").write_bytes(bytes([number % 256]) * size)
        ctx.path("build/Aurora.xcarchive").write_text("too big to go along")
        return App(
            path=Path("build/Aurora.ipa"),
            archive=Path("build/Aurora.xcarchive"),
            dsyms=ctx.path("build/dsyms"),
            number=number,
        )


    @action(effect="create")
    def symbols(ctx: Context, *, dsyms: Path, of: int) -> str:
        """Upload symbols."""
        if ctx.path("broken").exists():
            raise ActionError("It is broken.")
        _ran(ctx, f"{of} {(ctx.path(dsyms) / 'deep/a').read_text()}")
        return f"symbols of {of}"


    @action(effect="create")
    def ship(ctx: Context, *, ipa: Path, text: str = "") -> int:
        """Ship."""
        _ran(ctx, f"{text} {ctx.path(ipa).stat().st_size} bytes")
        return ctx.path(ipa).stat().st_size


    @action(effect="create")
    def tell(ctx: Context, text: str) -> None:
        """Tell."""
        _ran(ctx, text)


    @action(runs_on="elsewhere", effect="create")
    def far(ctx: Context, *, ipa: Path) -> str:
        """Run on another machine."""
        _ran(ctx, f"{ctx.path(ipa).stat().st_size} bytes")
        return "from afar"


    @lane
    def release(number: int = 42, notes: str = "none", size: int = 5) -> None:
        """Build now, the rest tonight."""
        app = build(number=number, size=size)
        tell(notes)
        done = symbols.set(on=nightly)(dsyms=app.dsyms, of=app.number)
        tell.set(on=nightly)(f"{done} of {app.number}")
'''


class Places:
    """Several checkouts of one project, and a file that says which steps ran, wherever they did."""

    def __init__(self, folder: Path, lanefile: str = LANEFILE) -> None:
        self.folder = folder
        self.handoffs = folder / "handoffs"
        self._lanefile = lanefile
        self._ran = folder / "ran.txt"

    def checkout(self, name: str, more: str = "") -> Checkout:
        """A new folder with the project in it."""
        project = Project(self.folder / name)
        project.write("Lanefile.py", self._lanefile + more)
        return Checkout(project.folder, str(self._ran))

    @property
    def give(self) -> tuple[str, str]:
        """The words that leave hand-offs."""
        return "--export-handoff", str(self.handoffs)

    def take(self, job: str = "scheduled", lane: str = "release") -> tuple[str, ...]:
        """The words that take those for a job."""
        return "run", lane, "--job", job, "--handoff", str(self.handoffs)

    @property
    def ran(self) -> list[str]:
        """The steps that ran, with what they say, in their order."""
        return self._ran.read_text().splitlines() if self._ran.exists() else []

    @property
    def left(self) -> list[dict[str, Any]]:
        """The hand-offs, as JSON."""
        files = sorted(self.handoffs.rglob("*.handoff.json"))
        return [json.loads(path.read_text()) for path in files]

    def only(self) -> Path:
        """The hand-off where there is but one."""
        (path,) = self.handoffs.rglob("*.handoff.json")
        return path


class Checkout:
    """A folder in which `lane` runs with nothing but what it is given."""

    def __init__(self, folder: Path, ran: str) -> None:
        self.folder = folder
        self._ran = ran

    def environment(self, **given: str) -> dict[str, str]:
        """The variables of its processes."""
        return {**variables(), "CI": "true", "RAN": self._ran, **given}

    def lane(self, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
        """Run `lane` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "lane", *words],
            cwd=self.folder,
            env=self.environment(**given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, *words: str, **given: str) -> subprocess.Popen[str]:
        """Run `lane` and do not wait."""
        return subprocess.Popen(
            [sys.executable, "-m", "lane", *words],
            cwd=self.folder,
            env=self.environment(**given),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ok(self, *words: str, **given: str) -> str:
        """Run `lane`, which has to succeed; what it printed."""
        done = self.lane(*words, **given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *words: str, code: int = 2, **given: str) -> str:
        """Run `lane`, which has to fail so; what it printed."""
        done = self.lane(*words, **given)
        text = done.stdout + done.stderr
        assert done.returncode == code, text
        assert "Traceback" not in text
        return text

    def json(self, *words: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.ok(*words, "--json"))

    def files(self) -> list[str]:
        """All that is in the folder, but for the store's own."""
        found = []
        for root, _, names in os.walk(self.folder):
            found += [os.path.relpath(Path(root, name), self.folder) for name in names]
        return sorted(name for name in found if "__pycache__" not in name)
