"""Bundle ids, capabilities, devices, certificates, profiles: writes that converge, on the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from faults import Lost, Reply, Reset, Server

from lane_apple import (
    ApiKey,
    AppleError,
    AppStoreConnect,
    Change,
    Ensured,
    KeyRefusedError,
    Profile,
    create_certificate,
    delete_profile,
    disable_capability,
    enable_capability,
    ensure_bundle_id,
    ensure_device,
    ensure_profile,
    find_bundle_id,
    find_capabilities,
    find_certificates,
    find_devices,
    find_profiles,
    revoke_certificate,
    signing_request,
)

if TYPE_CHECKING:
    from apple_harness import Time

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
UDID = "00008140-00AA11BB22CC001E"
FAULTS = pytest.mark.parametrize(
    "fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"]
)
WRITES = ("POST", "PATCH", "DELETE")


def writes(proxy: Server) -> int:
    return sum(proxy.count(method, "/v1/") for method in WRITES)


def quiet(proxy: Server, again: Ensured[Any], before: int) -> None:
    """A second run writes nothing and says so."""
    assert again.changes == ()
    assert writes(proxy) == before


@FAULTS
def test_a_bundle_id(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    assert find_bundle_id(through, f"{AURORA}.widget") is None
    proxy.arm("POST", "/v1/bundleIds", fault)
    made = ensure_bundle_id(through, f"{AURORA}.widget")
    assert [change.before for change in made.changes] == [None]
    assert made.value == find_bundle_id(through, f"{AURORA}.widget")
    assert made.value.name == "com example aurora widget"
    before = writes(proxy)
    quiet(proxy, ensure_bundle_id(through, f"{AURORA}.widget", name="com example aurora widget"), before)
    proxy.arm("PATCH", "/v1/bundleIds", fault)
    renamed = ensure_bundle_id(through, f"{AURORA}.widget", name="Widget")
    assert renamed.changes == (
        Change(f"bundleIds/{made.value.id} name", "com example aurora widget", "Widget"),
    )
    assert renamed.value.name == "Widget"


def test_a_bundle_id_is_found_exactly(apple: AppStoreConnect) -> None:
    """Apple's filter gives what begins so, too."""
    ensure_bundle_id(apple, f"{AURORA}.widget")
    found = find_bundle_id(apple, AURORA)
    assert found is not None
    assert (found.identifier, found.name) == (AURORA, "Aurora")


