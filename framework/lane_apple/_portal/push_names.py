"""The names of the types of push certificates, and of those for payments that are made alike."""

from __future__ import annotations

from typing import Literal

PushType = Literal[
    "development",
    "production",
    "macos-development",
    "macos-production",
    "website",
    "voip",
    "pass-type",
    "older-development",
    "older-production",
]
"""What pushes."""

PaymentType = Literal["apple-pay", "apple-pay-merchant"]
"""What pays."""
