"""Turns the forms in which people carry a private key into PEM, and checks the curve."""

from __future__ import annotations

import base64
import binascii
import re

from lane import CredentialError

_BLOCK = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>[A-Za-z0-9+/=\s]*)-----END (?P=label)-----"
)
_WHERE_FROM = "Apple gives a key once, as AuthKey_<key id>.p8, in App Store Connect under Users and Access."


def is_pem(text: str) -> bool:
    """Whether a text is meant as PEM, whole or not."""
    return text.lstrip().startswith("-----BEGIN")


def normalised(text: str, source: str) -> str:
    """PEM text of a P-256 private key, whatever became of its line ends on the way.

    Takes line feeds written as `\\n` or turned into spaces, and base64 of the whole. Raises CredentialError,
    which names `source` and never shows the text.
    """
    if not text.strip():
        raise CredentialError("The private key is empty.", where=source, hint=_WHERE_FROM)
    plain = _decoded(text.strip(), source).replace("\\n", "\n").replace("\\r", "")
    match = _BLOCK.search(plain)
    if match is None:
        cut = "has no END line: it was cut off" if is_pem(plain) else "is not PEM"
        raise CredentialError(
            f"The private key {cut}.",
            where=source,
            hint=f"It begins with -----BEGIN PRIVATE KEY-----. {_WHERE_FROM}",
        )
    body = "".join(match["body"].split())
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    label = match["label"]
    pem = "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
    _check(pem, label, source)
    return pem


def _decoded(text: str, source: str) -> str:
    if is_pem(text):
        return text
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
    if not is_pem(decoded):
        raise CredentialError(
            "The private key is base64 of something that is not PEM.",
            where=source,
            hint=f"Encode the whole file, with its BEGIN and END lines: `base64 < AuthKey.p8`. {_WHERE_FROM}",
        )
    return decoded


def _check(pem: str, label: str, source: str) -> None:
    if "PRIVATE KEY" not in label:
        raise CredentialError(
            f"This is a {label.lower()}, not a private key.", where=source, hint=_WHERE_FROM
        )
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise CredentialError(
            "The private key is encrypted with a password.", where=source, hint=_WHERE_FROM
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CredentialError(
            "The private key cannot be read: it was cut off or changed on the way.",
            where=source,
            hint=_WHERE_FROM,
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        found = (
            f"on the curve {key.curve.name}"
            if isinstance(key, ec.EllipticCurvePrivateKey)
            else type(key).__name__
        )
        raise CredentialError(
            f"App Store Connect's keys are on the curve P-256; this one is {found.removeprefix('_')}.",
            where=source,
            hint=_WHERE_FROM,
        )
