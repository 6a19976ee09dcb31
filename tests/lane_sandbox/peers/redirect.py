"""Leads this process's requests for Apple's hosts to the sandbox, and nowhere else."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

HOSTS = {"api.appstoreconnect.apple.com", "idmsa.apple.com", "setup.icloud.com"}
SANDBOX = os.environ["PEER_SANDBOX"]

_send = HTTPAdapter.send


def _redirected(self: HTTPAdapter, request: Any, *args: Any, **options: Any) -> Any:
    url, host = request.url, urlsplit(request.url).netloc
    if host in HOSTS:
        request.url = SANDBOX + url.removeprefix(f"https://{host}")
        request.headers["Host"] = host  # cookies are for the host that the client believes it talks to
    if not request.url.startswith(SANDBOX):
        raise AssertionError(f"{request.url} is neither Apple's nor the sandbox's")
    answer = _send(self, request, *args, **options)
    request.url = url
    return answer


HTTPAdapter.send = _redirected  # type: ignore[method-assign] - this is the redirection
KEY = {
    "key_id": os.environ["PEER_KEY_ID"],
    "issuer_id": os.environ["PEER_ISSUER_ID"],
    "private_key": os.environ["PEER_PRIVATE_KEY"],
}
