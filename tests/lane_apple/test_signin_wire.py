"""What goes over the wire, byte by byte, and answers that the sandbox never gives."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import requests
from faults import Lost, Reply, Reset, Server, Truncated
from signin_double import ACCOUNT, DOORS, KEY, NOW, PASSWORD, Double
from signin_person import Someone

from lane import CredentialError, LaneError, Secret
from lane._redact import redactor
from lane_apple._doors import Doors
from lane_apple._refusal import LostAnswerError, UnreachableError
from lane_apple._session.cookie import Cookie
from lane_apple._signin import errors, flow, password, srp
from lane_apple._signin.srp import Ephemeral
from lane_apple._signin.wire import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_sandbox import Sandbox

AUTH = "/appleauth/auth"
GIVE = "POST /appleauth/auth/verify/trusteddevice/securitycode"
JSON, TEXT = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as one:
        yield one


def test_every_request_of_a_sign_in(double: Double) -> None:
    session = double.sign_in()
    assert [f"{each.method} {each.path}" for each in double.seen] == [
        "GET http://appstoreconnect.apple.com/logout",  # this server knows no HEAD
        "POST http://idmsa.apple.com/appleauth/auth/signin/init",
        f"GET http://idmsa.apple.com/appleauth/auth/signin?widgetKey={KEY}",
        "POST http://idmsa.apple.com/appleauth/auth/signin/complete?isRememberMeEnabled=true",
        "GET http://idmsa.apple.com/appleauth/auth",
        "PUT http://idmsa.apple.com/appleauth/auth/verify/trusteddevice/securitycode",
        "POST http://idmsa.apple.com/appleauth/auth/verify/trusteddevice/securitycode",
        "GET http://idmsa.apple.com/appleauth/auth/2sv/trust",
        "GET http://appstoreconnect.apple.com/olympus/v1/session",
    ]
    assert {each.name: each.domain for each in session.cookies} == {
        "myacinfo": "apple.com",
        "DESabc": "idmsa.apple.com",
        "dqsid": "appstoreconnect.apple.com",
    }
    assert (session.account, session.made_at, session.provider_id) == (ACCOUNT, NOW, 7)


def test_the_headers_of_each_step(double: Double) -> None:
    double.sign_in()
    (init,) = double.headers("POST", f"{AUTH}/signin/init")
    (complete,) = double.headers("POST", f"{AUTH}/signin/complete")
    for each in (init, complete):
        assert each["Content-Type"] == "application/json"
        assert each["Accept"] == "application/json, text/javascript"
        assert each["X-Requested-With"] == "XMLHttpRequest"
        assert each["X-Apple-Widget-Key"] == KEY
    assert complete["X-Apple-HC"].startswith("1:10:20261124054320:4d74fb15eb23f465f1f6fcbf534e5877::")
    assert double.bodies("/signin/complete")[0]["c"] == "d-227-1c5f:PRN"
    assert double.bodies("/signin/complete")[0]["rememberMe"] is True
    assert double.bodies("trusteddevice/securitycode") == [None, {"securityCode": {"code": "123456"}}]


def test_a_key_that_is_given_is_used_unasked(double: Double) -> None:
    double.sign_in(environment={"LANE_APPLE_WIDGET_KEY": " another-key "})
    assert not any("logout" in each.path or "app/config" in each.path for each in double.seen)
    assert double.headers("POST", f"{AUTH}/signin/init")[0]["X-Apple-Widget-Key"] == "another-key"


@pytest.mark.parametrize("key", ["short", "two words in it", "line\nfeed-in-it", "é" * 20])
def test_a_key_that_is_none_is_never_sent(double: Double, key: str) -> None:
    with pytest.raises(CredentialError, match="LANE_APPLE_WIDGET_KEY holds no key"):
        double.sign_in(environment={"LANE_APPLE_WIDGET_KEY": key})
    assert double.seen == []


@pytest.mark.parametrize(
    "location",
    ["", "https://idmsa.apple.com/x", "https://idmsa.apple.com/x?widgetKey=", "/x?widgetKey=%0d%0a"],
)
@pytest.mark.parametrize("name", ["authServiceKey", "serviceKey"])
def test_the_old_way_to_the_key_under_both_its_names(double: Double, location: str, name: str) -> None:
    double.replies["/logout"] = [Reply(302, headers={"Location": location})]
    double.replies["/olympus/v1/app/config"] = [Reply(200, {name: "the-old-key"})]
    double.sign_in()
    assert double.headers("POST", f"{AUTH}/signin/init")[0]["X-Apple-Widget-Key"] == "the-old-key"


def test_the_newest_scnt_of_each_answer_goes_along(double: Double) -> None:
    double.sign_in()
    steps = [each.headers for each in double.seen if "idmsa" in each.path][3:]
    assert [each["scnt"] for each in steps] == ["scnt-4", "scnt-5", "scnt-6", "scnt-7"]
    assert {each["X-Apple-ID-Session-Id"] for each in steps} == {"the-session"}


def test_a_phone_is_asked_in_its_own_way_and_non_fteu_is_echoed(double: Double) -> None:
    double.options["trustedPhoneNumbers"].append(
        {"id": 3, "numberWithDialCode": "+49 •••• •••••80", "pushMode": "voice", "nonFTEU": False}
    )
    double.sign_in(phone="+49 123 4567880")
    phone = {"phoneNumber": {"id": 3, "nonFTEU": False}, "mode": "voice"}
    assert double.bodies("/verify/phone") == [phone]
    assert double.bodies("/verify/phone/securitycode") == [{"securityCode": {"code": "123456"}, **phone}]


def test_the_length_of_the_code_is_apples(double: Double) -> None:
    double.options["securityCode"]["length"] = 8
    asked: list[Any] = []
    with pytest.raises(errors.WrongCodeError):
        double.sign_in("123456")
    flow.sign_in(
        ACCOUNT,
        Secret(PASSWORD),
        http=double.http,
        doors=DOORS,
        ask=lambda question: asked.append(question.length) or "12345678",  # type: ignore[func-returns-value]
        clock=lambda: NOW,
        environment={},
    )
    assert asked == [8]


def test_trust_goes_in_quotes_where_something_is_sent_and_bare_where_it_is_read(double: Double) -> None:
    double.code_needed = False
    trust = [
        Cookie("DESold", "the-old-trust", "idmsa.apple.com", secure=False),
        Cookie("myacinfo", "old", "apple.com"),
    ]
    double.sign_in(trust=trust)
    by_step = {each.path: each.headers.get("Cookie") for each in double.seen}
    assert by_step["http://appstoreconnect.apple.com/logout"] is None
    assert by_step["http://idmsa.apple.com/appleauth/auth/signin/init"] == 'DESold="the-old-trust"'
    assert by_step[f"http://idmsa.apple.com/appleauth/auth/signin?widgetKey={KEY}"] == "DESold=the-old-trust"
    assert by_step["http://appstoreconnect.apple.com/olympus/v1/session"] == "myacinfo=the-myacinfo-of-jane"


def test_the_callers_session_neither_gives_nor_gets_cookies(double: Double) -> None:
    double.http.cookies.set("tracking", "mine", domain="appstoreconnect.apple.com")
    double.http.cookies.set("myacinfo", "of-another-account", domain=".apple.com")
    double.sign_in()
    assert not any("tracking" in each.headers.get("Cookie", "") for each in double.seen)
    assert not any("another" in each.headers.get("Cookie", "") for each in double.seen)
    assert "dqsid" not in double.http.cookies
    assert "DESabc" not in double.http.cookies


def test_netrc_is_not_read(double: Double, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", double.server.url)
    monkeypatch.setenv("no_proxy", "")
    double.http.proxies, double.http.trust_env = {}, True
    double.sign_in()
    assert len(double.seen) == 9
    assert not any("Authorization" in each.headers for each in double.seen)


class TestLeadingZeros:
    def test_a_salt_and_either_kind_of_b(self, double: Double) -> None:
        double.b = 3151
        assert srp.padded(double.verifier().public)[0] != 0  # another salt than in test_signin_srp
        for protocol in ("s2k", "s2k_fo"):
            for short in (False, True):
                double.protocol, double.b_short, double.salt = protocol, short, bytes(3) + b"salt"
                double.sign_in()
        assert len(double.accepted) == 4

    @pytest.mark.parametrize("s_short", [False, True])
    def test_a_server_that_writes_s_otherwise_is_met_at_the_second_try(
        self, double: Double, monkeypatch: pytest.MonkeyPatch, s_short: bool
    ) -> None:
        """S begins with a zero byte for the first A; a server without padding accepts only the second."""
        double.s_short = s_short
        draws = [_with_short_s(double)]
        monkeypatch.setattr(password, "ephemeral", lambda: draws.pop() if draws else srp.ephemeral())
        double.sign_in()
        assert len(double.bodies("/signin/complete")) == (2 if s_short else 1)
        assert len(double.accepted) == 1


def _with_short_s(double: Double) -> Ephemeral:
    verifier = double.verifier()
    for secret in range(2**300, 2**300 + 10_000):
        mine = Ephemeral(secret, srp.padded(pow(srp.G, secret, srp.N)))
        if mine.public[0] and not srp.padded(verifier.shared(mine.public))[0]:
            return mine
    raise AssertionError("one in 256 has one")


class TestAnswers:
    @pytest.mark.parametrize(
        ("path", "reply", "error", "says"),
        [
            ("/signin/init", Reply(200, b"<html><title>Sorry</title>"), errors.SignInChangedError, "page (200 Sorry)"),
            ("/signin/init", Reply(200, b"[1]", JSON), errors.SignInChangedError, "no JSON object"),
            ("/signin/init", Reply(200, {"salt": "AAAA"}), errors.SignInChangedError, "another shape"),
            ("/signin/init", Reply(503, b"<h1>503 Service"), errors.SignInBlockedError, "503 Service"),
            ("/signin/init", Reply(429, b"", {"Retry-After": "90"}), errors.SignInLimitError, "90 seconds"),
            ("/signin", Reply(200, b"", {"X-Apple-HC-Bits": "99", "X-Apple-HC-Challenge": "x"}),
             errors.SignInChangedError, "99 bits"),
            ("/signin", Reply(200, b"", {"X-Apple-HC-Bits": "ten", "X-Apple-HC-Challenge": "x"}),
             errors.SignInChangedError, "ten bits"),
            ("/signin/complete", Reply(409, {}), errors.SignInChangedError, "names no session"),
            ("/signin/complete", Reply(409, {}, {"X-Apple-EDP": "1"}), errors.PasswordProofNeededError, "second proof"),
            ("/signin/complete", Reply(200, {}), errors.SignInChangedError, "no cookie myacinfo"),
            ("/signin/complete", Reply(200, b"x" * (LARGEST + 1)), errors.SignInChangedError, "more than"),
            ("GET /appleauth/auth", Reply(200, {"x": 1}), errors.SignInChangedError, "neither phones nor a code"),
            ("GET /appleauth/auth", Reply(200, {"fsaChallenge": {}}), errors.SecurityKeyNeededError, "security keys"),
            ("GET /appleauth/auth", Reply(200, {"noTrustedDevices": True, "trustedPhoneNumbers": []}),
             errors.NoWayForCodeError, "neither a trusted device"),
            ("GET /appleauth/auth", Reply(200, {"securityCode": {"securityCodeCooldown": True}}),
             errors.TooManyCodesError, "takes no codes"),
            (GIVE, Reply(423, {}), errors.TooManyCodesError, "no codes"),
            (GIVE, Reply(409, {}), errors.SignInChangedError, "409"),
            (GIVE, Reply(401, {}), errors.LateCodeError, "too late"),
            ("/2sv/trust", Reply(400, {}), errors.SignInChangedError, "400"),
            ("/2sv/trust", Reply(204), errors.SignInChangedError, "no cookie myacinfo"),
            ("/olympus/v1/session", Reply(401, b"Unauthenticated"), errors.WidgetKeyRefusedError, "took the password"),
            ("/olympus/v1/session", Reply(403, b"Forbidden", TEXT), errors.NoAccessError, "no team"),
            ("/olympus/v1/session", Reply(403, b"<html>Denied"), errors.RegionBlockedError, "country"),
            ("/olympus/v1/session", Reply(200, {"user": {}}), errors.NoAccessError, "no team"),
            ("/olympus/v1/session", Reply(200, {"x": {}}), errors.SignInChangedError, "neither a user nor a team"),
        ],
    )  # fmt: skip
    def test_that_are_no_success(
        self, double: Double, path: str, reply: Reply, error: type[LaneError], says: str
    ) -> None:
        double.replies[path] = [reply]
        with pytest.raises(error, match=says.replace("(", r"\(").replace(")", r"\)")) as caught:
            double.sign_in()
        assert PASSWORD not in f"{caught.value}{caught.value.hint}"

    @pytest.mark.parametrize(
        ("status", "place", "code"),
        [
            (400, "serviceErrors", "-21669"),
            (400, "service_errors", -21669),
            (400, "validationErrors", "-21669"),
            (200, "serviceErrors", -21669),
            (401, "service_errors", "-21669"),
            (412, "validationErrors", -21669),
        ],
    )
    def test_a_wrong_code_in_every_shape(self, double: Double, status: int, place: str, code: object) -> None:
        double.replies[GIVE] = [Reply(status, {place: [{"code": code, "message": "Incorrect."}]})]
        assert double.sign_in().signed_in
        assert len(double.bodies("trusteddevice/securitycode")) == 3

    def test_a_wrong_code_that_only_the_text_tells(self, double: Double) -> None:
        told = {"serviceErrors": [{"code": "-1", "message": "Incorrect verification code."}]}
        double.replies[GIVE] = [Reply(400, told)]
        assert double.sign_in().signed_in
        assert len(double.bodies("trusteddevice/securitycode")) == 3

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(204),
            Reply(200, {}),
            Reply(409, {"securityCode": {"valid": True}}),
            Reply(409, {}, {"X-Apple-Session-Token": "a-new-session-token"}),
        ],
    )
    def test_a_right_code_in_every_shape(self, double: Double, reply: Reply) -> None:
        double.replies[GIVE] = [reply]
        assert double.sign_in().signed_in

    @pytest.mark.parametrize("reply", [Reply(412, {}), Reply(500, b"<html>"), Reply(200, b"")])
    def test_devices_that_cannot_be_asked_may_have_been_pushed_to(self, double: Double, reply: Reply) -> None:
        double.replies["PUT /appleauth/auth/verify/trusteddevice/securitycode"] = [reply]
        assert double.sign_in().signed_in

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (Reply(500, {"serviceErrors": [{"code": -28248}]}), errors.TooManyCodesError),
            (Reply(200, {"service_errors": [{"code": "-28248"}]}), errors.TooManyCodesError),
            (Reply(200, {"securityCode": {"tooManyCodesSent": True}}), errors.TooManyCodesError),
            (Reply(412, {"serviceErrors": [{"code": "-28248"}]}), errors.PhoneChoiceError),
            (Reply(503, b"<html>"), errors.SignInBlockedError),
        ],
    )
    def test_a_phone_that_cannot_be_asked(self, double: Double, reply: Reply, error: type[LaneError]) -> None:
        double.replies["PUT /appleauth/auth/verify/phone"] = [reply]
        with pytest.raises(error):
            double.sign_in(phone="+49 123 4567885")

    def test_options_with_201_are_good(self, double: Double) -> None:
        body = {**double.options, "noTrustedDevices": True, "mode": "sms", "phoneNumber": {"id": 1}}
        double.replies["GET /appleauth/auth"] = [Reply(201, body)]
        assert double.sign_in().signed_in
        assert double.bodies("/verify/phone") == []

    def test_no_stamp_is_sent_where_none_is_asked_for(self, double: Double) -> None:
        double.replies["/signin"] = [Reply(200, b"<html>")]
        assert double.sign_in().signed_in
        assert "X-Apple-HC" not in double.headers("POST", f"{AUTH}/signin/complete")[0]

    @pytest.mark.parametrize("b", ["", "AA==", "!!", 5])
    def test_a_number_b_that_is_unfit_gets_no_proof(self, double: Double, b: object) -> None:
        body = {"iteration": 2, "salt": "AAAA", "protocol": "s2k", "b": b, "c": "c"}
        double.replies["/signin/init"] = [Reply(200, body)]
        with pytest.raises(errors.SignInChangedError):
            double.sign_in()
        assert double.bodies("/signin/complete") == []


class TestConnections:
    @pytest.mark.parametrize("path", ["/logout", "/signin", "/olympus/v1/session"])
    def test_what_only_reads_is_repeated(self, double: Double, path: str) -> None:
        double.replies[path] = [Reset(), Lost()]
        assert double.sign_in().signed_in

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/signin/init"),
            ("POST", "/signin/complete"),
            ("GET", "/appleauth/auth"),
            ("POST", "trusteddevice/securitycode"),
            ("GET", "/2sv/trust"),
        ],
    )
    @pytest.mark.parametrize("fault", [Reset(), Lost()])
    def test_what_changes_something_is_not(self, double: Double, method: str, path: str, fault: Any) -> None:
        """Also behind a proxy, where urllib3 blames that for a connection that breaks."""
        double.server.arm(method, rf"{path}(\?.*)?$", fault)
        with pytest.raises(LostAnswerError):
            double.sign_in()
        assert double.server.count(method, rf"{path}(\?.*)?$") == 1

    def test_half_an_answer_is_a_lost_one(self, double: Double) -> None:
        double.server.arm("POST", "signin/init", Truncated())
        with pytest.raises(LostAnswerError):
            double.sign_in()

    def test_what_was_never_sent_is_repeated_for_a_while(self) -> None:
        with Server(lambda seen: Reply(200)) as server:
            nobody = Doors.at(server.url)
        slept: list[float] = []
        troubles = flow.check(_session(), requests.Session(), nobody, sleep=slept.append).troubles
        assert [type(each) for each in troubles] == [UnreachableError, UnreachableError]
        assert len(slept) == 12

    def test_an_apple_that_cannot_be_reached_is_told_as_that_and_while_it_is_tried(self) -> None:
        with Server(lambda seen: Reply(200)) as server:
            nobody = Doors.at(server.url)
        said: list[str] = []
        with pytest.raises(UnreachableError, match="cannot be reached"):
            flow.sign_in(
                "jane@example.com",
                Secret("Correct-Horse-7"),
                http=requests.Session(),
                doors=nobody,
                ask=lambda question: "",
                say=said.append,
                sleep=lambda seconds: None,
                environment={},
            )
        assert len(said) == 6, "the old way to the key is not tried: it leads to the same place"
        assert "(2 of 7)" in said[0]

    def test_a_certificate_that_is_not_trusted_is_named(
        self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        key, certificate = _certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with Server(lambda seen: Reply(401, b"Unauthenticated")) as server:
            server.secure(context)
            doors = Doors.at(server.url.replace("127.0.0.1", "localhost"))
            http = requests.Session()
            (first, _) = flow.check(_session(), http, doors, sleep=lambda seconds: None).troubles
            assert "REQUESTS_CA_BUNDLE" in str(first.hint)
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            assert flow.check(_session(), http, doors, sleep=lambda seconds: None).app_store_connect == "dead"


def _session() -> Any:
    from lane_apple._session.session import AppleSession

    return AppleSession(ACCOUNT, (), NOW, "here")


def _certificate(folder: Any) -> tuple[Any, Any]:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    paths[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return paths


def test_nothing_secret_is_told(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """Password, codes, cookies and proofs are in no log, message, error or repr."""
    caplog.set_level(logging.DEBUG)
    someone = Someone(sandbox, answers=["000000"])
    sent: list[str] = []
    someone.http.hooks["response"].append(lambda answer, **_: sent.append(str(answer.request.body)))
    session = someone.sign_in("olive@example.com")
    with pytest.raises(LaneError) as caught:
        someone.sign_in("olive@example.com", "Canary-Password-1")
    secrets = {someone.password("olive@example.com"), "Canary-Password-1", someone.newest()}
    secrets |= {each.value for each in session.cookies if len(each.value) > 10}
    import json

    proofs = [json.loads(body) for body in sent if '"m1"' in body]
    secrets |= {each[name] for each in proofs for name in ("m1", "m2")}
    assert len(secrets) > 8
    told = "\n".join(
        [
            caplog.text,
            *someone.said,
            repr(session),
            str(caught.value),
            repr(caught.value),
            str(caught.value.hint),
        ]
    )
    assert [each for each in secrets if each in told] == []
    assert all(each not in redactor(f"<{each}>") for each in secrets)
