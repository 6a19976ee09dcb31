"""Probes take out of a plan what is done already; they may look, and leave nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine

from lane import Context, action, each, lane, probe

if TYPE_CHECKING:
    from pathlib import Path

calls: list[str] = []


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """Each test sees its own calls only."""
    calls.clear()


def _run(tmp_path: Path, found: Any, *, probe_first: bool = True) -> Any:
    @probe
    def look(ctx: Context) -> Any:
        return found(ctx) if callable(found) else found

    @action(effect="create", probe=look)
    def create(ctx: Context) -> str:
        calls.append("create")
        return "made"

    @action
    def tell(ctx: Context, text: str) -> None:
        calls.append(text)

    @lane
    def one() -> None:
        tell(create())

    return Engine(tmp_path).begin(one, probe=probe_first)


def test_what_is_done_leaves_the_plan_and_its_output_is_known(tmp_path: Path) -> None:
    seen = _run(tmp_path, "found")
    assert seen.code == 0
    assert calls == ["found"]


def test_what_is_not_done_runs(tmp_path: Path) -> None:
    assert _run(tmp_path, None).code == 0
    assert calls == ["create", "made"]


def test_nobody_is_asked_with_no_probe(tmp_path: Path) -> None:
    _run(tmp_path, "found", probe_first=False)
    assert calls == ["create", "made"]


def _raises(error: BaseException) -> Any:
    def raising(ctx: Context) -> None:
        raise error

    return raising


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (_raises(KeyError("gone")), "The probe of create failed: KeyError: 'gone'"),
        (_raises(SystemExit(2)), "The probe of create failed: It called sys.exit(2)."),
        (lambda ctx: ctx.change("something"), "probes change nothing"),
        ([1], "The probe of create failed: create returned a list, but declares str"),
        (lambda ctx: ctx.log.warning("look at this"), "create: look at this"),
    ],
)
def test_a_probe_that_fails_has_found_nothing(tmp_path: Path, found: Any, told: str) -> None:
    seen = _run(tmp_path, found)
    assert calls == ["create", "made"]
    assert [one for one in seen.notices if told in one], seen.notices


def test_a_probe_leaves_no_folder(tmp_path: Path) -> None:
    folders: list[Path] = []

    def look(ctx: Context) -> str:
        for folder in (ctx.scratch, ctx.artifacts):
            (folder / "file").write_text("x")
            folders.append(folder)
        return "found"

    _run(tmp_path, look)
    assert len(folders) == 2
    assert not any(folder.exists() for folder in folders)


def test_probes_of_a_chain_are_asked_one_after_the_other(tmp_path: Path) -> None:
    @probe
    def look(ctx: Context, text: str) -> str | None:
        return None if text == "none" else f"{text}+"

    @action(probe=look)
    def step(ctx: Context, text: str) -> str:
        calls.append(f"{ctx.step} {text}")
        return "made"

    @lane
    def chain() -> None:
        step(step(step("a")))
        step(step("none"))
        each(["x"], lambda text: step(text))

    seen = Engine(tmp_path).begin(chain, probe=True)
    assert seen.code == 0
    assert sorted(calls) == ["step-4 none", "step-5 made", "step-6[0] x"]
