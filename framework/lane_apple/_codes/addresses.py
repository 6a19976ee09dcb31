"""Reads the addresses in the configuration: where to listen, and how that is reached from outside."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from lane import UsageError

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104  # compared with, not listened on


def host_and_port(text: str, variable: str) -> tuple[str, int]:
    """`127.0.0.1:8700` or `[::1]:8700`, parted. Raises UsageError."""
    found = re.fullmatch(r"(\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]/\s]+)):(?P<port>\d{1,5})", text)
    if found is None or int(found["port"]) > 65535:
        raise UsageError(f"{variable} is no host and port.", hint="It looks like 127.0.0.1:8700.")
    return found["six"] or found["name"], int(found["port"])


def listens_everywhere(host: str) -> bool:
    """Whether a host stands for all addresses of the machine, and so is none that a browser could go to."""
    return host in _EVERYWHERE


def public_url(text: str, variable: str) -> str:
    """An address without a slash at its end. Raises UsageError, also for plain HTTP across the internet."""
    parts = parted(text)
    host = parts and parts.hostname
    if not parts or not host or parts.scheme not in {"http", "https"} or parts.fragment or parts.username:
        raise UsageError(f"{variable} is no address.", hint="It looks like https://codes.example.com.")
    if parts.scheme == "http" and not _is_near(host):
        raise UsageError(
            f"{variable} begins with http://, and codes would cross the internet in the clear.",
            hint="Put a proxy or a tunnel that speaks TLS in front, and give its https:// address.",
        )
    return text.rstrip("/")


def parted(url: str) -> SplitResult | None:
    """An address in its parts, whose host and port can be read; None where it is none."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _is_near(host: str) -> bool:
    """Whether a host is this machine or in its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan"))
    return address.is_private or address.is_loopback or address.is_link_local
