"""Push certificates: the requests as measured, every type on the sandbox, too many, lost answers, revoking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import quote_plus

import pytest
from apple_web import die, signed_in, web_session
from cryptography import x509
from faults import Lost, Reply, Reset, Server
from portal_harness import ROOT, Portal, envelope, refusal

from lane import ActionError
from lane_apple import SigningRequest, signing_request
from lane_apple._certificates import public_key_of
from lane_apple._portal.answer import TooManyCertificatesError
from lane_apple._portal.identifiers import ensure_app_id, find_app_ids
from lane_apple._portal.portal import DeveloperPortal, Kind
from lane_apple._portal.push import (
    IdentifierNotFoundError,
    create_push_certificate,
    download_push_certificate,
    find_push_certificates,
    revoke_push_certificate,
)
from lane_apple._portal.push_names import PaymentType, PushType
from lane_apple._portal.push_types import PUSH_KINDS
from lane_apple._refusal import NotAllowedError, SessionDeadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apple_harness import Time

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
ISSUED = {
    "certRequestId": "B23Q2P3AAA",
    "name": AURORA,
    "statusString": "Issued",
    "expirationDate": "2027-12-24T06:00:00Z",
    "ownerType": "bundle",
    "ownerName": AURORA,
    "ownerId": "B7JBD8LHAA",
    "certificateId": "HG3FQ9M282",
    "certificateTypeDisplayId": "UPV3DW712I",
    "serialNum": "7C4B29A2943BACA0",
    "typeString": "APNs Production iOS",
}
SUBMITTED = {
    "certRequestId": "B23Q2P3AAA",
    "certificateType": {"certificateTypeDisplayId": "UPV3DW712I", "maxActive": 2},
    "certificate": {
        "certificateId": "HG3FQ9M282",
        "serialNum": "7C4B29A2943BACA0",
        "expirationDate": "2027-12-24T06:00:00Z",
    },
}


@pytest.fixture(scope="module")
def request_() -> SigningRequest:
    return signing_request("PEM")


@pytest.fixture
def answers() -> Portal:
    return Portal()


@pytest.fixture
def told(answers: Portal) -> Iterator[tuple[DeveloperPortal, Server]]:
    """A portal that says what it is told, and the requests that it saw."""
    with (
        Server(answers) as server,
        DeveloperPortal(web_session(server.url), sleep=lambda _: None) as portal,
    ):
        yield portal, server


@pytest.fixture
def portal(sandbox: Sandbox, time: Time, proxy: Server) -> Iterator[DeveloperPortal]:
    """The sandbox's, through a proxy that can misbehave."""
    web = signed_in(sandbox, url=proxy.url)
    with DeveloperPortal(web, sleep=time.sleep, clock=time.clock) as client:
        yield client


