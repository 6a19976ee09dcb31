"""`python -m tests.benchmarks`: prints every figure that the project promises, beside its peers'."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ._release import scheduling
from ._row import Row, table
from ._startup import startup
from ._steps import steps
from ._transfer import transfer

_PROJECTS = Path(__file__).parent / "projects"
_SIZES, _QUICK_SIZES = (1_000, 10_000, 100_000), (10, 100, 1_000)


def main() -> int:
    """Measure all, and print a table or JSON. The exit code is 0 whether bounds were met or not."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, one run each: shows that it works")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lane bench ") as made:
        folder = Path(made).resolve()
        shutil.copytree(_PROJECTS, folder, dirs_exist_ok=True)
        rows = measured(folder, quick=given.quick)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": [row.as_dict() for row in rows]}, indent=2))
    else:
        print(", ".join(f"{name} {value}" for name, value in machine().items()), table(rows), sep="\n\n")
    return 0


def measured(folder: Path, *, quick: bool) -> list[Row]:
    """All rows, in the order of the promises."""
    runs = 1 if quick else 11
    rows = startup(folder / "lanes", folder / "steps", runs)
    _tell("start-up is measured; steps that do nothing come next")
    rows += steps(folder / "steps", _QUICK_SIZES if quick else _SIZES, 1 if quick else 9)
    _tell("steps are measured; a release of sleeps comes next")
    rows += scheduling(folder / "release", 1 if quick else 5, scale=0.1 if quick else 1.0)
    _tell("a release is measured; uploads and downloads come next")
    return rows + (transfer(folder, 1, mib=48, files=8) if quick else transfer(folder, 9))


def machine() -> dict[str, str]:
    """What it was measured on, and against which versions."""
    known = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    known["cores"] = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    known["load"] = f"{os.getloadavg()[0]:.1f}"
    for peer in ("lane", "doit", "poethepoet", "requests"):
        try:
            known[peer] = version(peer)
        except PackageNotFoundError:
            known[peer] = "missing"
    return known


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
