"""Which cookies go to which of Apple's doors, and what becomes of those that come back."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lane_apple._network import http_date

from .cookie import Cookie
from .session import TRUST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MOST, _LONGEST = 200, 16_384  # cookies in a jar, characters in one; Apple's are far below


class Jar:
    """The cookies of one Apple ID, by RFC 6265; `clock` is in seconds since 1970. Not for several threads."""

    def __init__(self, cookies: Iterable[Cookie], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._cookies: dict[tuple[str, str, str], Cookie] = {}
        for cookie in cookies:
            self._put(cookie)

    @property
    def cookies(self) -> tuple[Cookie, ...]:
        """Those that have not ended."""
        now = self._clock()
        return tuple(each for each in self._cookies.values() if each.until is None or each.until > now)

    def receive(self, url: str, headers: Iterable[str]) -> None:
        """Keep what the `Set-Cookie` headers of an answer say; what belongs to another host is left out."""
        for header in headers:
            cookie = parse_cookie(header, url, self._clock())
            if cookie is not None and cookie.flaw is None and _matches(cookie, urlsplit(url).hostname or ""):
                self._put(cookie)

    def header(self, url: str, *, apple_host: str, quoted: bool = False) -> str | None:
        """The `Cookie` header for a request. `quoted`: the trust in double quotes (apple-id-login.md, 7.2).

        `apple_host` is the host that an offline Apple on this machine stands for: what belongs to it is sent there
        as well, so that a session that was made elsewhere works with it.
        """
        host = urlsplit(url).hostname or ""
        hosts = [host, apple_host] if _is_this_machine(host) else [host]
        chosen: dict[str, Cookie] = {}
        for each in hosts:
            for cookie in self.cookies:
                if _matches(cookie, each) and _may_go(cookie, url):
                    chosen.setdefault(cookie.name, cookie)
        pairs = [f"{cookie.name}={_value(cookie, quoted)}" for cookie in chosen.values()]
        return "; ".join(pairs) or None

    def has(self, name: str) -> bool:
        """Whether it holds a living cookie of this name."""
        return any(cookie.name == name for cookie in self.cookies)

    def _put(self, cookie: Cookie) -> None:
        key = (cookie.domain, cookie.path, cookie.name)
        self._cookies.pop(key, None)
        if len(self._cookies) < _MOST:
            self._cookies[key] = cookie


def parse_cookie(header: str, url: str, now: float) -> Cookie | None:
    """A `Set-Cookie` header as RFC 6265, 5.2, reads it; None where it is none."""
    pair, *rest = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals or not name.strip() or len(header) > _LONGEST:
        return None
    attributes: dict[str, str] = {}
    for part in rest:
        key, _, text = part.partition("=")
        attributes[key.strip().lower()] = text.strip()
    parts = urlsplit(url)
    domain = attributes.get("domain", "").lstrip(".").lower()
    path = attributes.get("path", "")
    return Cookie(
        name=name.strip(),
        value=value.strip().strip('"'),
        domain=domain or parts.hostname or "",
        for_domain=bool(domain),
        path=path if path.startswith("/") else _default_path(parts.path),
        secure="secure" in attributes,
        httponly="httponly" in attributes,
        max_age=(age := _age(attributes.get("max-age", ""))),
        expires=http_date(attributes.get("expires", "")) if age is None else None,
        created_at=now,
        accessed_at=now,
    )


def _age(text: str) -> int | None:
    """Seconds; what is 0 or less has ended."""
    return max(0, int(text)) if text.lstrip("-").isdecimal() and len(text) < 12 else None


def _default_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _matches(cookie: Cookie, host: str) -> bool:
    domain, host = cookie.domain.lower(), host.lower()
    return host == domain or (cookie.for_domain and "." in domain and host.endswith(f".{domain}"))


def _may_go(cookie: Cookie, url: str) -> bool:
    parts = urlsplit(url)
    if cookie.secure and parts.scheme != "https" and not _is_this_machine(parts.hostname or ""):
        return False
    path = parts.path or "/"
    return path == cookie.path or path.startswith(cookie.path.rstrip("/") + "/")


def _value(cookie: Cookie, quoted: bool) -> str:
    return f'"{cookie.value}"' if quoted and cookie.name.startswith(TRUST) else cookie.value


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
