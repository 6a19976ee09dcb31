"""`upload_symbols`: Sentry has every architecture, whole; what it has is not sent again."""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sentry_server import ORGANIZATION, PROJECT, TOKEN, SentryServer

from lane import ActionError, CancelledError, CredentialError, Secret, TransientError
from lane.testing import FakeContext, call, run
from lane_actions import StoredSymbols, upload_symbols
from lane_actions._sentry import Chunk, ServerOptions, batches
from lane_apple import extract_symbols, uuids_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sentry() -> Iterator[SentryServer]:
    """A Sentry that has nothing yet, and finds nothing wrong with what it got."""
    with SentryServer() as server:
        yield server
    assert server.problems == []


@pytest.fixture
def dsyms(assets: Path) -> Path:
    """The dSYMs of five executables, one of them for two architectures."""
    return assets / "Borealis.dSYMs.zip"


def context(folder: Path, sentry: SentryServer, **more: str) -> FakeContext:
    """A context whose environment leads to the server."""
    variables = {
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG": ORGANIZATION,
        "SENTRY_PROJECT": PROJECT,
        "SENTRY_URL": sentry.url,
    }
    return FakeContext(folder, environment=variables | more)


def uploaded(ctx: FakeContext, dsyms: Any, **options: Any) -> StoredSymbols:
    return call(upload_symbols, ctx, dsyms=dsyms, to="sentry", **options)


