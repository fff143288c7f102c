"""What operations do: listing, finding, creating, changing, deleting, uploading."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from fake_server.api.call import Call
from fake_server.api.parameters import Parameters, whole_number
from fake_server.declare.body import Body, FileBody, Reading, say
from fake_server.declare.identifier import PAIR
from fake_server.declare.operation import Include, Listing, Operation
from fake_server.errors import BadQuery, Invalid, NotFound, did_you_mean
from fake_server.ids import Ids
from fake_server.query import check, page
from fake_server.query.json_form import parse_form, parse_json
from fake_server.query.match import Predicate, Scope, candidates, compile_test
from fake_server.query.page import Column, Sort, cut
from fake_server.query.text import parse
from fake_server.store.kind import Record
from fake_server.store.table import Table

DEFAULT_SIZE = 30
LIST_PARAMETERS = ("sort", "include", "filter", "page[size]", "page[cursor]")
FIND_PARAMETERS = ("find_by", "origin")
FEW = 8
"""An index is used where it leaves at most one record in so many; a kept order is faster otherwise."""


class Plan(NamedTuple):
    """What a list's query asks for, checked."""

    sort: Sort
    includes: dict[str, Include]
    size: int
    cursor: str | None
    tree: check.Checked | None
    hides: tuple[str, ...]
    ignored: tuple[str, ...]


def listing(call: Call) -> bytes:
    """A page of the records that the filter selects, in the order of the sort."""
    listed = call.operation.listing
    assert listed is not None
    parent = found(call, call.operation.parent) if listed.within else None
    plan = planned(call, listed)
    size = min(plan.size, call.most_per_page)
    if plan.size > size:
        call.hints.append(f"page[size]={plan.size} was capped to {size}.")
    start = page.decode(plan.cursor, plan.sort, call.operation.kind, call.store.ids) if plan.cursor else None
    records, more = selected(call, listed, plan, parent, start, size)
    return envelope(call, plan, records, more, start, size)


def planned(call: Call, listed: Listing) -> Plan:
    plan = make_plan(call.operation, call.store.ids, call.query)
    if plan.ignored:
        first = plan.ignored[0]
        near = did_you_mean(first, LIST_PARAMETERS)
        call.hints.append(f"Ignored query parameters: {', '.join(plan.ignored[:10])}; {near}")
    return plan


def make_plan(operation: Operation, ids: Ids, query: Parameters) -> Plan:
    """The query of a list against its tables; everything wrong in it answers 400."""
    listed = operation.listing
    assert listed is not None
    sort = page.read_sort(query.text("sort"), dict(listed.sorts), lambda name: aliased(listed, name))
    includes = read_includes(query.text("include"), listed)
    tree = read_filter(query, listed, ids)
    mentioned = {leaf.field.name for leaf in getattr(tree, "parts", (tree,)) if isinstance(leaf, check.Test)}
    size = whole_number(query.inner("page", "size"))
    cursor = query.inner("page", "cursor")
    if isinstance(cursor, dict):
        raise page.bad_cursor("It is one text.")
    hides = tuple(mode.at for mode in listed.hides if mode.name not in mentioned)
    return Plan(sort, includes, size if size > 0 else DEFAULT_SIZE, cursor, tree, hides, unread(query, listed))


def aliased(listed: Listing, name: str) -> Column | None:
    family, _, alias = name.partition(".")
    return Column(name, listed.aliased[family], name) if alias and family in listed.aliased else None


def read_includes(text: str | None, listed: Listing) -> dict[str, Include]:
    names = [name for name in (text or "").split(",") if name not in ("", "0")]
    unknown = [name for name in names if name not in listed.includes]
    if unknown:
        known, asked = ", ".join(listed.includes), ", ".join(name[:80] for name in unknown[:10])
        allowed = f"Allowed include(s) are `{known}`." if known else "There are no allowed includes."
        raise BadQuery(
            f"Requested include(s) `{asked}` are not allowed. {allowed}",
            f"Unknown include {unknown[0][:80]}: {did_you_mean(unknown[0], listed.includes)}"
            if known
            else "This list has no includes.",
        )
    return {name: listed.includes[name] for name in names}


