"""One request on its way through the door, and how its answer leaves."""

import re
from collections.abc import Mapping, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from time import perf_counter, time
from typing import Any, NamedTuple

from fake_server.api.bodies import Receive
from fake_server.errors import Refusal
from fake_server.faults import UNHURT, Ailment, Strike
from fake_server.journal import Entry, Journal

Scope = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
Reply = tuple[int, Headers, bytes]
"""What goes out: status, headers, body."""

JSON = (b"content-type", b"application/json")
LONGEST_HINT = 600
UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
EXPOSED = b"X-Fake-Hint, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"


class Answer(NamedTuple):
    """Status (0: none is sent), body and further headers."""

    status: int
    body: bytes
    headers: dict[str, str]
    broken: Ailment | None = None
    """How its way to the client is disturbed."""


class Visit:
    """One request, its world, and what hits it."""

    # Defaults stand on the class: every request makes one, and few say much.
    receive: Receive
    """Gives what is still on its way; asked only where something is."""
    world: Any = None
    homeless: Refusal | None = None
    """Why it has no world."""
    journal: Journal | None = None
    """Of the world as it was: a reset begins another one, which is not told of this request."""
    began: float = 0.0
    strike: Strike = UNHURT

    def __init__(self, scope: Scope, headers: Mapping[bytes, bytes], entry: Entry) -> None:
        self.scope, self.headers, self.entry = scope, headers, entry
        self.more: dict[str, str] = {}
        """Headers of its answer."""

    @property
    def hint(self) -> str:
        return one_line(" ".join(self.entry.hints))

    @property
    def content_type(self) -> str:
        return self.headers.get(b"content-type", b"").decode("latin-1")

    def needs_app(self) -> bool:
        """Whether more than the service has a say: a fault may make it wait, a browser asks beforehand, a proxy says
        how it was asked, and which proxies are believed is known to what stands around the app."""
        has_faults = self.world is not None and self.world.faults.rows
        return has_faults or b"x-forwarded-proto" in self.headers or self.entry.method == "OPTIONS"

    def enter(self) -> None:
        """Begins: its world's journal knows of it."""
        self.began = perf_counter()
        if self.world is not None:
            self.journal = self.world.journal
            self.world.journal.receive(self.entry)

    def leave(self, status: int) -> None:
        """Ends with that status; 0: nobody is answered."""
        if self.journal is not None:
            self.journal.complete(self.entry, status or None, perf_counter() - self.began)


def reply(visit: Visit, answer: Answer) -> Reply:
    return answer.status, headers(visit, answer), body(visit, answer)


async def deliver(visit: Visit, answer: Answer, send: Any) -> None:
    """Sends an answer whole."""
    await send(head(visit, answer))
    await send({"type": "http.response.body", "body": body(visit, answer)})


def head(visit: Visit, answer: Answer) -> Mapping[str, Any]:
    return {"type": "http.response.start", "status": answer.status, "headers": headers(visit, answer)}


def body(visit: Visit, answer: Answer) -> bytes:
    return b"" if visit.entry.method == "HEAD" else answer.body


def headers(visit: Visit, answer: Answer) -> Headers:
    length = (b"content-length", b"%d" % len(answer.body))
    date = (b"date", http_date(int(visit.entry.at) if visit.world else int(time())))
    out: Headers = [JSON, length, date] if answer.body else [length, date]
    if answer.headers:
        out += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    if b"origin" in visit.headers:
        out += [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED)]
    return out


@lru_cache(maxsize=64)
def http_date(seconds: int) -> bytes:
    """The world's time, as a client that goes by the server's clock reads it."""
    return formatdate(seconds, usegmt=True).encode()


def one_line(text: str) -> str:
    """A hint as a header may carry it."""
    plain = text.encode("ascii", "backslashreplace").decode()
    return UNPRINTABLE.sub(" ", plain)[:LONGEST_HINT]