def test_through_the_engine_every_architecture_is_there(
    sentry: SentryServer, dsyms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in context(tmp_path, sentry).environment.items():
        monkeypatch.setenv(name, value)
    outcome = run(upload_symbols, tmp_path, dsyms=dsyms, to="sentry")
    assert outcome.exit_code == 0, outcome.steps["upload_symbols"].message
    stored = outcome.outputs["upload_symbols"]
    assert set(stored.names) == set(stored.sent) == uuids_of(dsyms)
    expected = {each.path.read_bytes() for each in extract_symbols(dsyms, tmp_path / "expected")}
    assert set(sentry.files.values()) == expected
    assert len(expected) == 6
    assert not [
        path
        for path in (tmp_path / ".lane").rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]


def test_a_second_time_sends_nothing(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    first = uploaded(context(tmp_path, sentry), dsyms)
    count = len(sentry.received)
    ctx = context(tmp_path, sentry)
    again = uploaded(ctx, dsyms)
    assert (again.names, again.sent) == (first.names, [])
    assert len(sentry.received) == count
    assert "Sentry has all 6 already: nothing is sent." in ctx.text
    assert ctx.changes == []


def test_only_missing_chunks_are_sent(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    ctx = context(tmp_path, sentry)
    uploaded(ctx, dsyms)
    lost = sorted(sentry.chunks)[:2]
    for each in lost:
        del sentry.chunks[each]
    sentry.files.clear()
    sentry.received.clear()
    uploaded(ctx, dsyms)
    assert sorted(name for request in sentry.received for name in request) == lost


def test_what_was_sent_before_a_failure_counts(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    ctx = context(tmp_path, sentry)
    sentry.options["concurrency"] = 1
    sentry.options["chunksPerRequest"] = 1
    ordinary = sentry.answer
    failing = {"left": 5}

    def answer(method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if method == "POST" and path.endswith("/chunk-upload/"):
            failing["left"] -= 1
            if failing["left"] < 0:
                return 400, {"error": "disk full"}, {}
        return ordinary(method, path, headers, body)

    sentry.answer = answer  # type: ignore[method-assign]  # a server that fails half way
    with pytest.raises(ActionError, match="Sentry answered 400: disk full"):
        uploaded(ctx, dsyms)
    sent = set(sentry.chunks)
    assert len(sent) == 5
    sentry.answer = ordinary  # type: ignore[method-assign]
    sentry.received.clear()
    uploaded(ctx, dsyms)
    assert len(sentry.files) == 6
    assert not sent & {name for request in sentry.received for name in request}


def test_without_compression(dsyms: Path, tmp_path: Path) -> None:
    with SentryServer(compression=[]) as sentry:
        uploaded(context(tmp_path, sentry), dsyms)
        assert len(sentry.files) == 6
        assert sentry.problems == []


def test_progress_counts_every_byte(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    ctx = context(tmp_path, sentry)
    uploaded(ctx, dsyms)
    total = sum(len(each) for each in sentry.chunks.values())
    assert ctx.progressed[0] == ("symbols", 0, total, "bytes")
    assert ctx.progressed[-1] == ("symbols", total, total, "bytes")
    assert len(ctx.changes) == 6


def test_a_busy_server_is_asked_again_when_it_says(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    sentry.answers = [(429, {"Retry-After": "17"}), (503, {}), (502, {})]
    ctx = context(tmp_path, sentry)
    uploaded(ctx, dsyms)
    assert ctx.slept[:3] == [17, 2, 4]
    assert len(sentry.files) == 6


def test_a_server_that_stays_away(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    sentry.answers = [(503, {})] * 5
    with pytest.raises(TransientError, match="503"):
        uploaded(context(tmp_path, sentry), dsyms)
    with pytest.raises(TransientError, match="cannot be reached") as caught:
        uploaded(context(tmp_path, sentry, SENTRY_URL="http://127.0.0.1:9"), dsyms)
    assert "SENTRY_URL" in str(caught.value.hint)
    assert TOKEN not in f"{caught.value}"


def test_processing_is_waited_for_but_not_for_ever(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    sentry.polls = 10
    ctx = context(tmp_path, sentry)
    with pytest.raises(ActionError, match="still at work after 3 seconds") as caught:
        uploaded(ctx, dsyms, wait=3)
    assert "run this again later" in str(caught.value.hint)
    assert sum(ctx.slept) == 3
    assert len(uploaded(ctx, dsyms).sent) == 6


def test_what_sentry_refuses_is_told_by_name(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    sentry.refuses = "Unsupported debug information file: bad magic"
    with pytest.raises(ActionError, match=r"Compass \(arm64\): Unsupported debug information file"):
        uploaded(context(tmp_path, sentry), dsyms)


def test_a_file_that_is_too_big(dsyms: Path, tmp_path: Path) -> None:
    with SentryServer(maxFileSize=9000) as sentry:
        with pytest.raises(ActionError, match="takes 9000 at most"):
            uploaded(context(tmp_path, sentry), dsyms)
        assert sentry.received == []


def test_a_wrong_token_and_a_wrong_project(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="refused the token: Invalid token") as caught:
        uploaded(context(tmp_path, sentry, SENTRY_AUTH_TOKEN="sntryu_another0123"), dsyms)
    assert "SENTRY_AUTH_TOKEN" in str(caught.value.hint)
    with pytest.raises(ActionError, match="no project nope in example"):
        uploaded(context(tmp_path, sentry), dsyms, project="nope")
    sentry.answers = [(403, {})]
    with pytest.raises(CredentialError, match="may not upload debug files") as caught:
        uploaded(context(tmp_path, sentry), dsyms)
    assert "project:releases" in str(caught.value.hint)


def test_all_that_is_not_known_is_told_at_once(dsyms: Path, tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="token, organization, project"):
        uploaded(FakeContext(tmp_path), dsyms)
    with pytest.raises(ActionError, match="Sentry's project"):
        uploaded(FakeContext(tmp_path), dsyms, token=Secret(TOKEN), organization="example")


def test_an_organizations_token_says_where_it_belongs(dsyms: Path, tmp_path: Path) -> None:
    with SentryServer() as sentry:
        payload = base64.b64encode(
            json.dumps({"org": ORGANIZATION, "region_url": sentry.url}).encode()
        ).decode()
        token = Secret(f"sntrys_{payload}_{'a' * 43}")
        with pytest.raises(CredentialError, match="refused the token") as caught:
            uploaded(FakeContext(tmp_path), dsyms, token=token, project=PROJECT)
        assert sentry.url in str(caught.value.where)
        assert f"/organizations/{ORGANIZATION}/" in str(caught.value.where)


def test_a_cancelled_upload_ends(sentry: SentryServer, dsyms: Path, tmp_path: Path) -> None:
    ctx = context(tmp_path, sentry)
    ordinary = sentry.answer

    def answer(method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if method == "POST" and path.endswith("/chunk-upload/"):
            ctx.cancel()
        return ordinary(method, path, headers, body)

    sentry.answer = answer  # type: ignore[method-assign]  # someone presses ^C meanwhile
    with pytest.raises(CancelledError):
        uploaded(ctx, dsyms)
    assert sentry.files == {}


def test_batches_keep_within_the_servers_limits() -> None:
    options = ServerOptions("", 10, 3, 25, 0, 1, gzip=False)
    chunks = [Chunk(str(number), Path(), 0, size) for number, size in enumerate([10, 10, 10, 1, 1, 1, 30, 2])]
    assert [[each.size for each in batch] for batch in batches(chunks, options)] == [
        [10, 10],
        [10, 1, 1],
        [1],
        [30],
        [2],
    ]


@pytest.mark.parametrize("given", [None, []])
def test_nothing_to_upload(tmp_path: Path, given: list[Path] | None) -> None:
    with pytest.raises(ActionError, match="no dSYMs to upload"):
        uploaded(FakeContext(tmp_path), given)


# A folder


def test_to_a_folder_and_again(dsyms: Path, assets: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(assets / "Aurora.app.dSYM.zip") as archive:
        archive.extractall(unpacked)
    given = [dsyms, unpacked / "Aurora.app.dSYM"]
    first = call(upload_symbols, FakeContext(tmp_path), dsyms=given, to=Path("kept"))
    assert first.sent == first.names == ["Aurora.app.dSYM", "Borealis.dSYMs.zip"]
    assert uuids_of(tmp_path / "kept" / "Borealis.dSYMs.zip") == uuids_of(dsyms)
    assert uuids_of(tmp_path / "kept" / "Aurora.app.dSYM") == uuids_of(unpacked)
    again = call(upload_symbols, FakeContext(tmp_path), dsyms=given, to=Path("kept"))
    assert (again.names, again.sent) == (first.names, [])
    (tmp_path / "kept" / "Aurora.app.dSYM" / "Contents" / "Info.plist").write_text("changed")
    third = call(upload_symbols, FakeContext(tmp_path), dsyms=given, to=Path("kept"))
    assert third.sent == ["Aurora.app.dSYM"]
    assert sorted(each.name for each in (tmp_path / "kept").iterdir()) == first.names


def test_a_folder_of_zips_means_the_zips(assets: Path, tmp_path: Path) -> None:
    (tmp_path / "dsyms").mkdir()
    shutil.copy(assets / "Aurora.app.dSYM.zip", tmp_path / "dsyms" / "one.zip")
    shutil.copy(assets / "Borealis.dSYMs.zip", tmp_path / "dsyms" / "two.zip")
    stored = call(upload_symbols, FakeContext(tmp_path), dsyms=Path("dsyms"), to=tmp_path / "kept")
    assert stored.names == ["one.zip", "two.zip"]
