"""What the tests of single connections share: a server whose clock stands, and requests with a JSON body."""

import json
from collections.abc import Iterator

import pytest

from contract_tests.client import NOW
from contract_tests.security.raw import request
from fake_server.server import FakeServer


def sending(method: str, path: str, body: object, headers: bytes = b"") -> bytes:
    content = json.dumps(body).encode()
    about = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(content)
    return request(path, headers + about, method) + content


# ---------------------------------------------------------------- fixtures, for modules that name them


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as one:
        yield one


@pytest.fixture(autouse=True)
def as_seeded(fake: FakeServer) -> None:
    fake.reset()