@FAULTS
def test_a_capability(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    bundle_id = ensure_bundle_id(through, AURORA).value.id
    proxy.arm("POST", "/v1/bundleIdCapabilities", fault)
    made = enable_capability(through, bundle_id, "DATA_PROTECTION")
    assert len(made.changes) == 1
    assert "DATA_PROTECTION" in {each.type for each in find_capabilities(through, bundle_id)}
    before = writes(proxy)
    quiet(proxy, enable_capability(through, bundle_id, "DATA_PROTECTION"), before)
    proxy.arm("DELETE", "/v1/bundleIdCapabilities", fault)
    assert len(disable_capability(through, bundle_id, "DATA_PROTECTION").changes) == 1
    assert "DATA_PROTECTION" not in {each.type for each in find_capabilities(through, bundle_id)}
    before = writes(proxy)
    quiet(proxy, disable_capability(through, bundle_id, "DATA_PROTECTION"), before)


def test_the_settings_of_a_capability(through: AppStoreConnect, proxy: Server) -> None:
    bundle_id = ensure_bundle_id(through, AURORA).value.id
    before = writes(proxy)
    quiet(proxy, enable_capability(through, bundle_id, "ICLOUD", {"ICLOUD_VERSION": "XCODE_6"}), before)
    quiet(proxy, enable_capability(through, bundle_id, "ICLOUD"), before)
    changed = enable_capability(through, bundle_id, "ICLOUD", {"ICLOUD_VERSION": "XCODE_5"})
    assert changed.value.settings == {"ICLOUD_VERSION": "XCODE_5"}
    assert changed.changes[0].before == {"ICLOUD_VERSION": "XCODE_6"}
    level = {"DATA_PROTECTION_PERMISSION_LEVEL": "COMPLETE_PROTECTION"}
    assert enable_capability(through, bundle_id, "DATA_PROTECTION", level).value.settings == level


def test_a_capability_that_apple_does_not_know(apple: AppStoreConnect, contract: Any) -> None:
    with pytest.raises(AppleError):
        enable_capability(apple, ensure_bundle_id(apple, AURORA).value.id, "TELEPATHY")
    assert "TELEPATHY" in contract.problems.pop()


@FAULTS
def test_a_device(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    proxy.arm("POST", "/v1/devices", fault)
    made = ensure_device(through, udid=UDID, name="Linus's iPhone")
    assert (made.value.name, made.value.enabled, len(made.changes)) == ("Linus's iPhone", True, 1)
    assert made.value in list(find_devices(through, platform="IOS", enabled=True))
    before = writes(proxy)
    quiet(proxy, ensure_device(through, udid=UDID.lower(), name="Linus's iPhone"), before)
    quiet(proxy, ensure_device(through, udid=UDID), before)
    through.update("devices", made.value.id, {"status": "DISABLED"})
    proxy.arm("PATCH", "/v1/devices", fault)
    again = ensure_device(through, udid=UDID, name="Lab")
    assert {change.what.split()[1]: (change.before, change.after) for change in again.changes} == {
        "name": ("Linus's iPhone", "Lab"),
        "status": ("DISABLED", "ENABLED"),
    }
    assert again.value.enabled


@FAULTS
def test_a_certificate(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    request = signing_request("Aurora's machine", email="ci@example.com")
    proxy.arm("POST", "/v1/certificates", fault)
    made = create_certificate(through, "DEVELOPMENT", request)
    certificate = made.value
    assert certificate.is_for(request)
    assert certificate.type == "DEVELOPMENT"
    assert certificate.expires is not None
    assert certificate.expires > datetime.now(UTC) + timedelta(days=300)
    assert made.changes[0].after["serialNumber"] == certificate.serial_number
    assert not certificate.is_for(signing_request("Another"))
    assert certificate in find_certificates(through, ["DEVELOPMENT"])
    assert certificate not in find_certificates(through, ["DISTRIBUTION"])
    proxy.arm("DELETE", "/v1/certificates", fault)
    assert len(revoke_certificate(through, certificate).changes) == 1
    assert certificate not in find_certificates(through)
    before = writes(proxy)
    assert revoke_certificate(through, certificate).changes == ()
    assert writes(proxy) == before + 1  # Apple says that it is gone


def test_a_request_keeps_its_key_to_itself() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    request = signing_request("Aurora", email="ci@example.com")
    csr = x509.load_pem_x509_csr(request.csr.encode())
    assert csr.is_signature_valid
    assert [each.value for each in csr.subject] == ["Aurora", "ci@example.com"]
    private = load_pem_private_key(request.private_key.reveal().encode(), None)
    assert private.public_key() == csr.public_key()
    assert "PRIVATE" not in repr(request)
    assert "PRIVATE" not in request.csr


def profile_of(apple: AppStoreConnect, **options: Any) -> Ensured[Profile]:
    bundle_id = ensure_bundle_id(apple, AURORA).value.id
    certificates = [each.id for each in find_certificates(apple, ["DEVELOPMENT"])]
    devices = [each.id for each in find_devices(apple, enabled=True)]
    wanted: dict[str, Any] = {
        "name": "Aurora CI",
        "profile_type": "IOS_APP_DEVELOPMENT",
        "bundle_id": bundle_id,
        "certificates": certificates,
        "devices": devices,
    }
    return ensure_profile(apple, **(wanted | options))


@FAULTS
def test_a_profile(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    proxy.arm("POST", "/v1/profiles", fault)
    made = profile_of(through)
    assert made.value.active
    assert made.value.content.startswith(b"\x30")  # CMS
    assert made.value.uuid.encode() in made.value.content
    assert [each.uuid for each in find_profiles(through, name="Aurora CI")] == [made.value.uuid]
    before = writes(proxy)
    quiet(proxy, profile_of(through), before)
    proxy.arm("DELETE", "/v1/profiles", fault)
    assert len(delete_profile(through, made.value).changes) == 1
    assert find_profiles(through, name="Aurora CI") == []


def test_a_profile_that_no_longer_fits_is_made_anew(through: AppStoreConnect, proxy: Server) -> None:
    first = profile_of(through).value
    ensure_device(through, udid=UDID)
    with_device = profile_of(through)
    assert [change.after is None for change in with_device.changes] == [True, False]
    assert with_device.value.uuid != first.uuid
    another = create_certificate(through, "DEVELOPMENT", signing_request("Two")).value
    both = profile_of(through)
    assert len(both.changes) == 2
    revoke_certificate(through, another)
    (invalid,) = find_profiles(through, name="Aurora CI")
    assert not invalid.active
    assert len(profile_of(through).changes) == 2
    later = profile_of(through, now=datetime.now(UTC) + timedelta(days=800))
    assert len(later.changes) == 2
    before = writes(proxy)
    quiet(proxy, profile_of(through), before)


def test_where_apple_refuses_the_new_profile_the_end_of_the_old_one_is_told(
    through: AppStoreConnect, proxy: Server
) -> None:
    old = profile_of(through).value
    ensure_device(through, udid=UDID)
    refusal = {"errors": [{"status": "409", "code": "ENTITY_ERROR", "title": "No", "detail": "Not today"}]}
    proxy.arm("POST", "/v1/profiles", Reply(409, refusal))
    told: list[Change] = []
    with pytest.raises(AppleError, match="Not today") as caught:
        profile_of(through, changed=told.append)
    assert "The old profile Aurora CI is deleted already" in str(caught.value.hint)
    assert [(each.what, each.after) for each in told] == [(f"profiles/{old.id}", None)]
    assert find_profiles(through, name="Aurora CI") == []
    again = profile_of(through, changed=told.append)
    assert again.changes == tuple(told[1:])
    assert len(told) == 2


def test_a_profile_for_the_store_takes_no_devices(apple: AppStoreConnect) -> None:
    certificates = [each.id for each in find_certificates(apple, ["DISTRIBUTION"])]
    made = profile_of(apple, profile_type="IOS_APP_STORE", certificates=certificates, devices=())
    assert made.value.type == "IOS_APP_STORE"
    assert (
        profile_of(apple, profile_type="IOS_APP_STORE", certificates=certificates, devices=()).changes == ()
    )


@pytest.mark.parametrize("which", [1, 2])
def test_keys_that_may_not_provision(sandbox: Sandbox, time: Time, which: int) -> None:
    """A weak one, and an individual one: the error says which it must be."""
    found = sandbox.keys[which]
    key = ApiKey(found.key_id, found.issuer_id, found.private_key_path.read_text(), base_url=sandbox.url)
    with AppStoreConnect(key, sleep=time.sleep) as apple, pytest.raises(KeyRefusedError) as caught:
        ensure_bundle_id(apple, f"{AURORA}.widget")
    assert caught.value.code == "key_forbidden"
    assert "role DEVELOPER" in str(caught.value.hint)  # to read, which comes first
    assert "individual keys cannot" in str(caught.value.hint)
