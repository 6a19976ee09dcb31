"""Several hand-offs: of many runs, from job to job, from machine to machine, with other secrets on each."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handing import Places


def test_all_that_lie_there_run_the_oldest_first_and_equal_ones_once(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    for number, notes in ((1, "first"), (2, "second"), (1, "the build is the same")):
        here.ok("run", "release", "--number", str(number), "--notes", notes, *places.give)
    runs = [run["run"] for run in reversed(here.json("runs"))]
    before = len(places.ran)
    printed = there.ok(*places.take())
    assert places.ran[before:] == [
        "symbols 1 dsym of 1",
        "tell-2 symbols of 1 of 1",
        "symbols 2 dsym of 2",
        "tell-2 symbols of 2 of 2",
    ]
    assert re.search(r"scheduled of \S+ is the same as that of \S+, and done\.", printed)
    assert {run["state"] for run in there.json("runs")} == {"succeeded"}
    claims = [json.loads(path.read_text())["state"] for path in places.handoffs.glob("*.claim")]
    assert claims == ["done"] * 3
    again = there.ok(*places.take())
    assert [f"scheduled of the run {run} is done already" in again for run in runs] == [True] * 3
    assert len(places.ran) == before + 4


def test_artifacts_may_lie_in_folders_of_their_own(places: Places) -> None:
    """As CI systems put them: one folder for each run whose artifact was fetched."""
    here, there = places.checkout("here"), places.checkout("there")
    for number in (1, 2):
        target = places.handoffs / f"artifact {number}"
        here.ok("run", "release", "--number", str(number), "--export-handoff", str(target))
    there.ok(*places.take())
    assert [line for line in places.ran if line.startswith("symbols")] == [
        "symbols 1 dsym of 1",
        "symbols 2 dsym of 2",
    ]


CHAIN = '''
    @lane
    def chain() -> None:
        """Three nights, and two ways that meet."""
        app = build()
        first = symbols.set(on=cron("0 1 * * *"), name="first")(dsyms=app.dsyms, of=app.number)
        second = ship.set(on=cron("0 2 * * *"), name="second")(ipa=app.path, text=f"{app.number}")
        tell.set(on=cron("0 3 * * *"), name="last")(f"{first} and {second} of {app.number}")
'''


def _run_chain(places: Places, job: str, *folders: str) -> str:
    """Run one job in a store of its own, with the hand-offs of those before it, and leave its own."""
    mine = places.folder / f"fetched for {job}"
    mine.mkdir()
    for folder in folders:
        shutil.copytree(places.handoffs / folder, mine / folder)
    checkout = places.checkout(f"store of {job}", CHAIN)
    return checkout.ok(
        "run", "chain", "--job", job, "--handoff", str(mine), "--export-handoff", str(places.handoffs / job)
    )


def test_two_ways_that_part_meet_again(places: Places) -> None:
    here = places.checkout("here", CHAIN)
    here.ok("run", "chain", "--export-handoff", str(places.handoffs / "main"))
    _run_chain(places, "scheduled", "main")
    _run_chain(places, "scheduled-2", "main")
    early = places.checkout("too early", CHAIN)
    waits = early.ok("run", "chain", "--job", "scheduled-3", "--handoff", str(places.handoffs / "scheduled"))
    assert re.search(r"scheduled-3 of the run \S+ waits for scheduled-2\.", waits)
    _run_chain(places, "scheduled-3", "scheduled", "scheduled-2")
    assert places.ran == [
        "build 42",
        "first 42 dsym of 42",
        "second 42 5 bytes",
        "last symbols of 42 and 5 of 42",
    ]


MACHINES = '''
    @lane
    def machines() -> None:
        """Build here, work afar, tell here."""
        app = build()
        tell(f"{far(ipa=app.path)} {app.number}")
'''


def test_a_job_cut_by_machine_goes_from_one_to_the_next(places: Places) -> None:
    here, afar, back = (places.checkout(name, MACHINES) for name in ("here", "afar", "back"))
    jobs = [job["name"] for job in json.loads(here.ok("plan", "machines", "--by-machine", "--json"))["jobs"]]
    assert jobs == ["main", "main-elsewhere", "main-2"]
    here.ok("run", "machines", "--by-machine", "--export-handoff", str(places.handoffs / "1"))
    assert places.ran == ["build 42"], "what needs another machine does not follow here"
    take = ("run", "machines", "--by-machine", "--handoff", str(places.handoffs))
    assert "needs a machine with elsewhere" in here.refused(*take, "--job", "main-elsewhere")
    give = ("--export-handoff", str(places.handoffs / "2"))
    afar.ok(*take, "--job", "main-elsewhere", *give, LANE_RUNS_ON="elsewhere")
    back.ok(*take, "--job", "main-2")
    assert places.ran == ["build 42", "far 5 bytes", "tell from afar 42"]


TWO = '''
    @action(runs_on="other", effect="create")
    def other(ctx: Context, *, ipa: Path) -> str:
        """Run on yet another machine."""
        return "from elsewhere"

    @lane
    def two() -> None:
        """Work on two other machines, then tell."""
        app = build()
        tell(f"{far(ipa=app.path)} {other(ipa=app.path)}")
'''


def test_a_job_that_is_called_too_early_is_refused(places: Places) -> None:
    """One that waits for no time is called when all should be there: what lacks is lost."""
    here, there = places.checkout("here", TWO), places.checkout("there", TWO)
    here.ok("run", "two", "--by-machine", *places.give)
    (places.handoffs / "2").mkdir()
    there.ok(
        "run", "two", "--job", "main-elsewhere", "--handoff", str(places.handoffs),
        "--export-handoff", str(places.handoffs / "2"), LANE_RUNS_ON="elsewhere",
    )  # fmt: skip
    only = str(places.handoffs / "2")
    printed = there.refused("run", "two", "--job", "main-2", "--handoff", only)
    assert re.search(r"main-2 of the run \S+ waits for main-other", printed)


MODES = '''
    class Held:
        """A credential."""

        source = "a variable"
        unattended = True

        def __init__(self, name: str) -> None:
            self.name = name


    class Mode:
        """An auth mode."""

        expires = fit_for_ci = False

        def __init__(self, name: str, attended: bool) -> None:
            self.name, self.attended, self.names = name, attended, (name.upper(),)

        def how(self) -> list[str]:
            return [f"Set {self.name.upper()}."]

        def find(self, environment: dict[str, str], folder: Path) -> Held | None:
            return Held(self.name) if environment.get(self.name.upper()) else None


    @action(auth=[Mode("person", True)], effect="create")
    def visit(ctx: Context, *, of: int) -> str:
        """Do what takes a person, or a session."""
        _ran(ctx, f"by {ctx.credential.name}")
        return "visited"

    @action(auth=[Mode("key", False)], effect="create")
    def unlock(ctx: Context, *, of: int) -> str:
        """Do what takes a key."""
        _ran(ctx, f"by {ctx.credential.name}")
        return "unlocked"

    @lane
    def guarded() -> None:
        """Build without any credential; the night has them."""
        app = build()
        visited = visit.set(on=nightly)(of=app.number)
        unlocked = unlock.set(on=nightly)(of=app.number)
        tell.set(on=nightly)(f"{visited} {unlocked}")

    @lane
    def asked() -> None:
        """Build, and then need a person."""
        visit(of=build().number)

    @lane
    def locked() -> None:
        """Need a key at once."""
        unlock(of=1)

    @lane
    def opened() -> None:
        """Need a key after what another machine does."""
        app = build()
        tell(f"{unlock(of=let(far(ipa=app.path), len))} {app.number}")
'''


def test_the_jobs_are_those_that_the_machines_together_can_do(places: Places) -> None:
    """A CI job has its own secrets only. How the plan is cut must not depend on which job makes it."""
    here, there, naked = (places.checkout(name, MODES) for name in ("here", "there", "naked"))

    def jobs(*words: str, **given: str) -> list[str]:
        return [
            one["name"] for one in json.loads(here.ok("plan", "guarded", "--json", *words, **given))["jobs"]
        ]

    have = ("--policy", "have=person,key")
    assert jobs(PERSON="1", KEY="1") == jobs(*have) == ["main", "scheduled"]
    assert jobs() != ["main", "scheduled"]
    here.ok("run", "guarded", "--job", "main", *have, *places.give)
    take = places.take(lane="guarded")
    assert "person is missing; visit needs it" in naked.refused(*take, *have, code=3, KEY="1")
    there.ok(*take, PERSON="1", KEY="1")
    assert sorted(places.ran[1:3]) == ["unlock by key", "visit by person"]
    assert places.ran[3:] == ["tell visited unlocked"]


def test_a_job_for_a_person_is_left_to_where_one_is(places: Places) -> None:
    here, there, other = (places.checkout(name, MODES) for name in ("here", "there", "other"))
    here.ok("run", "asked", *places.give)
    take = places.take("attended", "asked")
    printed = there.refused(*take, code=4)
    assert "needs a person for person" in printed
    assert "Set PERSON." in printed
    assert there.json("runs") == []
    other.ok(*take, PERSON="1")
    assert places.ran == ["build 42", "visit by person"]


def test_what_other_machines_have_has_to_be_here_for_what_runs_here(places: Places) -> None:
    here = places.checkout("here", MODES)
    have = ("--policy", "have=person,key")
    assert "key is missing; unlock needs it" in here.refused("run", "locked", *have, code=3)
    assert places.ran == []
    words = ("run", "opened", "--by-machine", *have, *places.give)
    printed = here.ok(*words, LANE_RUNS_ON="elsewhere")
    assert "main-2 does not begin. key is not here" in printed
    assert places.ran == ["build 42", "far 5 bytes"]


FANNED = '''
    @action(effect="create")
    def parts(ctx: Context) -> list[Path]:
        """Several files."""
        for name in ("a", "b"):
            ctx.artifacts.joinpath(name).write_text(f"part {name}")
        return sorted(ctx.artifacts.iterdir())

    @action(effect="create")
    def pack(ctx: Context, *, file: Path) -> Path:
        """Pack."""
        target = ctx.artifacts / f"{file.name}.packed"
        target.write_text(file.read_text() + " packed")
        return target

    @action(effect="create")
    def unpack(ctx: Context, *, file: Path) -> None:
        """Unpack."""
        _ran(ctx, file.read_text())

    @lane
    def fanned() -> None:
        """Fan out now, and over the results tonight."""
        packed = each(parts(), lambda file: pack(file=file))
        each(packed, lambda file: unpack.set(on=nightly)(file=file))
'''


def test_the_items_of_an_each_go_too(places: Places) -> None:
    here, there = places.checkout("here", FANNED), places.checkout("there", FANNED)
    here.ok("run", "fanned", *places.give)
    shutil.rmtree(here.folder)
    there.ok(*places.take(lane="fanned"))
    assert sorted(places.ran) == ["unpack[0] part a packed", "unpack[1] part b packed"]
