"""Signing certificates: found, made from a request, revoked; the private key never leaves this machine."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from lane import ActionError, Secret

from ._ensured import Change, Ensured
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate. `type` is one of Apple's CertificateType, `content` DER (X.509), `expires` with a zone."""

    id: str
    name: str
    type: str
    serial_number: str
    expires: datetime | None
    content: bytes = field(repr=False)

    def is_for(self, request: SigningRequest) -> bool:
        """Whether it certifies the key of a request."""
        return bool(self.content) and public_key_of(self.content) == request.public_key


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A private key (PEM, PKCS#8) and the request to certify it (PEM, PKCS#10). `public_key` is DER."""

    private_key: Secret
    csr: str
    public_key: bytes = field(repr=False)


def signing_request(name: str, *, email: str | None = None) -> SigningRequest:
    """A new key of 2048 bits, which is what Apple takes (RSA), and a request in this name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    names = [x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]
    if email is not None:
        names.append(x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, email))
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningRequest(
        Secret(private.decode()), csr.public_bytes(serialization.Encoding.PEM).decode(), public
    )


def find_certificates(apple: AppStoreConnect, types: Sequence[str] = ()) -> list[Certificate]:
    """The team's certificates of these types, or of all; the one that expires last first."""
    found = map(_certificate, apple.find("/v1/certificates", query({"certificateType": types or None})))
    return sorted(found, key=lambda each: each.expires.timestamp() if each.expires else 0.0, reverse=True)


def create_certificate(
    apple: AppStoreConnect, certificate_type: str, request: SigningRequest
) -> Ensured[Certificate]:
    """Have the key of a request certified. Raises AppleError when the team has its two or three already."""
    attributes = {"csrContent": request.csr, "certificateType": certificate_type}

    def act() -> Certificate:
        return _certificate(apple.create("certificates", attributes, {}))

    def look() -> Certificate | None:
        found = find_certificates(apple, [certificate_type])
        return next((each for each in found if each.is_for(request)), None)

    certificate = once(apple, act, look)
    after = {"certificateType": certificate_type, "serialNumber": certificate.serial_number}
    return Ensured(certificate, (Change(f"certificates/{certificate.id}", None, after),))


def revoke_certificate(apple: AppStoreConnect, certificate: Certificate) -> Ensured[None]:
    """Revoke a certificate: profiles that hold it become invalid, apps in the store stay as they are."""
    if not apple.delete("certificates", certificate.id):
        return Ensured(None)
    before = {"certificateType": certificate.type, "serialNumber": certificate.serial_number}
    return Ensured(None, (Change(f"certificates/{certificate.id}", before, None),))


def public_key_of(certificate: bytes) -> bytes:
    """The public key that a certificate (DER) is for, as DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _certificate(resource: Resource) -> Certificate:
    attributes = resource.attributes
    return Certificate(
        id=resource.id,
        name=str(attributes.get("displayName") or attributes.get("name") or ""),
        type=str(attributes.get("certificateType") or ""),
        serial_number=str(attributes.get("serialNumber") or ""),
        expires=moment(attributes.get("expirationDate")),
        content=decoded(resource, "certificateContent"),
    )


def decoded(resource: Resource, name: str) -> bytes:
    """The bytes of an attribute in base64; none where it is empty. Raises ActionError."""
    try:
        return base64.b64decode(resource.attributes.get(name) or "")
    except ValueError:
        raise ActionError(
            f"The answer is not what Apple's description says: {name} is not base64.",
            where=f"{resource.type}/{resource.id}",
            code="unexpected_answer",
        ) from None


def moment(text: str | None) -> datetime | None:
    """A time as Apple writes it, `2027-09-01T12:00:00.000+0000`, or None."""
    return datetime.fromisoformat(text) if text else None
