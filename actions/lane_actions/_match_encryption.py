"""Decrypts files as fastlane match encrypts them, in both of its formats."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from lane import ActionError, CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lane import Secret

# Base64 of: prefix, salt (8 bytes), in the second format the tag (16 bytes), then what is encrypted.
# Source: fastlane, match/lib/match/encryption/encryption.rb.
_FIRST = b"Salted__"  # AES-256-CBC, key and IV by OpenSSL's EVP_BytesToKey with one round of MD5 or SHA-256
_SECOND = b"match_encrypted_v2__"  # AES-256-GCM, key, IV and additional data by PBKDF2
_ROUNDS = 10_000


class WrongPassphraseError(CredentialError):
    """The passphrase does not open a file of the repository."""

    code = "match_passphrase"


def decrypt(content: bytes, passphrase: Secret, name: str, *, looks_right: Callable[[bytes], bool]) -> bytes:
    """What is in a file of the repository; `looks_right` tells a file's content from noise.

    The first format has no checksum: with a wrong key one file in 256 opens, to noise. Raises
    WrongPassphraseError, and ActionError for what match has not encrypted.
    """
    try:
        data = base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        data = b""
    password = passphrase.reveal().encode()
    if data.startswith(_SECOND):
        found = _second(data.removeprefix(_SECOND), password)
        if found is not None:
            return found
    elif data.startswith(_FIRST):
        opened = list(_first(data.removeprefix(_FIRST), password))
        if opened:
            return next((each for each in opened if looks_right(each)), opened[0])
    else:
        raise ActionError(
            f"{name} is not encrypted as fastlane match does it.",
            hint="Is git_url the repository that match writes to, and git_branch its branch?",
            code="match_format",
        )
    raise WrongPassphraseError(
        f"The passphrase does not open {name}.",
        hint="It is the one that `fastlane match` asked for when the repository was made: MATCH_PASSWORD.",
    )


def _second(data: bytes, password: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, tag, encrypted = data[:8], data[8:24], data[24:]
    derived = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 32 + 12 + 24)
    try:
        return AESGCM(derived[:32]).decrypt(derived[32:44], encrypted + tag, derived[44:])
    except InvalidTag:
        return None


def _first(data: bytes, password: bytes) -> Iterator[bytes]:
    """What the file may be: OpenSSL derived keys by MD5 before version 1.1, and by SHA-256 since."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    salt, encrypted = data[:8], data[8:]
    for digest in ("md5", "sha256"):
        key, vector = _key_and_vector(digest, password, salt)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        unpadder = PKCS7(128).unpadder()
        try:
            padded = decryptor.update(encrypted) + decryptor.finalize()
            yield unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            continue  # not this one


def _key_and_vector(digest: str, password: bytes, salt: bytes) -> tuple[bytes, bytes]:
    derived = block = b""
    while len(derived) < 32 + 16:
        block = hashlib.new(digest, block + password + salt, usedforsecurity=False).digest()
        derived += block
    return derived[:32], derived[32:48]
