"""Durations, amounts, and lines without control codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane._report.text import (
    TO_ASCII,
    TYPOGRAPHIC,
    amount,
    can_encode,
    clean,
    clean_lines,
    cropped,
    duration,
    listed,
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.0404, "40 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.6, "1 h 00 min"),
        (3_720, "1 h 02 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("done", "total", "unit", "shown"),
    [
        (23_400_000, 52_100_000, "bytes", "23.4 of 52.1 MB"),
        (500, 1_500, "bytes", "0.5 of 1.5 kB"),
        (12, None, "bytes", "12 B"),
        (3_200_000_000, None, "bytes", "3.2 GB"),
        (3, 12, "parts", "3 of 12 parts"),
        (3, None, "", "3"),
    ],
)
def test_amounts(done: int, total: int | None, unit: str, shown: str) -> None:
    assert amount(done, total, unit) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m and plain", "red and plain"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        (" 10 %\r 50 %\r100 %", "100 %"),
        ("windows\r\n", "windows"),
        ("a\tb", "a\tb"),
        ("bell\x07", "bell "),
        ("\x1b[2Kerased", "erased"),
        ("\x1b(Bcharset", "charset"),
        ("cut \x1b[3", "cut  [3"),
        ("naïve – 日本", "naïve – 日本"),
    ],
)
def test_lines_lose_their_control_codes(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_no_control_code_is_left(text: str) -> None:
    for line in clean_lines(text):
        assert not [one for one in line if one != "\t" and (ord(one) < 32 or 127 <= ord(one) < 160)]


def test_our_signs_have_ascii_ones() -> None:
    assert TYPOGRAPHIC.translate(TO_ASCII).isascii()
    assert can_encode("utf-8")
    assert not can_encode("latin-1")
    assert not can_encode("ascii")
    assert can_encode(None), "a text in memory has no encoding"
    assert not can_encode("no such encoding")


def test_long_texts_are_cut() -> None:
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert cropped("upload_symbols", 8) == "upload_…"
    assert cropped("upload", 6) == "upload"
