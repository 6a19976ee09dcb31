"""What a step that does nothing costs in `lane run`: time, growth with the number of steps, memory."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ._measure import Command, Sample, found, interleaved
from ._row import Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHAPES = ("layered", "fan", "chain")
_LARGE = 50_000  # steps: from here on a run takes seconds, and fewer of them give a median
_PEER_MOST = 10_000  # steps: the peer takes 15 s for ten times as many

Samples = dict[str, Sample]


def steps(folder: Path, sizes: Sequence[int], runs: int) -> list[Row]:
    """Rows of no-op steps in each shape at each size; the cost of a run of one step is taken off."""
    small = [size for size in sizes if size < _LARGE]
    taken = interleaved(_commands(folder, small), runs, warm=min(1, runs - 1))
    rare = max(1, runs // 3)
    taken |= {f"{name} large": sample for name, sample in _large(folder, sizes, rare).items()}
    rows = [_time(taken, shape, size) for shape in SHAPES for size in sizes]
    rows += [_growth(taken, shape, sizes) for shape in SHAPES]
    return rows + [_memory(taken, shape, sizes[-1]) for shape in SHAPES]


def _large(folder: Path, sizes: Sequence[int], runs: int) -> Samples:
    large = [size for size in sizes if size >= _LARGE]
    return interleaved(_commands(folder, large), runs, warm=0) if large else {}


def _commands(folder: Path, sizes: Sequence[int]) -> dict[str, Command]:
    lane, doit = found("lane"), found("doit")
    commands: dict[str, Command] = {}
    if lane is not None:
        commands["one"] = Command((lane, "run", "one"), folder, (".lane",))
        for shape in SHAPES:
            for size in sizes:
                args = (lane, "run", shape, "--steps", str(size))
                commands[f"{shape} {size}"] = Command(args, folder, (".lane",))
    if doit is not None:
        kept = (".doit.db",)
        commands["doit one"] = Command((doit, "one"), folder, kept)
        for size in sizes:
            if size <= _PEER_MOST:
                commands[f"doit layered {size}"] = Command((doit, f"steps={size}", "layered"), folder, kept)
    return commands


def _per_step(taken: Samples, shape: str, size: int, *, peer: str = "") -> Sample:
    """What each step adds to a run of one."""
    large = " large" if size >= _LARGE else ""
    many, one = taken[f"{peer}{shape} {size}{large}"], taken[f"{peer}one{large}"]
    return Sample(*((here - there) / (size - 1) for here, there in zip(many, one, strict=True)))


def _time(taken: Samples, shape: str, size: int) -> Row:
    each = _per_step(taken, shape, size)
    detail = f"processor {each.cpu * 1e6:.1f} µs"
    if shape == "layered" and f"doit layered {size}" in taken:
        detail += f", doit {_per_step(taken, shape, size, peer='doit ').wall * 1e6:.1f} µs"
    return Row(f"no-op step, {shape}, {size:,}", each.wall * 1e6, "µs", 100.0, 50.0, detail)


def _growth(taken: Samples, shape: str, sizes: Sequence[int]) -> Row:
    """The growth of a step's cost from one size to the next, ten times larger; the worst counts."""
    each = [_per_step(taken, shape, size) for size in sizes]
    growths = [(after.wall / before.wall, after.cpu / before.cpu) for before, after in pairwise(each)]
    shown = ", ".join(
        f"{small:,} to {large:,}: {wall:.2f} (processor {cpu:.2f})"
        for (small, large), (wall, cpu) in zip(pairwise(sizes), growths, strict=True)
    )
    return Row(f"growth per tenfold, {shape}", max(wall for wall, _ in growths), "×", 1.2, 1.1, shown)


def _memory(taken: Samples, shape: str, size: int) -> Row:
    each = _per_step(taken, shape, size)
    large = " large" if size >= _LARGE else ""
    peak = taken[f"{shape} {size}{large}"].peak / 1024
    return Row(f"memory per step, {shape}, {size:,}", each.peak, "KiB", 2.0, 1.0, f"peak {peak:.0f} MiB")
