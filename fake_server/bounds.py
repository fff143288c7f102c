"""The bounds of connections: how many there are, how long the head of a request is, how long it may take."""

from typing import Any, NamedTuple

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fake_server.errors import WORDS

MOST_URL = 65_535
"""The parser of URLs can count no further."""
MOST_HEADERS = 64 * 1024
MOST_FIELDS = 200
LOOK_SECONDS = 1.0
"""Between two looks of the server at connections that wait: a timer of each would cost every request more."""
HEAD_SECONDS = 30
"""In which the head of a request must have come."""
LINGER = 2.0
"""Seconds in which what a refused client still sends is dropped: who is cut off while sending reads no answer."""
SERVICE = b"/api/"
"""How URLs of the service begin, whose errors have a form of their own."""


class Refused(NamedTuple):
    """An answer to what never becomes a request."""

    status: int
    reason: str
    message: str
    hint: str


UNREADABLE = Refused(
    400, "Bad Request", WORDS[400],
    "The request line or a header cannot be read: percent-encode the URL as UTF-8 (a space is %20).",
)  # fmt: skip
URL_TOO_LONG = Refused(414, "URI Too Long", "The URL is too long.", f"A URL may have {MOST_URL} bytes.")
HEAD_TOO_LARGE = Refused(
    431, "Request Header Fields Too Large", "The request head is too large.",
    f"There may be {MOST_FIELDS} headers, of {MOST_HEADERS} bytes together.",
)  # fmt: skip
TOO_SLOW = Refused(
    408, "Request Timeout", "The request head did not come.", f"A request head may take {HEAD_SECONDS} seconds."
)  # fmt: skip
TOO_MANY = Refused(
    503, "Service Unavailable", WORDS[503],
    "There are as many connections as --max-connections allows: close those that are not needed.",
)  # fmt: skip


class TooLarge(Exception):
    """Ends the reading of a head."""


class Bounded(HttpToolsProtocol):
    """uvicorn's protocol with bounds, and with refusals that help."""

    size = 0
    """Bytes of the piece that is being read."""
    head = 0
    """Bytes of the head in later pieces than the one in which it begins; below zero while a body is read."""
    url = b""
    found: Refused | None = None
    """Why the parser was told to give up."""
    refused: Refused | None = None
    seen: Any = None
    """The scope of the request for whose head it was found waiting; every request has a new one."""
    looks = 0
    """How often in turn it was found so."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        # uvicorn's own check would refuse those who were there first, too.
        self.most, self.limit_concurrency = self.limit_concurrency, None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.most is not None and len(self.connections) > self.most:
            self.refuse(TOO_MANY)

    def data_received(self, data: bytes) -> None:
        if self.refused is not None:
            return
        self.size = len(data)
        if self.head >= 0:
            self.head += self.size
        super().data_received(data)
        if self.head > MOST_HEADERS and (found := self.excess(self.head - len(self.url))):
            self.refuse(found)

    def on_message_begin(self) -> None:
        self.head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # Nearly every head comes in one small piece, and is not looked at any closer.
        if self.head or self.size > MOST_HEADERS or len(self.headers) > MOST_FIELDS:
            self.found = self.excess(sum(len(name) + len(value) for name, value in self.headers))
            if self.found is not None:
                raise TooLarge
        self.head = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.head = 0
        super().on_message_complete()

    def excess(self, size: int) -> Refused | None:
        """What of the head is too large, if its headers have so many bytes."""
        if len(self.url) > MOST_URL:
            return URL_TOO_LONG
        return HEAD_TOO_LARGE if size > MOST_HEADERS or len(self.headers or ()) > MOST_FIELDS else None

    def send_400_response(self, _: str) -> None:
        """Where the parser has given up, by itself or because it was told to."""
        self.refuse(self.found or UNREADABLE)

    def look(self) -> None:
        """A head that does not come must not hold a connection for ever."""
        is_waiting = self.head >= 0 and (self.cycle is None or self.cycle.response_complete)
        self.looks = self.looks + 1 if is_waiting and self.seen is self.scope else 0
        self.seen = self.scope
        if self.looks * LOOK_SECONDS <= HEAD_SECONDS or self.refused is not None:
            return
        if self.scope is None:
            # Nothing was asked yet, so there is nothing to answer.
            self.transport.close()
        else:
            self.refuse(TOO_SLOW)

    def refuse(self, refused: Refused) -> None:
        self.refused = refused
        status, reason, message, hint = refused
        problem = {"title": reason, "detail": hint, "status": status}
        body = orjson.dumps({"message": message, **({} if self.url.startswith(SERVICE) else problem)})
        again = "retry-after: 1\r\n" if status == 503 else ""
        head = (
            f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"{again}connection: close\r\nx-fake-hint: {hint}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.close)
