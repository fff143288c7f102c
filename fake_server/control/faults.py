"""Faults on demand: added, counted, lifted."""

from time import monotonic
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.api.routes import METHODS, PREFIX, pattern
from fake_server.control.bodies import Nothing, read
from fake_server.control.names import operations
from fake_server.control.problems import Problem, WorldRow
from fake_server.control.times import instant
from fake_server.declare.operation import Operation
from fake_server.errors import did_you_mean
from fake_server.faults import AILMENTS, MOST_FAULTS, PLACES, Ailment, Effect, Fault, Place, Target, When
from fake_server.moment import stamp_exactly
from fake_server.resources import OPERATIONS
from fake_server.world import World

HOUR = 3600
MOST = 10**9
COUNT = f"a whole number from 1 to {MOST}"


class FaultRequest(BaseModel):
    """A fault; what is not sent limits nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    operation: Annotated[str | None, Field(description="an operation such as tasks.store, or a pattern: tasks.*")] = (
        None
    )
    path: Annotated[str | None, Field(description="a path such as /tasks/{id} or /tasks/*, without /api/v1")] = None
    method: Annotated[str | None, Field(description=f"one of {', '.join(METHODS)}")] = None
    status: Annotated[int | None, Field(ge=400, le=599, description="a whole number from 400 to 599")] = None
    kind: Annotated[str | None, Field(description=f"one of {', '.join(AILMENTS)}")] = None
    latency: Annotated[float, Field(ge=0, le=HOUR, description="seconds, at most an hour")] = 0.0
    retry_after: Annotated[int | None, Field(ge=0, le=MOST, description="a whole number of seconds")] = None
    times: Annotated[int | None, Field(ge=1, le=MOST, description=COUNT)] = None
    after: Annotated[int, Field(ge=0, le=MOST, description=f"a whole number from 0 to {MOST}")] = 0
    every: Annotated[int, Field(ge=1, le=MOST, description=COUNT)] = 1
    until: Annotated[str | None, Field(description="an ISO date-time of the world's clock")] = None
    ttl: Annotated[float | None, Field(ge=0, le=MOST, description="real seconds")] = None
    place: Annotated[str | None, Field(description=f"one of {', '.join(PLACES)}")] = None


async def index(world: World, _: Request) -> tuple[Any, int]:
    """The faults with their hits."""
    return {"data": [shown(one) for one in world.faults.alive(monotonic())]}, 200


async def add(world: World, request: Request) -> tuple[Any, int]:
    """A fault: `{"operation"? or "path"?, "method"?, "status"? or "kind"?, "latency"?, "retry_after"?, "times"?,
    "after"?, "every"?, "until"?, "ttl"?, "place"?}`."""
    wanted = await read(request, FaultRequest)
    target, effect = target_of(wanted), effect_of(wanted)
    until = None if wanted.until is None else instant(world.terms.zone, "until", wanted.until)
    if until is not None and until <= world.clock.time():
        raise Problem(422, "Nothing to strike", f"until: {wanted.until} is over by the world's clock.")
    if len(world.faults.alive(monotonic())) >= MOST_FAULTS:
        raise Problem(409, "Too many faults", f"There are {MOST_FAULTS} faults already; lift some.")
    when = When(wanted.times, wanted.after, wanted.every, until)
    return shown(world.faults.add(target, effect, when, wanted.ttl, monotonic())), 201


def target_of(wanted: FaultRequest) -> Target:
    """What the fault fits; Problem where nothing ever could."""
    if wanted.operation is None and wanted.path is None:
        raise Problem(422, "Invalid body", "Send operation or path; operation * is every one.")
    if wanted.method is not None and wanted.method not in METHODS:
        raise Problem(
            422, "No such method", f"There is no method {wanted.method[:80]}; {did_you_mean(wanted.method, METHODS)}"
        )  # fmt: skip
    named = operations("*" if wanted.operation is None else wanted.operation)
    parts = None if wanted.path is None else path_parts(wanted.path)
    fitting = [name for name in named if fits(OPERATIONS[name], wanted.method, wanted.path)]
    if not fitting:
        raise Problem(422, "Nothing to strike", nothing(wanted))
    return Target(wanted.operation, wanted.path, wanted.method, frozenset(fitting), parts)


def path_parts(path: str) -> tuple[str | None, ...]:
    """The segments of a path, None for {id} and *."""
    return tuple(None if part == "*" else part for part in pattern(path.removeprefix(PREFIX)))


def fits(operation: Operation, method: str | None, path: str | None) -> bool:
    """Whether a request that fits could ever reach the operation."""
    return method in (None, operation.method) and (path is None or leads_to(path, operation))


def leads_to(path: str, operation: Operation) -> bool:
    """Whether a path can be one of the operation's: {id} stands for a name in its own path, * for anything."""
    asked, own = path.removeprefix(PREFIX).split("/")[1:], pattern(operation.path)
    return len(own) == len(asked) and all(map(meets, asked, own))


