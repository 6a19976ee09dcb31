"""How a Lanefile is read into needs: what can wait, what is done once, what an edit would spare."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from project import Project

from lane_apple import api_key
from lane_apple._advice.lanefile import Reading, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane_apple._advice.need import Need

ACTIONS = """
    from lane import Context, action, app, cron, lane, nightly, now, probe
    from lane_apple import api_key, apple_id

    app(bundle_id="com.example.aurora")

    @probe(auth=[api_key])
    def by_key(ctx: Context) -> str | None: ...

    @probe
    def by_its_own(ctx: Context) -> str | None: ...

    @action(auth=[apple_id])
    def details(ctx: Context, *, of: str = "") -> str: ...

    @action(auth=[api_key], effect="create")
    def send(ctx: Context, *, of: str = "") -> str: ...

    @action(auth=[api_key], effect="read")
    def look(ctx: Context, *, of: str = "") -> str: ...

    @action
    def tell(ctx: Context, *, of: str = "") -> str: ...

    @action(auth=[api_key], effect="create", probe=by_key)
    def identifier(ctx: Context) -> str: ...

    @action(auth=[apple_id], effect="create", probe=by_key)
    def record(ctx: Context, *, of: str = "") -> str: ...

    @action(auth=[apple_id], effect="create", probe=by_its_own)
    def blind(ctx: Context) -> str: ...

    @action(auth=[apple_id], effect="read", probe=by_key)
    def fetch(ctx: Context) -> str: ...
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LANE_STORE", raising=False)
    before = list(sys.path)
    yield Project(tmp_path)
    sys.path[:] = before


def _read(project: Project, *body: str) -> Reading:
    lines = "".join(f"\n        {line}" for line in body)
    file = project.write("Lanefile.py", f"{ACTIONS}\n    @lane\n    def release() -> None:{lines}\n")
    return read(str(file))


def _needs(project: Project, *body: str) -> dict[str, Need]:
    return {need.name: need for need in _read(project, *body).needs}


# What can wait


@pytest.mark.parametrize(
    ("body", "can_wait"),
    [
        (["details()"], True),
        (["details(of=send())"], True),
        (["tell(of=details())"], True),
        (["look(of=tell(of=details()))"], True),
        (["send(of=details())"], False),
        (["send(of=tell(of=details()))"], False),
        (["tell.set(on=now)(of=details())"], False),
        (["details.set(on=nightly)()"], False),
        (["details.set(on=now)()"], False),
    ],
)
def test_what_waits_for_nothing_that_is_shipped_can_be_put_off(
    project: Project, body: list[str], can_wait: bool
) -> None:
    need = _needs(project, *body)["details"]
    assert (need.defer is not None) == can_wait
    if need.defer is not None:
        assert need.defer.cron == "0 3 * * *"
        assert need.defer.edit == "write details.set(on=nightly)(…) (from lane import nightly)."


def test_what_follows_and_is_deferred_gives_the_time(project: Project) -> None:
    need = _needs(project, 'tell.set(on=cron("0 5 * * 1"))(of=details())')["details"]
    assert need.defer is not None
    assert need.defer.cron == "0 5 * * 1"
    assert need.defer.edit == "write details.set(on=cron('0 5 * * 1'))(…) (from lane import cron)."


# What is done once


def test_a_probe_without_an_apple_id_sees_what_is_done_once(project: Project) -> None:
    assert _needs(project, "record()")["record"].check == (api_key,)


@pytest.mark.parametrize(
    ("body", "name", "seen"),
    [
        (["record(of=identifier())"], "record", True),  # the output of a probe that is satisfied is known
        (["record(of=tell())"], "record", False),
        (["record.set(when=let(tell(), bool))()"], "record", False),
        (["fetch()"], "fetch", False),
        (["details()"], "details", False),
    ],
)
def test_what_has_something_to_do_in_every_run_is_not(
    project: Project, body: list[str], name: str, seen: bool
) -> None:
    body = ["from lane import let", *body]
    assert (_needs(project, *body)[name].check is not None) == seen


def test_the_built_in_produce_and_pem_are_done_once(project: Project) -> None:
    lines = ["from lane_actions import pem, produce", 'produce(name="Aurora", sku="AURORA1")', "pem()"]
    found = _needs(project, *lines)
    assert [mode.name for mode in found["create_app_record"].modes] == ["apple_id"]
    assert "api_key" in [mode.name for mode in found["create_app_record"].check or ()]
    assert found["pem"].check == ()


def test_a_probe_that_needs_an_apple_id_itself_spares_nobody(project: Project) -> None:
    from lane_apple._advice.case import case_of
    from lane_apple._advice.need import Facts

    found = _read(project, "blind()")
    case = case_of(found.needs, Facts(held=found.held))
    assert ([*case.once], [made.need.name for made in case.recurring]) == ([], ["blind"])


# What an edit would spare


def _edits(need: Need) -> list[str]:
    return [remedy.edit for remedy in need.remedies]


def test_an_upload_that_nothing_uses_could_be_bare(project: Project) -> None:
    package = ["from pathlib import Path", "from lane_actions import upload"]
    alone = _needs(project, *package, 'upload(ipa=Path("a.ipa"))')["upload"]
    assert _edits(alone) == ["write upload(…, wait=0), without whats_new and groups: it only sends then."]
    used = _needs(project, *package, 'look(of=upload(ipa=Path("a.ipa")).version)')["upload"]
    assert _edits(used) == []
    bare = _needs(project, *package, 'upload(ipa=Path("a.ipa"), wait=0)')["upload"]
    assert [mode.name for mode in bare.modes] == ["api_key", "app_specific_password"]
    assert _edits(bare) == []


def test_a_pin_can_be_taken_away(project: Project) -> None:
    lines = ["from lane_actions import download_dsyms", 'download_dsyms.set(auth="apple_id")()']
    need = _needs(project, *lines)["download_dsyms"]
    assert _edits(need) == ["take .set(auth=…) away: download_dsyms can run under api_key too."]


def test_credentials_of_probes_are_looked_for_too(project: Project) -> None:
    assert api_key in _read(project, "record()").held


def test_names_of_hooks_steps_say_the_hook(project: Project) -> None:
    text = f"{ACTIONS}\n    from lane import after_all\n\n    @lane\n    def release() -> None:\n        details()\n"
    text += "\n    @after_all\n    def ending() -> None:\n        tell(of=look())\n"
    found = read(str(project.write("Lanefile.py", text)))
    assert [(need.name, need.follows, need.in_hook) for need in found.needs] == [
        ("details", (), False),
        ("after_all/look", (), True),
        ("after_all/tell", ("after_all/look",), True),
    ]
