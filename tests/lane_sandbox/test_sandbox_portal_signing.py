"""The developer portal's certificates, devices and profiles."""

from __future__ import annotations

import plistlib
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from web_client import PORTAL, TEAM, Person, request_of, sign_in

from lane_sandbox._portal.certificate_types import TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox_client import Client

    from lane_sandbox import Sandbox

PUSH = ["JKG5JZ54H7", "UPV3DW712I", "E5D663CMZW", "HQ4KP3I34R", "CDZ7EMXIZ1", "BKLRAVXMGM", "3BQKVH9I2X"]
PRODUCTION = "UPV3DW712I"
APP = "BUNDLE0001"
UDID = "00008130-00123456789ABCDE"


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """The private key of all requests."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def csr(key: rsa.RSAPrivateKey) -> str:
    """A request as pem makes it."""
    return request_of(key)


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """An admin with tokens."""
    found = sign_in(sandbox)
    found.ask("listTeams.action")
    return found


def platform_of(kind: str) -> str:
    """The slug under which a type is asked for."""
    return "ios" if "ios" in TYPES[kind].platforms else "mac"


def submit(person: Person, kind: str, csr: str, owner: str | None = APP) -> dict[str, Any]:
    """The answer to a request."""
    fields = {"type": kind, "csrContent": csr, "appIdId": owner, "specialIdentifierDisplayId": owner}
    return person.portal(f"{platform_of(kind)}/certificate/submitCertificateRequest.action", **fields)


def listed(person: Person, kind: str) -> list[dict[str, Any]]:
    """The certificates of a type."""
    path = f"{platform_of(kind)}/certificate/listCertRequests.action"
    found: list[dict[str, Any]] = person.ask(path, types=kind)["certRequests"]
    return found


def download(person: Person, kind: str, identifier: str) -> Any:
    """What a GET of the certificate gives."""
    query = {"certificateId": identifier, "teamId": TEAM, "type": kind}
    url = f"{PORTAL}/{platform_of(kind)}/certificate/downloadCertificateContent.action"
    return person.send("GET", url, params=query)


@pytest.mark.parametrize("kind", PUSH)
def test_push_certificates(person: Person, csr: str, key: rsa.RSAPrivateKey, kind: str) -> None:
    answer = submit(person, kind, csr)["certRequest"]
    assert answer["certificateType"]["certificateTypeDisplayId"] == kind
    assert (answer["certificateType"]["maxActive"], answer["certificateType"]["distributionMethod"]) == (
        2,
        "push",
    )
    response = download(person, kind, answer["certificateId"])
    assert b"Apple Inc" in response.content
    certificate = x509.load_der_x509_certificate(response.content)
    assert certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.PKCS1
    ) == key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert str(common).endswith(": com.example.aurora")
    user = certificate.subject.get_attributes_for_oid(NameOID.USER_ID)[0].value
    assert user == "com.example.aurora"
    assert f"{certificate.serial_number:X}" == answer["certificate"]["serialNumber"]
    team = person.sandbox._team
    with team.store.reading():
        issuer = x509.load_pem_x509_certificate(team.store.fact("authority")["certificate"].encode())
    certificate.verify_directly_issued_by(issuer)
    entry = listed(person, kind)[0]
    assert (entry["ownerName"], entry["ownerId"], entry["ownerType"]) == ("com.example.aurora", APP, "bundle")
    assert entry["expirationDate"] == certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (entry["statusString"], entry["canDownload"], entry["certRequestStatusCode"]) == (
        "Issued",
        True,
        4,
    )


def test_website_push(person: Person, csr: str) -> None:
    answer = submit(person, "3T2ZP62QW8", csr, "WEBPUSH001")["certRequest"]
    certificate = x509.load_der_x509_certificate(
        download(person, "3T2ZP62QW8", answer["certificateId"]).content
    )
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert common == "Website Push ID: web.com.example.aurora"
    assert submit(person, "3T2ZP62QW8", csr, APP)["resultCode"] == 35


def test_push_certificates_are_not_in_the_official_api(person: Person, client: Client, csr: str) -> None:
    before = client.get("/v1/certificates").body
    submit(person, PRODUCTION, csr)
    assert client.get("/v1/certificates").body == before


@pytest.mark.parametrize(
    "kind", sorted(each for each in TYPES if TYPES[each].official and not TYPES[each].kind.target)
)
def test_official_types_are_those_of_the_official_api(
    person: Person, client: Client, csr: str, kind: str
) -> None:
    fields = {"type": kind, "csrContent": csr, "appIdId": None, "specialIdentifierDisplayId": None}
    path = f"{platform_of(kind)}/certificate/submitCertificateRequest.action"
    made = person.ask(path, **fields)["certRequest"]["certificateId"]
    shown = client.get(f"/v1/certificates/{made}").data["attributes"]
    assert shown["certificateType"] == TYPES[kind].official
    assert made in [each["certificateId"] for each in listed(person, kind)]
    assert b"Apple Inc" in download(person, kind, made).content


def test_pass_types_and_merchants(person: Person, client: Client, csr: str) -> None:
    made = submit(person, "Y3B2F3TYSI", csr, "PASSTYPE01")["certRequest"]["certificateId"]
    assert client.get(f"/v1/certificates/{made}/passTypeId").data["id"] == "PASSTYPE01"
    assert listed(person, "Y3B2F3TYSI")[0]["ownerName"] == "pass.com.example.aurora"
    assert submit(person, "MD8Q2VRT6A", csr, "MERCHANT01")["resultCode"] == 0
    elliptic = request_of(ec.generate_private_key(ec.SECP256R1()))
    assert submit(person, "4APLUP237T", elliptic, "MERCHANT01")["resultCode"] == 0
    assert submit(person, "4APLUP237T", csr, "MERCHANT01")["resultCode"] == 35


def test_an_installer_certificate_is_the_portals_own(person: Person, csr: str) -> None:
    made = submit(person, "OYVN2GW35E", csr, None)["certRequest"]
    assert made["certificateType"]["ownerType"] == "team"
    assert listed(person, "OYVN2GW35E")[0]["ownerName"] == "Example Team"


def test_a_third_push_certificate_is_refused(person: Person, csr: str) -> None:
    first = submit(person, PRODUCTION, csr)["certRequest"]["certificateId"]
    submit(person, PRODUCTION, csr)
    refused = submit(person, PRODUCTION, csr)
    assert refused["userString"].startswith("You already have a current APNs Production iOS certificate")
    assert (refused["resultCode"], "certRequest" in refused) == (7460, False)
    assert submit(person, "JKG5JZ54H7", csr)["resultCode"] == 0
    assert submit(person, PRODUCTION, csr, "BUNDLE0002")["resultCode"] == 0
    revoke(person, PRODUCTION, first)
    assert submit(person, PRODUCTION, csr)["resultCode"] == 0


def test_a_fourth_distribution_certificate_is_refused(person: Person, csr: str) -> None:
    answers = [submit(person, "WXV89964HE", csr, None) for _ in range(3)]
    assert [each["resultCode"] for each in answers] == [0, 0, 7460]
    assert "You already have a current" in answers[2]["userString"]


def revoke(person: Person, kind: str, identifier: str) -> dict[str, Any]:
    """Take one back."""
    path = f"{platform_of(kind)}/certificate/revokeCertificate.action"
    found: dict[str, Any] = person.ask(path, certificateId=identifier, type=kind)["certRequests"][0]
    return found


def test_revoked(person: Person, client: Client, csr: str) -> None:
    made = submit(person, PRODUCTION, csr)["certRequest"]["certificateId"]
    answer = revoke(person, PRODUCTION, made)
    assert (answer["statusString"], answer["certificate"]["status"]) == ("Approved", "Revocation Pending")
    assert answer["certificateType"]["certificateTypeDisplayId"] == "W147BDC2UZ"
    assert listed(person, PRODUCTION) == []
    assert download(person, PRODUCTION, made).json()["resultCode"] == 35
    revoke(person, "WXV89964HE", "CERTIFIC01")
    assert client.send("GET", "/v1/certificates/CERTIFIC01").status == 404
    assert client.get("/v1/profiles/PROFILE001").data["attributes"]["profileState"] == "INVALID"


def test_a_certificate_expires_by_the_clock(person: Person, csr: str) -> None:
    for _ in range(2):
        submit(person, PRODUCTION, csr)
    expires = datetime.fromisoformat(listed(person, PRODUCTION)[0]["expirationDate"])
    left = expires - datetime.now(UTC)
    assert timedelta(days=394) < left < timedelta(days=396)
    detail = person.ask("ios/identifiers/getAppIdDetail.action", appIdId=APP)["appId"]
    assert (detail["isDevPushEnabled"], detail["isProdPushEnabled"]) == (False, True)
    person.sandbox.clock.advance(left.total_seconds() + 60)
    again = sign_in(person.sandbox)
    again.ask("listTeams.action")
    assert {each["statusString"] for each in listed(again, PRODUCTION)} == {"Expired"}
    detail = again.ask("ios/identifiers/getAppIdDetail.action", appIdId=APP)["appId"]
    assert detail["isProdPushEnabled"] is False
    assert submit(again, PRODUCTION, csr)["resultCode"] == 0


@pytest.mark.parametrize(
    "text", ["nonsense", "", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_broken_requests(person: Person, text: str) -> None:
    answer = submit(person, PRODUCTION, text)
    assert answer["resultCode"] == 35
    assert answer["validationMessages"][0]["validationKey"] == "csrContent"


def test_weak_keys_and_wrong_owners(person: Person, csr: str) -> None:
    weak = request_of(rsa.generate_private_key(65537, 1024))
    assert submit(person, PRODUCTION, weak)["resultCode"] == 35
    assert submit(person, PRODUCTION, csr, "NOTHING")["resultCode"] == 35
    assert submit(person, PRODUCTION, csr, None)["resultCode"] == 35
    wild = {"type": "wildcard", "identifier": "com.example.*", "name": "Wild"}
    owner = person.ask("ios/identifiers/addAppId.action", **wild)["appId"]["appIdId"]
    assert submit(person, PRODUCTION, csr, owner)["resultCode"] == 35
    fields = {"type": "HQ4KP3I34R", "csrContent": csr, "appIdId": APP}
    assert person.portal("ios/certificate/submitCertificateRequest.action", **fields)["resultCode"] == 35
    fields["type"] = "NOTATYPE01"
    assert person.portal("ios/certificate/submitCertificateRequest.action", **fields)["resultCode"] == 35


def test_a_certificate_of_another_type_is_not_found(person: Person, csr: str) -> None:
    made = submit(person, PRODUCTION, csr)["certRequest"]["certificateId"]
    assert download(person, "JKG5JZ54H7", made).json()["resultCode"] == 35


def test_who_may_not_download(sandbox: Sandbox, person: Person, csr: str) -> None:
    made = submit(person, PRODUCTION, csr)["certRequest"]["certificateId"]
    low = sign_in(sandbox, "low@example.com", "MARKETING")
    answer = download(low, PRODUCTION, made).json()
    assert (answer["resultCode"], answer["resultString"]) == (
        1200,
        "webservice.certificate.downloadNotAllowed",
    )
    assert answer["userString"] == "You are not permitted to download this certificate."


def test_all_types_and_several(person: Person, csr: str) -> None:
    submit(person, PRODUCTION, csr)
    path = "ios/certificate/listCertRequests.action"
    every = person.ask(path, sort="certRequestStatusCode=asc")["certRequests"]
    assert {each["certificateTypeDisplayId"] for each in every} == {PRODUCTION, "WXV89964HE", "83Q87W3TGH"}
    dates = [each[name] for each in every for name in ("dateRequested", "dateCreated", "expirationDate")]
    assert all(dates), "clients parse them, of those that a key or the seed made too"
    some = person.ask(path, types=f"{PRODUCTION},83Q87W3TGH")["certRequests"]
    assert {each["certificateTypeDisplayId"] for each in some} == {PRODUCTION, "83Q87W3TGH"}


def test_deleting_an_app_id_takes_its_push_certificates(person: Person, csr: str) -> None:
    fields = {"type": "explicit", "identifier": "com.example.gone", "name": "Gone"}
    owner = person.ask("ios/identifiers/addAppId.action", **fields)["appId"]["appIdId"]
    submit(person, PRODUCTION, csr, owner)
    person.ask("ios/identifiers/deleteAppId.action", appIdId=owner)
    assert listed(person, PRODUCTION) == []


def test_devices(person: Person, client: Client) -> None:
    path = "ios/device/listDevices.action"
    assert [each["deviceClass"] for each in person.ask(path)["devices"]] == ["iphone", "ipad"]
    assert len(person.ask(path, deviceClasses="ipad")["devices"]) == 1
    assert person.ask("mac/device/listDevices.action")["devices"] == []
    fields = {
        "deviceClasses": "iphone",
        "deviceNumbers": UDID,
        "deviceNames": "Nia's, new",
        "register": "single",
    }
    made = person.ask("ios/device/addDevices.action", **fields)["devices"][0]
    assert (made["name"], made["status"], made["deviceNumber"]) == ("Nia's, new", "c", UDID)
    assert client.get(f"/v1/devices/{made['deviceId']}").data["attributes"]["udid"] == UDID
    again = person.ask("ios/device/addDevices.action", **fields)
    assert (again["devices"], again["failedDevices"]) == ([], ["Nia's, new"])
    assert "already exists" in again["validationMessages"][0]["validationUserMessage"]
    person.ask("ios/device/deleteDevice.action", deviceId=made["deviceId"])
    assert len(person.ask(path)["devices"]) == 2
    shown = person.ask(path, includeRemovedDevices="true")["devices"]
    assert [each["status"] for each in shown] == ["c", "c", "r"]
    enabled = person.ask("ios/device/enableDevice.action", displayId=made["deviceId"], deviceNumber=UDID)
    assert enabled["device"]["status"] == "c"


@pytest.mark.parametrize(
    "fields",
    [
        {"deviceNumbers": "1234"},
        {"deviceNumbers": "<b>"},
        {"deviceClasses": "mac"},
        {"deviceClasses": "fridge"},
    ],
)
def test_refused_devices(person: Person, fields: dict[str, str]) -> None:
    usual = {"deviceClasses": "iphone", "deviceNumbers": UDID, "deviceNames": "N"}
    answer = person.ask("ios/device/addDevices.action", **{**usual, **fields})
    assert (answer["devices"], answer["failedDevices"]) == ([], ["N"])
    assert "<" not in answer["validationMessages"][0]["validationUserMessage"]
    assert person.portal("ios/device/addDevices.action", deviceNumbers=UDID)["resultCode"] == 35


def profile_fields(**fields: Any) -> dict[str, Any]:
    """What createProvisioningProfile is sent."""
    usual = {"provisioningProfileName": "Fresh", "appIdId": APP, "distributionType": "store"}
    return {**usual, "certificateIds[]": ["CERTIFIC01"], **fields}


def test_profiles(person: Person, client: Client, tmp_path: Path) -> None:
    made = person.ask("ios/profile/createProvisioningProfile.action", **profile_fields())[
        "provisioningProfile"
    ]
    assert (made["status"], made["type"], made["distributionMethod"]) == (
        "Active",
        "iOS Distribution",
        "store",
    )
    assert (made["appId"]["identifier"], made["certificateIds"]) == ("com.example.aurora", ["CERTIFIC01"])
    official = client.get(f"/v1/profiles/{made['provisioningProfileId']}").data["attributes"]
    assert (official["uuid"], official["profileType"]) == (made["UUID"], "IOS_APP_STORE")
    query = {"provisioningProfileId": made["provisioningProfileId"], "teamId": TEAM}
    content = person.send("GET", f"{PORTAL}/ios/profile/downloadProfileContent", params=query).content
    assert read_profile(content, tmp_path)["Name"] == "Fresh"
    path = "ios/profile/listProvisioningProfiles.action"
    shown = person.ask(path, sort="name=asc", pageSize=500)["provisioningProfiles"]
    assert [each["name"] for each in shown] == ["Aurora App Store", "Aurora Development", "Fresh"]
    detail = person.ask("ios/profile/getProvisioningProfile.action", provisioningProfileId="PROFILE002")
    assert detail["provisioningProfile"]["deviceIds"] == ["DEVICE0001", "DEVICE0002"]
    assert detail["provisioningProfile"]["certificates"][0]["certificateType"]["name"] == "Apple Development"
    person.ask("ios/profile/deleteProvisioningProfile.action", provisioningProfileId="PROFILE002")
    assert client.send("GET", "/v1/profiles/PROFILE002").status == 404


def read_profile(content: bytes, folder: Path) -> dict[str, Any]:
    """What is in a signed profile, by openssl."""
    (folder / "profile").write_bytes(content)
    command = ["openssl", "smime", "-verify", "-noverify", "-inform", "der", "-in", str(folder / "profile")]
    found: dict[str, Any] = plistlib.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def test_refused_profiles(person: Person) -> None:
    path = "ios/profile/createProvisioningProfile.action"
    taken = person.portal(path, **profile_fields(provisioningProfileName="Aurora App Store"))
    assert taken["userString"].startswith(
        "Multiple profiles found with the name &#x27;Aurora App Store&#x27;."
    )
    wrong: list[dict[str, Any]] = [
        {"distributionType": "odd"},
        {"certificateIds[]": ["NONE"]},
        {"certificateIds[]": []},
        {"certificateIds[]": ["CERTIFIC02"]},
        {"appIdId": "NONE"},
        {"distributionType": "adhoc"},
        {"deviceIds[]": ["NONE"]},
        {"provisioningProfileName": None},
    ]
    for fields in wrong:
        assert person.portal(path, **profile_fields(**fields))["resultCode"] == 35, fields


def test_a_profile_is_made_anew(person: Person, client: Client, tmp_path: Path, csr: str) -> None:
    fields = {"displayId": APP, "featureType": "HK421J6T7P", "featureValue": "true"}
    person.ask("ios/identifiers/updateService.action", **fields)
    path = "ios/profile/listProvisioningProfiles.action"
    assert {each["status"] for each in person.ask(path)["provisioningProfiles"]} == {"Invalid"}
    assert person.ask(path, includeInactiveProfiles="false")["provisioningProfiles"] == []
    second = submit(person, "WXV89964HE", csr, None)["certRequest"]["certificateId"]
    given = profile_fields(provisioningProfileId="PROFILE001", provisioningProfileName="Aurora App Store")
    given["certificateIds[]"] = f"CERTIFIC01,{second}"
    fresh = person.ask("ios/profile/regenProvisioningProfile.action", **given)["provisioningProfile"]
    assert (fresh["provisioningProfileId"], fresh["status"]) == ("PROFILE001", "Active")
    assert fresh["certificateIds"] == ["CERTIFIC01", second]
    official = client.get("/v1/profiles/PROFILE001").data["attributes"]
    assert (official["profileState"], official["uuid"]) == ("ACTIVE", fresh["UUID"])
    query = {"provisioningProfileId": "PROFILE001", "teamId": TEAM}
    content = person.send("GET", f"{PORTAL}/ios/profile/downloadProfileContent", params=query).content
    plist = read_profile(content, tmp_path)
    assert len(plist["DeveloperCertificates"]) == 2
    assert plist["Entitlements"]["com.apple.developer.healthkit"] is True


def test_tv_and_mac_profiles(person: Person, client: Client) -> None:
    fields = profile_fields(subPlatform="tvOS")
    made = person.ask("ios/profile/createProvisioningProfile.action", **fields)["provisioningProfile"]
    assert (made["type"], made["proProSubPlatform"]) == ("tvOS Distribution", "tvOS")
    kind = client.get(f"/v1/profiles/{made['provisioningProfileId']}").data["attributes"]["profileType"]
    assert kind == "TVOS_APP_STORE"
    mac = person.ask(
        "mac/profile/createProvisioningProfile.action", **profile_fields(provisioningProfileName="Mac")
    )
    assert mac["provisioningProfile"]["type"] == "Mac Distribution"
    assert (
        person.portal(
            "ios/profile/createProvisioningProfile.action", **profile_fields(distributionType="direct")
        )["resultCode"]
        == 35
    )


def test_the_list_that_xcode_gets(person: Person) -> None:
    url = f"/services/QH65B2/ios/listProvisioningProfiles.action?teamId={TEAM}&includeInactiveProfiles=true"
    response = person.send("POST", url)
    assert response.headers["content-type"].startswith("text/x-xml-plist")
    document = plistlib.loads(response.content)
    assert document["resultCode"] == 0
    names = {each["name"] for each in document["provisioningProfiles"]}
    assert names == {"Aurora App Store", "Aurora Development"}
    first = document["provisioningProfiles"][0]
    assert isinstance(first["dateExpire"], datetime)
    assert first["appId"]["identifier"] == "com.example.aurora"
    assert first["certificateIds"]
    refused = plistlib.loads(Person(person.sandbox, "nobody").send("POST", url).content)
    assert refused["resultCode"] == 1100
