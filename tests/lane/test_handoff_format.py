"""The file of a hand-off: what was written is read, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lane._run.handoff import (
    File,
    Folder,
    HandedJob,
    HandedStep,
    HandOff,
    Link,
    _canonical,
    _digest,
    read,
    written,
)
from lane._run.portable import HandOffError, portable

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _+@-]{0,8}(\.[a-z]{1,4})?", fullmatch=True).filter(
    lambda name: not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name) and name[-1] != " "
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
RUNS = st.from_regex(r"2026112[0-9]-[0-9]{6}-[0-9a-f]{4}", fullmatch=True)
HEX = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)


@st.composite
def _entries(draw: st.DrawFn) -> list[File | Folder | Link]:
    found: list[File | Folder | Link] = []
    for number, name in enumerate(draw(st.lists(NAMES, max_size=3))):
        if draw(st.booleans()):
            found.append(
                _file(f"{number}/{name}", draw(HEX), draw(st.integers(0, 2**40)), draw(st.booleans()))
            )
            continue
        found.append(Folder(type="folder", path=f"{number}/{name}"))
        inside = draw(st.lists(NAMES, max_size=2, unique_by=str.casefold))
        found += [_file(f"{number}/{name}/{one}", draw(HEX), 1, False) for one in inside]
        if inside:
            found.append(Link(type="link", path=f"{number}/{name}/{inside[0]}~", target=inside[0]))
    return found


def _file(path: str, sha256: str, size: int, executable: bool) -> File:
    return File(type="file", path=path, sha256=sha256, size=size, executable=executable)


def _job(name: str, needs: list[str], steps: list[str], *, ended: bool) -> HandedJob:
    kind: Any = name.partition("-")[0]
    cron = "0 3 * * *" if kind == "scheduled" else None
    zone = "UTC" if cron else None
    return HandedJob(
        name=name, kind=kind, cron=cron, timezone=zone, attended=False, needs=needs, steps=steps, ended=ended
    )


@st.composite
def handoffs(draw: st.DrawFn) -> HandOff:
    """Hand-offs of all shapes."""
    files = draw(_entries())
    states = st.sampled_from(["succeeded", "satisfied", "skipped", "failed"])
    steps = {
        name: HandedStep(
            state=draw(states), output=draw(JSON), files={f"/{one.path}": one.path for one in files}
        )
        if draw(st.booleans())
        else HandedStep(state=draw(states))
        for name in draw(st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True))
    }
    run = draw(RUNS)
    return HandOff(
        lane=draw(st.text(max_size=8)),
        job="scheduled",
        plan=f"sha256:{draw(HEX)}",
        parameters=draw(st.dictionaries(st.text(max_size=5), JSON, max_size=3)),
        sandbox=draw(st.booleans()),
        origin=run,
        run=draw(st.just(run) | RUNS),
        left="2026-11-24T08:51:15.000001Z",
        jobs=[
            _job("main", [], ["build"], ended=draw(st.booleans())),
            _job("scheduled", ["main"], ["fetch"], ended=False),
        ],
        steps=steps,
        files=files,
    )


EXAMPLE = HandOff(
    lane="release",
    job="scheduled",
    plan=f"sha256:{'0' * 64}",
    parameters={"scheme": "Aurora"},
    sandbox=True,
    origin="20261124-085115-2075",
    run="20261124-085115-2075",
    left="2026-11-24T08:51:15.000001Z",
    jobs=[_job("main", [], ["build"], ended=True), _job("scheduled", ["main"], ["fetch"], ended=False)],
    steps={"build": HandedStep(state="succeeded", output={"path": "0/a.ipa"}, files={"/path": "0/a.ipa"})},
    files=[_file("0/a.ipa", "a" * 64, 7, False)],
)


@given(handoffs())
def test_what_is_written_is_read(handoff: HandOff) -> None:
    data = written(handoff)
    assert read(data, "it") == handoff
    assert written(read(data, "it")) == data


@settings(max_examples=300)
@given(data=st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    whole = written(EXAMPLE)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at]))
    with pytest.raises(HandOffError):
        read(whole[:at] + bytes([byte]) + whole[at + 1 :], "it")


def test_a_file_that_is_cut_off_anywhere_is_found() -> None:
    whole = written(EXAMPLE)
    for length in range(len(whole)):
        with pytest.raises(HandOffError, match="cannot be taken"):
            read(whole[:length], "it")
    for more in (b"\n", b" ", whole):
        with pytest.raises(HandOffError, match="cannot be taken"):
            read(whole + more, "it")


@given(st.binary(max_size=200))
def test_other_bytes_are_no_hand_off(data: bytes) -> None:
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(data, "it")


def test_deep_json_is_no_hand_off() -> None:
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(b"[" * 100_000, "it")


def test_a_newer_format_is_told_from_damage() -> None:
    newer = {**json.loads(written(EXAMPLE)), "version": 2, "more": True}
    with pytest.raises(HandOffError, match=r"format 2; this lane reads 1"):
        read(json.dumps(newer).encode(), "it")


# Changed with intent: the digest is made anew


def forged(**changed: Any) -> bytes:
    """The example with other members, and the digest that fits."""
    document = {**json.loads(written(EXAMPLE)), **changed}
    document.pop("digest")
    document["digest"] = _digest(document)
    return _canonical(document)


def test_the_forger_makes_what_would_be_read() -> None:
    assert read(forged(lane="other"), "it").lane == "other"


def _entry(path: str) -> dict[str, Any]:
    return {"type": "file", "path": path, "sha256": "a" * 64, "size": 1, "executable": False}


UNSAFE = [
    "../a", "0/../../a", "/etc/passwd", "0//a", "", ".", "0/.", "0/a/", "C:/a", "C:\\a", "0\\..\\a", "0/nul",
    "0/COM1.txt",
    "0/a.", "0/a ", "0/a\0b", "0/a\nb", "0/" + "a" * 256, "0/a:b", "0/\ud800", "~/a/..", "0/aux.tar.gz",
]  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_an_entry_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(forged(files=[_entry("0/a.ipa"), _entry(path)]), "it")


@pytest.mark.parametrize(
    "files",
    [
        [_entry("0/a.ipa"), _entry("0/a.ipa")],
        [_entry("0/a.ipa"), _entry("0/A.IPA")],
        [_entry("0/a.ipa"), _entry("0/a.ipa/b")],
        [_entry("0/a.ipa"), {"type": "link", "path": "0/l", "target": "/etc"}],
        [_entry("0/a.ipa"), {"type": "link", "path": "0/l", "target": "C:\\x"}],
        [_entry("0/a.ipa"), {"type": "link", "path": "0/l", "target": "x"}, _entry("0/l/passwd")],
        [_entry("0/a.ipa"), {"type": "device", "path": "0/b"}],
        [{**_entry("0/a.ipa"), "sha256": "../../../etc/passwd"}],
        [{**_entry("0/a.ipa"), "size": -1}],
        [{**_entry("0/a.ipa"), "mode": 0o4755}],
        [],
    ],
)
def test_entries_that_do_not_fit_together_are_refused(files: list[dict[str, Any]]) -> None:
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(forged(files=files), "it")


@pytest.mark.parametrize(
    "changed",
    [
        {"job": "other"},
        {"job": "../scheduled"},
        {"run": "../x"},
        {"origin": "a/b"},
        {"origin": ""},
        {"plan": "sha256:0"},
        {"left": "yesterday"},
        {"jobs": []},
        {"sandbox": 1},
        {"lane": None},
        {"extra": 1},
        {"steps": {"build": {"state": "running"}}},
        {"steps": {"build": {"state": "succeeded", "output": {}, "files": {"/path": "0/other"}}}},
    ],
)
def test_members_that_are_none_of_a_hand_off_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(forged(**changed), "it")


def test_a_job_named_to_lead_elsewhere_is_refused() -> None:
    jobs = json.loads(written(EXAMPLE))["jobs"]
    jobs[1]["name"] = "../../scheduled"
    with pytest.raises(HandOffError, match="cannot be taken"):
        read(forged(job="../../scheduled", jobs=jobs), "it")


@pytest.mark.parametrize(
    "name", ["Aurora.ipa", "Icône.png", ".hidden", "a b", "console", "com", "lpt10", "日本"]
)
def test_ordinary_names_are_portable(name: str) -> None:
    assert portable(name) == name
