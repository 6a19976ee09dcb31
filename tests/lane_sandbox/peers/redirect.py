"""Leads this process's requests for Apple's host to the sandbox, and nowhere else."""

from __future__ import annotations

import os
from typing import Any

from requests.adapters import HTTPAdapter

APPLE = "https://api.appstoreconnect.apple.com"
SANDBOX = os.environ["PEER_SANDBOX"]

_send = HTTPAdapter.send


def _redirected(self: HTTPAdapter, request: Any, *args: Any, **options: Any) -> Any:
    if request.url.startswith(APPLE):
        request.url = SANDBOX + request.url.removeprefix(APPLE)
    if not request.url.startswith(SANDBOX):
        raise AssertionError(f"{request.url} is neither Apple's nor the sandbox's")
    return _send(self, request, *args, **options)


HTTPAdapter.send = _redirected  # type: ignore[method-assign] - this is the redirection
KEY = {
    "key_id": os.environ["PEER_KEY_ID"],
    "issuer_id": os.environ["PEER_ISSUER_ID"],
    "private_key": os.environ["PEER_PRIVATE_KEY"],
}
