"""Watchers of the journal: each sees the requests of a world in their order, and remarks upon one habit.

What they remember is bounded, so that a world may go on for ever; past the bound a habit may go unseen."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

import orjson

from fake_server.api import parameters
from fake_server.api.plan import known_names, unread_names
from fake_server.coverage.remarks import Example, Remarks
from fake_server.declare.body import Body
from fake_server.declare.operation import Operation
from fake_server.errors import BadQuery, did_you_mean
from fake_server.journal import Entry
from fake_server.resources import EVENTS, KINDS, OPERATIONS

POLLED = 5
"""Times that the same is asked in vain: a test that looks at the start, at the end and twice between is no poller."""
READ_SINGLY = 5
"""Records that are read one by one: fewer cost hardly more than the list would."""
MOST_KEPT = 1000
"""Lists, questions and tokens that a watcher has in mind at a time."""
LONGEST_NAME = 40

FAMILIES: Mapping[str, str] = {event.kind: event.family for event in EVENTS.values()}
"""Kind of record -> the events that tell of it."""
LISTS: Mapping[str, Operation] = {one.kind: one for one in OPERATIONS.values() if one.listing and not one.parameters}
"""Kind of record -> the list of all of them."""


class Watcher(Protocol):
    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        """The next request that was completed."""

    def settle(self, remarks: Remarks) -> None:
        """What comes has nothing to do with what was."""


def succeeded(entry: Entry) -> bool:
    return entry.status is not None and 200 <= entry.status < 300


ListKey = tuple[str, tuple[tuple[str, str], ...], str]
"""Path, what was asked of the list apart from the page, and a cursor."""


class Offer(NamedTuple):
    """A next page: of which operation, how often it was offered, and where first."""

    operation: str
    times: int
    example: Example


@dataclass(eq=False)
class Pages:
    """Next pages that were offered and never read."""

    open: OrderedDict[ListKey, Offer] = field(default_factory=OrderedDict)
    read: OrderedDict[ListKey, None] = field(default_factory=OrderedDict)

    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        if operation.listing is None or not succeeded(entry):
            return
        query = parameters.read(entry.raw_query)
        asked = tuple(pair for pair in query.pairs if not pair[0].startswith("page["))
        cursor = query.inner("page", "cursor")
        if cursor:
            self.follow((entry.path, asked, cursor))
        if entry.next_cursor is not None and not catches_up(operation, query.text("sort") or ""):
            self.offer((entry.path, asked, entry.next_cursor), entry, operation, remarks)

    def follow(self, key: ListKey) -> None:
        self.open.pop(key, None)
        self.read[key] = None
        if len(self.read) > MOST_KEPT:
            self.read.popitem(last=False)

    def offer(self, key: ListKey, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        if key in self.read:
            return
        known = self.open.get(key)
        first = known.example if known else remarks.example(entry)
        self.open[key] = Offer(operation.name, known.times + 1 if known else 1, first)
        if len(self.open) > MOST_KEPT:
            note_unread(self.open.popitem(last=False)[1], remarks)

    def settle(self, remarks: Remarks) -> None:
        for offer in self.open.values():
            note_unread(offer, remarks)
        self.open.clear()
        self.read.clear()


def catches_up(operation: Operation, sort: str) -> bool:
    """Whether the newest come first: who does so reads on until they meet what they know, and may stop there."""
    assert operation.listing is not None
    first = sort.partition(",")[0]
    column = operation.listing.sorts.get(first.removeprefix("-"))
    return first.startswith("-") and column is not None and column.values == "instant"


def note_unread(offer: Offer, remarks: Remarks) -> None:
    name = offer.operation
    remarks.note(
        "unread_page", name, lambda: f"{name} offered a next page that nobody read.", offer.example, offer.times
    )


Question = tuple[str, str, bytes]
"""Token, path and query."""
EVERY = 0
"""In place of a record's key: any record of the kind."""


@dataclass(eq=False)
class Polls:
    """The same question again and again, though nobody wrote to what it reads, and an event would tell of it."""

    asked: dict[tuple[str, int], dict[Question, int]] = field(default_factory=dict)
    """What is read -> how often which question was asked since that was changed."""
    size: int = 0

    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        for kind, key, _ in entry.touched:
            for read in ((kind, EVERY), (kind, key)):
                self.size -= len(self.asked.pop(read, ()))
        if operation.method != "GET" or operation.kind not in FAMILIES or not succeeded(entry) or entry.read is None:
            return
        key = EVERY if operation.listing else next(iter(entry.read)).key
        questions = self.asked.setdefault((operation.kind, key), {})
        question = entry.token, entry.path, entry.raw_query
        questions[question] = times = questions.get(question, 0) + 1
        if times >= POLLED:
            remarks.note(
                "polling", operation.name, lambda: polling(operation), entry, POLLED if times == POLLED else 1
            )  # fmt: skip
        self.size += times == 1
        if self.size > MOST_KEPT:
            self.forget()

    def forget(self) -> None:
        self.asked.clear()
        self.size = 0

    def settle(self, _: Remarks) -> None:
        self.forget()


