"""A receiver of webhooks for thousands of deliveries: one thread with an event loop, and no connection kept."""

import asyncio
import threading
from collections.abc import Callable
from typing import NamedTuple

Told = Callable[[str, bytes, bytes], int]
"""Path, head and body of a request -> the status of the answer. Called one at a time."""


class Head(NamedTuple):
    """What is known of a request before its body is there."""

    path: str
    text: bytes
    begin: int
    end: int
    """Where its body begins and ends."""


class Conversation(asyncio.Protocol):
    """One connection: a request, an answer, the end."""

    def __init__(self, receiver: "FastReceiver") -> None:
        self.receiver, self.data, self.head = receiver, bytearray(), None

    data: bytearray
    head: Head | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.receiver.count(1)

    def connection_lost(self, _: Exception | None) -> None:
        self.receiver.count(-1)

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self.head is None and (end := self.data.find(b"\r\n\r\n")) >= 0:
            self.head = read_head(bytes(self.data[: end + 4]))
        if self.head is not None and len(self.data) >= self.head.end:
            body = bytes(self.data[self.head.begin : self.head.end])
            status = self.receiver.told(self.head.path, self.head.text, body)
            self.transport.write(b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
            self.transport.close()


def read_head(text: bytes) -> Head:
    line, *_ = text.split(b"\r\n", 1)
    rest = text.lower().partition(b"\r\ncontent-length:")[2]
    length = int(rest.split(b"\r\n", 1)[0])
    return Head(line.split()[1].decode(), text, len(text), len(text) + length)


class FastReceiver:
    """Listens at `url` while it is entered; `told` decides on the answers."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.open = self.most_open = self.connections = 0
        """Connections open now, how many there were at most, and how many there have been."""
        self.loop = asyncio.new_event_loop()

    def count(self, more: int) -> None:
        self.open += more
        self.connections += more > 0
        self.most_open = max(self.most_open, self.open)

    def __enter__(self) -> "FastReceiver":
        listening = self.loop.create_server(lambda: Conversation(self), "127.0.0.1", 0, backlog=512)
        self.server = self.loop.run_until_complete(listening)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
