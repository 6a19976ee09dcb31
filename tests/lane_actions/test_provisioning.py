"""Bundle ids, capabilities, devices, certificates and profiles through the engine: writes that converge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import ledger
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lane import ActionError, CredentialError, TransientError
from lane.testing import call, run
from lane_actions import (
    BundleId,
    Capabilities,
    Certificate,
    bundle_id_capabilities,
    certificates,
    profiles,
    register_bundle_id,
    register_devices,
)
from lane_apple import (
    AppStoreConnect,
    find_bundle_id,
    find_certificates,
    find_devices,
    find_profiles,
    revoke_certificate,
)

if TYPE_CHECKING:
    from pathlib import Path

    from actions_harness import StepContext

    from lane.testing import Outcome
    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
ADA = "00008110-000A1C2E3F40801E"
NEW = "00008140-00AA11BB22CC001E"


def done(action: Any, folder: Path, **options: Any) -> Any:
    """What a step gave in a run of its own."""
    outcome: Outcome = run(action, folder, **options)
    assert outcome.exit_code == 0, outcome.steps[action.name].message
    return outcome.outputs[action.name]


def twice(offline: Sandbox, action: Any, folder: Path, **options: Any) -> tuple[Any, list[Any]]:
    """What it gave, and the ledger: a second run gives the same, writes nothing to Apple and to the ledger."""
    first = done(action, folder, **options)
    entries, before = ledger(folder), writes(offline)
    assert done(action, folder, **options) == first
    assert (ledger(folder), writes(offline)) == (entries, before)
    return first, entries


def writes(sandbox: Sandbox) -> int:
    """How many requests so far that change something."""
    return sum(each["method"] != "GET" for each in sandbox.requests())


# Bundle ids


def test_a_bundle_id_is_registered_once(offline: Sandbox, apple: AppStoreConnect, tmp_path: Path) -> None:
    widget = f"{AURORA}.widget"
    made, entries = twice(offline, register_bundle_id, tmp_path, bundle_id=widget, name="Widget")
    assert isinstance(made, BundleId)
    found = find_bundle_id(apple, widget)
    assert found is not None
    assert (made.id, made.identifier, made.name) == (found.id, widget, "Widget")
    after = {"identifier": widget, "name": "Widget", "platform": "IOS"}
    assert entries == [(f"bundleIds/{found.id}", None, after)]


def test_a_bundle_id_gets_its_new_name(offline: Sandbox, tmp_path: Path) -> None:
    made, entries = twice(offline, register_bundle_id, tmp_path, bundle_id=AURORA, name="Aurora two")
    assert made.name == "Aurora two"
    assert entries == [("bundleIds/BUNDLE0001 name", "Aurora", "Aurora two")]


@pytest.mark.parametrize("wrong", ["com.example.Zürich", "com..example", "com.*.example", "a b", ""])
def test_what_is_no_bundle_id(ctx: StepContext, offline: Sandbox, wrong: str) -> None:
    before = len(offline.requests())
    with pytest.raises(ActionError, match="is no bundle id") as caught:
        call(register_bundle_id, ctx, bundle_id=wrong)
    assert "com.example.aurora" in str(caught.value.hint)
    assert len(offline.requests()) == before


def test_no_bundle_id_at_all(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="knows no app") as caught:
        call(register_bundle_id, ctx)
    assert "app(bundle_id=" in str(caught.value.hint)


def test_an_individual_key_is_refused_by_the_plan(
    offline: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apple lets it do no provisioning, whatever its role."""
    individual = offline.keys[2]
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_KEY_ID", individual.key_id)
    monkeypatch.delenv("APP_STORE_CONNECT_API_KEY_ISSUER_ID")
    monkeypatch.setenv("APP_STORE_CONNECT_API_KEY_KEY_FILEPATH", str(individual.private_key_path))
    before = len(offline.requests())
    with pytest.raises(CredentialError) as caught:
        run(register_bundle_id, tmp_path, bundle_id=AURORA)
    assert "kind individual; this needs one of kind team" in str(caught.value.hint)
    assert "role ADMIN" in str(caught.value.hint)
    assert len(offline.requests()) == before


# Capabilities


def test_capabilities_are_switched_on_set_and_off(offline: Sandbox, tmp_path: Path) -> None:
    now, entries = twice(
        offline,
        bundle_id_capabilities,
        tmp_path,
        bundle_id=AURORA,
        enable=["APP_GROUPS"],
        disable=["PUSH_NOTIFICATIONS"],
        settings={"ICLOUD": {"ICLOUD_VERSION": "XCODE_5"}},
    )
    assert isinstance(now, Capabilities)
    assert {"APP_GROUPS", "ICLOUD"} <= set(now.enabled)
    assert "PUSH_NOTIFICATIONS" not in now.enabled
    assert now.settings == {"ICLOUD": {"ICLOUD_VERSION": "XCODE_5"}}
    assert {what.split()[1]: (before, after) for what, before, after in entries} == {
        "APP_GROUPS": (None, True),
        "ICLOUD": ({"ICLOUD_VERSION": "XCODE_6"}, {"ICLOUD_VERSION": "XCODE_5"}),
        "PUSH_NOTIFICATIONS": ({}, None),
    }


