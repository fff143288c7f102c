"""Load on a server, and the same on a bare route in turn."""

import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from contract_tests.benchmark.servers import Server, bare
from contract_tests.benchmark.table import row

CONNECTIONS = 8
TURN = 0.1
"""Seconds in which one is measured before it is the other's turn."""
Requests = Callable[[], Iterator[bytes]]


def load(port: int, requests: Iterator[bytes], seconds: float, at_once: int = CONNECTIONS) -> float:
    """Requests a second over several connections, each with one request under way."""
    selector = selectors.DefaultSelector()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(at_once)]
    done, start = 0, time.perf_counter()
    for connection in connections:
        selector.register(connection, selectors.EVENT_READ, [b""])
        connection.sendall(next(requests))
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select():
            key.data[0] += key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
            if complete(key.data[0]):
                done += 1
                key.data[0] = b""
                key.fileobj.sendall(next(requests))  # type: ignore[union-attr]
    elapsed = time.perf_counter() - start
    for connection in connections:
        connection.close()
    return done / elapsed


def complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    assert head[9:10] == b"2", answer[:500]
    at = head.lower().index(b"content-length:") + 15
    return len(body) >= int(head[at:].split(b"\r\n", 1)[0])


def once(port: int, text: bytes) -> bytes:
    """The body of one answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(text)
        answer = b""
        while not complete(answer):
            answer += connection.recv(1 << 20)
    return answer.partition(b"\r\n\r\n")[2]


def compare(
    server: Server, make: Requests, rounds: int, seconds: float, at_once: int = CONNECTIONS, turn: float = TURN
) -> "Compared":
    """The fake and the bare route with the same bytes, measured in short turns: on a machine that others use too,
    both must meet the same weather. Each round asks from the beginning."""
    pairs: list[tuple[float, float]] = []
    with bare(once(server.port, next(make()))) as floor:
        for measured in range(rounds + 1):
            both = (server.port, make()), (floor.port, make())
            for _ in range(max(1, round(seconds / turn))):
                pair = [load(port, requests, min(turn, seconds), at_once) for port, requests in both]
                if measured:  # the first round only warms up
                    pairs.append((pair[0], pair[1]))
    ours, floors = zip(*pairs, strict=True)
    ratio = statistics.median(ours / floor for ours, floor in pairs)
    return Compared(statistics.median(ours), statistics.median(floors), ratio)


class Compared(NamedTuple):
    """Median requests a second of both, and the median of what the fake reached in each pair of turns."""

    ours: float
    floor: float
    ratio: float

    def row(self, what: str, ratio: float | None = None) -> None:
        row(what, self.ours, self.floor, ratio, reached=self.ratio)
