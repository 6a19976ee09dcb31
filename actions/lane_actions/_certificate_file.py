"""Reads certificates and private keys as fastlane match stores them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import ActionError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A signing certificate. `id` is Apple's, which match names the file by; `name` its common name."""

    id: str
    name: str
    expires: datetime
    der: bytes
    public_key: bytes

    @property
    def sha1(self) -> str:
        """As `security` prints it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()


def looks_like_certificate(content: bytes) -> bool:
    """Whether it is an X.509 certificate (DER)."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        load_der_x509_certificate(content)
    except ValueError:
        return False
    return True


def read_certificate(content: bytes, path: Path) -> CertificateFile:
    """Read a certificate's content. Raises ActionError for what is none."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate
    from cryptography.x509.oid import NameOID

    if not looks_like_certificate(content):
        raise ActionError(
            f"{path.name} is no certificate.",
            hint="Was it cut off, or opened with another passphrase? Make it anew with fastlane match.",
            code="certificate_damaged",
        )
    certificate = load_der_x509_certificate(content)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return CertificateFile(
        id=path.stem,
        name=str(names[0].value) if names else path.stem,
        expires=certificate.not_valid_after_utc,
        der=content,
        public_key=certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def looks_like_key(content: bytes) -> bool:
    """Whether it is a private key: PEM, whatever the file's name says, or PKCS #12."""
    return b"PRIVATE KEY-----" in content or content[:1] == b"\x30"


def is_key_of(content: bytes, certificate: CertificateFile) -> bool | None:
    """Whether a private key is the certificate's; None where it has a password of its own."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = _private_key(content)
    if key is None:
        return None
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public == certificate.public_key


def _private_key(content: bytes) -> PrivateKeyTypes | None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

    try:
        if b"PRIVATE KEY-----" in content:
            return load_pem_private_key(content, None)
        return pkcs12.load_key_and_certificates(content, None)[0]
    except (TypeError, ValueError):
        return None
