"""A hand-off is taken by the lane and the Apple that it was left for, whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from handing import Places


def test_a_lane_that_has_changed_does_not_take_it(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    lanefile = there.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("    tell(notes)\n", "    tell(notes + '!')\n"))
    assert "has changed since the run" in there.refused(*places.take())
    assert there.json("runs") == []
    assert len(places.ran) == 2


def test_an_action_that_gives_something_else_today_does_not_take_it(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    lanefile = there.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("    number: int\n", "    number: int\n    more: str\n"))
    assert "The output of build in the hand-off is not what the step gives today" in there.refused(
        *places.take()
    )
    assert there.json("runs") == []
    assert not list((there.folder / ".lane/runs").iterdir()), "nothing is left of it"


def test_other_parameters_would_be_another_run(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    assert "The hand-off has the parameter number" in there.refused(*places.take(), "--number", "43")


def test_another_plan_than_the_approved_one_is_refused(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    (left,) = places.left
    assert "not the one that was approved" in there.refused(*places.take(), "--plan", f"sha256:{'0' * 64}")
    there.ok(*places.take(), "--plan", left["plan"])


@pytest.mark.parametrize("sandboxed", [True, False])
def test_the_same_apple_is_met(places: Places, sandboxed: bool) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    flag = ["--sandbox"]
    here.ok("run", "release", *places.give, *(flag if sandboxed else []))
    printed = there.refused(*places.take(), *([] if sandboxed else flag))
    assert "but here the lane meets" in printed
    assert ("Add --sandbox." if sandboxed else "Leave --sandbox") in printed
    there.ok(*places.take(), *(flag if sandboxed else []))


@pytest.mark.parametrize("damage", ["changed", "cut off", "missing", "a folder"])
def test_a_file_that_is_not_what_was_left_is_found(places: Places, damage: str) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    here.ok("run", "release", *places.give)
    (file,) = (places.handoffs / "files").iterdir()
    content = file.read_bytes()
    file.unlink()
    if damage == "changed":
        file.write_bytes(content[:-1] + b"!")
    elif damage == "cut off":
        file.write_bytes(content[:-1])
    elif damage == "a folder":
        file.mkdir()
    assert "The file 0/dsyms/deep/a of the hand-off cannot be taken" in there.refused(*places.take())
    assert there.json("runs") == []
    assert not list((there.folder / ".lane/runs").iterdir())
    if file.is_dir():
        file.rmdir()
    file.write_bytes(content)
    there.ok(*places.take())
    assert len(places.ran) == 4


def test_one_that_is_damaged_does_not_keep_the_others(places: Places) -> None:
    here, there = places.checkout("here"), places.checkout("there")
    for number in (1, 2):
        here.ok("run", "release", "--number", str(number), *places.give)
        if number == 1:
            damaged = places.only()
    damaged.write_bytes(damaged.read_bytes()[:-20])
    printed = there.refused(*places.take())
    assert f"The hand-off {damaged} cannot be taken: it is cut off" in printed
    assert [line for line in places.ran if line.startswith("symbols")] == ["symbols 2 dsym of 2"]
