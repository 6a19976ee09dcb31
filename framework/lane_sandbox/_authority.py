"""The sandbox's certificate authority: reads requests, signs certificates and profiles."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateSigningRequest, Name

    from lane_sandbox._team import Team

YEAR = timedelta(days=365)
AUTHORITY_YEARS = 25
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
CLIENT = "1.3.6.1.5.5.7.3.2"
"""Uses of a key: to sign code, and to be known by a server."""
SMALLEST_KEY_BITS = 2048


class RequestError(ValueError):
    """A certificate signing request that cannot be used."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type of certificate is called, for how long it is good, and Apple's marks (OIDs) in it."""

    title: str
    platform: str | None
    mark: str | None = None
    years: int = 1
    days: int = 0
    """What is added to the years."""
    most: int = 3
    """How many a team can have at a time."""
    target: str | None = None
    """The relationship that the request must have."""
    elliptic: bool = False
    usage: str = CODE_SIGNING
    more_marks: tuple[str, ...] = ()


KINDS = {
    "APPLE_PAY": Kind(
        "Apple Pay Payment Processing", None, most=2, target="merchantId", elliptic=True, years=2
    ),
    "APPLE_PAY_MERCHANT_IDENTITY": Kind(
        "Apple Pay Merchant Identity", None, most=2, target="merchantId", years=2
    ),
    "APPLE_PAY_PSP_IDENTITY": Kind("Apple Pay PSP Identity", None, most=2, target="merchantId", years=2),
    "APPLE_PAY_RSA": Kind("Apple Pay Payment Processing (RSA)", None, most=2, target="merchantId", years=2),
    "DEVELOPER_ID_KEXT": Kind("Developer ID Kernel Extension", "MAC_OS", "1.2.840.113635.100.6.1.18", 5, 5),
    "DEVELOPER_ID_KEXT_G2": Kind(
        "Developer ID Kernel Extension", "MAC_OS", "1.2.840.113635.100.6.1.18", 5, 5
    ),
    "DEVELOPER_ID_APPLICATION": Kind("Developer ID Application", "MAC_OS", "1.2.840.113635.100.6.1.13", 5, 5),
    "DEVELOPER_ID_APPLICATION_G2": Kind(
        "Developer ID Application", "MAC_OS", "1.2.840.113635.100.6.1.13", 5, 5
    ),
    "DEVELOPMENT": Kind("Apple Development", None, "1.2.840.113635.100.6.1.12", most=10),
    "DISTRIBUTION": Kind("Apple Distribution", None, "1.2.840.113635.100.6.1.7"),
    "IDENTITY_ACCESS": Kind("Identity Access", None),
    "IOS_DEVELOPMENT": Kind("iPhone Developer", "IOS", "1.2.840.113635.100.6.1.2", most=10),
    "IOS_DISTRIBUTION": Kind("iPhone Distribution", "IOS", "1.2.840.113635.100.6.1.4"),
    "MAC_APP_DISTRIBUTION": Kind("3rd Party Mac Developer Application", "MAC_OS", "1.2.840.113635.100.6.1.7"),
    "MAC_INSTALLER_DISTRIBUTION": Kind(
        "3rd Party Mac Developer Installer", "MAC_OS", "1.2.840.113635.100.6.1.8"
    ),
    "MAC_APP_DEVELOPMENT": Kind("Mac Developer", "MAC_OS", "1.2.840.113635.100.6.1.12", most=10),
    "PASS_TYPE_ID": Kind("Pass Type ID", None, "1.2.840.113635.100.6.1.16", target="passTypeId"),
    "PASS_TYPE_ID_WITH_NFC": Kind(
        "Pass Type ID with NFC", None, "1.2.840.113635.100.6.1.16", target="passTypeId"
    ),
}
"""Titles and marks are those of Apple's certificates; how many there may be is known for some only."""


