"""How long whole commands take: `--version`, `list`, and a run of one step that does nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ._measure import Command, Sample, found, interleaved
from ._row import Row

if TYPE_CHECKING:
    from pathlib import Path


def startup(lanes: Path, steps: Path, runs: int) -> list[Row]:
    """Rows of the commands that people wait for. `lanes` and `steps` are the projects to call them in."""
    commands = {"python": Command((sys.executable, "-c", "pass"), lanes)}
    for name, program, folder, arguments in (
        ("version", "lane", lanes, ("--version",)),
        ("list", "lane", lanes, ("list",)),
        ("doit list", "doit", lanes, ("list",)),
        ("poe list", "poe", lanes, ("--help",)),
        ("run", "lane", steps, ("run", "one")),
        ("doit run", "doit", steps, ("one",)),
        ("poe run", "poe", steps, ("one",)),
    ):
        path = found(program)
        if path is not None:
            commands[name] = Command((path, *arguments), folder)
    taken = interleaved(commands, runs, warm=2 if runs > 1 else 1)
    return [
        _ratio("lane --version", taken, "version", "python", (3.0, 2.0)),
        _ratio("lane list, 20 lanes", taken, "list", "doit list", (1.0, 0.5), "poe list"),
        _ratio("lane run, one no-op step", taken, "run", "doit run", (1.5, 1.0), "poe run"),
    ]


def _ratio(
    quantity: str,
    taken: dict[str, Sample],
    mine: str,
    yardstick: str,
    bounds: tuple[float, float],
    other: str | None = None,
) -> Row:
    must, aim = bounds
    told = [f"lane {_ms(taken[mine])}"]
    told += [f"{name} {_ms(taken[name])}" for name in (yardstick, other) if name in taken]
    if yardstick not in taken:
        return Row(
            quantity, None, f"× {yardstick}", must, aim, f"{', '.join(told)}; the yardstick is not installed"
        )
    value = taken[mine].wall / taken[yardstick].wall
    return Row(quantity, value, f"× {yardstick}", must, aim, ", ".join(told))


def _ms(sample: Sample) -> str:
    return f"{sample.wall * 1e3:.1f} ms"