def test_capabilities_of_a_bundle_id_that_is_not_registered(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match=r"com\.example\.nobody is not registered") as caught:
        call(bundle_id_capabilities, ctx, bundle_id="com.example.nobody", enable=["MAPS"])
    assert "register_bundle_id" in str(caught.value.hint)
    assert ctx.changes == []


def test_a_capability_that_is_to_be_on_and_off(ctx: StepContext, offline: Sandbox) -> None:
    before = len(offline.requests())
    with pytest.raises(ActionError, match="MAPS is to be on and off at once"):
        call(bundle_id_capabilities, ctx, bundle_id=AURORA, enable=["MAPS"], disable=["MAPS"])
    assert len(offline.requests()) == before


def test_a_capability_that_apple_does_not_have(ctx: StepContext) -> None:
    wrong: Any = ["TELEPATHY"]
    with pytest.raises(ValueError, match="enable"):
        call(bundle_id_capabilities, ctx, bundle_id=AURORA, enable=wrong)


# Devices


def test_devices_are_registered_and_named(offline: Sandbox, apple: AppStoreConnect, tmp_path: Path) -> None:
    wanted = {NEW: "Linus's iPhone", ADA: "Ada's old iPhone"}
    found, entries = twice(offline, register_devices, tmp_path, devices=wanted)
    assert {each.udid: each.name for each in found} == wanted
    assert wanted.items() <= {each.udid: each.name for each in find_devices(apple)}.items()
    assert entries == [
        (f"devices/{found[0].id}", None, {"name": "Linus's iPhone", "udid": NEW, "platform": "IOS"}),
        ("devices/DEVICE0001 name", "Ada's iPhone", "Ada's old iPhone"),
    ]


def test_a_device_that_is_disabled_is_enabled(ctx: StepContext, apple: AppStoreConnect) -> None:
    apple.update("devices", "DEVICE0001", {"status": "DISABLED"})
    call(register_devices, ctx, devices={ADA: "Ada's iPhone"})
    assert ctx.changes == [("devices/DEVICE0001 status", "DISABLED", "ENABLED")]


@pytest.mark.parametrize(
    ("second", "message"), [({"1234": "Grace"}, "'1234' is no UDID"), ({ADA: " "}, "has no name")]
)
def test_nothing_is_registered_where_one_is_wrong(
    ctx: StepContext, apple: AppStoreConnect, second: dict[str, str], message: str
) -> None:
    with pytest.raises(ActionError, match=message):
        call(register_devices, ctx, devices={NEW: "Linus's iPhone"} | second)
    assert ctx.changes == []
    assert NEW not in {each.udid for each in find_devices(apple)}


# Certificates


def test_a_certificate_for_a_key_that_is_made(
    offline: Sandbox, apple: AppStoreConnect, tmp_path: Path
) -> None:
    (made,), entries = twice(offline, certificates, tmp_path, types=["DEVELOPMENT"])
    assert isinstance(made, Certificate)
    assert entries == [
        (
            f"certificates/{made.id}",
            None,
            {"certificateType": "DEVELOPMENT", "serialNumber": made.serial_number},
        )
    ]
    assert made.key == tmp_path / "signing" / "development.pem"
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "signing" / ".gitignore").read_text() == "*\n"
    assert (public_of_key(made.key), made.id) == (
        public_of_certificate(made.path),
        next(each.id for each in find_certificates(apple) if each.content == made.path.read_bytes()),
    )


def public_of_key(path: Path) -> Any:
    return load_pem_private_key(path.read_bytes(), None).public_key()


def public_of_certificate(path: Path) -> Any:
    return x509.load_der_x509_certificate(path.read_bytes()).public_key()


def test_a_certificate_that_was_revoked_is_made_anew_for_the_same_key(
    ctx: StepContext, apple: AppStoreConnect
) -> None:
    (first,) = call(certificates, ctx, types=["DEVELOPMENT"])
    key = first.key.read_bytes()
    revoke_certificate(apple, next(each for each in find_certificates(apple) if each.id == first.id))
    (second,) = call(certificates, ctx, types=["DEVELOPMENT"])
    assert second.id != first.id
    assert second.key.read_bytes() == key
    assert len(ctx.changes) == 2