def read_filter(query: Parameters, listed: Listing, ids: Ids) -> check.Checked | None:
    """The filter in whichever of its three spellings it came, checked."""
    given = query.tree.get("filter")
    if given is None:
        return None
    if isinstance(given, dict):
        return check.check(parse_form(given), listed.filters, ids, check.FORM)
    if given[:1] in "[{":
        return check.check(parse_json(given), listed.filters, ids, check.JSON)
    return check.check(parse(given), listed.filters, ids, check.TEXT)


def unread(query: Parameters, listed: Listing) -> tuple[str, ...]:
    """Parameters that a list does not read."""
    known = (*LIST_PARAMETERS, *(FIND_PARAMETERS if listed.within else ()))
    return tuple(
        name[:60]
        for name, _ in query.pairs
        if name not in known and not name.startswith(("filter[", "page[size][", "page[cursor]["))
    )


def selected(
    call: Call, listed: Listing, plan: Plan, parent: Record | None, start: page.Cursor | None, size: int
) -> tuple[list[Record], bool]:
    """The page's records, and whether more follow in its direction."""
    store, kind, sort = call.store, call.operation.kind, plan.sort.kept()
    scope, table = Scope(kind, store, call.moment), store.tables[kind]
    tests = list(conditions(listed, plan, parent, scope))
    narrow = store.group(kind, listed.within, parent.key) if parent else candidates(plan.tree, scope)
    if narrow is not None and len(narrow) * FEW <= len(table.rows):
        rows = {key: table.rows[key] for key in narrow if all(test(table.rows[key]) for test in tests)}
        return cut(sorted(map(sort.key, rows.values())), start, plan.sort.flipped, size, rows.__getitem__)
    return cut(table.order(sort, sort.key), start, plan.sort.flipped, size, accepting(table, tests))


def conditions(listed: Listing, plan: Plan, parent: Record | None, scope: Scope) -> list[Predicate]:
    """Every test that a record of the list passes."""
    tests: list[Predicate] = []
    if parent is not None:
        tests.append(lambda record: getattr(record, listed.within) == parent.key)
    for at in plan.hides:
        tests.append(lambda record, at=at: getattr(record, at) is None)  # type: ignore[misc]
    hidden = scope.store.hidden(scope.kind) if scope.moment.caller.restricted else None
    if hidden is not None:
        tests.append(lambda record: not hidden(record))
    if plan.tree is not None:
        tests.append(compile_test(plan.tree, scope))
    return tests


def accepting(table: Table, tests: list[Predicate]) -> Callable[[int], Record | None]:
    rows = table.rows
    if not tests:
        return rows.__getitem__
    if len(tests) == 1:
        test = tests[0]
        return lambda key: row if test(row := rows[key]) else None
    return lambda key: row if (row := rows[key]) and all(test(row) for test in tests) else None


def envelope(
    call: Call, plan: Plan, records: list[Record], more: bool, start: page.Cursor | None, size: int
) -> bytes:
    """The cursor-paginated collection with its six meta keys."""
    operation, answers, caller = call.operation, call.answers, call.moment.caller
    shape, kind = operation.shape, operation.kind
    if plan.includes:
        printed = [answers.included(shape, kind, record, plan.includes, caller) for record in records]
    else:
        printer = answers.printer(shape, kind)
        printed = [printer.json(record) for record in records]
    forward = start is None or start.forward
    next_ = cursor(call, plan, records[-1], True) if records and (more or not forward) else None
    prev = cursor(call, plan, records[0], False) if records and start and (more or forward) else None
    meta = {
        "path": call.url,
        "per_page": size,
        "next_cursor": next_,
        "next_cursor_url": page_url(call, next_),
        "prev_cursor": prev,
        "prev_cursor_url": page_url(call, prev),
    }
    return b'{"data":[' + b",".join(printed) + b'],"links":[],"meta":' + orjson.dumps(meta) + b"}"


def cursor(call: Call, plan: Plan, record: Record, forward: bool) -> str:
    return page.encode(plan.sort, record, call.store.ids.text(call.operation.kind, record.key), forward)


