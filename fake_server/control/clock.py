"""The world's clock: read, frozen, turned forward, let go."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.control.bodies import Nothing, read
from fake_server.control.deliveries import attempt
from fake_server.control.problems import Problem, WorldRow, unbroken
from fake_server.control.times import SPANS, instant, seconds
from fake_server.moment import LATEST, midnight, stamp_exactly
from fake_server.world import World


class FreezeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    at: Annotated[str | None, Field(description="an ISO date-time such as 2026-01-31T10:00:00Z")] = None


class AdvanceRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    by: Annotated[float | str, Field(description=SPANS)]


async def show(world: World, _: Request) -> tuple[Any, int]:
    """The world's time, and whether it is `real` or `frozen`."""
    return told(world), 200


async def freeze(world: World, request: Request) -> tuple[Any, int]:
    """Stands still, at `{"at"?}` an ISO date-time, or where it is."""
    wanted = await read(request, FreezeRequest)
    at = world.clock.time() if wanted.at is None else instant(world.terms.zone, "at", wanted.at)
    if at < world.clock.time():
        # What was held back at that time may have been sent long ago.
        world.outbox.windows.close()
    world.clock.freeze(at)
    world.courier.wake()
    return told(world), 200


async def advance(world: World, request: Request) -> tuple[Any, int]:
    """Forward `{"by": "30s"}` (or seconds, `10m`, `3h`, `2d`, `1w`); what falls due on the way is sent in its order,
    and answered as `fell_due`."""
    wanted = await read(request, AdvanceRequest)
    span = seconds("by", wanted.by)
    if not world.clock.time() + span <= midnight(LATEST, world.terms.zone):
        raise Problem(422, "Too far", "The service's dates end with the year 9999.")
    with unbroken(world):
        made = await world.courier.advance(span)
    return {**told(world), "fell_due": [attempt(world, one) for one in made]}, 200


async def resume(world: World, request: Request) -> tuple[Any, int]:
    """Runs on from where it stands."""
    await read(request, Nothing)
    world.clock.resume()
    world.courier.wake()
    return told(world), 200


def told(world: World) -> dict[str, Any]:
    return {"now": stamp_exactly(world.clock.time()), "mode": world.clock.mode}


CLOCK: tuple[WorldRow, ...] = (
    ("GET", "/clock", show),
    ("POST", "/clock/freeze", freeze),
    ("POST", "/clock/advance", advance),
    ("POST", "/clock/resume", resume),
)
