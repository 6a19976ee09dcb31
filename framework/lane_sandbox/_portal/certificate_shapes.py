"""How the portal shows a certificate: in lists, as a request, within a profile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lane_sandbox._portal import envelope
from lane_sandbox._portal.certificate_types import BY_OFFICIAL, TYPES

if TYPE_CHECKING:
    from datetime import datetime

    from lane_sandbox._portal.call import Call, JsonObject
    from lane_sandbox._portal.certificate_types import CertificateType
    from lane_sandbox._store import Record

OWN = "pushCertificates"
"""Where the types are kept that the official API lacks."""
OWNERS = {"websitePushId": "websitePushIds", "bundleId": "bundleIds"}
TARGETS = {"merchantId": "merchantIds", "passTypeId": "passTypeIds"}
SIGNING_TIME = timedelta(seconds=8)
"""From a request to its certificate."""
ISSUED, EXPIRED = ("Issued", 0), ("Expired", 1)


def type_of(record: Record) -> CertificateType | None:
    """The portal's type of a certificate; None for one that it does not know."""
    if record.type == OWN:
        return TYPES[record.attributes["type"]]
    return BY_OFFICIAL.get(record.attributes["certificateType"])


def _owner_of(call: Call, record: Record) -> tuple[str, str]:
    """Id and name of whose it is."""
    for name in (*OWNERS, *TARGETS):
        if record.links.get(name):
            owner = call.team.store.related_one(record, name)
            if owner is not None:
                return owner.id, owner.attributes["identifier"]
    return call.team.id, call.team.name


def _state(call: Call, record: Record) -> tuple[str, int]:
    return ISSUED if record.private["expires"] > call.team.clock.now() else EXPIRED


def describe(call: Call, record: Record, kind: CertificateType) -> JsonObject:
    """An entry of a list."""
    status, code = _state(call, record)
    owner, name = _owner_of(call, record)
    requested, expires = _moments(record)
    return {
        "certRequestId": record.id,
        "name": name,
        "statusString": status,
        "dateRequestedString": envelope.words(requested),
        "dateRequested": envelope.stamp(requested),
        "dateCreated": envelope.stamp(requested and requested + SIGNING_TIME),
        "expirationDate": envelope.stamp(expires),
        "expirationDateString": envelope.words(expires),
        "ownerType": kind.owner_type,
        "ownerName": name,
        "ownerId": owner,
        "canDownload": status == ISSUED[0],
        "canRevoke": status == ISSUED[0],
        "certificateId": record.id,
        "certificateStatusCode": code,
        "certRequestStatusCode": 4,
        "certificateTypeDisplayId": kind.id,
        "serialNum": record.attributes["serialNumber"],
        "typeString": kind.name,
    }


def _moments(record: Record) -> tuple[datetime | None, datetime | None]:
    """When it was asked for, and when it expires."""
    requested = record.attributes.get("requestedDate") or record.private.get("requested")
    return envelope.moment_of(requested), envelope.moment_of(record.attributes["expirationDate"])


def describe_request(call: Call, record: Record, kind: CertificateType) -> JsonObject:
    """The nested shape in which a request is answered."""
    requested, expires = _moments(record)
    return {
        "certRequestId": record.id,
        "name": _owner_of(call, record)[1],
        "statusCode": 4,
        "statusString": "Issued",
        "csrPlatform": call.platform,
        "dateRequestedString": envelope.words(requested),
        "dateRequested": envelope.stamp(requested),
        "expirationDate": envelope.stamp(expires),
        "expirationDateString": envelope.words(expires),
        "certificateId": record.id,
        "typeString": kind.name,
        "certificateType": describe_type(kind),
        "certificate": nested(call, record, kind),
    }


def nested(call: Call, record: Record, kind: CertificateType) -> JsonObject:
    """A certificate within something else."""
    status, code = _state(call, record)
    _, expires = _moments(record)
    return {
        "name": _owner_of(call, record)[1],
        "displayName": None,
        "certificateId": record.id,
        "serialNumber": record.attributes["serialNumber"],
        "status": status,
        "statusCode": code,
        "expirationDate": expires and expires.date().isoformat(),
        "expirationDateString": envelope.words(expires),
        "certificatePlatform": call.platform,
        "certificateType": describe_type(kind),
        "hasAskKey": False,
    }


def describe_type(kind: CertificateType) -> JsonObject:
    """A type of certificate, as answers nest it."""
    return {
        "certificateTypeDisplayId": kind.id,
        "name": kind.name,
        "platform": kind.platforms[0],
        "permissionType": kind.purpose,
        "distributionType": kind.purpose,
        "distributionMethod": "push" if kind.owner_type in {"bundle", "website"} else "app",
        "ownerType": kind.owner_type,
        "daysOverlap": 364,
        "maxActive": kind.kind.most,
    }
