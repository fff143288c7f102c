"""Requests byte by byte, as no HTTP library would send them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

from fake_server.server import FakeServer

LONGEST = 10.0
"""Seconds after which a wait fails."""


class Raw(NamedTuple):
    """An answer: its status, headers and JSON."""

    status: int
    headers: dict[str, str]
    json: Any

    @property
    def said(self) -> tuple[int, Any, str | None]:
        """Status, message and hint."""
        return self.status, self.json.get("message"), self.headers.get("x-fake-hint")


class Connection:
    """One connection, on which anything can be sent."""

    def __init__(self, sock: socket.socket, coming: BinaryIO) -> None:
        self.sock, self.coming = sock, coming

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self) -> Raw:
        """The next answer."""
        line, *rows = iter(lambda: self.coming.readline().decode().strip(), "")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
        return Raw(int(line.split()[1]), headers, json.loads(self.coming.read(int(headers["content-length"]))))

    def is_closed(self) -> bool:
        """Whether the other side closes it, without a word more."""
        return self.coming.read(1) == b""


@contextmanager
def connected(fake: FakeServer) -> Iterator[Connection]:
    port = int(fake.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as sock, sock.makefile("rb") as coming:
        yield Connection(sock, coming)


def request(path: str = "/api/v1/whoami", headers: bytes = b"", method: str = "GET") -> bytes:
    """A request without a body."""
    start = f"{method} {path} HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\n".encode()
    return start + headers + b"\r\n"


def asked(fake: FakeServer, sent: bytes) -> Raw:
    """What a whole request is answered on a connection of its own."""
    with connected(fake) as connection:
        connection.send(sent)
        return connection.answer()
