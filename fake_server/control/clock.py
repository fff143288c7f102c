"""The world's clock: read, frozen, turned forward, let go."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.control.bodies import Nothing, read
from fake_server.control.deliveries import attempt
from fake_server.control.problems import Problem, WorldRow
from fake_server.moment import LATEST, midnight, read_date, read_instant, stamp_exactly
from fake_server.world import World

SPAN = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|m|h|d|w)", re.ASCII)
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class FreezeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    at: Annotated[str | None, Field(description="an ISO date-time such as 2026-01-31T10:00:00Z")] = None


class AdvanceRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    by: Annotated[
        float | str, Field(description="a number of seconds, or a text such as 30s, 10m, 3h, 2d or 1w; not below 0")
    ]


async def show(world: World, _: Request) -> tuple[Any, int]:
    return told(world), 200


async def freeze(world: World, request: Request) -> tuple[Any, int]:
    """Stands still, at an instant or where it is."""
    wanted = await read(request, FreezeRequest)
    at = world.clock.time() if wanted.at is None else instant(world, wanted.at)
    if at < world.clock.time():
        # What was held back at that time may have been sent long ago.
        world.outbox.windows.close()
    world.clock.freeze(at)
    world.courier.wake()
    return told(world), 200


async def advance(world: World, request: Request) -> tuple[Any, int]:
    """Forward, with everything that falls due on the way sent in its order and answered."""
    wanted = await read(request, AdvanceRequest)
    span = seconds(wanted.by)
    if not world.clock.time() + span <= midnight(LATEST, world.zone):
        raise Problem(422, "Too far", "The service's dates end with the year 9999.")
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


def instant(world: World, text: str) -> float:
    at = read_instant(f"{text}T00:00:00" if read_date(text) else text, world.zone)
    if at is None:
        raise Problem(422, "Invalid body", f"at: {text[:80]} is no ISO date-time; 2026-01-31T10:00:00Z is one.")
    fraction = re.search(r"\.\d+", text)
    return at + float(fraction[0] if fraction else 0)


def seconds(by: float | str) -> float:
    found = SPAN.fullmatch(by.strip()) if isinstance(by, str) else None
    span = float(found[1]) * SECONDS[found[2]] if found else by
    if span != span:
        raise Problem(422, "Invalid body", f"by: must be {AdvanceRequest.model_fields['by'].description}.")
    if isinstance(span, str):
        raise Problem(422, "Invalid body", f"by: {span[:80]!r} is no span; write 90, 30s, 10m, 3h, 2d or 1w.")
    if not span >= 0:
        raise Problem(422, "Invalid body", f"by: the clock does not go back; {span} is below 0.")
    return span


CLOCK: tuple[WorldRow, ...] = (
    ("GET", "/clock", show),
    ("POST", "/clock/freeze", freeze),
    ("POST", "/clock/advance", advance),
    ("POST", "/clock/resume", resume),
)
