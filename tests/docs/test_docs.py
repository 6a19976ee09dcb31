"""Every sample of the documentation is run, every link leads somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, Page, Sample, pages
from story import agrees, story_of

import lane
import lane_actions
from lane.testing import trace

PAGES = pages()
NOT_RUN = [sample for page in PAGES for sample in page.samples if sample.mark == "not run"]


@pytest.mark.parametrize("page", [page for page in PAGES if page.samples], ids=lambda page: page.name)
def test_the_samples_of_a_page_run(page: Page, tmp_path: Path) -> None:
    with story_of(page, tmp_path) as story:
        for sample in page.samples:
            if sample.mark != "not run":
                story.tell(sample)


@pytest.mark.parametrize("sample", NOT_RUN, ids=str)
def test_a_sample_that_cannot_be_run_here(sample: Sample) -> None:
    assert sample.why, f"{sample} says not why it is not run"
    pytest.skip(f"a sample that cannot be run here: {sample.why}")


def test_outputs_are_really_compared() -> None:
    assert agrees("a  1.0 s\n…\nrun 20260101-000000-abcd", "a 12 ms\nb\nc\nrun 20271231-235959-0123\n")
    assert agrees("upload … done", "upload 17 of 18 done")
    assert not agrees("a\nb", "a\nc")
    assert not agrees("a", "a\nb")
    assert not agrees("upload … done", "upload 17\nof 18 done")


# Types


def test_what_the_pages_write_satisfies_mypy_and_pyright(tmp_path: Path) -> None:
    files = _lay_out(tmp_path)
    assert len(files) > 20
    mypy = "[mypy]\nstrict = true\nexplicit_package_bases = true\n"
    (tmp_path / "mypy.ini").write_text(f"{mypy}mypy_path = {ROOT / 'framework'}:{ROOT / 'actions'}\n")
    config = {
        "typeCheckingMode": "strict",
        "extraPaths": [str(ROOT / "framework"), str(ROOT / "actions")],
        "pythonVersion": "3.11",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    assert (
        _lines("mypy", *files, folder=tmp_path) == f"Success: no issues found in {len(files)} source files\n"
    )
    assert "0 errors, 0 warnings" in _lines("pyright", "--pythonpath", sys.executable, folder=tmp_path)


def _lines(tool: str, *words: str, folder: Path) -> str:
    command = [sys.executable, "-m", tool, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False).stdout


def _lay_out(folder: Path) -> list[str]:
    """One project of all pages' files: the Lanefiles and scripts under names of their own."""
    written: dict[str, str] = {}
    for page in PAGES:
        for sample in page.samples:
            if sample.language != "python" or sample.mark in {"not run", "cannot be planned"}:
                continue
            own = f"{page.path.stem.replace('-', '_').lower()}_{sample.line}.py"
            name = own if sample.file in {None, "Lanefile.py"} else str(sample.file)
            assert written.setdefault(name, sample.text) == sample.text, f"{sample}: another page has {name}"
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(written)


# What outputs cannot do, and what to write instead: the table of the page outputs


def _rows() -> list[tuple[str, str]]:
    page = next(page for page in PAGES if page.path.name == "outputs.md")
    (table,) = [table for table in page.tables if table[0][1] == "Write instead"]
    return [(wrong.strip("`"), right.strip("`")) for wrong, right in table[1:]]


def _problems(expression: str) -> set[str]:
    """The codes of what is wrong with a lane that has this line."""

    def body() -> None:
        number = lane_actions.latest_build_number()
        build = lane_actions.upload(ipa=Path("build/Aurora.ipa"))
        dsyms = lane_actions.download_dsyms(build=build)
        names = {name: getattr(lane_actions, name) for name in lane_actions.__all__}
        known = {
            "let": lane.let,
            "each": lane.each,
            "json": json,
            "number": number,
            "build": build,
            "dsyms": dsyms,
        }
        eval(expression, {**names, **known})

    try:
        trace(lane.lane(body))
    except lane.PlanError as error:
        return {problem.code for problem in error.problems}
    return set()


@pytest.mark.parametrize(("wrong", "right"), _rows())
def test_the_table_of_what_to_write_instead_is_true(wrong: str, right: str) -> None:
    assert _problems(wrong) & {"output_used", "damaged_token"}
    assert _problems(right) == set()


# What people meet when they sign in: the table of the page apple-id


def _texts(folder: Path) -> list[str]:
    """The texts that the code has, with `…` for what is put into them."""
    found = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [each.value if isinstance(each, ast.Constant) else "…" for each in node.values]
                found.append("".join(map(str, parts)))
    return found


def test_the_messages_of_the_table_of_errors_are_real() -> None:
    page = next(page for page in PAGES if page.path.name == "apple-id.md")
    (table,) = [table for table in page.tables if table[0] == ("message", "exit", "what to do")]
    texts = _texts(ROOT / "framework" / "lane_apple")
    assert len(table) > 15
    unknown = [row[0] for row in table[1:] if not any(_fits(row[0], text) for text in texts)]
    assert unknown == []


def _fits(message: str, text: str) -> bool:
    """Whether a text is, or begins with, a message; `…` at its end stands for any rest."""
    return text.startswith(message.removesuffix("…").rstrip())


# Links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    anchors = {other.path: other.anchors for other in PAGES}
    for line, link in page.links:
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.exists(), f"{page.name}:{line}: {link} leads nowhere"
        assert not anchor or anchor in anchors[path], f"{page.name}:{line}: {link} names no heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    links = {
        page.path: {(page.path.parent / link.partition("#")[0]).resolve() for _, link in page.links}
        for page in PAGES
    }
    seen, left = set(), [ROOT / "README.md"]
    while left:
        path = left.pop()
        if path in links and path not in seen:
            seen.add(path)
            left.extend(links[path])
    assert seen == set(links)


# What else is promised


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[?([^\]\s]+)", text, flags=re.MULTILINE)
    assert versions[0] == lane.__version__


def test_the_makefile_has_what_the_pages_call() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    called = {
        word
        for page in PAGES
        for sample in page.samples
        for word in re.findall(r"^\$ make ([\w-]+)", sample.text, re.MULTILINE)
    }
    assert called
    assert called <= targets
