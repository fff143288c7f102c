"""What one world's clients met, as long as the world is there: through resets, and beyond what its journal keeps."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fake_server.coverage.met import Called, Met, Told, called
from fake_server.coverage.remarks import Example, Remarks
from fake_server.coverage.repeats import Repeats
from fake_server.coverage.watch import MOST_KEPT, Names, Pages, Polls, Singles, Waits, Watcher
from fake_server.ids import Ids
from fake_server.journal import Entry
from fake_server.resources import EVENTS, OPERATIONS
from fake_server.webhooks.delivery import Delivery

NAMES = tuple(name for event in EVENTS.values() for name in event.names)
MOST_DROPPED = 1000
"""Forms of calls that wait to be looked into."""


@dataclass(eq=False)
class Holding:
    """A scope: how many tokens held it that called anything, and the first call."""

    example: Example
    tokens: int = 0


@dataclass(eq=False)
class Scopes:
    """The scopes of tokens that were registered with some."""

    held: dict[str, Holding] = field(default_factory=dict)
    unused: OrderedDict[str, frozenset[str]] = field(default_factory=OrderedDict)
    """Tokens that have called nothing yet."""

    def hold(self, token: str, scopes: frozenset[str] | None) -> None:
        self.unused.pop(token, None)
        if scopes is not None:
            self.unused[token] = scopes
            if len(self.unused) > MOST_KEPT:
                self.unused.popitem(last=False)

    def see(self, entry: Entry, remarks: Remarks) -> None:
        for scope in sorted(self.unused.pop(entry.token, ())):
            holding = self.held.setdefault(scope, Holding(remarks.example(entry)))
            holding.tokens += 1


class Tally:
    """What is known of the requests and deliveries that the world itself has forgotten.

    The report is that of everything: those are added which journal and delivery log still have."""

    def __init__(self, world: str, ids: Ids) -> None:
        self.ids = ids
        self.met: defaultdict[str, Met] = defaultdict(Met)
        self.dropped: dict[Called, int] = {}
        """Calls that the journal had no room for, not yet looked into."""
        self.told: defaultdict[str, Told] = defaultdict(Told)
        self.remarks = Remarks(world)
        self.watchers: tuple[Watcher, ...] = (Pages(), Polls(), Singles(), Waits(), Names())
        self.repeats = Repeats()
        self.scopes = Scopes()

    def hold(self, token: str, scopes: frozenset[str] | None) -> None:
        """A token was registered with these scopes; None: it has all."""
        self.scopes.hold(token, scopes)

    def add(self, entry: Entry) -> None:
        """The next request of the journal. One under way is not counted: nobody knows yet what comes of it."""
        if entry.duration is None:
            return
        operation = entry.operation
        if operation is None:
            self.strayed(entry)
            return
        self.scopes.see(entry, self.remarks)
        met = self.met[operation.name]
        met.add(called(entry, operation), self.ids)
        met.retried += self.repeats.repeats(entry, operation)
        for watcher in self.watchers:
            watcher.see(entry, operation, self.remarks)

    def drop(self, entry: Entry) -> None:
        """A request for which the journal has no room any more. It is only counted: whoever is under load must not
        pay for more, and remarks are about what the journal has."""
        operation, dropped = entry.operation, self.dropped
        if operation is None or entry.duration is None:
            return
        if self.scopes.unused:
            self.scopes.see(entry, self.remarks)
        call = called(entry, operation)
        dropped[call] = dropped.get(call, 0) + 1
        if self.repeats.failed or entry.status != 200 or entry.broken:
            self.met[operation.name].retried += self.repeats.repeats(entry, operation)
        if len(dropped) > MOST_DROPPED:
            self.count()

    def count(self) -> None:
        """Looks into those that were dropped."""
        for call, times in self.dropped.items():
            self.met[call.operation.name].add(call, self.ids, times)
        self.dropped.clear()

    def strayed(self, entry: Entry) -> None:
        """A request to nothing; what browsers ask beforehand is none."""
        if entry.method != "OPTIONS":
            asked = f"{entry.method} {entry.path[:80]}"
            says = f"{asked} is no operation of the service, or one that this fake does not answer yet."
            self.remarks.note("no_such_operation", asked, lambda: says, entry)

    def tell(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            self.told[delivery.what.name].add(delivery)

    def settle(self) -> None:
        """The world begins anew: what comes has nothing to do with what was."""
        for watcher in self.watchers:
            watcher.settle(self.remarks)
        self.repeats.settle()

    def report(self, entries: Iterable[Entry], deliveries: Collection[Delivery]) -> dict[str, Any]:
        """Everything as JSON, with these requests and deliveries; the tally itself stays as it is."""
        self.count()
        whole = deepcopy(self)
        for entry in entries:
            whole.add(entry)
        whole.tell(deliveries)
        whole.settle()
        return whole.shown()

    def shown(self) -> dict[str, Any]:
        needed = {scope for name in self.met for scope in OPERATIONS[name].scopes}
        held = self.scopes.held
        for scope in sorted(held.keys() - needed):
            example, tokens = held[scope].example, held[scope].tokens
            self.remarks.note("unneeded_scope", scope, partial(unneeded, scope), example, tokens)
        return {
            "worlds": 1,
            "operations": {name: self.met[name].shown(one) for name, one in OPERATIONS.items()},
            "events": {name: vars(self.told[name]) for name in NAMES},
            "scopes": {"held": {scope: held[scope].tokens for scope in sorted(held)}, "needed": sorted(needed)},
            "remarks": self.remarks.shown(),
        }


def unneeded(scope: str) -> str:
    return f"No operation that was called asks for the scope {scope}."
