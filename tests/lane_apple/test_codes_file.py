"""A file or a FIFO: only what comes after the question, and only from oneself."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from codes_harness import SHORT, ask, asking, question

from lane_apple._codes.file import File
from lane_apple._codes.question import SourceError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "code"


def write(path: Path, text: str, *, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


@pytest.mark.parametrize("text", ["012345", "012345\n", "012 345\n", "Your Apple ID Code is: 012345."])
def test_a_file_that_comes_is_read_and_removed(path: Path, text: str) -> None:
    told: list[str] = []
    with asking(File(path, invite=lambda asked, how: told.append(f"{asked.masked} {how}"))) as asked:
        write(path, text)
        assert asked.answer() == "012345"
    assert not path.exists()
    assert told == [f"r…e@example.com write it to {path}."]


def test_a_file_from_before_the_question_does_not_count(path: Path) -> None:
    write(path, "111111")
    os.utime(path, (time.time() - 5, time.time() - 5.25))
    with asking(File(path)) as asked:
        write(path, "012345")
        assert asked.answer() == "012345"


def test_an_old_file_is_left_where_it_is(path: Path) -> None:
    write(path, "111111")
    os.utime(path, (time.time() - 5, time.time() - 5.25))
    assert ask(File(path), seconds=SHORT) is None
    assert path.read_text() == "111111"


def test_a_file_system_that_knows_whole_seconds_only(path: Path) -> None:
    write(path, "012345")
    os.utime(path, (1788000000, 1788000000))
    assert ask(File(path), question(asked_at=1788000000.9)) == "012345"
    write(path, "012345")
    os.utime(path, (1788000000, 1788000000))
    assert ask(File(path), question(asked_at=1788000001.1), SHORT) is None


def test_a_file_that_is_not_yet_whole_is_looked_at_again(path: Path) -> None:
    write(path, "012")
    with asking(File(path), question(asked_at=0)) as asked:
        write(path, "012345")
        assert asked.answer() == "012345"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(path: Path, mode: int) -> None:
    write(path, "012345", mode=mode)
    with pytest.raises(SourceError, match="can be written by other users") as caught:
        ask(File(path), question(asked_at=0))
    assert "012345" not in f"{caught.value} {caught.value.hint}"
    assert path.exists()


def test_a_file_in_a_folder_that_others_may_write_is_refused(path: Path) -> None:
    write(path, "012345")
    path.parent.chmod(0o777)
    with pytest.raises(SourceError, match=r"The folder of .* can be written by other users"):
        ask(File(path), question(asked_at=0))


def test_a_folder_where_nobody_may_replace_what_is_another_s_will_do(path: Path) -> None:
    write(path, "012345")
    path.parent.chmod(0o1777)
    assert ask(File(path), question(asked_at=0)) == "012345"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    write(path, "012345")
    os.chown(path, 65534, 65534)
    with pytest.raises(SourceError, match="can be written by other users"):
        ask(File(path), question(asked_at=0))


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "012345")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="it is a symbolic link"):
        ask(File(path), question(asked_at=0))
    assert (tmp_path / "elsewhere").exists()


def test_a_folder_is_no_file(path: Path) -> None:
    path.mkdir(mode=0o700)
    with pytest.raises(SourceError, match="neither a file nor a FIFO"):
        ask(File(path))


def test_a_folder_that_is_not_there_is_waited_for(path: Path) -> None:
    assert ask(File(path.parent / "missing" / "code"), seconds=SHORT) is None


def test_the_wait_can_be_cancelled(path: Path) -> None:
    with asking(File(path)) as asked:
        asked.end()
        assert asked.answer() is None


# A FIFO


@pytest.fixture
def fifo(path: Path) -> Path:
    os.mkfifo(path, 0o600)
    return path


def test_a_fifo_gives_what_is_written_and_stays(fifo: Path) -> None:
    for code in ("012345", "543210"):
        with asking(File(fifo)) as asked:
            fifo.write_text(code)  # opening it waits for the reader
            assert asked.answer() == code
    assert fifo.is_fifo()


def test_a_writer_that_keeps_it_open_is_answered_by_the_line(fifo: Path) -> None:
    with asking(File(fifo)) as asked, fifo.open("w", buffering=1) as writer:
        writer.write("wrong\n")
        writer.write("012")
        writer.write("345\n")
        assert asked.answer() == "012345"


def test_a_writer_without_a_code_is_followed_by_another(fifo: Path) -> None:
    with asking(File(fifo)) as asked:
        fifo.write_text("nothing\n")
        fifo.write_text("012345\n")
        assert asked.answer() == "012345"


def test_a_fifo_without_a_writer_does_not_hold_up(fifo: Path) -> None:
    assert ask(File(fifo), seconds=SHORT) is None
    with asking(File(fifo)) as asked:
        asked.end()
        assert asked.answer() is None


def test_a_fifo_that_others_may_write_is_refused(fifo: Path) -> None:
    fifo.chmod(0o666)
    with pytest.raises(SourceError, match="can be written by other users"):
        ask(File(fifo))


def test_a_writer_without_an_end_does_not_fill_the_memory(fifo: Path) -> None:
    ended = threading.Event()

    def write_on() -> None:
        try:
            with fifo.open("w") as writer:
                while True:
                    writer.write("1" * 65536)
        except BrokenPipeError:
            ended.set()

    with asking(File(fifo), seconds=SHORT) as asked:
        thread = threading.Thread(target=write_on)
        thread.start()
        assert asked.answer() is None
        thread.join()
    assert ended.is_set()