def meets(asked: str, own: str | None) -> bool:
    if asked.startswith("{"):
        return own is None
    return asked in ("*", own) or (own is None and asked != "")


def nothing(wanted: FaultRequest) -> str:
    asked = " ".join(part for part in (wanted.method, wanted.operation, wanted.path) if part)
    known = [f"{one.method} {one.path}" for one in OPERATIONS.values()]
    near = did_you_mean(f"{wanted.method or 'GET'} {wanted.path or ''}", known)
    return f"No request to an operation fits {asked[:120]}; {near}"


def effect_of(wanted: FaultRequest) -> Effect:
    """What it does; Problem for what makes no sense together."""
    kind = one_of(wanted.kind, AILMENTS, "kind")
    place = one_of(wanted.place, PLACES, "place")
    effect = Effect(
        wanted.status, cast("Ailment | None", kind), wanted.latency, wanted.retry_after,
        cast("Place", place or ("after_commit" if kind in ("cut", "slow") else "before_commit")),
    )  # fmt: skip
    for is_wrong, sentence in contradictions(effect):
        if is_wrong:
            raise Problem(422, "Invalid body", sentence)
    return effect


def contradictions(effect: Effect) -> list[tuple[bool, str]]:
    status, kind, latency, retry_after, place = effect
    limits = kind == "rate_limit" or status in (429, 503)
    return [
        (status is not None and kind is not None, "status: send status or kind, not both."),
        (not effect.answers and not latency, "Send status, kind or latency, or the place response_lost."),
        (retry_after is not None and not limits, "retry_after: is for rate_limit and the statuses 429 and 503."),
        (kind in ("cut", "slow") and place != "after_commit", f"place: {kind} needs an answer; it is after_commit."),
        (
            place == "response_lost" and (status is not None or kind not in (None, "reset")),
            "place: with response_lost nothing is answered; leave out status and kind.",
        ),
    ]


def one_of(text: str | None, known: tuple[str, ...], name: str) -> str | None:
    if text is not None and text not in known:
        raise Problem(422, f"No such {name}", f"There is no {name} {text[:80]}; {did_you_mean(text, known)}")
    return text


async def clear(world: World, request: Request) -> tuple[Any, int]:
    """Lifts all of them."""
    await read(request, Nothing)
    rows = world.faults.alive(monotonic())
    world.faults.rows.clear()
    return {"data": [shown(one) for one in rows]}, 200


async def remove(world: World, request: Request) -> tuple[Any, int]:
    """Lifts one."""
    await read(request, Nothing)
    id = request.path_params["id"]
    found = {str(one.number): one for one in world.faults.alive(monotonic())}
    if id not in found:
        raise Problem(404, "No such fault", f"There is no fault {id[:80]}; {did_you_mean(id, found)}")
    return shown(world.faults.rows.pop(found[id].number)), 200


def shown(fault: Fault) -> dict[str, Any]:
    target, effect, when = fault.target, fault.effect, fault.when
    return {
        "id": str(fault.number),
        "operation": target.operation,
        "path": target.path,
        "method": target.method,
        "status": effect.status,
        "kind": effect.kind,
        "latency": effect.latency,
        "retry_after": effect.retry_after,
        "times": when.times,
        "after": when.after,
        "every": when.every,
        "until": None if when.until is None else stamp_exactly(when.until),
        "ttl": fault.ttl,
        "place": effect.place,
        "hits": fault.hits,
        "seen": fault.seen,
    }


FAULTS: tuple[WorldRow, ...] = (
    ("GET", "/faults", index),
    ("POST", "/faults", add),
    ("DELETE", "/faults", clear),
    ("DELETE", "/faults/{id}", remove),
)
