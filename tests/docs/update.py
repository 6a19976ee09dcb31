"""Puts what the commands print now into the pages: `python tests/docs/update.py [PAGE]`.

Only outputs that differ are replaced; one with `…` in it is shortened by hand, and told.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what the story needs of the tests

from pages import pages
from story import SampleError, agrees, story_of

if TYPE_CHECKING:
    from pages import Page, Sample
    from story import Story


def main(names: list[str]) -> int:
    """Update the pages whose names hold one of `names`, or all."""
    told = [line for page in pages() if _wanted(page, names) for line in update(page)]
    print("\n".join(told) or "Nothing to do by hand.")
    return 1 if told else 0


def _wanted(page: Page, names: list[str]) -> bool:
    return not names or any(name in page.name for name in names)


def update(page: Page) -> list[str]:
    """Update one page; what has to be done by hand."""
    told: list[str] = []
    text = page.path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, story_of(page, Path(folder).resolve()) as story:
        for sample in page.samples:
            if sample.mark == "not run":
                continue
            if sample.language == "console":
                text = _updated(story, sample, text, told)
                continue
            try:
                story.tell(sample)
            except SampleError as error:
                told.append(str(error))
    page.path.write_text(text, encoding="utf-8")
    return told


def _updated(story: Story, sample: Sample, text: str, told: list[str]) -> str:
    """The page's text with what the commands of a `console` block print now."""
    block = []
    for command, output, _ in story.outputs(sample):
        shown = command.shown
        if shown is not None and not agrees(shown, output):
            shortened = shown.count("…") > output.count("…")
            if shortened or "Traceback (most recent call last)" in output:
                told.append(f"{sample}: `{command.words}` prints\n{output}")
            else:
                shown = "\n".join(line.rstrip() for line in output.rstrip("\n").splitlines())
        block.append(f"$ {command.words}\n" + ("" if shown is None else f"{shown}\n"))
    return text.replace(sample.text, "".join(block), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
