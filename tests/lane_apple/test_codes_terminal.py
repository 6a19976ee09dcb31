"""The prompt, in a real terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import select
import termios
from typing import TYPE_CHECKING

import pytest
from codes_harness import SECONDS, SHORT, ask, asking, question

from lane_apple._codes.prompt import Prompt, at_terminal
from lane_apple._codes.question import Resend, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Terminal:
    """A terminal with a person at it, who types, and sees what is said."""

    def __init__(self) -> None:
        self._person, there = pty.openpty()
        settings = termios.tcgetattr(there)
        settings[3] &= ~termios.ECHO  # so that what is typed is not among what is said
        termios.tcsetattr(there, termios.TCSANOW, settings)
        self.stdin = os.fdopen(os.dup(there), encoding="utf-8")
        self.stderr = os.fdopen(there, "w", encoding="utf-8")

    def type(self, text: str) -> None:
        os.write(self._person, text.encode())

    def until(self, words: str) -> str:
        """What is said, up to these words."""
        said = b""
        while words.encode() not in said:
            assert select.select([self._person], [], [], SECONDS)[0], f"nothing more is said after {said!r}"
            said += os.read(self._person, 1)
        return said.decode().replace("\r\n", "\n")

    def close(self) -> None:
        self.stdin.close()
        self.stderr.close()
        os.close(self._person)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


@pytest.fixture
def prompt(terminal: Terminal) -> Prompt:
    return Prompt(stdin=terminal.stdin, stderr=terminal.stderr)


def test_a_person_types_the_code(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt) as asked:
        assert terminal.until("resend: ") == (
            "Apple wants a code of 6 digits for r…e@example.com. Apple sent it to +49 ••••• •••85.\n"
            "Code, or call, device or resend: "
        )
        terminal.type("012 345\n")
        assert asked.answer() == "012345"


def test_what_is_no_code_is_asked_again(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt, question(way="trusted_device", attempt=2)) as asked:
        assert "That code was wrong." in terminal.until("call or resend: ")
        terminal.type("12345\n")
        assert "That is no code of 6 digits." in terminal.until("resend: ")
        terminal.type("\n")
        assert "no code" not in terminal.until("resend: ")
        terminal.type("012345\n")
        assert asked.answer() == "012345"


def test_only_the_ways_of_the_apple_id_are_offered(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt, question(way="sms", ways=("sms",), attempt=2, resent=True)) as asked:
        said = terminal.until("Code, or resend: ")
        assert "wrong" not in said, "another code was asked for since"
        terminal.type("device\n")
        assert "That is no code" in terminal.until("Code, or resend: ")
        terminal.type("resend\n")
        assert asked.answer() == Resend()


@pytest.mark.parametrize(
    ("typed", "resend"),
    [
        ("sms", Resend("sms")),
        (" SMS ", Resend("sms")),
        ("call", Resend("voice")),
        ("device", Resend("trusted_device")),
        ("resend", Resend()),
    ],
)
def test_a_word_asks_for_another_code(terminal: Terminal, prompt: Prompt, typed: str, resend: Resend) -> None:
    with asking(prompt) as asked:
        terminal.until("resend: ")
        terminal.type(f"{typed}\n")
        assert asked.answer() == resend


def test_the_end_of_input_gives_up(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt) as asked:
        terminal.until("resend: ")
        terminal.type("\x04")
        with pytest.raises(SourceError, match=r"no code was typed"):
            asked.answer()


def test_its_time_is_limited(prompt: Prompt) -> None:
    assert ask(prompt, seconds=SHORT) is None


def test_it_can_be_cancelled(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt) as asked:
        terminal.until("resend: ")
        asked.end()
        assert asked.answer() is None


def test_a_line_without_an_end_is_no_answer(terminal: Terminal, prompt: Prompt) -> None:
    with asking(prompt, seconds=SHORT) as asked:
        terminal.until("resend: ")
        terminal.type("012345")
        assert asked.answer() is None


def test_without_a_terminal_nothing_is_asked(terminal: Terminal, tmp_path: Path) -> None:
    written = io.StringIO()
    with (tmp_path / "in").open("w+") as file, pytest.raises(SourceError, match="no terminal"):
        ask(Prompt(stdin=file, stderr=terminal.stderr))
    with pytest.raises(SourceError, match="no terminal"):
        ask(Prompt(stdin=terminal.stdin, stderr=written))
    with pytest.raises(SourceError, match="no terminal"):
        ask(Prompt(allowed=False, stdin=terminal.stdin, stderr=terminal.stderr))
    assert written.getvalue() == ""


def test_what_is_read_and_what_is_written_to_have_to_be_a_terminal(terminal: Terminal) -> None:
    assert at_terminal(terminal.stdin, terminal.stderr)
    assert not at_terminal(terminal.stdin, io.StringIO())
    assert not at_terminal(io.StringIO(), terminal.stderr)
