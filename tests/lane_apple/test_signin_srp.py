"""The proof of a password: the reference's values, leading zero bytes, unfit numbers, pyicloud's own code."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from srp_server import Verifier, minimal, pad, sha

from lane_apple._signin import srp
from lane_apple._signin.srp import Ephemeral, UnfitNumberError, ephemeral, password_key, prove

ACCOUNT, PASSWORD = "jane@example.com", "Correct-Horse-7"
SALT = bytes.fromhex("00112233445566778899aabbccddeeff")
PEERS = Path(os.environ.get("LANE_PEERS") or Path(__file__).resolve().parents[2] / ".peers")
STORY = Path(__file__).with_name("pyicloud_proof.py")

# apple-id-login.md, 4.4: three implementations agree on these.
A = int.from_bytes(hashlib.sha256(b"a").digest() * 8)
B = int.from_bytes(hashlib.sha256(b"b").digest())
VECTORS = {
    "s2k": {
        "P": "83db2746492ce97226db7e3f2ae1bec9054bf0541c6f233166d934f78fc1e9e3",
        "x": "134b068f3ddfbe65bbb647c16faaad33bc476bd1b0e3f69e298aa850c7e2fa60",
        "v": "aa1f6d3313ec96f94d28025fe7552cd02ccc2e214d1d2144200b1faf2904c83d",
        "B": "12efc4a960dd7aa6a2ec457fe9158f91431fd4bfad7c07cb3338034509cff7b9",
        "K": "a8022782d9e68c3171073aaeb4b6b53c57e4a29e3c33b0cbc8be03fadc2c6d9b",
        "M1": "8c559fc23c588e593515233adcafb7a68b805887da79d5fac6c29c5faac44a72",
        "M2": "5320e22baa9b5ecedb63dbaec17c8d5266380c0e6fbd4c3b26b32175df134e93",
    },
    "s2k_fo": {
        "P": "589a7277449e3f9f63a2fee7710de11efb00ed4e4b8fb5d3a599d460534e541c",
        "x": "662d0381889db7d1279181841a85479ba45116fb61a4adb45e1fb6f5b5422e58",
        "v": "6192a5facd61d423ed2d2f4c9d90cc27c49a9a1de8e08bebd9b6445eb47546ed",
        "B": "12bafe13174fabcec41d0a51e5dc6fa4f57db1297869a20110b8d03f93c529dd",
        "K": "8456d6d6164a64b981ecb2bfff1a0e703622d08cac958723da348caa252f5d46",
        "M1": "e3d276de5ece122528b02a0acb150c583e058712654b219c1cba28d9e2e8c2c5",
        "M2": "b11688e5dae172c729e56632d7d9c88b39eeb7f8bf7066aa12927f724e32271b",
    },
}


def verifier(protocol: str = "s2k", b: int = B, salt: bytes = SALT, iteration: int = 20012) -> Verifier:
    return Verifier(ACCOUNT, PASSWORD, protocol, salt, iteration, b)


def of(secret: int) -> Ephemeral:
    return Ephemeral(secret, pad(pow(srp.G, secret, srp.N)))


def proof(server: Verifier, mine: Ephemeral, theirs: bytes) -> srp.Proof:
    key = password_key(PASSWORD, server.protocol, server.salt, server.iteration)  # type: ignore[arg-type]
    return prove(ACCOUNT, key, server.salt, mine, theirs)


def check(server: Verifier, mine: Ephemeral, theirs: bytes | None = None) -> srp.Proof:
    """The proof, after the server has found it good, S written with all its bytes."""
    sent = pad(server.public) if theirs is None else theirs
    made = proof(server, mine, sent)
    assert (made.m1, made.m2) == server.proofs(mine.public, sent, pad(server.shared(mine.public)))
    return made


@pytest.mark.parametrize("protocol", VECTORS)
def test_the_reference_values(protocol: Any) -> None:
    known, server = VECTORS[protocol], verifier(protocol)
    assert password_key(PASSWORD, protocol, SALT, 20012).hex() == known["P"]
    assert f"{server.x:064x}" == known["x"]
    assert sha(pad(server.v)).hex() == known["v"]
    assert sha(pad(server.public)).hex() == known["B"]
    mine = ephemeral(lambda count: A.to_bytes(count))
    assert sha(mine.public).hex() == "7226e9ed846afebcb2ff62b78cd1c27c953b19faea152096bd2b157c5b7fe145"
    assert sha(pad(server.shared(mine.public))).hex() == known["K"]
    made = check(server, mine)
    assert (made.m1.hex(), made.m2.hex()) == (known["M1"], known["M2"])
    assert not made.doubtful


def test_the_group_is_that_of_the_reference() -> None:
    assert (
        sha(pad(srp.N), pad(srp.G)).hex()
        == "05b9e8ef059c6b32ea59fc1d322d37f04aa30bae5aa9003b8321e21ddb04e300"
    )


def test_a_is_drawn_again_until_it_fills_all_bytes() -> None:
    draws = [pad(5), pad(2039), pad(2047)]  # 2^5 and 2^2039 are short, 2^2047 is not
    mine = ephemeral(lambda count: draws.pop(0))
    assert (mine.secret, draws) == (2047, [])
    assert len(mine.public) == 256
    assert mine.public[0] == 0x80


def test_b_that_begins_with_a_zero_byte_is_hashed_as_it_came() -> None:
    server, mine = verifier(b=3151), of(A)
    assert pad(server.public)[0] == 0
    padded = check(server, mine)
    short = check(server, mine, minimal(server.public))
    assert padded.m1 != short.m1
    assert padded.doubtful
    assert short.doubtful


def test_s_that_begins_with_a_zero_byte_keeps_it() -> None:
    server, mine = verifier(b=2**255 + 9), of(2**300 + 74)
    shared = server.shared(mine.public)
    assert pad(shared)[0] == 0
    made = check(server, mine)
    assert made.m1 != server.proofs(mine.public, pad(server.public), minimal(shared))[0]
    assert made.doubtful


@pytest.mark.parametrize(("secret", "which"), [(2**300 + 66, "m2"), (2**300 + 104, "m1")])
def test_proofs_that_begin_with_a_zero_byte_keep_it(secret: int, which: str) -> None:
    made = check(verifier(b=2**255 + 9), of(secret))
    begin = getattr(made, which)
    assert (begin[0], len(begin)) == (0, 32)


@pytest.mark.parametrize("protocol", VECTORS)
@pytest.mark.parametrize("salt", [b"\0" * 16, b"\0" + b"s" * 15, b"\0\0\x01", b"\xff" * 16])
def test_salts_that_begin_with_zero_bytes_keep_them(protocol: str, salt: bytes) -> None:
    check(verifier(protocol, salt=salt, iteration=1), of(A))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    password=st.text(st.characters(codec="utf-8"), max_size=40),
    protocol=st.sampled_from(["s2k", "s2k_fo"]),
    salt=st.binary(min_size=1, max_size=32),
    iteration=st.integers(1, 50),
    a=st.integers(2**256, 2**320),
    b=st.integers(2**256, 2**320),
)
def test_any_password_is_proven_to_a_server_that_knows_it(
    password: str, protocol: Any, salt: bytes, iteration: int, a: int, b: int
) -> None:
    server = Verifier(ACCOUNT, password, protocol, salt, iteration, b)
    mine, theirs = of(a), pad(server.public)
    made = prove(ACCOUNT, password_key(password, protocol, salt, iteration), salt, mine, theirs)
    expected = server.proofs(mine.public, theirs, pad(server.shared(mine.public)))
    assert (made.m1, made.m2) == expected
    wrong = prove(ACCOUNT, password_key(password + "x", protocol, salt, iteration), salt, mine, theirs)
    assert wrong.m1 != expected[0]


@pytest.mark.parametrize("theirs", [pad(0), pad(srp.N), b"", b"\0", pad(srp.N - 1) + b"\0"])
def test_numbers_that_would_give_the_password_away_are_refused(theirs: bytes) -> None:
    with pytest.raises(UnfitNumberError):
        prove(ACCOUNT, b"k" * 32, SALT, of(A), theirs)


def test_numbers_that_cancel_each_other_out_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = srp._hash
    mine, theirs = of(A), pad(verifier().public)
    zero = (mine.public, theirs)
    monkeypatch.setattr(srp, "_hash", lambda *parts: bytes(32) if parts == zero else hashed(*parts))
    with pytest.raises(UnfitNumberError, match="cancel"):
        prove(ACCOUNT, b"k" * 32, SALT, mine, theirs)


def test_nothing_secret_is_in_the_repr() -> None:
    mine = of(A)
    made = check(verifier(), mine)
    assert str(A) not in repr(mine)
    assert "m1" not in repr(made)
    assert "m2" not in repr(made)


@pytest.mark.parametrize("protocol", VECTORS)
@pytest.mark.parametrize("salt", [SALT, bytes(range(16, 32))])
def test_pyicloud_makes_the_same_proof(protocol: str, salt: bytes) -> None:
    python = PEERS / "bin" / "python"
    found = (
        python.exists()
        and subprocess.run([python, "-c", "import pyicloud"], capture_output=True).returncode == 0
    )
    if not found:
        pytest.skip("needs pyicloud, which `make peers` installs")
    server = verifier(protocol, salt=salt)
    mine = ephemeral()
    asked = {
        "account": ACCOUNT,
        "password": PASSWORD,
        "protocol": protocol,
        "salt": salt.hex(),
        "iteration": server.iteration,
        "a": f"{mine.secret:0512x}",
        "b": pad(server.public).hex(),
    }
    done = subprocess.run(
        [python, STORY], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout)
    made = proof(server, mine, pad(server.public))
    if not made.doubtful:  # where S begins with zero, pyicloud hashes fewer bytes: apple-id-login.md, 4.2
        assert theirs == {"A": mine.public.hex(), "m1": made.m1.hex(), "m2": made.m2.hex()}
    shared = minimal(server.shared(mine.public))
    m1, m2 = server.proofs(mine.public, minimal(server.public), shared)
    assert (theirs["m1"], theirs["m2"]) == (m1.hex(), m2.hex())
