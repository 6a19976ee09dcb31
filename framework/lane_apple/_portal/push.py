"""Push certificates: found, made from a request, downloaded, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lane import ActionError
from lane_apple._ensured import Change, Ensured
from lane_apple._once import once

from .answer import TooManyCertificatesError, part_of
from .identifiers import find_identifiers
from .portal import Kind
from .push_types import PUSH_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane_apple._certificates import SigningRequest

    from .identifiers import PortalIdentifier
    from .portal import DeveloperPortal
    from .push_names import PaymentType, PushType

CERTIFICATES = Kind(
    "certificates", "certificate", "listCertRequests.action", "certRequests", "certRequestStatusCode=asc"
)


@dataclass(frozen=True, slots=True)
class PushCertificate:
    """A push certificate. `owner` is the identifier that it is for; `expires` has a zone, None where untold."""

    id: str
    type: PushType | PaymentType
    owner: str
    serial_number: str
    expires: datetime | None

    def __str__(self) -> str:
        until = "" if self.expires is None else f", expires {self.expires:%Y-%m-%d}"
        return f"{self.id} (serial number {self.serial_number}{until})"


class IdentifierNotFoundError(ActionError):
    """The team has no such identifier."""

    code = "identifier_not_found"


def find_push_certificates(
    portal: DeveloperPortal, push_type: PushType | PaymentType, owner: str | None = None
) -> list[PushCertificate]:
    """The team's living certificates of a type, or those for one identifier; the one that expires last first."""
    kind = PUSH_KINDS[push_type]
    entries = portal.find(CERTIFICATES, slug=kind.slug, types=kind.id)
    found = [_certificate(entry, push_type) for entry in entries if _is_issued(entry)]
    mine = [each for each in found if owner is None or each.owner == owner]
    return sorted(mine, key=lambda each: each.expires.timestamp() if each.expires else 0.0, reverse=True)


def create_push_certificate(
    portal: DeveloperPortal, push_type: PushType | PaymentType, owner: str, request: SigningRequest
) -> Ensured[PushCertificate]:
    """Have the key of a request certified for an identifier: an app's, a website's, a pass's.

    Raises IdentifierNotFoundError, and TooManyCertificatesError with those that there are.
    """
    identifier = _owner(portal, push_type, owner)
    earlier = {each.id for each in find_push_certificates(portal, push_type, owner)}

    def act() -> PushCertificate:
        return _submitted(portal, push_type, identifier, request)

    def look() -> PushCertificate | None:
        later = find_push_certificates(portal, push_type, owner)
        new = (each for each in later if each.id not in earlier)
        return next((each for each in new if _certifies(portal, each, request)), None)

    try:
        made = once(portal, act, look)
    except TooManyCertificatesError as error:
        raise _listing(error, find_push_certificates(portal, push_type, owner)) from error
    after = {"type": push_type, "owner": owner, "serialNumber": made.serial_number}
    return Ensured(made, (Change(f"certificates/{made.id}", None, after),))


def download_push_certificate(portal: DeveloperPortal, certificate: PushCertificate) -> bytes:
    """The certificate, DER (X.509). Raises ActionError where something else comes."""
    from cryptography import x509

    kind = PUSH_KINDS[certificate.type]
    content = portal.download(
        CERTIFICATES,
        "downloadCertificateContent.action",
        slug=kind.slug,
        certificateId=certificate.id,
        type=kind.id,
    )
    try:
        x509.load_der_x509_certificate(content)
    except ValueError:
        raise ActionError(
            f"What the developer portal gave for {certificate.id} is no certificate.",
            code="unexpected_answer",
            hint="Try again later, or download it at https://developer.apple.com/account/resources/certificates.",
        ) from None
    return content


def revoke_push_certificate(portal: DeveloperPortal, certificate: PushCertificate) -> Ensured[None]:
    """Revoke a certificate that is not revoked yet: what pushes with it stops working."""
    kind = PUSH_KINDS[certificate.type]

    def is_gone() -> bool:
        living = find_push_certificates(portal, certificate.type)
        return certificate.id not in {each.id for each in living}

    def act() -> bool:
        portal.change(
            CERTIFICATES,
            "revokeCertificate.action",
            "certRequests",
            slug=kind.slug,
            certificateId=certificate.id,
            type=kind.id,
        )
        return True

    if is_gone():
        return Ensured(None)
    once(portal, act, lambda: is_gone() or None)
    before = {"type": certificate.type, "owner": certificate.owner, "serialNumber": certificate.serial_number}
    return Ensured(None, (Change(f"certificates/{certificate.id}", before, None),))


def _owner(portal: DeveloperPortal, push_type: PushType | PaymentType, owner: str) -> PortalIdentifier:
    kind = PUSH_KINDS[push_type]
    for each in find_identifiers(portal, kind.owners, slug=kind.slug):
        if each.identifier == owner:
            return each
    raise IdentifierNotFoundError(
        f"The team {portal.team} has no {owner} among its {kind.owners.name}.",
        hint="Register it first, or choose its team with FASTLANE_TEAM_ID.",
    )


def _submitted(
    portal: DeveloperPortal,
    push_type: PushType | PaymentType,
    owner: PortalIdentifier,
    request: SigningRequest,
) -> PushCertificate:
    kind = PUSH_KINDS[push_type]
    # The owner goes in both fields: apps are known by the first, all else by the second.
    entry = portal.change(
        CERTIFICATES,
        "submitCertificateRequest.action",
        "certRequest",
        slug=kind.slug,
        type=kind.id,
        csrContent=request.csr,
        appIdId=owner.id,
        specialIdentifierDisplayId=owner.id,
    )
    return _certificate({**entry, "ownerName": owner.identifier}, push_type)


def _certifies(portal: DeveloperPortal, certificate: PushCertificate, request: SigningRequest) -> bool:
    from lane_apple._certificates import public_key_of

    return public_key_of(download_push_certificate(portal, certificate)) == request.public_key


def _listing(error: TooManyCertificatesError, found: list[PushCertificate]) -> TooManyCertificatesError:
    return TooManyCertificatesError(error.refusal, error.result_code, hint=_which(found), certificates=found)


def _which(found: list[PushCertificate]) -> str:
    listed = "; ".join(map(str, reversed(found)))
    return f"Revoke one of them, the first expires first: {listed}. What pushes with it stops working then."


def _is_issued(entry: Mapping[str, Any]) -> bool:
    """Whether there is a certificate yet, and still: a request may wait, a revocation be under way."""
    return bool(entry.get("certificateId")) and entry.get("statusString", "Issued") == "Issued"


def _certificate(entry: Mapping[str, Any], push_type: PushType | PaymentType) -> PushCertificate:
    """From an entry of the list, or from the answer to a request, which nests most."""
    inner = part_of(entry, "certificate")
    return PushCertificate(
        id=str(entry.get("certificateId") or inner.get("certificateId") or ""),
        type=push_type,
        owner=str(entry.get("ownerName") or ""),
        serial_number=str(
            entry.get("serialNum") or inner.get("serialNum") or inner.get("serialNumber") or ""
        ),
        expires=_moment(entry.get("expirationDate") or inner.get("expirationDate")),
    )


def _moment(text: object) -> datetime | None:
    """A time such as `2027-12-24T06:00:00Z`, or the day alone."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