def test_the_measured_requests(
    told: tuple[DeveloperPortal, Server], answers: Portal, request_: SigningRequest
) -> None:
    portal, server = told
    answers.answers = {"submitCertificateRequest.action": envelope({"certRequest": SUBMITTED})}
    made = create_push_certificate(portal, "production", AURORA, request_)
    certificate = made.value
    assert (certificate.id, certificate.owner, certificate.serial_number) == (
        "HG3FQ9M282",
        AURORA,
        "7C4B29A2943BACA0",
    )
    assert certificate.expires == datetime(2027, 12, 24, 6, tzinfo=UTC)
    assert [change.what for change in made.changes] == ["certificates/HG3FQ9M282"]
    listed, submitted = server.seen[-2:]
    assert listed.path == f"{ROOT}ios/certificate/listCertRequests.action"
    assert listed.body == (
        b"pageNumber=1&pageSize=500&sort=certRequestStatusCode%3Dasc&teamId=XXXXXXXXXX&types=UPV3DW712I"
    )
    assert submitted.path == f"{ROOT}ios/certificate/submitCertificateRequest.action"
    assert submitted.body.decode() == (
        f"appIdId=B7JBD8LHAA&csrContent={quote_plus(request_.csr)}"
        "&specialIdentifierDisplayId=B7JBD8LHAA&teamId=XXXXXXXXXX&type=UPV3DW712I"
    )
    assert b"-----BEGIN+CERTIFICATE+REQUEST-----%0A" in submitted.body
    assert submitted.headers["csrf"] == "tok3"  # of the list before it

    answers.answers = {
        "downloadCertificateContent.action": Reply(
            200, b"0\x82", {"Content-Type": "application/octet-stream"}
        )
    }
    with pytest.raises(ActionError, match="is no certificate"):
        download_push_certificate(portal, certificate)
    asked = server.seen[-1]
    query = "certificateId=HG3FQ9M282&teamId=XXXXXXXXXX&type=UPV3DW712I"
    assert (asked.method, asked.path, asked.body) == (
        "GET",
        f"{ROOT}ios/certificate/downloadCertificateContent.action?{query}",
        b"",
    )

    answers.answers = {
        "listCertRequests.action": envelope({"certRequests": [ISSUED]}),
        "revokeCertificate.action": envelope({"certRequests": [{"statusString": "Approved"}]}),
    }
    assert len(revoke_push_certificate(portal, certificate).changes) == 1
    assert server.seen[-1].path == f"{ROOT}ios/certificate/revokeCertificate.action"
    assert server.seen[-1].body == b"certificateId=HG3FQ9M282&teamId=XXXXXXXXXX&type=UPV3DW712I"


def test_a_list(told: tuple[DeveloperPortal, Server], answers: Portal) -> None:
    portal, _ = told
    entries = [
        ISSUED,
        ISSUED | {"certificateId": "LATER", "expirationDate": "2028-01-01T00:00:00Z"},
        ISSUED | {"certificateId": "ODD", "expirationDate": "some day"},
        ISSUED | {"certificateId": "DAY", "expirationDate": "2027-11-24"},
        ISSUED | {"certificateId": "OTHER", "ownerName": "com.example.other"},
        ISSUED | {"certificateId": None},
        ISSUED | {"certificateId": "REVOKED", "statusString": "Revoked"},
    ]
    answers.answers = {"listCertRequests.action": envelope({"certRequests": entries})}
    found = find_push_certificates(portal, "production", AURORA)
    assert [(each.id, each.expires and each.expires.year) for each in found] == [
        ("LATER", 2028),
        ("HG3FQ9M282", 2027),
        ("DAY", 2027),
        ("ODD", None),
    ]
    assert len(find_push_certificates(portal, "production")) == 5


def test_a_download_that_is_refused(told: tuple[DeveloperPortal, Server], answers: Portal) -> None:
    portal, _ = told
    answers.answers = {
        "listCertRequests.action": envelope({"certRequests": [ISSUED]}),
        "downloadCertificateContent.action": refusal(
            1200,
            "webservice.certificate.downloadNotAllowed",
            "You are not permitted to download this certificate.",
        ),
    }
    (certificate,) = find_push_certificates(portal, "production")
    with pytest.raises(NotAllowedError, match="not permitted to download"):
        download_push_certificate(portal, certificate)


def owner_of(portal: DeveloperPortal, push_type: PushType | PaymentType) -> str:
    """An identifier for a certificate of this type, made in the portal where there is none."""
    kind = PUSH_KINDS[push_type].owners
    given: dict[str, tuple[str, str, str]] = {
        "websitePushIds": ("web.com.example", "addWebsitePushId.action", "websitePushId"),
        "passTypeIds": ("pass.com.example.new", "addPassTypeId.action", "passTypeId"),
        "merchantIds": ("merchant.com.example.new", "addOMC.action", "omcId"),
    }
    if PUSH_KINDS[push_type].slug == "mac":
        return ensure_app_id(portal, "com.example.mac", slug="mac").value.identifier
    if kind.name == "appIds":
        return AURORA
    identifier, action, payload = given[kind.name]
    assert isinstance(kind, Kind)
    portal.change(kind, action, payload, name="New", identifier=identifier)
    return identifier


