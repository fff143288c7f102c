"""The bounds of connections: how many there are, how long the head of a request is, how long it may take."""

from abc import abstractmethod
from typing import Any, NamedTuple

import httptools
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
BODY_SECONDS = 60
"""In which at least a piece of a body must come."""
IDLE_SECONDS = 5
"""In which the next request must begin, to the next look; uvicorn is told the same for what it answers."""
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
TOO_IDLE = Refused(
    408, "Request Timeout", "The request body did not come.", f"A request body may pause {BODY_SECONDS} seconds."
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
    is_between = False
    """Whether a request has been read, and nothing of the next."""
    url = b""
    upgrading = False
    """Whether the request asks for another protocol."""
    found: Refused | None = None
    """Why the parser was told to give up."""
    refused: Refused | None = None
    silent = 0
    """Bytes that came since the last piece of a body, and were none: trailers and the like."""
    pieces = begun = 0
    """How many have come, and how many requests have begun."""
    seen: Any = None
    """What it was found waiting for."""
    looks = 0
    """How often in turn it was found so."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        # uvicorn's own check would refuse those who were there first, too.
        self.most, self.limit_concurrency = self.limit_concurrency, None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.most is not None and len(self.connections) > self.most and self.are_too_many(self.most):
            self.refuse(TOO_MANY)

    def are_too_many(self, most: int) -> bool:
        """Those that were refused and are about to end do not count."""
        return sum(getattr(one, "refused", None) is None for one in self.connections) > most

    def data_received(self, data: bytes) -> None:
        if self.refused is not None:
            return
        self.size = len(data)
        self.pieces += 1
        if self.head >= 0:
            self.head += self.size
        else:
            self.silent += self.size
        self.feed(data)
        if self.head > MOST_HEADERS and (found := self.excess(self.head - len(self.url))):
            self.refuse(found)
        elif self.silent > MOST_HEADERS:
            self.refuse(HEAD_TOO_LARGE)

    def feed(self, data: bytes) -> None:
        """As uvicorn has it, but for requests that ask for another protocol."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            # Of a URL that cannot be read the parser says nothing, but the answer has the form of what was asked for.
            self.url = self.url or b"".join(data.split(b" ", 2)[1:2])
            self.refuse(self.found or UNREADABLE)
        except httptools.HttpParserUpgrade as upgrade:
            if self.upgrading:
                self.stay(data[upgrade.args[0] :])

    def stay(self, rest: bytes) -> None:
        """Goes on as if the request had not asked for another protocol, which HTTP allows: the parser would take its
        body for the next request."""
        parts = self.parser.get_method(), self.url, self.parser.get_http_version().encode()
        headers = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
        self.parser, self.upgrading = httptools.HttpRequestParser(self), False
        self.feed(b"%b %b HTTP/%b\r\n" % parts + b"".join(headers) + b"\r\n" + rest)

    def on_message_begin(self) -> None:
        self.head, self.is_between = 0, False
        self.begun += 1
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # As uvicorn has it, but what comes behind a body is no header: nobody would know of it in time.
        if self.head < 0:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        # Nearly every head comes in one small piece, and is not looked at any closer.
        if self.head or self.size > MOST_HEADERS or len(self.headers) > MOST_FIELDS:
            self.found = self.excess(sum(len(name) + len(value) for name, value in self.headers))
            if self.found is not None:
                raise TooLarge
        self.upgrading = self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers)
        if not self.upgrading:
            self.head = -1
            self.enter()

    def enter(self) -> None:
        """The head of a request has been read."""
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.finish()
        if not self.upgrading:
            super().on_message_complete()

    def finish(self) -> None:
        """The request has been read to its end."""
        self.head, self.silent, self.is_between = 0, 0, True

    def excess(self, size: int) -> Refused | None:
        """What of the head is too large, if its headers have so many bytes."""
        if len(self.url) > MOST_URL:
            return URL_TOO_LONG
        return HEAD_TOO_LARGE if size > MOST_HEADERS or len(self.headers or ()) > MOST_FIELDS else None

    @abstractmethod
    def refuse(self, refused: Refused) -> None:
        """Answers that, when its turn has come, and ends."""

    def look(self) -> None:
        """What does not come must not hold a connection for ever."""
        waits_for = self.waits_for()
        self.looks = self.looks + 1 if waits_for is not None and waits_for == self.seen else 0
        self.seen = waits_for
        if self.looks * LOOK_SECONDS < self.patience() or self.refused is not None:
            return
        if self.scope is None or self.is_between:
            # Nothing was asked, so there is nothing to answer.
            self.transport.close()
        else:
            self.refuse(TOO_SLOW if self.head >= 0 else TOO_IDLE)

    def waits_for(self) -> Any:
        """What the client owes: a whole head, or the next piece of a body; None: nothing."""
        is_answered = self.cycle is None or self.cycle.response_complete
        if self.head >= 0:
            return (self.begun, self.is_between) if is_answered else None
        return self.pieces if not is_answered and self.cycle.more_body and not self.flow.read_paused else None

    def patience(self) -> float:
        """How many seconds it may owe that."""
        if self.is_between:
            return IDLE_SECONDS
        return HEAD_SECONDS if self.head >= 0 else BODY_SECONDS


def written(refused: Refused, url: bytes) -> bytes:
    """The answer, in the form of the service or of the control plane."""
    status, reason, message, hint = refused
    problem = {"title": reason, "detail": hint, "status": status}
    body = orjson.dumps({"message": message, **({} if url.startswith(SERVICE) else problem)})
    again = "retry-after: 1\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"{again}connection: close\r\nx-fake-hint: {hint}\r\n\r\n"
    )
    return head.encode() + body
