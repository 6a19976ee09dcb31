"""Just enough of Apple to take a file in parts, and a file to send."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from faults import Reply, Seen

PART = 3 * 1024 * 1024
CONTENT = hashlib.shake_256(b"content").digest(5 * PART // 2 + 17)


class Apple:
    """Takes a file in parts: the digest of each, by its offset, and what was committed."""

    def __init__(self, size: int, part: int) -> None:
        self.size, self.part = size, part
        self.hashes: dict[int, str] = {}
        self.committed: dict[str, Any] | None = None
        self.url = ""

    def __call__(self, request: Seen) -> Reply:
        if request.method == "PUT":
            offset = int(request.path.rpartition("/")[2])
            self.hashes[offset] = hashlib.sha256(request.body).hexdigest()
            request.body = b""
            return Reply(200)
        if request.method == "PATCH":
            self.committed = json.loads(request.body)["data"]["attributes"]
        kind = re.split(r"[/?]", request.path)[2]
        attributes: dict[str, Any] = {}
        if kind == "buildUploadFiles":
            attributes = {"fileName": "big.ipa", "fileSize": self.size, "uploadOperations": self.operations()}
        return Reply(200, {"data": {"type": kind, "id": "1", "attributes": attributes}})

    def operations(self) -> list[dict[str, Any]]:
        return [
            {
                "method": "PUT",
                "url": f"{self.url}/part/{offset}",
                "offset": offset,
                "length": min(self.part, self.size - offset),
                "requestHeaders": [
                    {"name": "Content-Type", "value": "application/octet-stream"},
                    {"name": "X-Part", "value": str(offset)},
                ],
            }
            for offset in range(0, self.size, self.part)
        ]
