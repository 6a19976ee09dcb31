"""What a hand-off must not hold, must not do, and must not cost."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from test_handoff_format import _canonical, _digest

if TYPE_CHECKING:
    from handing import Checkout, Places

CANARY = "correct-horse-battery-staple"

SECRETIVE = '''
    from typing import Annotated

    @action(effect="create")
    def sign_in(ctx: Context, *, token: Secret) -> str:
        """Give a secret away."""
        return f"Bearer {token.reveal()}"

    @action(effect="create")
    def write_down(ctx: Context, *, token: Secret, name: str = "config") -> Path:
        """Write a secret into a file."""
        file = ctx.artifacts / f"{name}.json"
        file.write_text("x" * 100 + token.reveal())
        return file

    @action(effect="create")
    def harmless(ctx: Context, *, token: Secret) -> int:
        """Use a secret, and keep it."""
        return len(token.reveal())

    @action(effect="create")
    def late(
        ctx: Context, *, of: str = "", file: Path | None = None, number: int = 0, token: Secret | None = None
    ) -> None:
        """Run tonight."""
        _ran(ctx, f"{number} {token is not None and token.reveal() == 'correct-horse-battery-staple'}")

    @lane
    def gives_text(token: Secret) -> None:
        """Hand a secret over in a text."""
        late.set(on=nightly)(of=sign_in(token=token))

    @lane
    def gives_file(token: Secret) -> None:
        """Hand a secret over in a file."""
        late.set(on=nightly)(file=write_down(token=token))

    @lane
    def gives_name(token: Secret) -> None:
        """Hand a secret over in the name of a file."""
        late.set(on=nightly)(file=write_down(token=token, name="correct-horse-battery-staple"))

    @lane
    def gives_number(token: Secret) -> None:
        """Hand no secret over."""
        late.set(on=nightly)(number=harmless(token=token), token=token)

    @lane
    def given(word: str, token: Secret) -> None:
        """Have a secret among the parameters."""
        late.set(on=nightly)(number=harmless(token=token))
'''


def _hidden(places: Places) -> None:
    for path in places.folder.rglob("*"):
        if path.is_file() and path.suffix != ".py" and not path.is_relative_to(places.folder / "here/.lane"):
            assert CANARY.encode() not in path.read_bytes(), path
        assert CANARY not in path.name or path.is_relative_to(places.folder / "here/.lane")


@pytest.mark.parametrize(
    ("lane", "told"),
    [
        ("gives_text", "The output of sign_in holds a secret"),
        ("gives_file", "The output of write_down names what cannot be handed over"),
        ("gives_name", "The output of write_down holds a secret"),
    ],
)
def test_a_secret_does_not_leave_the_store(places: Places, lane: str, told: str) -> None:
    here = places.checkout("here", SECRETIVE)
    words = ("run", lane, "--export-handoff", str(places.handoffs))
    environment = {f"LANE_{lane.upper()}__TOKEN": CANARY}
    printed = here.refused(*words, code=1, **environment)
    assert told in printed
    assert "Nothing is handed over" in printed
    assert CANARY not in printed
    assert not list(places.handoffs.glob("*.handoff.json"))
    assert [row["job"] for row in here.json("pending")] == ["scheduled"], "it waits here as ever"
    _hidden(places)


def test_secret_parameters_come_from_the_environment_there_too(places: Places) -> None:
    here, there = places.checkout("here", SECRETIVE), places.checkout("there", SECRETIVE)
    here.ok("run", "gives_number", "--export-handoff", str(places.handoffs), LANE_GIVES_NUMBER__TOKEN=CANARY)
    _hidden(places)
    (left,) = places.left
    assert left["parameters"] == {}
    take = ("run", "gives_number", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert "needs token" in there.refused(*take)
    there.ok(*take, LANE_GIVES_NUMBER__TOKEN=CANARY)
    assert places.ran == [f"late {len(CANARY)} True"]


def test_a_secret_parameter_may_be_given_to_the_command(places: Places) -> None:
    here, there = places.checkout("here", SECRETIVE), places.checkout("there", SECRETIVE)
    here.ok("run", "gives_number", "--token", CANARY, "--export-handoff", str(places.handoffs))
    there.ok(
        "run", "gives_number", "--token", CANARY, "--job", "scheduled", "--handoff", str(places.handoffs)
    )
    assert places.ran == [f"late {len(CANARY)} True"]


def test_an_ordinary_parameter_with_a_secret_in_it_is_no_part_of_it(places: Places) -> None:
    here = places.checkout("here", SECRETIVE)
    here.ok(
        "run", "given", "--word", f"my {CANARY}", "--token", CANARY, "--export-handoff", str(places.handoffs)
    )
    _hidden(places)


# Forged


def _forge(places: Places, **changed: Any) -> None:
    """Change the hand-off, and make the digest fit: who can write to the folder can do that."""
    path = places.only()
    document = {**json.loads(path.read_text()), **changed}
    document.pop("digest")
    document["digest"] = _digest(document)
    path.write_bytes(_canonical(document))


@pytest.fixture
def forged(places: Places) -> tuple[Places, Checkout]:
    """A hand-off in a folder, and a place that is about to take it."""
    places.checkout("here").ok("run", "release", "--export-handoff", str(places.handoffs))
    return places, places.checkout("there")


@pytest.mark.parametrize(
    "path",
    [
        "../../../../../outside",
        "/outside",
        "0/../../outside",
        "C:\\outside",
        "..\\..\\outside",
        "0/con",
        "0/a:b",
    ],
)
def test_nothing_is_written_outside_of_the_store(forged: tuple[Places, Checkout], path: str) -> None:
    places, there = forged
    (left,) = places.left
    files = [one for one in left["files"] if one["type"] == "file"]
    before = there.files()
    _forge(places, files=[*left["files"], {**files[0], "path": path}])
    assert "cannot be taken" in there.refused(
        "run", "release", "--job", "scheduled", "--handoff", str(places.handoffs)
    )
    assert [name for name in there.files() if not name.startswith(".lane/")] == before
    assert not list(places.folder.rglob("*outside*"))


def test_a_forged_link_leads_nowhere(forged: tuple[Places, Checkout]) -> None:
    places, there = forged
    (left,) = places.left
    links = [
        {"type": "link", "path": "0/dsyms/s", "target": "."},
        {"type": "link", "path": "0/dsyms/t", "target": "s/../../../../../../../Lanefile.py"},
    ]
    _forge(places, files=[*left["files"], *links])
    printed = there.refused("run", "release", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert "A link in the hand-off leads out of it" in printed
    assert not list((there.folder / ".lane/runs").iterdir())
    assert there.json("runs") == []


def test_a_forged_digest_of_a_file_leads_nowhere(forged: tuple[Places, Checkout]) -> None:
    places, there = forged
    (left,) = places.left
    files = [one if one["type"] != "file" else {**one, "sha256": "0" * 64} for one in left["files"]]
    _forge(places, files=files)
    (places.folder / "secret").write_text("dsym of 42")
    (places.handoffs / "files" / ("0" * 64)).symlink_to(places.folder / "secret")
    printed = there.refused("run", "release", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert "its SHA-256 is" in printed


@pytest.mark.parametrize("job", ["main", "scheduled"])
def test_forged_steps_and_jobs_that_the_lane_does_not_have_are_refused(
    forged: tuple[Places, Checkout], job: str
) -> None:
    places, there = forged
    (left,) = places.left
    jobs = [one if one["name"] != job else {**one, "steps": ["other"]} for one in left["jobs"]]
    _forge(places, jobs=jobs)
    printed = there.refused("run", "release", "--job", "scheduled", "--handoff", str(places.handoffs))
    assert "has no step 'other'" in printed


def test_a_hand_off_without_what_the_job_takes_is_refused(forged: tuple[Places, Checkout]) -> None:
    places, there = forged
    (left,) = places.left
    for steps in ({}, {"build": {"state": "succeeded"}}):
        _forge(places, steps={"tell": left["steps"]["tell"], **steps}, files=[])
        printed = there.refused("run", "release", "--job", "scheduled", "--handoff", str(places.handoffs))
        assert "the output of build is needed, and is not in it" in printed


# Big

BIG = 300  # MiB


MEASURED = """
import resource, sys
from lane._main import main
code = main()
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def _peak(checkout: Checkout, *words: str) -> int:
    """The most memory that a command had, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        cwd=checkout.folder,
        env=checkout.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stderr.split("peak ")[1]) // 1024


BIG_LANE = '''
    @action(effect="create")
    def big(ctx: Context, *, mib: int) -> Path:
        """Leave a big file."""
        with (ctx.artifacts / "big").open("wb") as file:
            file.truncate(mib << 20)
        return ctx.artifacts / "big"

    @lane
    def bulky(mib: int) -> None:
        """Hand a big file over."""
        ship.set(on=nightly)(ipa=big(mib=mib))
'''


def test_a_big_file_is_handed_over_in_little_memory(places: Places) -> None:
    peaks = {}
    for mib in (1, BIG):
        here, there = places.checkout(f"here {mib}", BIG_LANE), places.checkout(f"there {mib}", BIG_LANE)
        folder = str(places.folder / f"handoffs {mib}")
        peaks[mib] = (
            _peak(here, "run", "bulky", "--mib", str(mib), "--export-handoff", folder),
            _peak(there, "run", "bulky", "--job", "scheduled", "--handoff", folder),
        )
    assert places.ran == [f"ship  {mib << 20} bytes" for mib in (1, BIG)]
    for small, big in zip(peaks[1], peaks[BIG], strict=True):
        assert big - small < 24, peaks
