"""A page of a list: the records that a plan selects, and the envelope around them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sized
from operator import is_
from typing import NamedTuple

import orjson

from fake_server.api.answers import Page
from fake_server.api.call import Call
from fake_server.api.lookup import found
from fake_server.api.plan import Plan, planned
from fake_server.declare.operation import Listing
from fake_server.errors import BadQuery
from fake_server.query import page
from fake_server.query.check import Checked, Test
from fake_server.query.match import Predicate, Scope, candidates, compile_test, every, total
from fake_server.query.page import cut
from fake_server.store.kind import Record
from fake_server.store.lookups import Order

MOST_COMPARISONS = 4_000_000
"""Conditions times records that one request may ask for: about a second and a half of everybody's time."""
READ_AHEAD = 4
"""Records read ahead where nobody knows how many of them pass, in pages."""
SORTING = 20
"""What ordering a record anew costs, in records read past in a kept order."""


def listing(call: Call) -> bytes:
    """A page of the records that the filter selects, in the order of the sort."""
    listed = call.operation.listing
    assert listed is not None
    parent = found(call, call.operation.parent) if listed.within else None
    plan = planned(call.operation, call.store.ids, call.query)
    if plan.ignored:
        call.entry.hints += (plan.ignored,)
    size = min(plan.size, call.most_per_page)
    if plan.size > size:
        call.entry.hints += (f"page[size]={plan.size} was capped to {size}.",)
    start = page.decode(plan.cursor, plan.sort, call.operation.kind, call.store.ids) if plan.cursor else None
    part = selected(call, listed, plan, parent, start, size)
    answer = page_of(call, plan, part, size)
    call.entry.read = answer.records
    call.entry.next_cursor = answer.next_cursor
    return answer.text


class Slice(NamedTuple):
    """The records of a page, whether more follow in its direction, and where it begins."""

    records: list[Record]
    more: bool
    start: page.Cursor | None


def selected(
    call: Call, listed: Listing, plan: Plan, parent: Record | None, start: page.Cursor | None, size: int
) -> Slice:
    """What the page is made of."""
    store, kind, sort = call.store, call.operation.kind, plan.kept
    scope, table = Scope(kind, store, call.moment), store.tables[kind]
    groups = candidates(plan.tree, scope) if parent is None else [store.group(kind, listed.within, parent.key)]
    few = groups is not None and (parent is not None or is_few(total(groups), len(table.rows), size))
    group = groups[0] if groups and len(groups) == 1 and not few else None
    # A filter that an index answers by itself need not be asked again of every record.
    answered = isinstance(plan.tree, Test) and parent is None and (few or group is not None)
    if not few and plan.leaves * len(table.rows) > MOST_COMPARISONS:
        raise too_much(plan.leaves, len(table.rows))
    tests = conditions(plan, scope, None if answered else plan.tree)
    select = selector(table.rows, every(tests) if tests else None, group)
    stretch = READ_AHEAD * size if tests else read_ahead(size + 1, table.rows, group)
    if few and groups is not None:
        found = select({key for group in groups for key in group})
        select, order, stretch = selector(table.rows, None, None), Order.of(sort, found), size + 1
    else:
        order = table.order(sort)
    return Slice(*cut(order, start, plan.sort.flipped, size, select, stretch), start)


def too_much(leaves: int, rows: int) -> BadQuery:
    most = MOST_COMPARISONS // rows
    return BadQuery(
        "The filter has too many conditions.",
        f"{leaves} conditions on {rows} records are too many for this fake: at most {most} on so large a world.",
    )


def is_few(found: int, of: int, size: int) -> bool:
    """Whether ordering what an index found is cheaper than reading a kept order until a page is full."""
    return found * found * SORTING <= size * of


def read_ahead(needed: int, rows: Sized, group: Sized | None) -> int:
    """How many keys of a kept order are read at a time, so that as many as needed are likely to be in the group."""
    return needed if group is None else needed * len(rows) // max(len(group), 1) + needed


def selector(
    rows: Mapping[int, Record], test: Predicate | None, group: Collection[int] | None
) -> Callable[[Iterable[int]], list[Record]]:
    """The records of some keys that are in a group and pass a test, where there are any of these."""

    def select(keys: Iterable[int]) -> list[Record]:
        if group is None:
            found = [rows[key] for key in keys]
        else:
            found = [rows[key] for key in keys if key in group]
        return found if test is None else [record for record in found if test(record)]

    return select


def conditions(plan: Plan, scope: Scope, tree: Checked | None) -> list[Predicate]:
    """Every test that a record of the list passes."""
    tests: list[Predicate] = []
    for at in plan.hides:
        tests.append(lambda record, at=at: getattr(record, at) is None)  # type: ignore[misc]
    seen = scope.store.seen(scope.kind, scope.moment.caller)
    if seen is not None:
        tests.append(seen)
    if tree is not None:
        tests.append(compile_test(tree, scope))
    return tests


def page_of(call: Call, plan: Plan, part: Slice, size: int) -> Page:
    """The page as it goes out; as it went out before, where nothing has changed."""
    operation, answers, records = call.operation, call.answers, part.records
    shape, kind = operation.shape, operation.kind
    if plan.includes:
        caller = call.moment.caller
        printed = [answers.included(shape, kind, record, plan.includes, caller) for record in records]
        return envelope(call, plan, part, size, printed)
    pages, asked = answers.pages(shape, kind), (call.raw_query, call.url())
    known = pages.get(asked)
    if known is not None and known.more is part.more and are_same(known.records, records):
        return known
    return pages.add(asked, envelope(call, plan, part, size, answers.many(shape, kind, records)))


def are_same(some: list[Record], others: list[Record]) -> bool:
    """Whether they are the very same: what is equal may be printed otherwise, as 1 and true are."""
    return len(some) == len(others) and all(map(is_, some, others))


def envelope(call: Call, plan: Plan, part: Slice, size: int, printed: list[bytes]) -> Page:
    """The cursor-paginated collection with its six meta keys."""
    records, more, start = part
    url, forward = call.url(), start is None or start.forward
    next_ = cursor(call, plan, records[-1], True) if records and (more or not forward) else None
    prev = cursor(call, plan, records[0], False) if records and start and (more or forward) else None
    meta = {
        "path": url,
        "per_page": size,
        "next_cursor": next_,
        "next_cursor_url": page_url(url, call, next_),
        "prev_cursor": prev,
        "prev_cursor_url": page_url(url, call, prev),
    }
    head, tail = b'{"data":[', b'],"links":[],"meta":%b}' % orjson.dumps(meta)
    if not printed:
        return Page(records, more, next_, head + tail)
    # Head and tail go into the first and the last record: one join, one copy of the page.
    printed[0] = head + printed[0]
    printed[-1] += tail
    return Page(records, more, next_, b",".join(printed))


def cursor(call: Call, plan: Plan, record: Record, forward: bool) -> str:
    return page.encode(plan.sort, record, call.store.ids.text(call.operation.kind, record.key), forward)


def page_url(url: str, call: Call, cursor: str | None) -> str | None:
    """The same request at another page: every parameter in its order, the cursor last."""
    if cursor is None:
        return None
    kept = call.query.without_cursor
    return f"{url}?{kept}{'&' if kept else ''}page%5Bcursor%5D={cursor}"
