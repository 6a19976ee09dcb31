"""Print how right `lane audit` is: `make audit-accuracy [CORPUS=folder]`. Not a test; it fails for nobody.

Without a folder: the corpus beside the project. With one: a folder that holds files named as in the labels of
../shared/corpus/real (fetched where they are public), or a corpus with labels of its own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.lane_fastfile.audit_labels import Score, score

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def main(arguments: list[str]) -> int:
    """Measure, and print; the exit code."""
    folder = Path(arguments[0]) if arguments else CORPUS / "fastfiles"
    own = folder / "labels.json"
    labels = own if own.is_file() else CORPUS / "real" / "labels.json"
    if not labels.is_file():
        print(f"There are no labels for {folder}.", file=sys.stderr)
        return 2
    _print(folder, score(folder, labels), _seconds(folder, labels))
    return 0


def _seconds(folder: Path, labels: Path) -> float:
    started = time.perf_counter()
    score(folder, labels)
    return time.perf_counter() - started


def _print(folder: Path, result: Score, seconds: float) -> None:
    print(f"{folder}: {result.files} files, {len(result.absent)} absent, {seconds:.2f} s")
    print(f"lanes found         {_share(result.found, result.lanes)}")
    print(f"auth right          {_share(result.exact, result.lanes)}")
    print(f"auth accepted       {_share(result.accepted, result.lanes)}")
    print(f"hooks and helpers   {_share(result.parts_right, result.parts)}")
    for title, lines in (("Wrong", result.wrong), ("Accepted, but not what the label prefers", result.other)):
        if lines:
            print(f"\n{title}:", *lines, sep="\n  ")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none are there"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
