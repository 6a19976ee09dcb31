"""Lets armed faults happen to requests: an ASGI application around the one that answers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from lane_sandbox._problem import error, rate_limited, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from lane_sandbox._connections import Connections
    from lane_sandbox._faults import Fault, Faults

PIECES = 10
HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>Apple</body></html>"
REASONS = {
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Timeout",
}


class Misfortune:
    """Requests below /_sandbox/ are spared. `note` is told of those that never reach the application."""

    def __init__(
        self,
        application: ASGIApp,
        faults: Faults,
        connections: Connections,
        note: Callable[[Scope, int, str], None],
    ) -> None:
        self._application = application
        self._faults = faults
        self._connections = connections
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or fail to."""
        fault = None
        if scope["type"] == "http" and not scope["path"].startswith("/_sandbox/"):
            fault = self._faults.for_request(scope["method"], scope["path"])
        if fault is None:
            await self._application(scope, receive, send)
            return
        scope["fault"] = fault.kind
        match fault.kind:
            case "rate_limit" | "error" | "unauthorized":
                await self._refuse(fault, scope, receive, send)
            case "reset":
                self._note(scope, 0, fault.kind)
                await self._break(scope, receive, rudely=True)
            case "lost":
                await self._application(scope, receive, _nowhere)
                await self._break(scope, receive, rudely=True)
            case "truncated":
                await self._truncate(scope, receive, send)
            case _:
                await self._slow_down(fault.seconds or 0.0, scope, receive, send)

    async def _refuse(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await _drain(receive)
        status, content, kind = _refusal(fault)
        headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
        if fault.retry_after is not None:
            headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
        self._note(scope, status, fault.kind)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Half of a body that was announced whole."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._application(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages)
        await send(messages[0])
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self._break(scope, receive, rudely=False)

    async def _slow_down(self, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
        async def drip(message: Message) -> None:
            body: bytes = message.get("body", b"")
            if message["type"] != "http.response.body" or not body:
                await send(message)
                return
            size = -(-len(body) // PIECES)
            for start in range(0, len(body), size):
                await asyncio.sleep(seconds / PIECES)
                last = start + size >= len(body)
                more = message.get("more_body", False) or not last
                piece = body[start : start + size]
                await send({"type": "http.response.body", "body": piece, "more_body": more})

        await self._application(scope, receive, drip)

    async def _break(self, scope: Scope, receive: Receive, *, rudely: bool) -> None:
        """End the connection, and wait until the server knows."""
        client: Any = scope["client"]
        self._connections.close((str(client[0]), int(client[1])), rudely=rudely)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _nowhere(_message: Message) -> None:
    """An answer that never arrives."""


async def _drain(receive: Receive) -> None:
    """Read what a client sends: else it sees a lost connection, and not the refusal."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


def _refusal(fault: Fault) -> tuple[int, bytes, bytes]:
    if fault.kind == "rate_limit":
        problem = rate_limited()
    elif fault.kind == "unauthorized":
        problem = unauthorized()
    else:
        reason = REASONS[fault.status]
        if fault.body == "html":
            return fault.status, HTML.format(f"{fault.status} {reason}").encode(), b"text/html"
        detail = "An unexpected error occurred on the server side. If this issue continues, contact us."
        content = {
            "errors": [error(fault.status, "UNEXPECTED_ERROR", "An unexpected error occurred.", detail)]
        }
        return fault.status, json.dumps(content).encode(), b"application/json"
    return problem.status, json.dumps({"errors": problem.errors}).encode(), b"application/json"