@pytest.mark.parametrize("kind", ["text", "elliptic", "locked"])
def test_a_file_that_is_no_key_for_apple(ctx: StepContext, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "signing" / "development.pem"
    path.parent.mkdir()
    plain, locked = NoEncryption(), BestAvailableEncryption(b"password")
    form = (Encoding.PEM, PrivateFormat.PKCS8)
    content = {
        "text": lambda: b"no key",
        "elliptic": lambda: ec.generate_private_key(ec.SECP256R1()).private_bytes(*form, plain),
        "locked": lambda: rsa.generate_private_key(65537, 2048).private_bytes(*form, locked),
    }[kind]()
    path.write_bytes(content)
    with pytest.raises(ActionError, match="is no private key that Apple certifies") as caught:
        call(certificates, ctx, types=["DEVELOPMENT"])
    assert caught.value.code == "signing_key"
    assert path.read_bytes() == content
    assert ctx.changes == []


def test_no_type_of_certificate(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="no type"):
        call(certificates, ctx, types=[])


# Profiles


def test_profiles_of_an_app_and_its_extension(
    offline: Sandbox, apple: AppStoreConnect, tmp_path: Path
) -> None:
    widget = f"{AURORA}.widget"
    done(register_bundle_id, tmp_path / "other", bundle_id=widget)
    options = {"type": "IOS_APP_DEVELOPMENT", "bundle_id": AURORA, "extensions": [widget]}
    made, entries = twice(offline, profiles, tmp_path, **options)
    assert [each.bundle_id for each in made] == [AURORA, widget]
    assert [each.name for each in made] == [f"{AURORA} IOS_APP_DEVELOPMENT", f"{widget} IOS_APP_DEVELOPMENT"]
    for each in made:
        (found,) = find_profiles(apple, name=each.name)
        assert found.active
        assert each.uuid == found.uuid
        assert each.path.read_bytes() == found.content
        assert each.path.suffix == ".mobileprovision"
    assert [(before, after["certificates"], after["devices"]) for _, before, after in entries] == [
        (None, 1, 2),
        (None, 1, 2),
    ]


def test_a_profile_follows_certificates_and_devices(
    ctx: StepContext, apple: AppStoreConnect, tmp_path: Path
) -> None:
    mine = call(certificates, ctx, types=["DEVELOPMENT"])
    options: dict[str, Any] = {"type": "IOS_APP_DEVELOPMENT", "bundle_id": AURORA, "certificates": mine}
    (first,) = call(profiles, ctx, **options)
    call(register_devices, ctx, devices={NEW: "Linus's iPhone"})
    ctx.changes.clear()
    (second,) = call(profiles, ctx, **options)
    assert second.uuid != first.uuid
    assert [after is None for _, _, after in ctx.changes] == [True, False]
    assert ctx.changes[-1][2]["devices"] == 3
    (third,) = call(profiles, ctx, **options, devices=[NEW.lower()])
    assert ctx.changes[-1][2]["devices"] == 1
    assert third.path.read_bytes() == find_profiles(apple, name=third.name)[0].content


def test_a_profile_that_is_gone_stands_in_the_ledger_though_no_new_one_was_made(
    ctx: StepContext, offline: Sandbox
) -> None:
    options: dict[str, Any] = {"type": "IOS_APP_DEVELOPMENT", "bundle_id": AURORA}
    call(profiles, ctx, **options)
    call(register_devices, ctx, devices={NEW: "Linus's iPhone"})
    ctx.changes.clear()
    offline.arm([{"kind": "reset", "method": "POST", "path": "/v1/profiles", "count": 3}])
    with pytest.raises(TransientError) as caught:
        call(profiles, ctx, **options)
    assert "is deleted already: run this again" in str(caught.value.hint)
    assert [after is None for _, _, after in ctx.changes] == [True]
    call(profiles, ctx, **options)
    assert [after is None for _, _, after in ctx.changes] == [True, False]


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"bundle_id": "com.example.nobody"}, "is not registered", "register_bundle_id"),
        ({"devices": [NEW]}, f"has the UDID {NEW}", "register_devices"),
        ({"certificates": []}, "None of those given", 'certificates(types=["DEVELOPMENT"])'),
        ({"type": "MAC_APP_DEVELOPMENT"}, "There is no device for", "register_devices"),
        ({"type": "MAC_APP_DIRECT"}, "None of the team's certificates", "DEVELOPER_ID_APPLICATION"),
        ({"type": "IOS_APP_STORE", "devices": [ADA]}, "has no devices", "Leave devices out"),
        ({"extensions": [f"{AURORA}.widget"], "name": "Aurora"}, "cannot all have the name", "{bundle_id}"),
    ],
)
def test_what_no_profile_can_be_made_of(
    ctx: StepContext, options: dict[str, Any], message: str, hint: str
) -> None:
    wanted: dict[str, Any] = {"type": "IOS_APP_DEVELOPMENT", "bundle_id": AURORA}
    with pytest.raises(ActionError, match=message) as caught:
        call(profiles, ctx, **(wanted | options))
    assert hint in str(caught.value.hint)
    assert ctx.changes == []