@pytest.mark.parametrize("push_type", [*get_args(PushType), *get_args(PaymentType)])
def test_every_type(
    portal: DeveloperPortal, request_: SigningRequest, push_type: PushType | PaymentType
) -> None:
    owner = owner_of(portal, push_type)
    request = elliptic() if push_type == "apple-pay" else request_
    made = create_push_certificate(portal, push_type, owner, request).value
    assert (made.type, made.owner) == (push_type, owner)
    content = download_push_certificate(portal, made)
    certificate = x509.load_der_x509_certificate(content)
    assert public_key_of(content) == request.public_key
    assert f"{certificate.serial_number:X}" == made.serial_number
    assert made.expires == certificate.not_valid_after_utc
    assert b"Apple Inc" in content
    assert find_push_certificates(portal, push_type, owner) == [made]
    assert len(revoke_push_certificate(portal, made).changes) == 1
    assert find_push_certificates(portal, push_type, owner) == []
    assert revoke_push_certificate(portal, made).changes == ()


def elliptic() -> SigningRequest:
    """Apple Pay's processing takes keys on P-256 only."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from lane import Secret

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "PEM")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningRequest(
        Secret(private.decode()), csr.public_bytes(serialization.Encoding.PEM).decode(), public
    )


FAULTS = pytest.mark.parametrize(
    "fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"]
)


@FAULTS
def test_lost_answers(portal: DeveloperPortal, proxy: Server, request_: SigningRequest, fault: Any) -> None:
    """It is known again by its key, also beside another one."""
    other = create_push_certificate(portal, "production", AURORA, signing_request("Other")).value
    proxy.arm("POST", "submitCertificateRequest", fault)
    made = create_push_certificate(portal, "production", AURORA, request_).value
    assert made.id != other.id
    assert public_key_of(download_push_certificate(portal, made)) == request_.public_key
    assert len(find_push_certificates(portal, "production", AURORA)) == 2
    proxy.arm("POST", "revokeCertificate", fault)
    assert len(revoke_push_certificate(portal, made).changes) == 1
    assert find_push_certificates(portal, "production", AURORA) == [other]


def test_too_many(portal: DeveloperPortal, request_: SigningRequest) -> None:
    made = [create_push_certificate(portal, "production", AURORA, request_).value for _ in range(2)]
    with pytest.raises(TooManyCertificatesError) as caught:
        create_push_certificate(portal, "production", AURORA, request_)
    error = caught.value
    assert (error.code, {each.id for each in error.certificates}) == (
        "too_many_certificates",
        {each.id for each in made},
    )
    assert "You already have a current" in str(error)
    for each in made:
        assert each.id in str(error.hint)
        assert each.serial_number in str(error.hint)
    revoke_push_certificate(portal, error.certificates[-1])
    create_push_certificate(portal, "production", AURORA, request_)


def test_an_identifier_that_is_not_there(portal: DeveloperPortal, request_: SigningRequest) -> None:
    with pytest.raises(IdentifierNotFoundError, match=r"no com\.example\.nothing among its appIds") as caught:
        create_push_certificate(portal, "production", "com.example.nothing", request_)
    assert caught.value.code == "identifier_not_found"


def test_a_dead_face(sandbox: Sandbox, time: Time) -> None:
    """App Store Connect's face may live on."""
    web = signed_in(sandbox)
    with DeveloperPortal(web, sleep=time.sleep, clock=time.clock) as portal:
        assert find_app_ids(portal)
        die(sandbox, web, "developer_portal")
        with pytest.raises(SessionDeadError) as caught:
            find_push_certificates(portal, "production")
    assert caught.value.face == "developer_portal"


def test_an_app_id_in_the_sandbox(portal: DeveloperPortal) -> None:
    made = ensure_app_id(portal, "com.example.new", name="Grüße App", services={"push": True})
    assert made.value.name == "Grusse App 15c45065883f71ed9240f27133288dc3"
    assert made.value in find_app_ids(portal)
    assert ensure_app_id(portal, "com.example.new").changes == ()
