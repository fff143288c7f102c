"""The journal of a world: every request to the service, at its receipt and at its completion. Bounded."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from itertools import islice
from typing import NamedTuple

from fake_server.declare.body import Upload
from fake_server.declare.operation import Operation
from fake_server.store.kind import Record
from fake_server.store.store import Change, Verb

MOST_BODY = 1024 * 1024
"""Bytes of a body that are kept."""
MOST_TOUCHED = 100
"""Changes of one request that are kept."""
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of requests that the entries of one world keep."""


class SentFile(NamedTuple):
    """What is kept of an upload: its bytes are the world's, as long as the world has them."""

    file_name: str
    mime_type: str
    size: int


class Touched(NamedTuple):
    """A record that a request changed."""

    kind: str
    key: int
    verb: Verb


class Entry:
    """One request: what is known at its receipt, then what came of it."""

    # Defaults stand on the class: every request makes one, and few of them say much.
    number: int = 0
    operation: Operation | None = None
    body: bytes | Upload | SentFile | None = None
    status: int | None = None
    """None: under way, or no answer was sent."""
    size: int = 0
    """Bytes of what was sent, once it has been completed."""
    duration: float | None = None
    """Real seconds; None while it is under way."""
    fault: int | None = None
    """The number of the fault that struck it."""
    broken: str | None = None
    """The kind of fault that disturbed the answer on its way."""
    hints: tuple[str, ...] = ()
    """Sentences for whoever asked."""
    read: Collection[Record] | None = None
    """The records that were answered; their kind is the operation's."""
    touched: tuple[Touched, ...] = ()
    next_cursor: str | None = None
    """Where the next page begins, if the answer was a page with one behind it."""
    retry_after: int | None = None
    """Seconds that the answer asked the client to wait."""

    def __init__(self, method: str, path: str, raw_query: bytes, at: float, token: str) -> None:
        """`path`: decoded, without the service's prefix; `at`: by the world's clock."""
        self.method, self.path, self.raw_query = method, path, raw_query
        self.at, self.token = at, token

    def changed(self, changes: Collection[Change]) -> None:
        """The records that were changed, each once. Those meant come first; where hundreds follow, they are
        neighbours that made room, and a journal must not keep them all."""
        verbs: dict[tuple[str, int], Verb] = {}
        for one in islice(changes, MOST_TOUCHED):
            verb: Verb = "create" if one.before is None else "delete" if one.after is None else "update"
            key = one.kind, one.record.key
            verbs[key] = "create" if verb == "update" and verbs.get(key) == "create" else verb
        self.touched = tuple(Touched(*key, verb) for key, verb in verbs.items())

    def shrink(self) -> None:
        """Lets go of the bytes of an upload."""
        if isinstance(self.body, Upload):
            self.body = SentFile(self.body.file_name, self.body.mime_type, len(self.body.content))

    def weigh(self) -> None:
        """Sets `size`: the bytes that the client sent and the entry keeps."""
        body = len(self.body) if isinstance(self.body, bytes) else 0
        self.size = body + len(self.path) + len(self.raw_query) + len(self.token)


class Waiter:
    """Somebody who waits until so many requests that pass a test have been completed."""

    def __init__(self, test: Callable[[Entry], bool], missing: int) -> None:
        self.test, self.missing = test, missing
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def completed(self, entry: Entry) -> None:
        self.missing -= self.test(entry)
        if self.missing <= 0:
            self.end()

    def end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


class Journal:
    """The last `size` requests of a world; `forget` is told of each that makes room."""

    def __init__(self, size: int, forget: Callable[[Entry], None] = lambda _: None) -> None:
        self.size, self.forget = size, forget
        self.entries: deque[Entry] = deque()
        self.last = self.forgotten = self.bytes = 0
        self.waiters: set[Waiter] = set()
        self.cleared = 0
        """The number of the last request that was forgotten on purpose."""
        self.closed = asyncio.Event()
        """Set when its world is reset or removed: a request that waits in it waits no longer."""

    def receive(self, entry: Entry) -> None:
        self.last += 1
        entry.number = self.last
        self.entries.append(entry)
        if len(self.entries) > self.size:
            self.drop()

    def complete(self, entry: Entry, status: int | None, duration: float) -> None:
        """What came of it; whoever waits for it is told, unless it was forgotten on purpose."""
        entry.status, entry.duration = status, duration
        if entry.body is not None:
            entry.shrink()
        if entry.number > self.cleared:
            self.keep(entry)
            if self.waiters:
                for waiter in tuple(self.waiters):
                    waiter.completed(entry)

    def keep(self, entry: Entry) -> None:
        """Its bytes count, if it has not made room meanwhile."""
        if self.entries and entry.number >= self.entries[0].number:
            entry.weigh()
            self.bytes += entry.size
            while self.bytes > MOST_BYTES and len(self.entries) > 1:
                self.drop()
        else:
            # It made room before anybody knew what came of it.
            self.forget(entry)

    def drop(self) -> None:
        oldest = self.entries.popleft()
        self.forgotten += 1
        self.bytes -= oldest.size
        self.forget(oldest)

    def clear(self) -> list[Entry]:
        """Forgets everything, and gives what there was; numbers go on."""
        entries = list(self.entries)
        self.entries.clear()
        self.forgotten = self.bytes = 0
        self.cleared = self.last
        return entries

    def close(self) -> None:
        """Nobody waits any longer."""
        self.closed.set()
        for waiter in self.waiters:
            waiter.end()
