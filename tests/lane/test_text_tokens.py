"""The token that stands for an output in a text: whole, or found to be damaged."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane._graph.token import GRAPHS, LENGTH, LIMIT, DamagedTokenError, holds_token, split, token

graphs = st.integers(0, GRAPHS - 1)
numbers = st.integers(0, LIMIT - 1)
plain = st.text(max_size=20)
safe = st.text(string.ascii_letters + string.digits + " /._-", max_size=20)


@given(graphs, numbers)
def test_a_token_is_of_fixed_length_and_plain_characters(graph: int, number: int) -> None:
    made = token(graph, number)
    assert len(made) == LENGTH
    assert made.isascii()
    assert made.isalnum()
    assert made not in (made.lower(), made.upper())
    assert split(made) == [(graph, number)]


@given(st.lists(st.one_of(plain, st.tuples(graphs, numbers)), max_size=6))
def test_texts_and_tokens_come_apart_as_they_were_put_together(parts: list[str | tuple[int, int]]) -> None:
    text = "".join(part if isinstance(part, str) else token(*part) for part in parts)
    assert holds_token(text) == any(not isinstance(part, str) for part in parts)
    expected: list[str | tuple[int, int]] = []
    for part in parts:
        if isinstance(part, str) and expected and isinstance(expected[-1], str):
            expected[-1] += part
        elif part != "":
            expected.append(part)
    assert split(text) == expected


@given(graphs, numbers, safe, st.integers(0, LENGTH), st.integers(0, LENGTH))
def test_a_token_that_was_cut_is_found(graph: int, number: int, around: str, start: int, stop: int) -> None:
    piece = token(graph, number)[start:stop]
    if len(piece) < LENGTH and (len(piece) >= 10 or (start == 0 and len(piece) >= 5)):
        assert holds_token(around + piece + around)
        with pytest.raises(DamagedTokenError):
            split(around + piece + around)


@given(graphs, numbers, st.integers(0, LENGTH - 1), st.sampled_from("~-_ \n"))
def test_a_token_in_which_a_character_was_replaced_is_found(
    graph: int, number: int, at: int, by: str
) -> None:
    made = token(graph, number)
    with pytest.raises(DamagedTokenError):
        split(made[:at] + by + made[at + 1 :])


@pytest.mark.parametrize(
    "change", [str.lower, str.upper, str.swapcase, str.title, str.capitalize, str.casefold]
)
def test_a_token_whose_case_was_changed_is_found(change) -> None:
    with pytest.raises(DamagedTokenError):
        split(change(f"version {token(7, 4711)}"))


@given(graphs, numbers, safe)
def test_json_and_paths_leave_a_token_whole(graph: int, number: int, name: str) -> None:
    made = token(graph, number)
    assert made in json.dumps({"a": f"{name}{made}"})
    assert made in str(Path(f"{made}.ipa").with_suffix(".zip"))
    assert made in str(Path("a") / f"{made}" / "b")


@given(st.text(string.ascii_letters + string.digits, max_size=200))
def test_ordinary_text_holds_none(text: str) -> None:
    if (
        not any(piece in text for piece in ("lANEo", "ANEoU", "NEoUT", "EoUTq"))
        and "laneoutq" not in text.lower()
    ):
        assert not holds_token(text)
        assert split(text) == ([text] if text else [])
