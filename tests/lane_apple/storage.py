"""A bare server, run as a program: takes parts and throws them away, gives files, says what Apple says.

It prints its port. Plain sockets and one thread for each connection: it is to cost as little as it can.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading

BLOCK = 1024 * 1024
FILE_SIZE = 2 * 1024 * 1024  # bytes of each file that can be had
FILE = bytes(range(256)) * (FILE_SIZE // 256)


class Storage:
    """Serves parts of `part` bytes at its own address."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def serve(self) -> None:
        """Answer until the process ends."""
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        buffer = memoryview(bytearray(BLOCK))
        rest = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in rest:
                    got = connection.recv(65536)
                    if not got:
                        return
                    rest += got
                head, _, rest = rest.partition(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
                left = int(length[1]) if length else 0
                if head.startswith(b"PUT"):
                    rest = self._drain(connection, buffer, left - len(rest))
                    self._reply(connection, b"")
                    continue
                while len(rest) < left:
                    rest += connection.recv(65536)
                self._answer(connection, head, rest[:left])
                rest = rest[left:]

    @staticmethod
    def _drain(connection: socket.socket, buffer: memoryview, left: int) -> bytes:
        while left > 0:
            left -= connection.recv_into(buffer[: min(left, BLOCK)]) or left
        return b""

    def _answer(self, connection: socket.socket, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        if method == "GET" and path.startswith("/file/"):
            self._reply(connection, FILE)
            return
        kind = re.split(r"[/?]", path)[2]
        attributes = {}
        if method == "POST":
            attributes = json.loads(body)["data"]["attributes"]
            attributes["uploadOperations"] = self._operations(attributes.get("fileSize", 0))
        answer = {"data": {"type": kind, "id": "1", "attributes": attributes}}
        self._reply(connection, json.dumps(answer).encode())

    def _operations(self, size: int) -> list[dict[str, object]]:
        return [
            {
                "method": "PUT",
                "url": f"http://127.0.0.1:{self.port}/part/{offset}",
                "offset": offset,
                "length": min(self.part, size - offset),
                "requestHeaders": [{"name": "Content-Type", "value": "application/octet-stream"}],
            }
            for offset in range(0, size, self.part)
        ]

    @staticmethod
    def _reply(connection: socket.socket, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head)
        connection.sendall(body)


if __name__ == "__main__":
    running = Storage(int(sys.argv[1]))
    print(running.port, flush=True)
    running.serve()