def page_url(call: Call, cursor: str | None) -> str | None:
    """The same request at another page: every parameter in its order, the cursor last."""
    if cursor is None:
        return None
    kept = call.query.encoded(without="page[cursor]")
    return f"{call.url}?{kept}{'&' if kept else ''}page%5Bcursor%5D={cursor}"


def finding(call: Call) -> bytes:
    """One record."""
    return answer(call, found(call, call.operation.kind))


def asking(call: Call) -> bytes:
    """The one record that `run` finds, of which the path says nothing."""
    assert call.operation.run is not None
    return answer(call, call.operation.run(call.store, call.moment))


def creating(call: Call) -> bytes:
    """A new record from the body."""
    return answer(call, run(call, values(call, None)))


def changing(call: Call) -> bytes:
    """A record with what the body says."""
    record = found(call, call.operation.kind)
    return answer(call, run(call, record, values(call, record)))


def deleting(call: Call) -> bytes:
    """A record as it was; afterwards it is gone."""
    record = found(call, call.operation.kind)
    text = answer(call, record)
    run(call, record)
    return text


def uploading(call: Call) -> bytes:
    """A file for a record; the answer is the file."""
    record, body = found(call, call.operation.kind), call.operation.body
    assert isinstance(body, FileBody)
    if call.sent is None:
        raise Invalid({body.name: [say("required", body.name)]}, f"Send the file in a part named {body.name}.")
    if call.sent.content is None:
        raise Invalid({body.name: [say("kilobytes", body.name, body.max // 1024)]}, f"At most {body.max} bytes.")
    return answer(call, run(call, record, call.sent), body.kind)


def values(call: Call, record: Record | None) -> dict[str, Any]:
    """The body's values for a new record, or for the one to change."""
    body = call.operation.body
    assert isinstance(body, Body)
    if ignored := body.ignored(call.sent):
        call.hints.append(ignored)
    return body.read(call.sent, Reading(call.store, call.moment, call.operation.kind, record))


def run(call: Call, *arguments: Any) -> Record:
    """The section's own function, whole or not at all."""
    assert call.operation.run is not None
    with call.store.change():
        return call.operation.run(call.store, call.moment, *arguments)


def answer(call: Call, record: Record, kind: str = "") -> bytes:
    return call.answers.json(call.operation.shape, kind or call.operation.kind, record)


def found(call: Call, kind: str) -> Record:
    """The record that the path names by `find_by`; NotFound where there is none that the caller may see."""
    text = call.path[call.operation.parameters[0]]
    by = find_by(call)
    record = sought(call, kind, by, text)
    if record is None:
        model = f"App\\Models\\{kind.title().replace('_', '')}"
        raise NotFound(
            f"No query results for model [{model}] {text}" if by == "id" else f"No query results for model [{model}].",
            missing(call, kind, by, text),
        )
    return record


def find_by(call: Call) -> str:
    known = call.operation.find_by
    by = call.query.text("find_by") or "id"
    if not known:
        return "id"
    if by not in known:
        raise Invalid({"find_by": [say("exists", "find_by")]}, f"Unknown find_by {by[:40]}: {did_you_mean(by, known)}")
    return by


def sought(call: Call, kind: str, by: str, text: str) -> Record | None:
    store, caller = call.store, call.moment.caller
    if by == "id":
        record = store.get(kind, store.ids.key(kind, text))
    elif by == "external_id":
        record = store.find(kind, PAIR, (call.query.text("origin") or caller.slug, text))
    else:
        record = store.find(kind, (by,), (text,)) if (by,) in store.kinds[kind].unique else None
    hidden = store.hidden(kind) if caller.restricted and record else None
    return None if hidden and hidden(record) else record


def missing(call: Call, kind: str, by: str, text: str) -> str:
    """Why there is no such record: the nearest thing that would have been found."""
    for other in call.operation.find_by:
        if other != by and sought(call, kind, other, text):
            return f"{text[:60]} is the {other} of a {kind}: ask with find_by={other}."
    named = call.store.ids.kind(text) if by == "id" else None
    if named and named != kind:
        return f"{text[:60]} is the id of a {named}, not of a {kind}."
    origin = f" in origin {call.query.text('origin') or call.moment.caller.slug}" if by == "external_id" else ""
    return f"There is no {kind} with the {by} {text[:60]}{origin} that this token may see."
