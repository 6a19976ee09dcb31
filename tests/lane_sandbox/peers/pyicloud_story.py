"""pyicloud, unchanged: password, code, trust, and the next sign-in without a code."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

import redirect
import requests
from pyicloud import PyiCloudService
from pyicloud.exceptions import PyiCloudFailedLoginException

email, password, way, folder = sys.argv[1:]
told: dict[str, object] = {}


def code() -> str:
    """The newest code."""
    found = requests.get(f"{redirect.SANDBOX}/_sandbox/messages", timeout=30).json()["messages"]
    return str([each for each in found if (each["way"] == "device") == (way == "device")][-1]["code"])


try:
    PyiCloudService(email, "wrong", cookie_directory=f"{folder}/wrong")
except PyiCloudFailedLoginException as refused:
    told["wrong password"] = str(refused.args[0])
service = PyiCloudService(email, password, cookie_directory=folder)
told["needs a code"] = service.requires_2fa
told["way"] = service.two_factor_delivery_method
if way == "device":
    service.use_existing_trusted_device_code()
right = code()
told["wrong code"] = service.validate_2fa_code(f"{(int(right) + 1) % 1_000_000:06}")
with suppress(PyiCloudFailedLoginException):  # after the trust it turns to iCloud, which is not here
    service.validate_2fa_code(right)
told["trust token"] = bool(service.session.data["trust_token"])
told["cookies"] = sorted(
    "DES" if each.name.startswith("DES") else each.name for each in service.session.cookies
)
with suppress(PyiCloudFailedLoginException):
    PyiCloudService(email, password, cookie_directory=folder)
print(json.dumps(told))
