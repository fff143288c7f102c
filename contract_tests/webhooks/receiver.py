"""A real receiver of webhooks: it listens on a socket, keeps what it gets, and answers what it is told to."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

LONGEST = 10.0
"""Seconds after which a wait fails, so that a test fails instead of waiting for ever."""


class Received(NamedTuple):
    """One request as it came over the wire."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return str(self.json["event"])

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


Way = Callable[["Receiver", socket.socket], None]
"""Answers a request in a way of its own."""


def raw(content: bytes) -> Way:
    """Sends these bytes and closes."""

    def way(receiver: "Receiver", connection: socket.socket) -> None:
        # Before they leave: whoever has them may be back before this thread is.
        receiver.left(connection)
        connection.sendall(content)

    return way


def status(code: int, body: bytes = b"", *headers: str) -> Way:
    head = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return raw("\r\n".join(head).encode() + body)


def held(gate: threading.Semaphore, code: int = 200) -> Way:
    """Answers once the gate lets it through."""

    def way(receiver: "Receiver", connection: socket.socket) -> None:
        if gate.acquire(timeout=LONGEST):
            status(code)(receiver, connection)

    return way


def hang(_: "Receiver", connection: socket.socket) -> None:
    """Says nothing until the sender gives up."""
    connection.settimeout(LONGEST)
    while connection.recv(65536):
        pass


def drip(receiver: "Receiver", connection: socket.socket) -> None:
    """An answer that comes byte by byte and has no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not receiver.closing.wait(0.01):
        connection.sendall(b".")


def close(_: "Receiver", __: socket.socket) -> None:
    """Closes without an answer."""


class Receiver:
    """A receiver at `url`; `answers` are used up one by one, then `usual` is the answer."""

    def __init__(self, usual: int = 200) -> None:
        self.received: list[Received] = []
        self.answers: deque[int | Way] = deque()
        self.usual: int | Way = usual
        self.greeting = b""
        """What it says before it was asked anything."""
        self.closing = threading.Event()
        self.arrived = threading.Condition()
        self.connections: set[socket.socket] = set()
        """Those that wait for their answer."""
        self.most_open = 0
        """How many there were at most."""
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection:
            self.came(connection)
            try:
                connection.sendall(self.greeting)
                found = read(connection)
                if found is not None:
                    self.answer(found, connection)
            except OSError:
                pass
            finally:
                self.left(connection)

    def came(self, connection: socket.socket) -> None:
        with self.arrived:
            self.connections.add(connection)
            self.most_open = max(self.most_open, len(self.connections))

    def left(self, connection: socket.socket) -> None:
        with self.arrived:
            self.connections.discard(connection)
            self.arrived.notify_all()

    def answer(self, found: Received, connection: socket.socket) -> None:
        with self.arrived:
            self.received.append(found)
            said = self.answers.popleft() if self.answers else self.usual
            self.arrived.notify_all()
        way = status(said) if isinstance(said, int) else said
        way(self, connection)

    def wait_for(self, count: int) -> list[Received]:
        """Everything received, once it is so many; fails when that takes too long."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, LONGEST), self.received
            return list(self.received)

    def wait_until_left(self) -> None:
        """Until nobody waits for an answer any more."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: not self.connections, LONGEST), self.connections

    def taken(self) -> list[Received]:
        """Everything received since this was asked for the last time."""
        with self.arrived:
            taken, self.received = self.received, []
            return taken

    def events(self) -> list[str]:
        return [one.event for one in self.received]

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        # Closing alone would leave the thread waiting for a connection for ever.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()


def read(connection: socket.socket) -> Received | None:
    """One request with a Content-Length; None where the sender closed before it was whole."""
    connection.settimeout(LONGEST)
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rows = head.decode("latin-1").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (row.partition(":") for row in rows)]
    length = int(next(value for name, value in headers if name.lower() == "content-length"))
    while len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    return Received(line, headers, body)
