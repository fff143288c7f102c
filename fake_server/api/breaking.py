"""What a fault does to a request: waits, answers instead of the service, or disturbs the connection."""

import asyncio
import socket
import struct
from contextlib import suppress
from time import monotonic
from typing import Any

import orjson

from fake_server.api import parameters
from fake_server.api.access import WINDOW
from fake_server.api.bodies import read_body
from fake_server.api.lookup import unfound
from fake_server.api.visit import Answer, Visit, body, head
from fake_server.declare.body import Body
from fake_server.declare.operation import Operation
from fake_server.declare.reading import say
from fake_server.errors import WORDS, Invalid, NotReady, Refusal, Unauthenticated
from fake_server.faults import Effect, Fault
from fake_server.journal import Journal

USUAL_LIMIT = 60
"""Requests a minute that a rate limit out of nowhere says are allowed."""
SLOW_SECONDS = 1.0
PIECES = 10
CONNECTION = "fake.connection"
"""The extension under which the protocol on the socket gives its transport."""
AT_ONCE = struct.pack("ii", 1, 0)
"""Closing sends a reset instead of an end."""


async def hit(visit: Visit) -> bool:
    """What the faults do before the service gets to see the request. True: it never does."""
    world, entry = visit.world, visit.entry
    assert entry.operation is not None
    method = "GET" if entry.method == "HEAD" else entry.method
    segments = visit.entry.path.split("/")[1:]
    now = world.clock.time()
    visit.strike = strike = world.faults.strike(entry.operation.name, method, segments, now, monotonic())
    if strike.hits:
        # Here and now: while it waits, the same faults may strike others.
        entry.fault = (strike.fault or strike.hits[0]).number
        entry.hints += tuple(said(fault) for fault in strike.hits)
    if strike.latency:
        await pause(journal := world.journal, strike.latency)
        if journal.closed.is_set():
            raise interrupted(world)
    effect = strike.effect
    if not effect.answers or effect.place != "before_commit" or effect.kind in ("cut", "slow"):
        return False
    if entry.operation.body is not None:
        # For the journal; and a connection that ends with bytes unread would end with a reset.
        with suppress(Refusal):
            await read_body(entry.operation.body, visit.content_type, visit.receive, entry)
    return True


async def pause(journal: Journal, seconds: float) -> None:
    """Real seconds, but no longer than the journal is its world's."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await journal.closed.wait()


def interrupted(world: Any) -> Refusal:
    """Why a request that waited is not carried out: it must leave no trace in what is there now."""
    if world.gone:
        return Unauthenticated(f"The world {world.name} was removed meanwhile.")
    return NotReady(WORDS[503], f"The world {world.name} was reset meanwhile.")


def struck(visit: Visit, answer: Answer) -> Answer:
    """The answer as a fault leaves it."""
    fault = visit.strike.fault
    assert fault is not None
    effect = fault.effect
    if effect.kind == "reset" or effect.place == "response_lost":
        return Answer(0, b"", {}, "reset")
    if effect.kind == "empty":
        return Answer(0, b"", {}, "empty")
    if effect.kind in ("cut", "slow"):
        visit.entry.broken = effect.kind
        return answer._replace(broken=effect.kind)
    return instead(visit, effect)


def said(fault: Fault) -> str:
    of = "" if fault.when.times is None else f" of {fault.when.times}"
    return f"Fault {fault.number} struck ({what(fault.effect)}; hit {fault.hits}{of})."


def what(effect: Effect) -> str:
    if not effect.answers:
        return f"{effect.latency:g} seconds of latency"
    named = effect.kind or (f"status {effect.status}" if effect.status else "a lost response")
    return f"{named}, {effect.place}"


def instead(visit: Visit, effect: Effect) -> Answer:
    """What the service would say with that status."""
    status, wait = effect.status or 429, effect.retry_after
    if wait is None and status == 429:
        wait = WINDOW
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if status == 429:
        limit = visit.world.terms.per_minute or USUAL_LIMIT
        headers |= {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
        headers["X-RateLimit-Reset"] = str(visit.world.clock.now() + (wait or 0))
    visit.entry.retry_after = wait
    return Answer(status, orjson.dumps(body_of(visit, status)), headers)


def body_of(visit: Visit, status: int) -> dict[str, Any]:
    """As the operation would refuse with that status for a reason of its own, else the backend's words for it."""
    operation = visit.entry.operation
    assert operation is not None
    if status == 404 and operation.parameters:
        named = visit.entry.path.split("/")[1:][next(iter(operation.places.values()))]
        by = parameters.read(visit.entry.raw_query).text("find_by") if operation.find_by else None
        return {"message": unfound(operation.parent or operation.kind, by or "id", named)}
    if status == 422 and (errors := invalid(operation)):
        return Invalid(errors).body()
    return {"message": WORDS.get(status, ""), **({"errors": {}} if status == 422 else {})}


def invalid(operation: Operation) -> dict[str, list[str]]:
    """A wrong field such as the operation knows; none where it knows none."""
    if isinstance(operation.body, Body):
        field = next((one for one in operation.body.fields if one.required), operation.body.fields[0])
        return {field.name: [say("required" if field.required else "exists", field.name)]}
    if operation.body is not None:
        return {operation.body.name: [say("required", operation.body.name)]}
    return {"find_by": [say("exists", "find_by")]} if operation.find_by else {}


async def deliver_broken(visit: Visit, answer: Answer, send: Any) -> None:
    """Sends an answer on a disturbed connection."""
    content = body(visit, answer)
    if answer.broken == "slow":
        await send(head(visit, answer))
        await trickle(visit, content, send)
        return
    if answer.broken == "cut":
        await send(head(visit, answer))
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    await drop(visit, at_once=answer.broken == "reset")


async def trickle(visit: Visit, content: bytes, send: Any) -> None:
    """The body in pieces; its last byte comes when the time is over."""
    seconds = visit.strike.effect.latency or SLOW_SECONDS
    size, journal = max(1, -(-len(content) // PIECES)), visit.world.journal
    for start in range(0, len(content), size):
        await pause(journal, seconds / PIECES)
        await send({"type": "http.response.body", "body": content[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def drop(visit: Visit, at_once: bool) -> None:
    """Ends the connection: in order, or by a reset. Without a socket the caller gets the error itself."""
    connection = visit.scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionResetError("A fault of the fake ended the connection.")
    if at_once:
        sock = connection.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        connection.abort()
    else:
        connection.close()
    # Until the protocol knows of it: else it would miss an answer.
    while (await visit.receive())["type"] != "http.disconnect":
        pass