def polling(operation: Operation) -> str:
    return (
        f"{operation.name} was asked the same again and again while nothing was written;"
        f" the event {FAMILIES[operation.kind]} tells of every change."
    )


@dataclass(eq=False)
class Singles:
    """Records of one kind that were read one by one, though a list gives many of them at once."""

    runs: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    """Token -> operation and records of its present run, which any other request ends."""

    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        if not succeeded(entry):
            return
        if not (operation.method == "GET" and operation.parameters and not operation.listing and entry.read):
            self.runs.pop(entry.token, None)
            return
        name, keys = self.runs.get(entry.token, ("", set()))
        if name != operation.name or len(keys) >= MOST_KEPT:
            keys = set()
            if len(self.runs) >= MOST_KEPT:
                self.runs.clear()
        self.runs[entry.token] = operation.name, keys
        before = len(keys)
        keys.update(record.key for record in entry.read)
        if len(keys) > before and len(keys) >= READ_SINGLY and operation.kind in LISTS:
            count = READ_SINGLY if len(keys) == READ_SINGLY else 1
            remarks.note("single_reads", operation.name, lambda: single_reads(operation), entry, count)

    def settle(self, _: Remarks) -> None:
        self.runs.clear()


def single_reads(operation: Operation) -> str:
    instead = LISTS[operation.kind]
    named = naming(operation.kind)
    with_filter = f" with the filter {named} in [...]" if named else ""
    return (
        f"{operation.name} read one {operation.kind.replace('_', ' ')} after the other;"
        f" {instead.name}{with_filter} gives many at once."
    )


def naming(kind: str) -> str | None:
    """The filter field of the kind's list by which single records are named."""
    listed, names = LISTS[kind].listing, {"key", *(fields[0] for fields in KINDS[kind].unique if len(fields) == 1)}
    assert listed is not None
    return next((one.name for one in listed.filters.values() if one.at in names and "in" in one.operators), None)


class Wait(NamedTuple):
    """What a client was asked to wait: when, for what (None: for everything), from and until when."""

    at: float
    operation: str | None
    answered: float
    until: float

    def ignored_by(self, entry: Entry, operation: Operation) -> bool:
        """Not what was under way together with the refused one; where the clock stands, nobody can tell."""
        told = entry.at == self.at or entry.at >= self.answered
        return told and entry.at < self.until and self.operation in (None, operation.name)


@dataclass(eq=False)
class Waits:
    """Requests that came before the wait was over which an answer to the same token had asked for."""

    waits: OrderedDict[str, Wait] = field(default_factory=OrderedDict)

    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        wait = self.waits.get(entry.token)
        if wait is not None and wait.ignored_by(entry, operation):
            remarks.note("retry_after_ignored", operation.name, lambda: too_early(operation), entry)
        if entry.retry_after:
            # A rate limit is the token's; any other wait concerns what was asked.
            concerns = None if entry.status == 429 else operation.name
            answered = entry.at + (entry.duration or 0.0)
            self.waits[entry.token] = Wait(entry.at, concerns, answered, entry.at + entry.retry_after)
            self.waits.move_to_end(entry.token)
            if len(self.waits) > MOST_KEPT:
                self.waits.popitem(last=False)

    def settle(self, _: Remarks) -> None:
        self.waits.clear()


def too_early(operation: Operation) -> str:
    return f"{operation.name} was called before the wait of a Retry-After was over, by the world's clock."


@dataclass(eq=False)
class Names:
    """Query parameters and body keys that the service does not read."""

    def see(self, entry: Entry, operation: Operation, remarks: Remarks) -> None:
        if entry.raw_query:
            with suppress(BadQuery):
                for name in unread(operation, entry.raw_query):
                    self.ignored("parameter", name, known_names(operation), entry, operation, remarks)
        body = operation.body
        if isinstance(body, Body) and isinstance(entry.body, bytes):
            known = [one.name for one in body.fields]
            for name in body.unread(sent(entry.body)):
                self.ignored("body key", name, known, entry, operation, remarks)

    def ignored(
        self, what: str, name: str, known: list[str], entry: Entry, operation: Operation, remarks: Remarks
    ) -> None:  # fmt: skip
        name = name[:LONGEST_NAME]
        about = f"{operation.name} {name}"
        kind = f"ignored_{what.replace(' ', '_')}"
        remarks.note(
            kind, about, lambda: f"{operation.name} ignores the {what} {name}; {did_you_mean(name, known)}", entry
        )  # fmt: skip

    def settle(self, remarks: Remarks) -> None:
        """Every request is seen for itself."""


@lru_cache(maxsize=512)
def unread(operation: Operation, raw_query: bytes) -> list[str]:
    return unread_names(operation, parameters.read(raw_query))


def sent(body: bytes) -> dict[str, object]:
    try:
        data = orjson.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