def read_request(text: str, *, elliptic: bool) -> CertificateSigningRequest:
    """A certificate signing request, as PEM, or as base64 of DER. Raises RequestError where it is unfit."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        if "-----BEGIN" in text:
            request = x509.load_pem_x509_csr(text.encode())
        else:
            request = x509.load_der_x509_csr(base64.b64decode("".join(text.split()), validate=True))
        key = request.public_key()
        intact = _is_intact(request)
    except (ValueError, TypeError, binascii.Error) as problem:
        raise RequestError("it is no certificate signing request") from problem
    except Exception as problem:  # UnsupportedAlgorithm and the like: the library names no common ancestor
        raise RequestError(f"its key can not be used ({type(problem).__name__})") from problem
    if not intact:
        raise RequestError("it is not signed with the key that it names")
    if elliptic:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise RequestError("its key must be one of the curve P-256")
    elif not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise RequestError(f"its key must be an RSA key of {SMALLEST_KEY_BITS} bits")
    return request


def _is_intact(request: CertificateSigningRequest) -> bool:
    """Whether it is signed with its own key; by SHA-1 too, as fastlane did for long: the library refuses that."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key, digest = request.public_key(), request.signature_hash_algorithm
    if not isinstance(digest, hashes.SHA1) or not isinstance(key, rsa.RSAPublicKey):
        return request.is_signature_valid
    try:
        key.verify(request.signature, request.tbs_certrequest_bytes, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def certify(team: Team, kind: Kind, key: Any, target: str | None = None) -> Certificate:
    """A certificate of this kind for a public key, good from the sandbox's present."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ObjectIdentifier

    issuer, issuer_key = authority(team)
    begin = datetime.fromtimestamp(team.clock.now(), UTC).replace(microsecond=0)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(team, kind, target))
        .issuer_name(issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number() >> 32)
        .not_valid_before(begin - timedelta(minutes=10))
        .not_valid_after(begin + kind.years * YEAR + timedelta(days=kind.days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    if kind.mark:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(kind.usage)]), critical=True)
        for mark in (kind.mark, *kind.more_marks):
            builder = builder.add_extension(
                x509.UnrecognizedExtension(ObjectIdentifier(mark), b"\x05\x00"), critical=True
            )
    return builder.sign(issuer_key, hashes.SHA256())


def sign(team: Team, content: bytes) -> bytes:
    """The content in a signed CMS message (DER), as provisioning profiles come."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    certificate, key = authority(team)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def authority(team: Team) -> tuple[Certificate, Any]:
    """The authority's certificate and key; made when first needed, and kept with the sandbox."""
    from cryptography.hazmat.primitives.serialization import Encoding

    kept = team.store.fact("authority")
    if kept is None:
        certificate, key = _new_authority(team)
        kept = {
            "certificate": certificate.public_bytes(Encoding.PEM).decode(),
            "key": _key_text(key),
        }
        team.store.put_fact("authority", kept)
    return _loaded(kept["certificate"], kept["key"])


@lru_cache(maxsize=8)
def _loaded(certificate: str, key: str) -> tuple[Certificate, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    loaded = x509.load_pem_x509_certificate(certificate.encode())
    return loaded, load_pem_private_key(key.encode(), password=None)


def _key_text(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text.decode()


def _new_authority(team: Team) -> tuple[Certificate, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # fastlane takes a certificate only if its bytes say "Apple Inc" (private-endpoints.md, 3)
    name = _name(
        [
            ("CN", "Sandbox Worldwide Developer Relations Certification Authority"),
            ("O", "Apple Inc. (sandbox)"),
            ("C", "US"),
        ]
    )
    begin = datetime.fromtimestamp(team.clock.now(), UTC).replace(microsecond=0) - YEAR
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() >> 32)
        .not_valid_before(begin)
        .not_valid_after(begin + AUTHORITY_YEARS * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _subject(team: Team, kind: Kind, target: str | None) -> Name:
    if target:
        return _name([("UID", target), ("CN", f"{kind.title}: {target}"), ("OU", team.id), ("C", "US")])
    common = f"{kind.title}: {team.name} ({team.id})"
    return _name([("UID", team.id), ("CN", common), ("OU", team.id), ("O", team.name), ("C", "US")])


def _name(parts: list[tuple[str, str]]) -> Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    types = {
        "UID": NameOID.USER_ID,
        "CN": NameOID.COMMON_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "C": NameOID.COUNTRY_NAME,
    }
    return x509.Name([x509.NameAttribute(types[name], value[:64]) for name, value in parts])
