"""What came of an operation's calls and of an event's deliveries, in counts that can be added."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from fake_server.api import parameters
from fake_server.api.parameters import Parameters
from fake_server.api.plan import planned
from fake_server.declare.operation import Operation
from fake_server.errors import BadQuery
from fake_server.ids import Ids
from fake_server.journal import Entry
from fake_server.query.check import AllTests, AnyTest, Checked, Count, Members
from fake_server.webhooks.delivery import Delivery

LOST, CUT = "lost", "cut"
"""What stands in place of a status: no answer was sent, or only a part of one."""
MOST_WANTED = 1000
"""Different queries of one list that are told apart: a sort may be by a word of the client's own."""


class Called(NamedTuple):
    """A call as far as it is counted: many are alike."""

    operation: Operation
    status: int | None
    broken: str | None
    raw_query: bytes
    offered: bool
    """Whether there was a next page behind the answer."""


def called(entry: Entry, operation: Operation) -> Called:
    reads = operation.listing is not None or bool(operation.find_by)
    query = entry.raw_query if reads else b""
    return Called(operation, entry.status, entry.broken, query, entry.next_cursor is not None)


def outcome(entry: Entry | Called) -> str:
    """The status of the answer, or how it was lost."""
    if entry.status is None:
        return LOST
    return CUT if entry.broken == CUT else str(entry.status)


def is_failure(outcome: str) -> bool:
    """Whether a client has reason to try again."""
    return outcome in (LOST, CUT, "429") or outcome.startswith("5")


def refusals(operation: Operation) -> list[int]:
    """The statuses with which the service refuses calls of the operation for what they are."""
    found = {
        400: operation.listing is not None or operation.body is not None,
        401: True,
        403: bool(operation.scopes),
        404: bool(operation.parameters),
        422: operation.body is not None or bool(operation.find_by),
    }
    return [status for status, is_possible in found.items() if is_possible]


@dataclass(eq=False)
class Met:
    """What came of the calls of one operation."""

    calls: int = 0
    retried: int = 0
    """Calls that repeat one which had failed."""
    statuses: Counter[str] = field(default_factory=Counter)
    find_by: Counter[str] = field(default_factory=Counter)
    wanted: Counter["Wanted"] = field(default_factory=Counter)
    offered: int = 0
    """Answers behind which there was a next page."""
    further: int = 0
    """Answers to requests with a cursor."""

    def add(self, call: "Called", ids: Ids, times: int = 1) -> None:
        """So many calls of that form."""
        self.calls += times
        self.statuses[outcome(call)] += times
        if call.status is not None and 200 <= call.status < 300:
            with suppress(BadQuery):
                self.asked(call, ids, times)

    def asked(self, call: "Called", ids: Ids, times: int) -> None:
        """What a query asked for that was answered."""
        operation, query = call.operation, parameters.read(call.raw_query)
        if operation.find_by:
            self.find_by[query.text("find_by") or "id"] += times
        if operation.listing is not None:
            self.offered += times * call.offered
            self.further += times * bool(query.inner("page", "cursor"))
            wanted = remembered(operation, ids, query) if query.short else read(operation, ids, query)
            self.wanted[wanted if wanted in self.wanted or len(self.wanted) < MOST_WANTED else REST] += times

    def shown(self, operation: Operation) -> dict[str, Any]:
        """As JSON; a list has what only lists have."""
        row: dict[str, Any] = {
            "calls": self.calls, "statuses": dict(self.statuses), "retried": self.retried,
            "refusals": refusals(operation),
        }  # fmt: skip
        if operation.find_by:
            row["find_by"] = dict(self.find_by)
        if operation.listing is not None:
            row |= self.queries()
            row["pages"] = {"offered": self.offered, "further": self.further}
        return row

    def queries(self) -> dict[str, Any]:
        """What was asked of the list, each name with how often."""
        filters: dict[str, Counter[str]] = {}
        sorts, includes = Counter[str](), Counter[str]()
        for wanted, times in self.wanted.items():
            for name, operator in wanted.filters:
                filters.setdefault(name, Counter())[operator] += times
            sorts.update(dict.fromkeys(wanted.sorts, times))
            includes.update(dict.fromkeys(wanted.includes, times))
        shown = {name: dict(operators) for name, operators in filters.items()}
        return {"filters": shown, "sorts": dict(sorts), "includes": dict(includes)}


class Wanted(NamedTuple):
    """What a query asks of a list: field and operator of each condition, columns as they were sent, includes."""

    filters: tuple[tuple[str, str], ...]
    sorts: tuple[str, ...]
    includes: tuple[str, ...]


REST = Wanted((("(others)", "(others)"),), (), ())
"""Stands for queries beyond those that are told apart."""


def read(operation: Operation, ids: Ids, query: Parameters) -> Wanted:
    plan = planned(operation, ids, query)
    sorts = tuple(f"{'-' if down else ''}{column.name}" for column, down in plan.sort.columns)
    return Wanted(tuple(conditions(plan.tree)), sorts, tuple(plan.includes))


remembered = lru_cache(maxsize=512)(read)


def conditions(tree: Checked | None, within: str = "") -> Iterator[tuple[str, str]]:
    """Field and operator of every condition; a relation's members stand as `relation.field`."""
    if tree is None:
        return
    if isinstance(tree, AllTests | AnyTest):
        for part in tree.parts:
            yield from conditions(part, within)
        return
    name = f"{within}{tree.field.name}"
    yield (f"{name}.count" if isinstance(tree, Count) else name), tree.op
    if isinstance(tree, Members):
        yield from conditions(tree.where, f"{name}.")


@dataclass(eq=False)
class Told:
    """What came of the deliveries of one event."""

    deliveries: int = 0
    delivered: int = 0
    retried: int = 0
    """Deliveries that were tried more than once."""
    failed: int = 0

    def add(self, delivery: Delivery) -> None:
        if not delivery.attempts and delivery.state in ("cancelled", "superseded"):
            # It was never meant to arrive: another one told what it had to tell, or there was nothing to tell.
            return
        self.deliveries += 1
        self.delivered += delivery.state == "delivered"
        self.retried += len(delivery.attempts) > 1
        self.failed += delivery.state == "failed"
