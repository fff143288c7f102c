"""The delivery log, sending what waits or once more, and events about records that nobody changed."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.control.bodies import Nothing, read
from fake_server.control.names import FAMILIES, NAMES, events, instead, record
from fake_server.control.problems import Problem, WorldRow, unbroken
from fake_server.declare.operation import VERBS
from fake_server.errors import did_you_mean
from fake_server.moment import stamp_exactly
from fake_server.resources import EVENTS
from fake_server.webhooks.courier import Made
from fake_server.webhooks.delivery import STATES, Delivery
from fake_server.world import World

MOST_ROWS = 1000
"""Rows of the log in one answer, unless more or fewer are asked for."""


class TriggerRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    event: Annotated[str, Field(description="an event, such as task:update")]
    id: Annotated[str, Field(description="a string, the id of a record")]


async def deliveries(world: World, request: Request) -> tuple[Any, int]:
    """The log, oldest first, 1000 rows unless `limit` says otherwise; `after` an id goes on from there."""
    query, outbox = request.query_params, world.outbox
    tests = list(conditions(world, query))
    after, limit = number(query, "after", 0), number(query, "limit", MOST_ROWS)
    # A listener asks for what is pending at each delivery: it must not read the whole log for that.
    known = outbox.pending if query.get("state") == "pending" else outbox.log.rows
    rows = sorted((one for one in known.values() if all(test(one) for test in tests)), key=lambda one: one.number)
    page = [row(world, one) for one in rows if one.number > after][:limit]
    return {"data": page, "total": len(rows), "forgotten": outbox.log.forgotten}, 200


def conditions(world: World, query: Any) -> Iterable[Callable[[Delivery], bool]]:
    """What the query asks of a delivery."""
    event, state, resource, hook = (query.get(name) for name in ("event", "state", "resource", "subscription"))
    if event is not None:
        events([event], (*NAMES, *FAMILIES))
        yield lambda one: event in (one.what.name, EVENTS[one.what.name.partition(":")[0]].family)
    if state is not None:
        if state not in STATES:
            raise Problem(422, "No such state", f"There is no state {state[:80]}; {did_you_mean(state, STATES)}")
        yield lambda one: one.state == state
    if resource is not None:
        yield lambda one: resource in world.publisher.resource(one.what).values()
    if hook is not None:
        key = world.store.ids.key("webhook", hook)
        if key is None:
            raise Problem(
                422, "No such webhook", f"There is no webhook {hook[:80]}; {instead(world, 'webhook', hook)}"
            )
        yield lambda one: one.hook.key == key


def number(query: Any, name: str, default: int) -> int:
    text = query.get(name, str(default))
    found = whole(text)
    if found is None:
        raise Problem(422, "Invalid parameter", f"{name} is a whole number, not {text[:80]}.")
    return found


def whole(text: str) -> int | None:
    """A number of at most nine digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def one_of(world: World, request: Request) -> Delivery:
    id = request.path_params["id"]
    log, asked = world.outbox.log, whole(id)
    found = None if asked is None else log.rows.get(asked)
    if found is None:
        last = f"the last one is {log.last}" if log.last else "there are none yet"
        raise Problem(404, "No such delivery", f"There is no delivery {id[:80]}; {last}.")
    return found


async def delivery(world: World, request: Request) -> tuple[Any, int]:
    """One of them."""
    return row(world, one_of(world, request)), 200


async def resend(world: World, request: Request) -> tuple[Any, int]:
    """Once more, with the same bytes and the same signature."""
    await read(request, Nothing)
    found = one_of(world, request)
    if found.state == "pending" or not found.begun:
        why = "it is pending." if found.state == "pending" else f"it was never sent: {found.why or found.state}"
        raise Problem(409, "Nothing to resend", f"Delivery {found.number} cannot be sent again; {why}")
    world.outbox.resend(found, world.clock.time())
    world.courier.wake()
    return row(world, found), 200


async def trigger(world: World, request: Request) -> tuple[Any, int]:
    """An event about a record as it is, though nobody changed it: `{"event", "id"}`."""
    wanted = await read(request, TriggerRequest)
    events([wanted.event], NAMES)
    name, _, verb = wanted.event.partition(":")
    event = EVENTS[name]
    found = record(world, event.kind, wanted.id, 404)
    made = world.publisher.trigger(event, VERBS[VERBS.index(verb)], found, world.access.anyone)
    world.courier.wake()
    why = None if made else f"No active subscription is told of {wanted.event} of this {name}."
    return {"data": [row(world, one) for one in made], "reason": why}, 200


def row(world: World, one: Delivery) -> dict[str, Any]:
    sent = one.request
    return {
        "id": str(one.number),
        "event": one.what.name,
        "resource": world.publisher.resource(one.what),
        "subscription": world.store.ids.text("webhook", one.hook.key),
        "url": one.hook.url,
        "state": one.state,
        "reason": one.why or None,
        "created_at": stamp_exactly(one.at),
        "due_at": stamp_exactly(one.due),
        "changed": list(one.what.changed),
        "attempts": [
            {
                "at": stamp_exactly(tried.at),
                "status": tried.status,
                "error": tried.error or None,
                "duration": round(tried.duration, 6),
                "body": tried.body,
            }
            for tried in one.attempts
        ],
        "request": sent and {"headers": dict(sent.headers), "body": sent.body.decode("utf-8", "replace")},
    }


async def flush(world: World, request: Request) -> tuple[Any, int]:
    """Everything that is pending is sent now, without the clock being turned; answers when all of it was answered."""
    await read(request, Nothing)
    with unbroken(world):
        made = await world.courier.flush()
    return {"now": stamp_exactly(world.clock.time()), "sent": [attempt(world, one) for one in made]}, 200


def attempt(world: World, made: Made) -> dict[str, Any]:
    """One try of a delivery, in a line."""
    delivery, one, number, state = made
    return {
        "at": stamp_exactly(one.at),
        "id": str(delivery.number),
        "event": delivery.what.name,
        "resource": world.publisher.resource(delivery.what),
        "subscription": world.store.ids.text("webhook", delivery.hook.key),
        "url": delivery.hook.url,
        "try": number,
        "status": one.status,
        "error": one.error or None,
        "state": state,
    }


DELIVERIES: tuple[WorldRow, ...] = (
    ("GET", "/deliveries", deliveries, "event", "resource", "state", "subscription", "after", "limit"),
    ("GET", "/deliveries/{id}", delivery),
    ("POST", "/deliveries/{id}/resend", resend),
    ("POST", "/flush", flush),
    ("POST", "/trigger", trigger),
)
