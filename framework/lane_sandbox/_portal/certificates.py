"""Certificates of the portal: listed, asked for, downloaded, revoked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from lane_sandbox import _authority
from lane_sandbox._operations import create, delete
from lane_sandbox._portal.call import Download, Handler, check_rights, page
from lane_sandbox._portal.certificate_shapes import OWN, OWNERS, TARGETS, describe, describe_request, type_of
from lane_sandbox._portal.certificate_types import TYPES
from lane_sandbox._portal.refusal import TOO_MANY, Refusal, invalid, not_allowed, not_found
from lane_sandbox._resource import Change
from lane_sandbox._roles import may
from lane_sandbox._short import short_id

if TYPE_CHECKING:
    from cryptography.x509 import CertificateSigningRequest

    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._portal.certificate_types import CertificateType
    from lane_sandbox._store import Record

REVOCATION = {
    "certificateTypeDisplayId": "W147BDC2UZ",
    "name": "Revocation",
    "daysOverlap": 0,
    "maxActive": 0,
}


def list_certificates(call: Call) -> JsonObject:
    """Those of the types asked for, or of all, on the platform."""
    check_rights(call, "listCertRequests", writing=False)
    wanted = set(call.form.many("types")) or set(TYPES)
    found = [
        describe(call, each, kind)
        for each in [*call.team.store.all("certificates"), *call.team.store.all(OWN)]
        if (kind := type_of(each)) and kind.id in wanted and call.platform in kind.platforms
    ]
    return page(call, "certRequests", found)


def submit(call: Call) -> JsonObject:
    """Have a request signed."""
    check_rights(call, "submitCertificateRequest", writing=True)
    kind = _type(call)
    text = call.form.text("csrContent")
    try:
        request = _authority.read_request(text, elliptic=kind.kind.elliptic)
    except _authority.RequestError as problem:
        raise invalid(
            "csrContent", f"The certificate signing request can not be used: {problem}."
        ) from problem
    made = _sign_own(call, kind, request) if kind.own else _sign_official(call, kind, text)
    return {"certRequest": describe_request(call, made, kind)}


def download(call: Call) -> Download:
    """The certificate, as DER."""
    if not may(call.caller, "provisioning", writing=False):
        raise not_allowed("webservice.certificate.downloadNotAllowed", "download this certificate")
    record, kind = _certificate(call)
    name = "aps" if kind.owner_type == "bundle" else kind.name.lower().replace(" ", "_")
    content = base64.b64decode(record.attributes["certificateContent"])
    return Download(content, f"{name}.cer", "application/octet-stream")


def revoke(call: Call) -> JsonObject:
    """Take one back; it is gone from lists at once."""
    check_rights(call, "revokeCertificate", writing=True)
    record, kind = _certificate(call)
    shown = describe_request(call, record, kind)
    shown |= {"name": "Revocation", "statusCode": 1, "statusString": "Approved", "typeString": "Revocation"}
    shown["certificate"] |= {"status": "Revocation Pending", "statusCode": 2}
    shown["certificateType"] = REVOCATION
    if kind.own:
        call.team.delete(record)
    else:
        delete(call.team, record)
    return {"certRequests": [shown]}


def _type(call: Call) -> CertificateType:
    given = call.form.text("type")
    kind = TYPES.get(given)
    if kind is None or call.platform not in kind.platforms:
        raise invalid("type", f"'{given}' is not a type of certificate that can be made here.")
    return kind


def _sign_own(call: Call, kind: CertificateType, request: CertificateSigningRequest) -> Record:
    from cryptography.hazmat.primitives.serialization import Encoding

    team = call.team
    owner = None if kind.owner == "team" else _owner(call, kind)
    _check_current(call, kind, owner)
    identifier = owner.attributes["identifier"] if owner else None
    signed = _authority.certify(team, kind.kind, request.public_key(), identifier)
    expires = signed.not_valid_after_utc.timestamp()
    values = {
        "type": kind.id,
        "serialNumber": f"{signed.serial_number:X}",
        "requestedDate": team.clock.date(),
        "expirationDate": team.clock.date(expires),
        "certificateContent": base64.b64encode(signed.public_bytes(Encoding.DER)).decode(),
    }
    links = {kind.owner: [owner.id]} if owner else {}
    identity = short_id(team, Change({}, {}))
    return team.store.add(OWN, identity, values, links, private={"expires": expires})


def _sign_official(call: Call, kind: CertificateType, text: str) -> Record:
    values = {"csrContent": text, "certificateType": kind.official}
    target = kind.kind.target
    links = {target: [_named(call, TARGETS[target], target).id]} if target else {}
    return create(call.team, call.team.types["certificates"], Change(values, links))


def _owner(call: Call, kind: CertificateType) -> Record:
    """The App ID, or the website push id; the id stands in two fields, of which the second counts (3, step 6)."""
    owner = _named(call, OWNERS[kind.owner], "appIdId")
    if owner.attributes["identifier"].endswith("*"):
        raise invalid("appIdId", "A wildcard App ID has no push certificates.")
    return owner


def _named(call: Call, kind: str, what: str) -> Record:
    form = call.form
    identifier = form.optional("specialIdentifierDisplayId") or form.optional("appIdId")
    if identifier is None:
        raise invalid("specialIdentifierDisplayId", "The parameter 'specialIdentifierDisplayId' is required.")
    record = call.team.store.find(kind, identifier)
    if record is None:
        raise not_found("specialIdentifierDisplayId", what, identifier)
    return record


def _check_current(call: Call, kind: CertificateType, owner: Record | None) -> None:
    now = call.team.clock.now()
    current = [
        each
        for each in call.team.store.all(OWN)
        if each.attributes["type"] == kind.id
        and each.private["expires"] > now
        and (owner is None or each.links.get(kind.owner) == [owner.id])
    ]
    if len(current) >= kind.kind.most:
        raise _too_many(kind)


def _too_many(kind: CertificateType) -> Refusal:
    text = f"You already have a current {kind.name} certificate or a pending certificate request."
    return Refusal(TOO_MANY, "certificate.maximum.reached", text)


def _certificate(call: Call) -> tuple[Record, CertificateType]:
    """What `certificateId` and `type` name."""
    identifier, given = call.form.text("certificateId"), call.form.text("type")
    for home in ("certificates", OWN):
        record = call.team.store.find(home, identifier)
        kind = type_of(record) if record else None
        if record and kind and kind.id == given:
            return record, kind
    raise not_found("certificateId", "certificate of this type", identifier)


HANDLERS = {
    "certificate/listCertRequests": Handler(list_certificates, payload="certRequests"),
    "certificate/submitCertificateRequest": Handler(submit, changes=True),
    "certificate/downloadCertificateContent": Handler(download),
    "certificate/revokeCertificate": Handler(revoke, changes=True),
}
