"""A private key in a file, made where there is none, and the request to certify it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lane import ActionError, Secret
from lane_apple import SigningRequest, signing_request

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


def request_for(path: Path, name: str) -> SigningRequest:
    """The request, in this name, to certify the key in a file; a missing key is made first (PEM, mode 600).

    The key is in its file before anybody certifies it, so that no certificate is without its key. Raises
    ActionError for a file that holds none.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _made(path, name)
    return _request(_read(path, content), content, name)


def _made(path: Path, name: str) -> SigningRequest:
    request = signing_request(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(request.private_key.reveal())
    return request


def _read(path: Path, content: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, None)
    except (TypeError, ValueError):  # TypeError: it has a password
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size != 2048:
        raise ActionError(
            f"{path} is no private key that Apple certifies: RSA with 2048 bits, in PEM, without a password.",
            hint="Put the right one there, or move this one away: then a new key is made.",
            code="signing_key",
        )
    return key


def _request(key: RSAPrivateKey, content: bytes, name: str) -> SigningRequest:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SigningRequest(Secret(content.decode()), csr.public_bytes(Encoding.PEM).decode(), public)
