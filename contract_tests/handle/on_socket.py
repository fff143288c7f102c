"""What the tests of single connections share: a server whose clock stands, and requests with a JSON body."""

import json
import socket
from collections.abc import Iterator

import pytest

from contract_tests.client import NOW
from contract_tests.security.raw import Connection, request
from fake_server.server import FakeServer


def sending(method: str, path: str, body: object, headers: bytes = b"") -> bytes:
    content = json.dumps(body).encode()
    about = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(content)
    return request(path, headers + about, method) + content


def in_pieces(other: Connection, connection: Connection, whole: bytes) -> None:
    """Sends a request so that it is not there whole when its head is read."""
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head, _, _ = whole.partition(b"\r\n")
    for piece in (head + b"\r\n", whole[len(head) + 2 : -1], whole[-1:]):
        connection.send(piece)
        # An answer elsewhere says that the piece has been read.
        other.send(request("/_fake/health"))
        assert other.answer().status == 200


# ---------------------------------------------------------------- fixtures, for modules that name them


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as one:
        yield one


@pytest.fixture(autouse=True)
def as_seeded(fake: FakeServer) -> None:
    fake.reset()
