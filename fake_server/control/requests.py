"""The journal: what was asked of the service, found, counted, waited for, forgotten."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request

from fake_server.api import parameters
from fake_server.api.plan import unread_names
from fake_server.api.routes import METHODS
from fake_server.control.bodies import Nothing, read
from fake_server.control.deliveries import number
from fake_server.control.faults import leads_to, path_parts
from fake_server.control.names import operations
from fake_server.control.problems import Problem, WorldRow
from fake_server.control.times import instant
from fake_server.declare.body import Body
from fake_server.errors import BadQuery, did_you_mean
from fake_server.faults import fits_path
from fake_server.journal import Entry, SentFile, Waiter
from fake_server.moment import stamp_exactly
from fake_server.world import World

FILTERS = ("operation", "method", "path", "status", "since")
MOST_ROWS = 1000
LONGEST_WAIT = 600.0
USUAL_WAIT = 5.0

Test = Callable[[Entry], bool]


async def index(world: World, request: Request) -> tuple[Any, int]:
    """The journal: requests to the service, oldest first; `limit` (1000) keeps the newest."""
    limit = number(request.query_params, "limit", MOST_ROWS)
    return page(world, found(world, test_of(world, request.query_params)), limit), 200


async def count(world: World, request: Request) -> tuple[Any, int]:
    """How many there were."""
    entries = found(world, test_of(world, request.query_params))
    return {"count": len(entries), "forgotten": world.journal.forgotten}, 200


async def wait(world: World, request: Request) -> tuple[Any, int]:
    """The same, as soon as `count` (1) of them are completed; 504 after `timeout` (5) seconds."""
    query = request.query_params
    test, wanted, patience = test_of(world, query), number(query, "count", 1), seconds(query)
    missing = wanted - sum(one.duration is not None for one in found(world, test))
    if missing > 0:
        missing = await still_missing(world, request, Waiter(test, missing), patience)
    if missing > 0:
        seen = wanted - missing
        raise Problem(
            504, "Not in time", f"{seen} of {wanted} such requests were completed within {patience:g} seconds."
        )
    return page(world, found(world, test), MOST_ROWS), 200


async def still_missing(world: World, request: Request, waiter: Waiter, patience: float) -> int:
    """How many are missing when the time is over, or earlier none."""
    journal = world.journal
    leaving = asyncio.create_task(gone(request, waiter))
    journal.waiters.add(waiter)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await waiter.done
    finally:
        journal.waiters.discard(waiter)
        leaving.cancel()
    if world.journal is not journal or world.gone:
        raise Problem(409, "Journal ended", f"The world {world.name} was reset or removed while this was waited for.")
    return waiter.missing


async def gone(request: Request, waiter: Waiter) -> None:
    """Ends the waiting of somebody who has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    waiter.end()


async def clear(world: World, request: Request) -> tuple[Any, int]:
    """Forgets them."""
    await read(request, Nothing)
    return {"deleted": world.forget_requests()}, 200


def found(world: World, test: Test) -> list[Entry]:
    return [entry for entry in world.journal.entries if test(entry)]


def page(world: World, entries: list[Entry], limit: int) -> dict[str, Any]:
    shown = [row(world, entry) for entry in islice(entries, max(len(entries) - limit, 0), None)]
    return {"data": shown, "total": len(entries), "forgotten": world.journal.forgotten}


# what is asked for
def test_of(world: World, query: Mapping[str, str]) -> Test:
    """The test that the query's filters make; Problem for what none could pass."""
    tests = [READERS[name](world, query[name]) for name in FILTERS if name in query]
    return lambda entry: all(test(entry) for test in tests)


def by_operation(_: World, text: str) -> Test:
    names = frozenset(operations(text))
    return lambda entry: entry.operation is not None and entry.operation.name in names


def by_method(_: World, text: str) -> Test:
    known = (*METHODS, "HEAD", "OPTIONS")
    if text.upper() not in known:
        raise Problem(422, "No such method", f"There is no method {text[:80]}; {did_you_mean(text, known)}")
    return lambda entry: entry.method == text.upper()


