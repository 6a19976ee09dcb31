"""What an action gets: its log, folders, ledger, and an end that reaches all of it."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine import Engine, until

from lane import CancelledError, Context, Secret, action, lane
from lane._run.context import Progress

if TYPE_CHECKING:
    from collections.abc import Callable


def _step(tmp_path: Path, work: Callable[[Context], Any]) -> Engine:
    """Run one step that does this work."""

    @action
    def step(ctx: Context) -> None:
        work(ctx)

    @lane
    def one() -> None:
        step()

    engine = Engine(tmp_path)
    seen = engine.begin(one)
    assert seen.code == 0, seen.ends["step"].message
    return engine


def test_each_line_of_the_log_is_redacted_and_has_its_level(tmp_path: Path) -> None:
    def work(ctx: Context) -> None:
        secret = Secret("correct-horse")
        ctx.log.debug("one")
        ctx.log.info("two\nthree")
        ctx.log.warning(secret.reveal())
        ctx.log.error({"a": secret})
        ctx.log.info("")

    engine = _step(tmp_path, work)
    assert engine.seen.lines == [
        ("step", "debug", "one"),
        ("step", "info", "two"),
        ("step", "info", "three"),
        ("step", "warning", "****"),
        ("step", "error", "{'a': Secret('****')}"),
        ("step", "info", ""),
    ]
    log = engine.seen.ends["step"].log
    assert log is not None
    assert [line[9:] for line in log.read_text().splitlines()][:3] == [
        "debug   one",
        "info    two",
        "info    three",
    ]


def test_threads_of_a_step_share_its_log(tmp_path: Path) -> None:
    def work(ctx: Context) -> None:
        begin = threading.Barrier(6)

        def write(number: int) -> None:
            begin.wait(20)
            for line in range(200):
                ctx.log.info(f"thread {number} line {line}")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    engine = _step(tmp_path, work)
    log = engine.seen.ends["step"].log
    assert log is not None
    lines = {line[17:] for line in log.read_text().splitlines()}
    assert lines == {f"thread {number} line {line}" for number in range(6) for line in range(200)}


def test_a_step_that_says_nothing_has_no_log(tmp_path: Path) -> None:
    engine = _step(tmp_path, lambda ctx: None)
    assert engine.seen.ends["step"].log is None
    assert not list(tmp_path.rglob("*.log"))


def test_artifacts_are_kept_with_their_sums_and_scratch_is_not(tmp_path: Path) -> None:
    folders: list[Path] = []

    def work(ctx: Context) -> None:
        (ctx.artifacts / "app.dSYM").mkdir()
        (ctx.artifacts / "app.dSYM" / "data").write_bytes(b"symbols")
        (ctx.artifacts / "nowhere").symlink_to("not-there")
        (ctx.scratch / "file").write_text("x")
        assert ctx.scratch == ctx.scratch
        folders.extend([ctx.artifacts, ctx.scratch])

    engine = _step(tmp_path, work)
    assert engine.rows("SELECT step, path, size, sha256 FROM artifacts") == [
        ("step", "artifacts/step/app.dSYM/data", 7, hashlib.sha256(b"symbols").hexdigest())
    ]
    artifacts, scratch = folders
    assert artifacts.exists()
    assert not scratch.exists()


def test_scratch_is_empty_though_a_killed_process_left_it_full(tmp_path: Path) -> None:
    @action
    def step(ctx: Context) -> None:
        left = Path(ctx._surroundings.place) / "scratch" / "step"  # type: ignore[attr-defined]
        left.mkdir(parents=True)
        (left / "old").touch()
        assert list(ctx.scratch.iterdir()) == []

    @lane
    def one() -> None:
        step()

    assert Engine(tmp_path).begin(one).code == 0


def test_changes_are_in_the_ledger_at_once_without_secrets(tmp_path: Path) -> None:
    rows: list[Any] = []
    engine = Engine(tmp_path)

    @action
    def step(ctx: Context) -> None:
        Secret("correct-horse")
        ctx.change("whatsNew correct-horse", before=None, after={"text": "correct-horse", "path": Path("a")})
        rows.extend(engine.rows("SELECT step, what, before, after FROM ledger"))

    @lane
    def one() -> None:
        step()

    assert engine.begin(one).code == 0
    assert rows == [("step", "whatsNew ****", None, '{"text": "****", "path": "a"}')]


def test_paths_are_the_lanefiles(tmp_path: Path) -> None:
    before = Path.cwd()

    def work(ctx: Context) -> None:
        assert ctx.folder == tmp_path
        assert ctx.path("a/b") == tmp_path / "a" / "b"
        assert ctx.path("/abs") == Path("/abs")
        (tmp_path / "below").mkdir()
        for cwd, meant in ((None, tmp_path), ("below", tmp_path / "below"), (Path("/"), Path("/"))):
            assert ctx.run(["pwd", "-P"], cwd=cwd).stdout.strip() == str(meant.resolve())
        assert Path.cwd() == before

    _step(tmp_path, work)


def test_an_end_reaches_a_wait_that_begins_in_that_moment(tmp_path: Path) -> None:
    """The event is made by whoever comes first, the wait or the cancel; both must mean the same one."""
    reasons: list[str] = []

    def wait(ctx: Context, begin: threading.Barrier) -> None:
        begin.wait(20)
        try:
            ctx.sleep(3600)
        except CancelledError as error:
            reasons.append(str(error))

    for count in range(1, 201):
        ctx = Context("step", None)  # type: ignore[arg-type]  # it needs no surroundings to wait
        begin = threading.Barrier(2)
        thread = threading.Thread(target=wait, args=(ctx, begin), daemon=True)
        thread.start()
        begin.wait(20)
        ctx.cancel("Its time was up.")
        thread.join(20)
        assert reasons == ["Its time was up."] * count


def test_after_the_end_everything_refuses(tmp_path: Path) -> None:
    ctx = Context("step", None)  # type: ignore[arg-type]
    ctx.cancel("Why.")
    ctx.cancel("Another reason.")
    for refused in (
        ctx.check,
        lambda: ctx.sleep(0),
        lambda: ctx.run(["true"]),
        lambda: ctx.http.get("http://x"),
    ):
        with pytest.raises(CancelledError):
            refused()
    with pytest.raises(CancelledError, match=r"^Why\.$"):
        ctx.check()


def test_what_outlives_its_step_writes_nothing(tmp_path: Path) -> None:
    kept: list[Context] = []
    engine = _step(tmp_path, kept.append)
    lines = list(engine.seen.lines)
    kept[0].log.info("late")
    with kept[0].progress("late", total=1) as bar:
        bar.advance()
    assert engine.seen.lines == lines
    assert not list(tmp_path.rglob("*.log"))
    for late in (lambda: kept[0].change("late"), lambda: kept[0].scratch, lambda: kept[0].artifacts):
        with pytest.raises(CancelledError, match="has ended"):
            late()


def test_progress_is_shown_ten_times_a_second_at_most_and_its_end_always() -> None:
    shown: list[tuple[str, int, int | None, str]] = []
    bar = Progress(lambda *what: shown.append(what), "parts", 1000, "bytes")
    threads = [threading.Thread(target=lambda: [bar.advance() for _ in range(250)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bar.done == 1000
    assert shown[0] == ("parts", 0, 1000, "bytes")
    assert shown[-1] == ("parts", 1000, 1000, "bytes")
    assert len(shown) < 100


def test_names_of_steps_make_files_of_their_own(tmp_path: Path) -> None:
    long = "n" * 300

    @action
    def step(ctx: Context, value: int = 0) -> None:
        ctx.log.info(ctx.step)

    @lane
    def many() -> None:
        for name in (long + "a", long + "b", "a.b", "a-b", "a_b"):
            step.set(name=name)()

    engine = Engine(tmp_path)
    assert engine.begin(many).code == 0
    logs = {name: end.log for name, end in engine.seen.ends.items()}
    assert len(set(logs.values())) == 5
    for name, log in logs.items():
        assert log is not None
        assert log.read_text().endswith(f"info    {name}\n")
    until(lambda: len(list(tmp_path.rglob("*.log"))) == 5)
