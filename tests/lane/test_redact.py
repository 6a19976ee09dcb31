"""No secret passes the sink, in whatever form programs and libraries print it."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import threading
import urllib.parse

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lane import Secret
from lane._redact import MASK, Redactor

SECRETS = [
    "correct-horse",
    "p@ss w/rd+%&=?",
    'with "quotes" and \\ and \'',
    "ümläut-pässword",
    "four",
    "-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQg\nAbCdEfGhIjKlMnOp\n-----END",
    "x" * 200 + "yz",
]


@pytest.fixture
def redact() -> Redactor:
    """A sink that knows nothing yet."""
    return Redactor()


@pytest.mark.parametrize("secret", SECRETS)
def test_every_form_is_masked(redact: Redactor, secret: str) -> None:
    redact.add(secret)
    quoted = urllib.parse.quote(secret, safe="")
    for form in (
        secret,
        urllib.parse.quote(secret),
        quoted,
        urllib.parse.quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
    ):
        assert redact(f"before {form} after") == f"before {MASK} after"


def test_lower_case_escapes_are_masked(redact: Redactor) -> None:
    redact.add("a/b+c-secret")
    assert redact("q=a%2fb%2bc-secret&") == f"q={MASK}&"


def test_base64_in_lines_is_masked(redact: Redactor) -> None:
    secret = bytes(range(33, 126)).decode() * 3
    redact.add(secret)
    for line in base64.encodebytes(secret.encode()).decode().splitlines():
        assert redact(line) == MASK


def test_the_lines_of_a_key_are_masked_one_by_one(redact: Redactor) -> None:
    redact.add(SECRETS[5])
    assert redact("MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQg") == MASK
    assert redact("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40),
    data=st.data(),
)
def test_base64_inside_a_longer_text_is_masked(secret: str, data: st.DataObject) -> None:
    before, after = data.draw(st.binary(max_size=7)), data.draw(st.binary(max_size=7))
    redact = Redactor()
    redact.add(secret)
    text = redact(base64.b64encode(before + secret.encode() + after).decode())
    assume(MASK not in secret)
    for start in range(4):
        shifted = text[start:]
        decoded = base64.b64decode(shifted[: len(shifted) // 4 * 4].replace("*", "A"), validate=False)
        assert secret.encode() not in decoded
    assert MASK in text


def test_short_ones_and_nothing_are_left(redact: Redactor) -> None:
    for secret in ("", "a", "abc", "   ", "\n"):
        redact.add(secret)
    assert redact("a abc and\nnothing") == "a abc and\nnothing"


def test_what_stands_for_a_secret_is_none(redact: Redactor) -> None:
    told: list[str] = []
    redact.tell(told.append)
    redact.add("****")
    assert (told, redact.forms()) == ([], frozenset())


def test_a_secret_with_space_around_it_is_masked_without(redact: Redactor) -> None:
    redact.add("  correct-horse\n")
    assert redact("correct-horse") == MASK


def test_the_longest_wins(redact: Redactor) -> None:
    redact.add("horse")
    redact.add("correct-horse-battery")
    assert redact("correct-horse-battery horse") == f"{MASK} {MASK}"


def test_many_threads_lose_none(redact: Redactor) -> None:
    begin = threading.Barrier(8)

    def add(number: int) -> None:
        begin.wait(20)
        for item in range(4):
            redact.add(f"secret-{number}-{item}-")
            assert redact(f"secret-{number}-{item}-") == MASK

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        for item in range(4):
            assert redact(f"secret-{number}-{item}-") == MASK


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("correct-horse")
    assert (str(secret), repr(secret), f"{secret}") == ("****", "Secret('****')", "****")
    assert secret.reveal() == "correct-horse"
    assert secret == Secret("correct-horse")
    assert secret != "correct-horse"
    assert hash(secret) == hash(Secret("correct-horse"))
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            leak(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
