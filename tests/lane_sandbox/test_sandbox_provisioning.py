"""Identifiers, devices, certificates and profiles: real enough for openssl."""

from __future__ import annotations

import base64
import plistlib
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sandbox_client import Client, document

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

YEAR = 365 * 24 * 3600
KEY = rsa.generate_private_key(65537, 2048)
UDID = "00008110-000A1C2E3F40FFFF"


def request(key: Any = KEY) -> str:
    """A certificate signing request, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tester")])
    signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


def certificate(client: Client, kind: str = "DISTRIBUTION", csr: str | None = None, **links: Any) -> Any:
    """A new certificate."""
    values = {"certificateType": kind, "csrContent": csr or request()}
    return client.create("certificates", values, links or None).data


def loaded(data: Any) -> x509.Certificate:
    """The certificate itself."""
    return x509.load_der_x509_certificate(base64.b64decode(data["attributes"]["certificateContent"]))


def profile(client: Client, kind: str, bundle: str, signed: str, *devices: str, status: int = 201) -> Any:
    """A new profile of this type."""
    links: dict[str, Any] = {"bundleId": ("bundleIds", bundle), "certificates": [("certificates", signed)]}
    if devices:
        links["devices"] = [("devices", each) for each in devices]
    values = {"name": f"{kind} {bundle}", "profileType": kind}
    return client.create("profiles", values, links, status)


def plist_of(data: Any, folder: Path) -> Any:
    """What openssl reads in a profile, the signature verified."""
    signed, content = folder / "profile.mobileprovision", folder / "profile.plist"
    signed.write_bytes(base64.b64decode(data["attributes"]["profileContent"]))
    command = [
        "openssl",
        "smime",
        "-verify",
        "-inform",
        "der",
        "-noverify",
        "-in",
        str(signed),
        "-out",
        str(content),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return plistlib.loads(content.read_bytes())


def test_a_request_is_really_signed(client: Client) -> None:
    made = certificate(client)
    values, real = made["attributes"], loaded(made)
    assert real.public_key() == KEY.public_key()
    assert f"{real.serial_number:X}" == values["serialNumber"]
    subject = {each.oid: each.value for each in real.subject}
    assert subject[NameOID.COMMON_NAME] == "Apple Distribution: Example Team (ABCDE12345)"
    assert subject[NameOID.ORGANIZATIONAL_UNIT_NAME] == "ABCDE12345"
    assert abs(real.not_valid_after_utc.timestamp() - client.sandbox.clock.now() - YEAR) < 60
    assert values["expirationDate"] == real.not_valid_after_utc.isoformat(timespec="seconds")
    assert values["name"] == "Apple Distribution: Example Team"
    assert values["csrContent"] is None
    found = client.get("/v1/certificates", **{"filter[serialNumber]": values["serialNumber"]}).data
    assert [each["id"] for each in found] == [made["id"]]


def test_all_certificates_have_one_issuer(client: Client, tmp_path: Path) -> None:
    issuers = {loaded(each).issuer for each in client.get("/v1/certificates").data}
    assert len(issuers) == 1
    with Sandbox() as other:
        [first, *_] = Client(other, other.keys[0]).get("/v1/certificates").data
        assert loaded(first).issuer in issuers
        assert loaded(first).signature != loaded(client.get("/v1/certificates").data[0]).signature


@pytest.mark.parametrize(
    ("csr", "why"),
    [
        ("nonsense", "it is no certificate signing request"),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            "it is no certificate",
        ),
        ("☃", "it is no certificate signing request"),
        (request(rsa.generate_private_key(65537, 1024)), "an RSA key of 2048 bits"),
        (request(ec.generate_private_key(ec.SECP256R1())), "an RSA key of 2048 bits"),
    ],
)
def test_bad_requests_are_refused(client: Client, csr: str, why: str) -> None:
    values = {"certificateType": "DISTRIBUTION", "csrContent": csr}
    answer = client.create("certificates", values, status=409)
    assert answer.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID"]
    assert why in answer.body["errors"][0]["detail"]


def test_a_request_with_another_signature_is_refused(client: Client) -> None:
    der = bytearray(x509.load_pem_x509_csr(request().encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    values = {"certificateType": "DISTRIBUTION", "csrContent": base64.b64encode(der).decode()}
    assert "not signed" in client.create("certificates", values, status=409).body["errors"][0]["detail"]


def test_a_request_may_be_signed_by_sha_1(client: Client, tmp_path: Path) -> None:
    """fastlane did so for years; its signature counts all the same."""
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-sha1", "-subj", "/CN=PEM"]
    done = subprocess.run([*command, "-keyout", tmp_path / "key.pem"], capture_output=True, check=True)
    asked = x509.load_pem_x509_csr(done.stdout)
    assert loaded(certificate(client, csr=done.stdout.decode())).public_key() == asked.public_key()
    der = bytearray(asked.public_bytes(Encoding.DER))
    der[-1] ^= 1
    values = {"certificateType": "DEVELOPMENT", "csrContent": base64.b64encode(der).decode()}
    assert "not signed" in client.create("certificates", values, status=409).body["errors"][0]["detail"]


def test_a_request_may_come_without_its_frame(client: Client) -> None:
    der = x509.load_pem_x509_csr(request().encode()).public_bytes(Encoding.DER)
    assert loaded(certificate(client, csr=base64.b64encode(der).decode())).public_key() == KEY.public_key()


def test_there_is_a_limit_of_certificates(client: Client) -> None:
    certificate(client)
    last = certificate(client)
    values = {"certificateType": "DISTRIBUTION", "csrContent": request()}
    answer = client.create("certificates", values, status=409)
    assert answer.body["errors"][0]["detail"] == (
        "You already have a current Apple Distribution certificate or a pending certificate request."
    )
    client.change("DELETE", f"/v1/certificates/{last['id']}", None, 204)
    certificate(client)


def test_certificates_of_identifiers(client: Client) -> None:
    merchant = ("merchantIds", "MERCHANT01")
    made = certificate(client, "APPLE_PAY_MERCHANT_IDENTITY", merchantId=merchant)
    assert made["attributes"]["name"] == "Apple Pay Merchant Identity: merchant.com.example.aurora"
    curve = request(ec.generate_private_key(ec.SECP256R1()))
    certificate(client, "APPLE_PAY", curve, merchantId=merchant)
    assert len(client.get("/v1/merchantIds/MERCHANT01/certificates").data) == 2
    passes = certificate(client, "PASS_TYPE_ID", passTypeId=("passTypeIds", "PASSTYPE01"))
    assert client.get(f"/v1/certificates/{passes['id']}/passTypeId").data["id"] == "PASSTYPE01"
    values = {"certificateType": "PASS_TYPE_ID", "csrContent": request()}
    assert client.create("certificates", values, status=409).codes == ["ENTITY_ERROR.RELATIONSHIP.REQUIRED"]
    wrong = {"certificateType": "DISTRIBUTION", "csrContent": request()}
    assert client.create("certificates", wrong, {"merchantId": merchant}, 409).codes == [
        "ENTITY_ERROR.RELATIONSHIP.INVALID"
    ]
    client.change("DELETE", "/v1/merchantIds/MERCHANT01", None, 204)
    assert client.send("GET", f"/v1/certificates/{made['id']}").status == 404


def test_openssl_reads_a_profile(client: Client, tmp_path: Path) -> None:
    signed = certificate(client, "DEVELOPMENT")
    device = client.create("devices", {"name": "Phone", "platform": "IOS", "udid": UDID}).data["id"]
    made = profile(client, "IOS_APP_DEVELOPMENT", "BUNDLE0001", signed["id"], device).data
    values, plist = made["attributes"], plist_of(made, tmp_path)
    assert (values["profileState"], values["platform"]) == ("ACTIVE", "IOS")
    assert plist["Name"] == values["name"]
    assert plist["UUID"] == values["uuid"]
    assert plist["TeamIdentifier"] == ["ABCDE12345"]
    assert plist["TeamName"] == "Example Team"
    assert plist["ProvisionedDevices"] == [UDID]
    assert plist["DeveloperCertificates"] == [base64.b64decode(signed["attributes"]["certificateContent"])]
    assert plist["Entitlements"] == {
        "application-identifier": "ABCDE12345.com.example.aurora",
        "aps-environment": "development",
        "com.apple.developer.icloud-container-identifiers": [],
        "com.apple.developer.icloud-services": "*",
        "com.apple.developer.team-identifier": "ABCDE12345",
        "get-task-allow": True,
        "keychain-access-groups": ["ABCDE12345.*"],
    }
    assert plist["ExpirationDate"].isoformat() + "+00:00" == values["expirationDate"]


def test_a_store_profile_has_no_devices(client: Client, tmp_path: Path) -> None:
    plist = plist_of(profile(client, "IOS_APP_STORE", "BUNDLE0002", "CERTIFIC01").data, tmp_path)
    assert "ProvisionedDevices" not in plist
    assert plist["Entitlements"]["beta-reports-active"] is True
    assert plist["Entitlements"]["get-task-allow"] is False
    everywhere = profile(client, "IOS_APP_INHOUSE", "BUNDLE0002", "CERTIFIC01").data
    assert plist_of(everywhere, tmp_path)["ProvisionsAllDevices"] is True


@pytest.mark.parametrize(
    ("kind", "signed", "devices", "code"),
    [
        ("IOS_APP_STORE", "CERTIFIC02", [], "ENTITY_ERROR.RELATIONSHIP.INVALID"),
        ("IOS_APP_DEVELOPMENT", "CERTIFIC01", ["DEVICE0001"], "ENTITY_ERROR.RELATIONSHIP.INVALID"),
        ("IOS_APP_DEVELOPMENT", "CERTIFIC02", [], "ENTITY_ERROR.RELATIONSHIP.REQUIRED"),
        ("IOS_APP_STORE", "CERTIFIC01", ["DEVICE0001"], "ENTITY_ERROR.RELATIONSHIP.INVALID"),
    ],
)
def test_profiles_that_can_not_be(
    client: Client, kind: str, signed: str, devices: list[str], code: str
) -> None:
    assert profile(client, kind, "BUNDLE0001", signed, *devices, status=409).codes == [code]


def test_a_name_of_a_profile_is_used_once(client: Client) -> None:
    profile(client, "IOS_APP_STORE", "BUNDLE0001", "CERTIFIC01")
    answer = profile(client, "IOS_APP_STORE", "BUNDLE0001", "CERTIFIC01", status=409)
    assert "Multiple profiles found with the name" in answer.body["errors"][0]["detail"]


def states(client: Client) -> dict[str, str]:
    """The state of each profile."""
    return {each["id"]: each["attributes"]["profileState"] for each in client.get("/v1/profiles").data}


def test_profiles_become_invalid_with_what_they_hold(client: Client) -> None:
    assert states(client) == {"PROFILE001": "ACTIVE", "PROFILE002": "ACTIVE"}
    client.update("devices", "DEVICE0001", {"name": "Renamed"})
    assert states(client)["PROFILE002"] == "ACTIVE"
    client.update("devices", "DEVICE0001", {"status": "DISABLED"})
    assert states(client) == {"PROFILE001": "ACTIVE", "PROFILE002": "INVALID"}
    client.change("DELETE", "/v1/certificates/CERTIFIC01", None, 204)
    assert states(client)["PROFILE001"] == "INVALID"
    assert client.get("/v1/profiles/PROFILE001/certificates").data == []


def test_profiles_become_invalid_with_a_capability(client: Client) -> None:
    link = {"bundleId": ("bundleIds", "BUNDLE0001")}
    made = client.create("bundleIdCapabilities", {"capabilityType": "HEALTHKIT"}, link).data
    assert set(states(client).values()) == {"INVALID"}
    assert made["id"] == "BUNDLE0001_HEALTHKIT"
    assert made["attributes"]["settings"] == []
    assert "bundleId" in made["relationships"]


def test_profiles_expire_by_the_clock(client: Client) -> None:
    client.sandbox.clock.advance(YEAR + 60)
    assert set(states(client).values()) == {"INVALID"}


def settings(key: str, option: str) -> dict[str, Any]:
    """The attributes of a capability with one setting."""
    return {"settings": [{"key": key, "options": [{"key": option, "enabled": True}]}]}


def test_settings_of_capabilities(client: Client) -> None:
    link = {"bundleId": ("bundleIds", "BUNDLE0002")}
    protection = {"capabilityType": "DATA_PROTECTION"}
    good = protection | settings("DATA_PROTECTION_PERMISSION_LEVEL", "COMPLETE_PROTECTION")
    made = client.create("bundleIdCapabilities", good, link).data
    assert made["attributes"]["settings"] == good["settings"]
    again = client.create("bundleIdCapabilities", protection, link, 409)
    assert again.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
    for wrong in (
        settings("ICLOUD_VERSION", "XCODE_6"),
        settings("DATA_PROTECTION_PERMISSION_LEVEL", "XCODE_6"),
    ):
        answer = client.update("bundleIdCapabilities", made["id"], wrong, 409)
        assert answer.body["errors"][0]["source"] == {"pointer": "/data/attributes/settings/0"}
    for shape in ([3], [{"options": []}], [{"key": 3}], [{"key": "ICLOUD_VERSION", "size": 1}]):
        body = document("bundleIdCapabilities", {"settings": shape}, None, made["id"])
        assert client.send("PATCH", f"/v1/bundleIdCapabilities/{made['id']}", json=body).status == 409
    client.update("bundleIdCapabilities", made["id"], {"capabilityType": "ICLOUD"}, 409)
    client.change("DELETE", f"/v1/bundleIdCapabilities/{made['id']}", None, 204)


def test_bundle_ids(client: Client) -> None:
    values = {"identifier": "com.example.new", "name": "New", "platform": "IOS"}
    made = client.create("bundleIds", values).data
    assert made["attributes"]["seedId"] == "ABCDE12345"
    assert len(made["id"]) == 10
    assert client.create("bundleIds", values, status=409).codes == [
        "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"
    ]
    bad = client.create("bundleIds", values | {"identifier": "com example"}, status=409)
    assert bad.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID"]
    client.create("bundleIds", values | {"identifier": "com.example.*"})
    assert client.update("bundleIds", made["id"], {"name": "Newer"}).data["attributes"]["name"] == "Newer"
    assert client.get(f"/v1/bundleIds/{made['id']}/app").data is None
    client.change("DELETE", f"/v1/bundleIds/{made['id']}", None, 204)
    assert client.get("/v1/bundleIds/BUNDLE0001/app").data["attributes"]["name"] == "Aurora"
    refused = client.send("DELETE", "/v1/bundleIds/BUNDLE0001")
    assert refused.status == 403
    assert "appears to be in use by the App Store" in refused.body["errors"][0]["detail"]


def test_devices(client: Client) -> None:
    values = {"name": "Phone", "platform": "IOS", "udid": UDID}
    made = client.create("devices", values).data["attributes"]
    assert (made["status"], made["deviceClass"]) == ("ENABLED", "IPHONE")
    answer = client.create("devices", values | {"udid": UDID.lower()}, status=409)
    assert answer.body["errors"][0]["detail"].endswith("already exists on this team.")
    assert client.create("devices", values | {"udid": "123"}, status=409).codes == [
        "ENTITY_ERROR.ATTRIBUTE.INVALID"
    ]
    mac = {"name": "Mac", "platform": "MAC_OS", "udid": "12345678-1234-1234-1234-123456789ABC"}
    assert client.create("devices", mac).data["attributes"]["deviceClass"] == "MAC"
    assert (
        len(client.get("/v1/devices", **{"filter[status]": "ENABLED", "filter[platform]": "IOS"}).data) == 3
    )


def test_identifiers_have_their_prefix(client: Client) -> None:
    for kind, prefix in (("merchantIds", "merchant"), ("passTypeIds", "pass")):
        values = {"identifier": f"{prefix}.com.example.new", "name": "New"}
        client.create(kind, values)
        assert client.create(kind, values, status=409).codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"]
        client.create(kind, values | {"identifier": "com.example"}, status=409)
