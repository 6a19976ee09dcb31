"""Sessions: what App Store Connect says of them, for which team they work, and how they end."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signin_client import AUTH, SESSION, SignIn

from lane_sandbox import Sandbox, SeedError
from lane_sandbox._signin.sessions import Face, WebSession, session_of

if TYPE_CHECKING:
    from pathlib import Path

FACES: tuple[Face, Face] = ("app_store_connect", "developer_portal")
LABS = "FGHIJ67890"


def teams(sandbox: Sandbox) -> SignIn:
    """The account with two teams, signed in."""
    me = SignIn(sandbox, "teams@example.com", "Aurora-Borealis-5")
    me.sign_in()
    return me


def living(sandbox: Sandbox, me: SignIn) -> list[WebSession | None]:
    """The session at App Store Connect, and at the developer portal."""
    return [session_of(sandbox._team, dict(me.session.cookies), face) for face in FACES]


def test_a_session_says_who_and_where(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    answer = me.send("GET", SESSION)
    body = answer.json()
    assert set(body) == {
        "user", "provider", "availableProviders", "publicUserId", "theme", "roles", "agreeToTerms",
    }  # fmt: skip
    assert body["user"]["fullName"] == "Olive Example"
    assert (body["user"]["firstName"], body["user"]["lastName"]) == ("Olive", "Example")
    assert body["user"]["prsId"].isdigit()
    assert body["provider"]["publicProviderId"] == sandbox.keys[0].issuer_id
    assert body["availableProviders"] == [body["provider"]]
    assert body["roles"] == ["LEGAL", "ADMIN"]
    found = living(sandbox, me)[0]
    assert found is not None
    assert found.provider_id == body["provider"]["providerId"]
    assert (found.account, found.name, found.team_id) == ("olive@example.com", "Olive Example", "ABCDE12345")
    assert found.roles == ("ACCOUNT_HOLDER", "ADMIN")


def end_of(answer: requests.Response) -> str:
    """The end of a session, by the cookie itctx of an answer."""
    return str(json.loads(base64.urlsafe_b64decode(f"{answer.cookies['itctx']}=="))["ex"])


def test_cookies_of_a_session(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    answer = me.send("GET", SESSION)
    cookies = {each.name: each for each in answer.cookies}
    claims = jwt.decode(str(cookies["dqsid"].value), options={"verify_signature": False})
    assert abs(claims["iat"] - sandbox.clock.now()) < 60
    assert "Max-Age=1800" in answer.headers["Set-Cookie"]
    ends = end_of(answer)
    assert abs(datetime.fromisoformat(ends).timestamp() - sandbox.clock.now() - 8 * 3600) < 60
    sandbox.clock.advance(3600)
    assert end_of(me.send("GET", SESSION)) == ends
    assert '"' not in answer.headers["Set-Cookie"]


def test_the_domain_is_apples_where_the_client_believes_so(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "plain@example.com", "Aurora-Borealis-6")
    me.headers["Host"] = "idmsa.apple.com"
    given = me.begin().headers["Set-Cookie"]
    assert "myacinfo" in given
    assert "Domain=apple.com" in given
    cookie = given.split("myacinfo=")[1].split(";")[0]
    me.headers |= {"Host": "appstoreconnect.apple.com", "Cookie": f"myacinfo={cookie}"}
    answer = me.send("GET", SESSION)
    shown = [each.partition(";") for each in answer.headers["Set-Cookie"].split(", ") if "=" in each]
    rules = {name.partition("=")[0]: rule for name, _, rule in shown}
    assert "Domain" not in rules["dqsid"]
    assert "Domain=apple.com" in rules["itctx"]


def test_nobody_is_signed_in(sandbox: Sandbox) -> None:
    for cookie in ("", "myacinfo=", "myacinfo=DAWTKNnone", "myacinfo; =; dqsid=x", 'myacinfo="'):
        answer = requests.get(sandbox.url + SESSION, headers={"Cookie": cookie}, timeout=30)
        assert answer.status_code == 401
        assert answer.text.startswith("Unauthenticated\n\nRequest ID: ")
    for path in ("/olympus/v1/contractMessages", "/olympus/v1/session"):
        assert requests.get(sandbox.url + path, timeout=30).status_code == 401
    for path in ("/olympus/v1/providerSwitchRequests", "/olympus/v1/session"):
        assert requests.post(sandbox.url + path, json={}, timeout=30).status_code == 401


def test_the_main_cookie_alone_is_enough(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    cookie = {"myacinfo": str(me.session.cookies["myacinfo"])}
    assert requests.get(sandbox.url + SESSION, cookies=cookie, timeout=30).status_code == 200


def test_each_face_ends_in_its_time(sandbox: Sandbox) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    sandbox.clock.advance(8 * 3600 - 60)
    assert me.send("GET", SESSION).status_code == 200
    sandbox.clock.advance(60)
    assert me.send("GET", SESSION).status_code == 401
    assert [each is not None for each in living(sandbox, me)] == [False, True]
    sandbox.clock.advance(16 * 3600)
    assert living(sandbox, me) == [None, None]
    assert SignIn(sandbox, session=me.session).begin().status_code == 200
    assert None not in living(sandbox, me)


@pytest.mark.parametrize("dead", FACES)
def test_one_face_dies(sandbox: Sandbox, dead: Face) -> None:
    me = SignIn(sandbox)
    me.sign_in()
    sandbox.arm([{"kind": "signed_out", "face": dead, "account": "olive@example.com"}])
    alive = [face != dead for face in FACES]
    assert [each is not None for each in living(sandbox, me)] == alive
    assert [each is not None for each in living(sandbox, me)] == alive
    assert me.send("GET", SESSION).status_code == (200 if alive[0] else 401)
    assert SignIn(sandbox, session=me.session).begin().status_code == 200
    assert None not in living(sandbox, me)


def test_a_team_by_its_number(sandbox: Sandbox) -> None:
    me = teams(sandbox)
    body = me.send("GET", SESSION).json()
    first, second = body["availableProviders"]
    assert (body["provider"], second["name"]) == (first, "Example Labs")
    wanted = {"provider": {"providerId": second["providerId"]}}
    switched = me.send("POST", SESSION, json=wanted)
    assert switched.json()["provider"] == second
    assert me.send("GET", SESSION).json()["provider"] == second
    assert [each and each.team_id for each in living(sandbox, me)] == [LABS, LABS]


def test_a_team_by_its_public_id(sandbox: Sandbox) -> None:
    me = teams(sandbox)
    second = me.send("GET", SESSION).json()["availableProviders"][1]
    provider = {"data": {"type": "providers", "id": second["publicProviderId"]}}
    body = {"data": {"type": "providerSwitchRequests", "relationships": {"provider": provider}}}
    headers = {"Content-Type": "application/vnd.api+json"}
    answer = me.send("POST", "/olympus/v1/providerSwitchRequests", data=json.dumps(body), headers=headers)
    assert answer.status_code == 201
    assert me.send("GET", SESSION).json()["provider"] == second


def test_a_team_of_others(sandbox: Sandbox) -> None:
    me = teams(sandbox)
    for body in ({"provider": {"providerId": 1}}, {"provider": {}}, {"provider": 5}, {}):
        assert me.send("POST", SESSION, json=body).status_code == 403
    assert me.send("GET", SESSION).json()["provider"]["name"] == "Example Team"


def test_the_choice_of_a_team_lives_in_the_cookies(sandbox: Sandbox) -> None:
    me = teams(sandbox)
    first, second = me.send("GET", SESSION).json()["availableProviders"]
    before = dict(me.session.cookies)
    me.send("POST", SESSION, json={"provider": {"providerId": second["providerId"]}})
    told = requests.get(sandbox.url + SESSION, cookies=before, timeout=30).json()["provider"]
    assert told == first
    for odd in ("", "e30=", "W10=", "ł".encode().hex(), "bnVsbA=="):
        asked = {"myacinfo": before["myacinfo"], "itctx": odd}
        assert requests.get(sandbox.url + SESSION, cookies=asked, timeout=30).json()["provider"] == second


def test_an_agreement_waits(sandbox: Sandbox) -> None:
    me = SignIn(sandbox, "agreement@example.com", "Aurora-Borealis-9")
    me.begin()
    [told] = me.send("GET", "/olympus/v1/contractMessages").json()
    assert (told["id"], told["group"]) == ("contract_message", "Alert")
    other = teams(sandbox)
    assert other.send("GET", "/olympus/v1/contractMessages").json() == []


# Seeds


GOOD = {"email": "a@b.c", "password": "p", "name": "A B", "authType": "sa"}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (5, "entry 1: must be an object"),
        ({"email": "a@b.c"}, "'password' is missing"),
        ({**GOOD, "mail": "x"}, "'mail' is not known; use email"),
        ({**GOOD, "email": "a"}, "must be an e-mail address, not 'a'"),
        ({**GOOD, "password": 12345}, "looks like a number needs quotes"),
        ({**GOOD, "authType": "hsa3"}, "'authType' must be one of hsa2, hsa, sa"),
        ({**GOOD, "authType": "hsa2"}, "give it 'phones' or 'trustedDevices'"),
        ({**GOOD, "authType": "hsa"}, "authType hsa needs 'trustedDevices'"),
        ({**GOOD, "protocol": []}, "'protocol' must be one of s2k, s2k_fo"),
        ({**GOOD, "roles": "ADMIN"}, "'roles' must be a list of texts"),
        ({**GOOD, "agreement": 1}, "'agreement' must be true or false"),
        ({**GOOD, "phones": "+1"}, "'phones' must be a list"),
        ({**GOOD, "phones": ["+1 555"]}, "phone 1 must have a 'number'"),
        ({**GOOD, "phones": [{"number": "+15550100"}]}, "must be like '+49 123 4567885'"),
        ({**GOOD, "phones": [{"number": "+1 555 0100", "pushMode": "fax"}]}, "one of sms, voice"),
        ({**GOOD, "teams": []}, "'teams' must be a list of teams"),
        ({**GOOD, "teams": ["OTHER"]}, "a team is ABCDE12345, the sandbox's own"),
    ],
)
def test_wrong_accounts_are_told(tmp_path: Path, entry: Any, why: str) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text(json.dumps({"accounts": [entry]}))
    with pytest.raises(SeedError) as told:
        Sandbox(seed=seed)
    assert f"{seed}: accounts, entry 1" in str(told.value)
    assert why in str(told.value)


def test_an_address_is_there_once(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text(json.dumps({"accounts": [GOOD, {**GOOD, "email": "A@B.C"}]}))
    with pytest.raises(SeedError, match=r"entry 2: the address 'A@B.C' is there already"):
        Sandbox(seed=seed)
    seed.write_text(json.dumps({"accounts": {}}))
    with pytest.raises(SeedError, match="accounts: must be a list of entries"):
        Sandbox(seed=seed)


def test_accounts_of_ones_own(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text(json.dumps({"team": {"id": "MINE123456", "name": "Mine"}, "accounts": [GOOD]}))
    with Sandbox(seed=seed) as sandbox:
        me = SignIn(sandbox, "a@b.c", "p")
        assert me.begin().status_code == 200
        assert me.send("GET", SESSION).json()["provider"]["name"] == "Mine"
        assert [each.email for each in sandbox.accounts()] == ["a@b.c"]


# Anything

WORDS = [
    "accountName",
    "olive@example.com",
    "a",
    "c",
    "m1",
    "m2",
    "AAAA",
    "securityCode",
    "code",
    "phoneNumber",
]
word = st.one_of(
    st.sampled_from([*WORDS, "id", "mode", "sms", "trustTokens", "provider"]), st.text(max_size=8)
)
value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), word),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(word, inner, max_size=4)),
    max_leaves=10,
)
PATHS = [
    "/appleauth/auth", "/appleauth/auth/signin", "/appleauth/auth/signin/init", "/appleauth/auth/signin/complete",
    "/appleauth/auth/verify/phone", "/appleauth/auth/verify/phone/securitycode", "/appleauth/auth/2sv/trust",
    "/appleauth/auth/verify/trusteddevice/securitycode", "/appleauth/auth/verify/device/x/securitycode",
    "/appleauth/auth/authorize/signin", "/olympus/v1/session", "/olympus/v1/providerSwitchRequests",
    "/olympus/v1/contractMessages", "/olympus/v1/app/config", "/olympus/x", "/logout", "/appleauth",
]  # fmt: skip
HEADERS = ["X-Apple-ID-Session-Id", "scnt", "X-Apple-HC", "Cookie", "Accept", "X-Apple-Widget-Key"]


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
    path=st.sampled_from(PATHS),
    body=value,
    headers=st.dictionaries(
        st.sampled_from(HEADERS), st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40)
    ),
    inside=st.booleans(),
)
def test_nothing_makes_it_fail(
    sandbox: Sandbox, method: str, path: str, body: Any, headers: dict[str, str], inside: bool
) -> None:
    me = SignIn(sandbox)
    if inside:
        assert me.begin().status_code == 409
    given = {name: each.encode("latin-1") for name, each in headers.items()}
    answer = me.send(method, path, json=body, headers=given)
    assert answer.status_code < 500 or path in {f"{AUTH}/signin", f"{AUTH}/signin/complete"}
    assert answer.status_code in range(200, 500) or answer.status_code == 503
