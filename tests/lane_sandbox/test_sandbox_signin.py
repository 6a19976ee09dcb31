"""Signing in with an Apple ID: keys, password, what stands in the way, and what follows."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from signin_client import AUTH, KEY, SESSION, Proof, SignIn, minimal, padded, sha

from lane_sandbox import Sandbox
from lane_sandbox._signin import hashcash, srp

if TYPE_CHECKING:
    from pathlib import Path

SALT = bytes.fromhex("00112233445566778899aabbccddeeff")
VECTORS = {
    "s2k": {
        "P": "83db2746492ce97226db7e3f2ae1bec9054bf0541c6f233166d934f78fc1e9e3",
        "v": "aa1f6d3313ec96f94d28025fe7552cd02ccc2e214d1d2144200b1faf2904c83d",
        "B": "12efc4a960dd7aa6a2ec457fe9158f91431fd4bfad7c07cb3338034509cff7b9",
        "K": "a8022782d9e68c3171073aaeb4b6b53c57e4a29e3c33b0cbc8be03fadc2c6d9b",
        "M1": "8c559fc23c588e593515233adcafb7a68b805887da79d5fac6c29c5faac44a72",
        "M2": "5320e22baa9b5ecedb63dbaec17c8d5266380c0e6fbd4c3b26b32175df134e93",
    },
    "s2k_fo": {
        "P": "589a7277449e3f9f63a2fee7710de11efb00ed4e4b8fb5d3a599d460534e541c",
        "v": "6192a5facd61d423ed2d2f4c9d90cc27c49a9a1de8e08bebd9b6445eb47546ed",
        "B": "12bafe13174fabcec41d0a51e5dc6fa4f57db1297869a20110b8d03f93c529dd",
        "K": "8456d6d6164a64b981ecb2bfff1a0e703622d08cac958723da348caa252f5d46",
        "M1": "e3d276de5ece122528b02a0acb150c583e058712654b219c1cba28d9e2e8c2c5",
        "M2": "b11688e5dae172c729e56632d7d9c88b39eeb7f8bf7066aa12927f724e32271b",
    },
}
"""apple-id-login.md, 4.4."""


# The numbers

STARTS = {"A": 30, "S": 400, "M2": 190, "salt": 0}


@pytest.mark.parametrize("protocol", srp.PROTOCOLS)
def test_the_reference_s_vectors(protocol: str) -> None:
    right = VECTORS[protocol]
    proof = Proof("jane@example.com", "Correct-Horse-7", a=int.from_bytes(sha(b"a") * 8))
    b = int.from_bytes(sha(b"b"))
    v = srp.verifier("Correct-Horse-7", SALT, 20012, protocol)
    public = srp.public_value(v, b)
    m1, m2 = proof.of(SALT, 20012, protocol, padded(public))
    found = {"P": proof.numbers["P"], "v": sha(padded(v)), "B": sha(padded(public)), "K": proof.numbers["K"]}
    assert {name: value.hex() for name, value in {**found, "M1": m1, "M2": m2}.items()} == right
    assert srp.proves(("jane@example.com",), SALT, proof.public, v, b, m1, m2)
    assert not srp.proves(("joan@example.com",), SALT, proof.public, v, b, m1, m2)
    assert not srp.proves(("jane@example.com",), SALT, proof.public, v, b, m1, m2[::-1])


def found_with(zero: str) -> tuple[Proof, int, int, bytes, bytes]:
    """An exchange in which A, S or M2 begins with a zero byte, searched for shortly before where it is."""
    v = srp.verifier("pass", SALT, 1000, "s2k")
    for number in range(STARTS[zero], 3000):
        proof = Proof("x@example.com", "pass", a=3_000 + number, write_a=minimal, write_s=minimal)
        b = int.from_bytes(sha(number.to_bytes(4)))
        if zero == "A":
            proof.a = int.from_bytes(sha(b"a", number.to_bytes(4)) * 8)
            if padded(proof.public)[0]:
                continue
        public = srp.public_value(v, b)
        if padded(public)[0] == 0:
            continue
        m1, m2 = proof.of(SALT, 1000, "s2k", padded(public))
        if zero in {"A", "salt"} or (m2[0] == 0 if zero == "M2" else padded(proof.numbers["S"])[0] == 0):
            return proof, v, b, m1, m2
    raise AssertionError(f"no {zero} that begins with a zero byte")


@pytest.mark.parametrize("zero", ["A", "S", "M2", "salt"])
def test_zero_bytes_in_front_do_no_harm(zero: str) -> None:
    proof, v, b, m1, m2 = found_with(zero)
    names = ("x@example.com",)
    assert srp.proves(names, SALT, proof.public, v, b, m1, m2.lstrip(b"\0"))
    for write_a in (padded, minimal):
        for write_s in (padded, minimal):
            proof.write_a, proof.write_s = write_a, write_s
            m1, m2 = proof.of(SALT, 1000, "s2k", padded(srp.public_value(v, b)))
            assert srp.proves(names, SALT, proof.public, v, b, m1, m2)


def test_b_has_its_full_length(monkeypatch: pytest.MonkeyPatch) -> None:
    v = srp.verifier("pass", SALT, 1000, "s2k")
    short = next(each for each in range(2**200, 2**200 + 5000) if padded(srp.public_value(v, each))[0] == 0)
    drawn = iter([short, short, 2**200 + 10_000])
    monkeypatch.setattr("lane_sandbox._signin.srp.secrets.randbits", lambda bits: next(drawn))
    b, public = srp.challenge(v)
    assert (b, padded(public)[0] > 0) == (2**200 + 10_000, True)


def test_a_that_is_zero_proves_nothing() -> None:
    v = srp.verifier("pass", SALT, 1000, "s2k")
    key = sha(b"")
    group = bytes(one ^ two for one, two in zip(sha(padded(srp.N)), sha(padded(2)), strict=True))
    m1 = sha(group, sha(b"x"), SALT, b"", padded(srp.public_value(v, 5)), key)
    assert not srp.proves(("x",), SALT, 0, v, 5, m1, None)


@pytest.mark.parametrize(
    ("bits", "stamp"),
    [
        (11, "1:11:20230223170600:4d74fb15eb23f465f1f6fcbf534e5877::6373"),
        (12, "1:12:20230223213732:f8b58554b2f22960fc0dc99aea342276::2381"),
    ],
)
def test_the_reference_s_stamps(bits: int, stamp: str) -> None:
    import hashlib

    assert hashcash.leading_zero_bits(hashlib.sha1(stamp.encode()).digest()) >= bits


# The widget key


def test_the_key_in_the_new_way(sandbox: Sandbox) -> None:
    for method in ("GET", "HEAD"):
        answer = requests.request(method, f"{sandbox.url}/logout", allow_redirects=False, timeout=30)
        where = urlsplit(answer.headers["Location"])
        assert (answer.status_code, where.netloc, where.path) == (
            302,
            "idmsa.apple.com",
            "/appleauth/signout",
        )
        assert parse_qs(where.query)["widgetKey"] == [KEY]


def test_the_key_in_the_old_way(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/olympus/v1/app/config?hostname=itunesconnect.apple.com"
    assert requests.get(url, timeout=30).json() == {
        "authServiceUrl": "https://idmsa.apple.com/appleauth",
        "authServiceKey": KEY,
    }
    sandbox.arm([{"kind": "error", "path": "/olympus/v1/app/config", "status": 404, "body": "html"}])
    gone = requests.get(url, timeout=30)
    assert (gone.status_code, gone.headers["Content-Type"]) == (404, "text/html")
    assert requests.get(f"{sandbox.url}/olympus/v2/app/config", timeout=30).status_code == 401


def test_the_new_way_can_be_gone(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "error", "path": "/logout", "status": 404, "body": "html"}])
    assert requests.get(f"{sandbox.url}/logout", allow_redirects=False, timeout=30).status_code == 404


def test_the_new_way_with_a_session_signs_out(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    assert me.send("GET", "/logout").status_code == 302
    assert me.send("GET", SESSION).status_code == 401


# The password


def test_a_password_and_a_code(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    first = me.begin()
    assert (first.status_code, first.json()) == (409, {"authType": "hsa2"})
    assert "aasp" in first.cookies
    assert "myacinfo" not in me.session.cookies
    assert me.give(me.code()).status_code == 204
    assert "myacinfo" not in me.session.cookies
    trusted = me.trust()
    assert (trusted.status_code, trusted.content) == (204, b"")
    assert "X-Apple-TwoSV-Trust-Token" in trusted.headers
    [des] = [each for each in trusted.cookies if each.name.startswith("DES")]
    assert not des.secure
    assert "Secure" not in trusted.headers["Set-Cookie"]
    assert "Domain" not in trusted.headers["Set-Cookie"]
    session = me.send("GET", SESSION)
    assert session.json()["user"]["emailAddress"] == "olive@example.com"
    assert {"dqsid", "itctx"} <= set(session.cookies.keys())


@pytest.mark.parametrize("name", ["Olive@Example.COM", " olive@example.com "])
def test_an_address_in_any_case(sandbox: Sandbox, name: str) -> None:
    me = SignIn(sandbox, email=name)
    for hashed in (name, name.strip().lower()):
        proof = Proof(hashed, me.password)
        assert me.complete(proof, me.init(proof)).status_code == 409


@pytest.mark.parametrize("write_a", [padded, minimal])
@pytest.mark.parametrize("write_s", [padded, minimal])
def test_s2k_fo_and_each_way_to_write(sandbox: Sandbox, write_a: Any, write_s: Any) -> None:
    me = SignIn(sandbox, "shared@example.com", "Aurora-Borealis-3")
    proof = Proof(me.email, me.password, write_a=write_a, write_s=write_s)
    given = me.init(proof)
    assert given["protocol"] == "s2k_fo"
    assert me.complete(proof, given).status_code == 409


def test_what_init_says(sandbox: Sandbox) -> None:
    given = SignIn(sandbox).init(Proof("olive@example.com", "x"))
    assert set(given) == {"iteration", "salt", "protocol", "b", "c"}
    assert len(base64.b64decode(given["salt"], validate=True)) == 16
    assert len(base64.b64decode(given["b"], validate=True)) == 256


def test_a_wrong_password_and_a_wrong_m2(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, password="wrong")
    refused = me.begin()
    assert refused.status_code == 401
    assert refused.json()["serviceErrors"][0]["code"] == "-20101"
    assert refused.json()["service_errors"] == refused.json()["serviceErrors"]
    assert "X-Apple-ID-Session-Id" not in refused.headers
    me.password = "Aurora-Borealis-1"
    assert me.begin(m2=base64.b64encode(b"\1" * 32).decode()).status_code == 401
    assert me.begin(m2=None).status_code == 409


def test_wrong_passwords_lock_the_account(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, password="wrong")
    statuses = [me.begin().status_code for _ in range(7)]
    assert statuses == [401] * 5 + [403] * 2
    me.password = "Aurora-Borealis-1"
    locked = me.begin()
    assert (locked.status_code, locked.json()["serviceErrors"][0]["code"]) == (403, "-20209")
    sandbox.reset()
    assert me.begin().status_code == 409


def test_a_right_password_forgives_wrong_ones(sandbox: Sandbox) -> None:
    for _ in range(3):
        assert [SignIn(sandbox, password="wrong").begin().status_code for _ in range(3)] == [401] * 3
        assert SignIn(sandbox).begin().status_code == 409


def test_an_unknown_account(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, email="nobody@example.com")
    proof = Proof(me.email, me.password)
    given, again = me.init(proof), me.init(proof)
    assert given["salt"] == again["salt"]
    assert me.complete(proof, given).status_code == 403


def test_hashcash_is_wanted(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    paid = me.stamp()
    version, bits, date, challenge, _, _ = paid.split(":")
    wrong = [
        "",
        "1:11",
        f"1:{bits}:{date}:{'0' * 32}::0",
        f"2{paid[1:]}",
        f"{version}:1:{date}:{challenge}::0",
    ]
    for stamp in (*wrong, "é" + paid, paid + "x" * 600):
        refused = me.begin(stamp=stamp or "none")
        assert (refused.status_code, refused.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert "503 Service Temporarily Unavailable" in refused.text
    assert me.begin(stamp=paid).status_code == 409
    sandbox.clock.advance(7200)
    assert me.begin(stamp=paid).status_code == 503


def test_iclouds_key_pays_no_hashcash(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.headers["X-Apple-Widget-Key"] = "d39ba9916b7251055b22c7f910e2ea796ee65e98b2ddecea8f5dde8d9d1a815d"
    assert me.begin(stamp="none").status_code == 409


def test_the_plain_way_is_refused(sandbox: Sandbox) -> None:
    body = {"accountName": "olive@example.com", "password": "Aurora-Borealis-1", "rememberMe": True}
    assert requests.post(f"{sandbox.url}{AUTH}/signin", json=body, timeout=30).status_code == 503


def test_an_exchange_ends(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    proof = Proof(me.email, me.password)
    given = me.init(proof)
    assert me.complete(proof, {**given, "c": "d-1-x:PRN"}).status_code == 400
    assert me.complete(proof, given).status_code == 409
    assert me.complete(proof, given).status_code == 400
    given = me.init(proof)
    sandbox.clock.advance(601)
    assert me.complete(proof, given).status_code == 400


# Kinds of accounts


def test_no_second_factor(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "plain@example.com", "Aurora-Borealis-6")
    assert me.begin().status_code == 200
    assert me.send("GET", SESSION).json()["user"]["fullName"] == "Pat Example"


@pytest.mark.parametrize(
    ("who", "number", "status", "code"),
    [("locked", 10, 403, "-20209"), ("outsider", 12, 400, "-1"), ("refused", 13, 403, "-36607")],
)
def test_accounts_that_get_nowhere(sandbox: Sandbox, who: str, number: int, status: int, code: str) -> None:
    refused = SignIn(sandbox, f"{who}@example.com", f"Aurora-Borealis-{number}").begin()
    assert (refused.status_code, refused.json()["serviceErrors"][0]["code"]) == (status, code)
    assert ("itctx" in refused.headers.get("Set-Cookie", "")) == (who == "outsider")


def test_something_to_agree_to_first(sandbox: Sandbox) -> None:
    asked = SignIn(sandbox, "privacy@example.com", "Aurora-Borealis-11").begin()
    assert (asked.status_code, asked.json()) == (412, {"authType": "hsa2"})
    assert asked.headers["Location"].startswith("https://appleid.apple.com/")


def test_faults_of_accounts(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "acknowledgement", "account": "OLIVE@*"}, {"kind": "locked", "account": "sms@*"}])
    assert SignIn(sandbox, "plain@example.com", "Aurora-Borealis-6").begin().status_code == 200
    assert [SignIn(sandbox).begin().status_code for _ in range(2)] == [412, 409]
    statuses = [SignIn(sandbox, "sms@example.com", "Aurora-Borealis-2").begin().status_code for _ in range(2)]
    assert statuses == [403, 403]


def test_an_app_specific_password(sandbox: Sandbox) -> None:
    sandbox.arm([{"kind": "app_specific", "account": "olive@*", "count": None}])
    refused = SignIn(sandbox, "olive@example.com", "abcd-efgh-ijkl-mnop").begin()
    assert (refused.status_code, refused.json()["serviceErrors"][0]["code"]) == (401, "-20283")
    assert SignIn(sandbox).begin().status_code == 409, "the Apple ID's own is taken"


def test_a_rate_limit_of_sign_ins(sandbox: Sandbox) -> None:
    path = f"{AUTH}/signin/complete"
    sandbox.arm([
        {"kind": "error", "path": path, "status": 503, "body": "html"},
        {"kind": "rate_limit", "path": path, "retry_after": 60},
    ])  # fmt: skip
    answers = [SignIn(sandbox).begin() for _ in range(3)]
    assert [each.status_code for each in answers] == [503, 429, 409]
    assert "<title>503 Service Temporarily Unavailable</title>" in answers[0].text
    assert answers[1].headers["Retry-After"] == "60"


# State


def test_processes_on_one_folder_agree(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as one, Sandbox(tmp_path) as other:
        me = SignIn(one)
        assert me.begin().status_code == 409
        me.sandbox = other
        assert me.give(me.code()).status_code == 204
        me.sandbox = one
        assert me.trust().status_code == 204
        me.sandbox = other
        assert me.send("GET", SESSION).status_code == 200
    with Sandbox(tmp_path) as again:
        me.sandbox = again
        assert me.send("GET", SESSION).status_code == 200
        assert [each["code"] for each in again.messages()] == [me.code()]
        again.reset()
        assert again.messages() == []
        assert me.send("GET", SESSION).status_code == 401


def test_many_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def whole(sandbox: Sandbox) -> int:
        me = SignIn(sandbox, "plain@example.com", "Aurora-Borealis-6")
        assert me.begin().status_code == 200
        return me.send("GET", SESSION).status_code

    with Sandbox(tmp_path) as one, Sandbox(tmp_path) as other, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(whole, [one, other] * 8)) == [200] * 16


def test_accounts_are_told(sandbox: Sandbox) -> None:
    from lane_sandbox._command import _as_json, _as_text

    told = json.loads(_as_json(sandbox))["accounts"]
    assert told[0]["email"] == "olive@example.com"
    assert told[0]["password"] == "Aurora-Borealis-1"
    assert [each["name"] for each in told[4]["teams"]] == ["Example Team", "Example Labs"]
    text = _as_text(sandbox)
    assert all(each.email in text and each.password in text for each in sandbox.accounts())
    assert "Aurora-Borealis" not in repr(sandbox.accounts())
