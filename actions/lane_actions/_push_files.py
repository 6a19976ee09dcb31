"""The files of a push certificate: written whole or not at all, read without asking anybody."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption
    from cryptography.x509 import Certificate

    from lane import Secret

_PRIVATE, _PUBLIC = 0o600, 0o644
_ROUNDS = 50_000


@dataclass(frozen=True, slots=True)
class PushFiles:
    """Four files of one name: the key alone, with its certificate as PEM and as PKCS#12, the certificate as DER.

    `draft` is the key of a certificate that is not here yet: it is in its file before anybody certifies it.
    """

    folder: Path
    name: str

    @property
    def key(self) -> Path:
        """The private key, PEM."""
        return self.folder / f"{self.name}.pkey"

    @property
    def pem(self) -> Path:
        """The certificate and its key, PEM."""
        return self.folder / f"{self.name}.pem"

    @property
    def p12(self) -> Path:
        """The same as PKCS#12."""
        return self.folder / f"{self.name}.p12"

    @property
    def certificate(self) -> Path:
        """The certificate, DER."""
        return self.folder / f"{self.name}.cer"

    @property
    def draft(self) -> Path:
        """The key that Apple is asked to certify."""
        return self.folder / f"{self.name}.new.pkey"

    def read(self, password: Secret | None) -> Certificate | None:
        """The certificate, if all files are here, belong together and open with this password."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

        try:
            certificate = x509.load_der_x509_certificate(self.certificate.read_bytes())
            text = self.pem.read_bytes()
            packed = pkcs12.load_key_and_certificates(self.p12.read_bytes(), _bytes(password))
            keys = [load_pem_private_key(content, None) for content in (self.key.read_bytes(), text)]
            named = x509.load_pem_x509_certificate(text)
        except (OSError, ValueError, TypeError):  # TypeError: a key with a password
            return None
        public = certificate.public_key()
        whole = {named, packed[1]} == {certificate} and all(each.public_key() == public for each in keys)
        return certificate if whole else None

    def write(self, content: bytes, key: Path, password: Secret | None, friendly_name: str) -> Certificate:
        """Put a certificate (DER) and the key in a file in their places; a draft of that key is done with then."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12

        certificate = x509.load_der_x509_certificate(content)
        private = key.read_bytes()
        loaded: RSAPrivateKey = load_pem_private_key(private, None)  # type: ignore[assignment]  # request_for checked it
        packed = pkcs12.serialize_key_and_certificates(
            friendly_name.encode(), loaded, certificate, None, _encryption(password)
        )
        _replace(self.key, private, _PRIVATE)
        _replace(self.p12, packed, _PRIVATE)
        _replace(self.pem, certificate.public_bytes(Encoding.PEM) + private, _PRIVATE)
        _replace(self.certificate, content, _PUBLIC)
        self.draft.unlink(missing_ok=True)
        return certificate


def _encryption(password: Secret | None) -> KeySerializationEncryption:
    """Triple DES and SHA-1: older keychains and Java refuse what is newer, and the key lies open beside it anyway."""
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat
    from cryptography.hazmat.primitives.serialization.pkcs12 import PBES

    if password is None:
        return NoEncryption()
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS)
    builder = builder.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(SHA1())  # noqa: S303
    return builder.build(password.reveal().encode())


def _bytes(password: Secret | None) -> bytes | None:
    return None if password is None else password.reveal().encode()


def _replace(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
