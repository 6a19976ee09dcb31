"""Signing certificates: requests read, signed by the sandbox's authority, counted and revoked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from lane_sandbox import _authority
from lane_sandbox._problem import Problem, bad_attribute, bad_relationship
from lane_sandbox._resource import Change, Listing, Resource, Writing, date, flag, one, one_of, text
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

KEY_OF_SEEDS = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtg9NFWnFrX/8Q1p8eElF
rQ4hYy/WNq/9Q1VjW1LYgCijj2qvL61bwic7bYNv4fMWHkAiRDBAi4387yGJy/oT
QrXs3gqYgrTtoMDxBCSWnQvl1SGcb3hr3IEMh2pH1/LEi/A/mMbbN1v5DXvuL2xB
Jg1ll//WdJSWj8GUQdqoIlT/eFf4F92UhlmfWB5H3pToWY6ZCaDkQsyoORAgDUzj
etdfB2rduAMccUH371S6qAap84JIugELCBIhe5rE+NzNGK7EWTdPfi3X7QPIj55U
Egaj7SrjhXaG6YdVK0gHulgnSSlkgvKG5IhIk1JVeTQr1BjLSURgk45QCAF1cckh
bwIDAQAB
-----END PUBLIC KEY-----
"""
"""The public key of the certificates of seed files; nobody has the private one."""
TARGETS = ("merchantId", "passTypeId")


def check_certificate(team: Team, certificate: Record | None, change: Change) -> None:
    """A request that is whole, for a type of which there may be one more."""
    if certificate is not None:
        return
    name = change.attributes["certificateType"]
    kind = _authority.KINDS[name]
    try:
        _authority.read_request(change.attributes["csrContent"], elliptic=kind.elliptic)
    except _authority.RequestError as problem:
        raise Problem(
            [bad_attribute("csrContent", "INVALID", f"The CSR can not be used: {problem}")]
        ) from problem
    _check_target(kind, change)
    if _current(team, name, change.link(kind.target) if kind.target else None) >= kind.most:
        detail = f"You already have a current {kind.title} certificate or a pending certificate request."
        raise Problem([bad_attribute("certificateType", "INVALID", detail)])


def _check_target(kind: _authority.Kind, change: Change) -> None:
    for name in TARGETS:
        if name == kind.target and not change.link(name):
            detail = f"A certificate of this type needs '{name}'"
            raise Problem([bad_relationship(name, "REQUIRED", detail)])
        if name != kind.target and change.link(name):
            raise Problem([bad_relationship(name, "INVALID", f"A certificate of this type has no '{name}'")])


def _current(team: Team, name: str, target: str | None) -> int:
    """How many certificates of the type, and for the same identifier, are good now."""
    found = 0
    for each in team.store.all("certificates"):
        same = each.attributes["certificateType"] == name
        if same and each.private["expires"] > team.clock.now():
            found += target is None or target in {
                each.links.get(one, [""])[0] for one in TARGETS if each.links.get(one)
            }
    return found


def complete_certificate(team: Team, certificate: Record, change: Change) -> None:
    """Sign what was asked for."""
    kind = _authority.KINDS[certificate.attributes["certificateType"]]
    request = _authority.read_request(change.attributes["csrContent"], elliptic=kind.elliptic)
    _sign(team, certificate, request.public_key())


def seed_certificate(team: Team, certificate: Record) -> None:
    """Sign one of the seed file, for a key that nobody has."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    _sign(team, certificate, load_pem_public_key(KEY_OF_SEEDS.encode()))


def _sign(team: Team, certificate: Record, key: Any) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    name = certificate.attributes["certificateType"]
    kind = _authority.KINDS[name]
    target = team.store.related_one(certificate, kind.target) if kind.target else None
    identifier = target.attributes["identifier"] if target else None
    signed = _authority.certify(team, kind, key, identifier)
    expires = signed.not_valid_after_utc.timestamp()
    values = {
        "name": f"{kind.title}: {identifier or team.name}",
        "displayName": certificate.attributes["displayName"] or identifier or team.name,
        "serialNumber": f"{signed.serial_number:X}",
        "platform": kind.platform,
        "expirationDate": team.clock.date(expires),
        "certificateContent": base64.b64encode(signed.public_bytes(Encoding.DER)).decode(),
        "activated": kind.target is not None or None,
    }
    team.store.change(certificate, values, expires=expires, requested=team.clock.date())


def present_certificate(_team: Team, certificate: Record) -> dict[str, Any]:
    """Booleans are never null in answers, and the request never comes back."""
    return {"activated": bool(certificate.attributes["activated"]), "csrContent": None}


def revoke(team: Team, certificate: Record) -> None:
    """The profiles that hold a revoked certificate are good no more."""
    for profile in team.store.all("profiles"):
        if certificate.id in profile.links.get("certificates", ()):
            team.store.change(profile, {"profileState": "INVALID"})


CERTIFICATES = Resource(
    "certificates",
    attributes={
        "name": text(),
        "certificateType": one_of(
            "APPLE_PAY",
            "APPLE_PAY_MERCHANT_IDENTITY",
            "APPLE_PAY_PSP_IDENTITY",
            "APPLE_PAY_RSA",
            "DEVELOPER_ID_KEXT",
            "DEVELOPER_ID_KEXT_G2",
            "DEVELOPER_ID_APPLICATION",
            "DEVELOPER_ID_APPLICATION_G2",
            "DEVELOPMENT",
            "DISTRIBUTION",
            "IDENTITY_ACCESS",
            "IOS_DEVELOPMENT",
            "IOS_DISTRIBUTION",
            "MAC_APP_DISTRIBUTION",
            "MAC_INSTALLER_DISTRIBUTION",
            "MAC_APP_DEVELOPMENT",
            "PASS_TYPE_ID",
            "PASS_TYPE_ID_WITH_NFC",
        ),
        "displayName": text(),
        "serialNumber": text(),
        "platform": one_of("IOS", "MAC_OS", "UNIVERSAL"),
        "expirationDate": date(),
        "certificateContent": text(),
        "activated": flag(),
        "csrContent": text(),
    },
    relationships={
        "passTypeId": one("passTypeIds", related=Listing(include=True), linkages=("GET",)),
        "merchantId": one("merchantIds", hidden=True),
    },
    listing=Listing(
        filters=("displayName", "certificateType", "serialNumber", "id"),
        sorts=("displayName", "certificateType", "serialNumber", "id"),
        include=True,
    ),
    get=True,
    create=Writing(required=("csrContent", "certificateType"), optional=("merchantId", "passTypeId")),
    update=Writing(optional=("activated",)),
    delete=True,
    family="provisioning",
    identify=short_id,
    check=check_certificate,
    created=complete_certificate,
    seeded=seed_certificate,
    present=present_certificate,
    deleting=revoke,
)
