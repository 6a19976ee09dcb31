"""Makes repositories as fastlane match writes them: real certificates and profiles, really encrypted."""

from __future__ import annotations

import base64
import hashlib
import os
import plistlib
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "correct horse battery staple"
TEAM = "ABCDE12345"
IDENTITY = f"Apple Distribution: Example ({TEAM})"
Format = Literal["md5", "sha256", "v2"]


@dataclass(frozen=True)
class Made:
    """A certificate and its private key."""

    der: bytes
    key: bytes

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.der).hexdigest().upper()


def certificate(name: str = IDENTITY, days: int = 400) -> Made:
    """A certificate that is good for so many days from now (or was, until so many ago)."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM),
        ]
    )
    until = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=3650))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.TraditionalOpenSSL  # as fastlane writes it, into a file named .p12
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return Made(made.public_bytes(serialization.Encoding.DER), pem)


@dataclass
class Store:
    """A repository below `folder`; its files are encrypted in `format`."""

    folder: Path
    format: Format = "v2"
    passphrase: str = PASSPHRASE
    branch: str = "master"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", f"--initial-branch={self.branch}")
        (self.folder / "README.md").write_text("fastlane match\n")
        self.commit()

    def git(self, *words: str) -> None:
        """Run git in it, as nobody in particular."""
        who = ["-c", "user.name=match", "-c", "user.email=match@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        """Commit all that is there."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "[fastlane] Updated appstore and platform ios")

    def add_certificate(self, name: str, made: Made, kind: str = "distribution") -> None:
        """A certificate with its key, by Apple's id."""
        self.write(f"certs/{kind}/{name}.cer", made.der)
        self.write(f"certs/{kind}/{name}.p12", made.key)

    def add_profile(
        self,
        bundle_id: str,
        made: Made,
        *,
        kind: str = "appstore",
        file: str | None = None,
        days: int = 365,
        team: str = TEAM,
        app_id: str | None = None,
    ) -> str:
        """A profile that allows a certificate; its UUID."""
        uuid = f"{hashlib.sha1(bundle_id.encode()).hexdigest()[:8]}-0000-4000-8000-000000000000"
        info = {
            "AppIDName": "Aurora",
            "Name": f"match AppStore {bundle_id}",
            "UUID": uuid,
            "TeamIdentifier": [team],
            "ExpirationDate": (datetime.now(UTC) + timedelta(days=days)).replace(tzinfo=None, microsecond=0),
            "DeveloperCertificates": [made.der],
            "Entitlements": {"application-identifier": app_id or f"{team}.{bundle_id}"},
        }
        signed = cms(self.folder.parent, plistlib.dumps(info))
        self.write(f"profiles/{kind}/{file or f'AppStore_{bundle_id}.mobileprovision'}", signed)
        return uuid

    def write(self, path: str, content: bytes) -> None:
        """A file of it, encrypted; not committed."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encrypted(content, self.passphrase, self.format))


def encrypted(content: bytes, passphrase: str, form: Format) -> bytes:
    """As fastlane's encryption.rb: by the openssl program, or in the second format by the same primitives."""
    if form != "v2":
        command = ["openssl", "enc", "-aes-256-cbc", "-md", form, "-salt", "-a", "-pass", "env:MATCH"]
        done = subprocess.run(
            command, input=content, env={**os.environ, "MATCH": passphrase}, capture_output=True, check=True
        )
        return done.stdout
    salt = os.urandom(8)
    derived = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, 10_000, 68)
    sealed = AESGCM(derived[:32]).encrypt(derived[32:44], content, derived[44:])
    return base64.encodebytes(b"match_encrypted_v2__" + salt + sealed[-16:] + sealed[:-16])


@cache
def _signer() -> bytes:
    """A certificate and its key, in PEM; keys take long to make."""
    made = certificate("Apple iPhone OS Provisioning Profile Signing")
    return x509.load_der_x509_certificate(made.der).public_bytes(serialization.Encoding.PEM) + made.key


def cms(scratch: Path, content: bytes) -> bytes:
    """A CMS message that is signed by someone, as Apple's profiles are."""
    signer = scratch / "signer.pem"
    signer.write_bytes(_signer())
    command = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", str(signer)]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout
