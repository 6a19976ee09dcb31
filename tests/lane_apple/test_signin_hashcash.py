"""The stamp: the reference's values, and any number of bits."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lane_apple._signin.hashcash import MOST_BITS, stamp


def at(text: str) -> float:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()


def zero_bits(stamped: str) -> int:
    digest = hashlib.sha1(stamped.encode(), usedforsecurity=False).digest()
    return 160 - int.from_bytes(digest).bit_length()


@pytest.mark.parametrize(
    ("bits", "challenge", "date", "counter"),
    [
        (11, "4d74fb15eb23f465f1f6fcbf534e5877", "20230223170600", 6373),
        (12, "f8b58554b2f22960fc0dc99aea342276", "20230223213732", 2381),
    ],
)
def test_the_reference_values(bits: int, challenge: str, date: str, counter: int) -> None:
    assert stamp(bits, challenge, at(date)) == f"1:{bits}:{date}:{challenge}::{counter}"


@settings(max_examples=40, deadline=None)
@given(bits=st.integers(0, 14), challenge=st.text("0123456789abcdef", min_size=1, max_size=64))
def test_any_stamp_has_its_bits_and_fields(bits: int, challenge: str) -> None:
    stamped = stamp(bits, challenge, at("20261124054320"))
    assert zero_bits(stamped) >= bits
    *begin, counter = stamped.split(":")
    assert begin == ["1", str(bits), "20261124054320", challenge, ""]
    assert counter.isdecimal()


@pytest.mark.parametrize("bits", [-1, MOST_BITS + 1, 160])
def test_more_bits_than_can_be_found_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        stamp(bits, "ab", 0.0)