def by_path(_: World, text: str) -> Test:
    parts = path_parts(text)
    return lambda entry: (
        fits_path(parts, entry.path.split("/")[1:]) and (entry.operation is None or leads_to(text, entry.operation))
    )


def by_status(_: World, text: str) -> Test:
    if not (len(text) == 3 and text[0] in "12345" and (text[1:].lower() == "xx" or text.isdecimal())):
        raise Problem(422, "Invalid parameter", f"status: {text[:80]} is no status; 404 and 4xx are.")
    first, last = (int(text), int(text)) if text.isdecimal() else (int(text[0]) * 100, int(text[0]) * 100 + 99)
    return lambda entry: entry.status is not None and first <= entry.status <= last


def since(world: World, text: str) -> Test:
    if text.isascii() and text.isdecimal() and len(text) < 16:
        after = int(text)
        return lambda entry: entry.number > after
    at = instant(world.terms.zone, "since", text)
    return lambda entry: entry.at >= at


READERS: Mapping[str, Callable[[World, str], Test]] = {
    "operation": by_operation, "method": by_method, "path": by_path, "status": by_status, "since": since,
}  # fmt: skip


def seconds(query: Mapping[str, str]) -> float:
    text = query.get("timeout", str(USUAL_WAIT))
    try:
        patience = float(text)
    except ValueError:
        patience = -1.0
    if not 0 <= patience <= LONGEST_WAIT:
        raise Problem(422, "Invalid parameter", f"timeout is seconds up to {LONGEST_WAIT:g}, not {text[:80]}.")
    return patience


# what is shown
def row(world: World, entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.number),
        "at": stamp_exactly(entry.at),
        "operation": entry.operation and entry.operation.name,
        "method": entry.method,
        "path": entry.path,
        "query": query_of(entry),
        "body": body_of(entry),
        "status": entry.status,
        "duration": None if entry.duration is None else round(entry.duration, 6),
        "hint": " ".join(entry.hints) or None,
        "fault": None if entry.fault is None else str(entry.fault),
        "unread": unread(entry),
        "records": records(world, entry),
    }


def query_of(entry: Entry) -> Any:
    """The parameters as the service reads them; the text where they cannot be."""
    try:
        return parameters.read(entry.raw_query).tree
    except BadQuery:
        return entry.raw_query.decode("latin-1")


def body_of(entry: Entry) -> Any:
    """The JSON that was sent, what there is to say of a file, or a text where it is neither."""
    if isinstance(entry.body, SentFile):
        return entry.body._asdict()
    if not isinstance(entry.body, bytes):
        return None
    try:
        data = orjson.loads(entry.body)
        # It reads deeper nesting than it writes.
        orjson.dumps(data)
    except (ValueError, TypeError):
        return entry.body.decode("utf-8", "replace")
    return data


def unread(entry: Entry) -> dict[str, list[str]]:
    """The parameters and body keys that the operation does not read."""
    operation, names = entry.operation, dict[str, list[str]](query=[], body=[])
    if operation is None:
        return names
    with suppress(BadQuery):
        names["query"] = unread_names(operation, parameters.read(entry.raw_query))
    sent = body_of(entry) if isinstance(operation.body, Body) else None
    if isinstance(operation.body, Body) and isinstance(sent, dict):
        names["body"] = operation.body.unread(sent)
    return names


def records(world: World, entry: Entry) -> list[dict[str, str]]:
    text = world.store.ids.text
    kind = entry.operation.kind if entry.operation else ""
    read_ = [{"kind": kind, "id": text(kind, one.key), "change": "read"} for one in entry.read or ()]
    return read_ + [{"kind": one.kind, "id": text(one.kind, one.key), "change": one.verb} for one in entry.touched]


REQUESTS: tuple[WorldRow, ...] = (
    ("GET", "/requests", index, *FILTERS, "limit"),
    ("GET", "/requests/count", count, *FILTERS),
    ("GET", "/requests/wait", wait, *FILTERS, "count", "timeout"),
    ("DELETE", "/requests", clear),
)
