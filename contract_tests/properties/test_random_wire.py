"""Any bytes on a connection: never a fault of the server, nothing changes, and whoever comes next is answered."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import example, given

from contract_tests.client import Api
from contract_tests.properties.effort import share
from contract_tests.properties.wire_nonsense import TASKS, cut

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
SLOW = 1.0
"""Seconds, as for everything that is asked of it."""
LOGS = ("fake_server", "uvicorn.error", "asyncio")


class Failures(logging.Handler):
    """What the server's own logs say of faults."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class Line:
    """A server on a socket, and its world before anything was sent."""

    def __init__(self, api: Api, failures: Failures) -> None:
        self.api, self.failures = api, failures
        url = api.http.base_url
        self.address = (url.host, url.port or 80)
        api.control("POST", "/reset")
        self.before = api.control("GET", "/state")

    def sent(self, pieces: list[bytes]) -> list[int]:
        """The statuses of what is answered to some pieces on a new connection."""
        started = time.perf_counter()
        with socket.create_connection(self.address, timeout=5) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Who was refused may be cut off before all is sent.
            with suppress(ConnectionError):
                for piece in pieces:
                    raw.sendall(piece)
                    self.api.control("GET", "/health")  # by now it has read the piece
            with suppress(OSError):
                raw.shutdown(socket.SHUT_WR)
            answered = everything(raw)
        assert time.perf_counter() - started < SLOW
        return [int(status) for status in STATUS.findall(answered)]


def everything(raw: socket.socket) -> bytes:
    found = bytearray()
    with suppress(ConnectionError):
        while piece := raw.recv(65536):
            found += piece
    return bytes(found)


@pytest.fixture(scope="module")
def line(server: Api) -> Iterator[Line]:
    failures = Failures()
    for name in LOGS:
        logging.getLogger(name).addHandler(failures)
    yield Line(server, failures)
    for name in LOGS:
        logging.getLogger(name).removeHandler(failures)
    server.control("POST", "/reset")


@pytest.mark.proves("README: Limits")
@share(4)
@given(cut())
@example(pieces=[b"PUT /_fake/state HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{"])
def test_any_bytes_on_a_connection(line: Line, pieces: list[bytes]) -> None:
    line.failures.said.clear()
    statuses = line.sent(pieces)
    assert [status for status in statuses if status >= 500] == []
    after = line.api.control("GET", "/state")
    if after != line.before:
        line.api.control("POST", "/reset")
    assert after == line.before or 200 in statuses
    assert line.sent([TASKS]) == [200]
    assert line.failures.said == []


@pytest.mark.proves("README: Limits")
@share(2)
@given(cut(2 * TASKS))
@example(pieces=[2 * TASKS + b"x"])
def test_what_came_before_the_nonsense_is_answered_before_it(line: Line, pieces: list[bytes]) -> None:
    assert line.sent(pieces)[:2] == [200, 200]
    line.api.control("POST", "/reset")
