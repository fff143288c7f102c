"""Worlds: which one a control call is about, and making and removing them."""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.api.access import bearer
from fake_server.control.bodies import Nothing, read
from fake_server.control.problems import Problem, WorldRow
from fake_server.control.times import instant
from fake_server.errors import did_you_mean
from fake_server.moment import Clock, Moment, stamp_exactly
from fake_server.resources import COUNTED
from fake_server.seeds import Seed, names, read_document
from fake_server.seeds.worldfile import SeedError
from fake_server.world import NOBODY, World, own_token
from fake_server.worlds import DEFAULT, MOST_WORLDS, Worlds

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NewWorld(BaseModel):
    """A world to make; what is not sent is as for the default one."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    name: Annotated[
        str | None, Field(description="a string of at most 64 letters, digits, dots, hyphens and underscores")
    ] = None
    world: Annotated[str | None, Field(description=f"one of {', '.join(names())}")] = None
    seed: Annotated[int | None, Field(ge=-(2**63), lt=2**63, description="a whole number of 64 bits")] = None
    tasks: Annotated[int | None, Field(ge=0, le=1_000_000, description="a whole number up to 1000000")] = None
    now: Annotated[str | None, Field(description="an ISO date-time such as 2026-01-31T10:00:00Z")] = None
    branch: Annotated[str | None, Field(alias="from", description="a string, the name of a world")] = None
    state: Annotated[dict[str, Any] | None, Field(description="an object as GET /_fake/state gives it")] = None


def world_of(worlds: Worlds, request: Request) -> World:
    """The world of the bearer token, else the one asked for by ?world= or X-Fake-World, else the default one."""
    token, name = bearer(request.headers.get("authorization", "")), asked(request)
    home = worlds.homes.get(token)
    if home is None and name is None and (why := worlds.astray(token)):
        raise Problem(404, "No such world", why)
    if name is None:
        return home or named(worlds, DEFAULT)
    found = named(worlds, name)
    if home not in (None, found):
        raise Problem(
            422, "Two worlds", f"The token belongs to the world {home.name}, ?world= asks for {name}; send one."
        )  # fmt: skip
    return found


def asked(request: Request) -> str | None:
    """The world that is named, by ?world= or by the header that the service's own calls take as well."""
    names = {*request.query_params.getlist("world"), *request.headers.getlist("x-fake-world")}
    if len(names) > 1:
        raise Problem(422, "Two worlds", f"{' and '.join(sorted(names))} are asked for; send one of them.")
    return next(iter(names), None)


def named(worlds: Worlds, name: str) -> World:
    if DEFAULT not in worlds.named:
        raise Problem(503, "Not ready", worlds.waiting_for)
    if name not in worlds.named:
        raise Problem(404, "No such world", f"There is no world {name[:80]}; {did_you_mean(name, worlds.named)}")
    return worlds.named[name]


async def new(worlds: Worlds, request: Request) -> World:
    """A world from a seed, from a document, or as another world is now."""
    wanted = await read(request, NewWorld)
    named(worlds, DEFAULT)
    refuse_name(worlds, wanted.name)
    if wanted.branch is not None:
        other = branched(worlds, wanted)
        return worlds.branch(wanted.name or worlds.free_name(), other)
    clock = worlds.settings.clock() if wanted.now is None else Clock(instant(worlds.terms.zone, "now", wanted.now))
    number = worlds.settings.seed if wanted.seed is None else wanted.seed
    known = worlds.loaded(*wanted_seed(worlds, wanted), number, clock) if wanted.state is None else None
    begun = known or await aside(lambda: seed(worlds, wanted, number, clock))
    refuse_name(worlds, wanted.name)
    if wanted.now is None and begun.pace is not None:
        clock = Clock(*begun.pace)
    return worlds.new(wanted.name or worlds.free_name(), begun, clock, number)


async def aside(load: Callable[[], Seed]) -> Seed:
    """Loads in a thread, where there is an event loop that would have to wait: a large world takes seconds."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return load()
    return await asyncio.to_thread(load)


def refuse_name(worlds: Worlds, name: str | None) -> None:
    """Problem where there can be no world of that name; None: of a name that is made up."""
    if len(worlds.named) >= MOST_WORLDS:
        raise Problem(409, "Too many worlds", f"There are {MOST_WORLDS} worlds already; remove some.")
    if name is not None and not NAME.fullmatch(name):
        raise Problem(422, "Invalid body", f"name: must be {NewWorld.model_fields['name'].description}.")
    if name in worlds.named:
        raise Problem(409, "World taken", f"There is a world {name} already; remove it, or send no name.")
    if name is not None and (home := worlds.homes.get(token := own_token(name))) is not None:
        raise Problem(
            409, "World taken", f"The token {token} belongs to the world {home.name} already; choose another name."
        )  # fmt: skip


def branched(worlds: Worlds, wanted: NewWorld) -> World:
    """The world to begin as; Problem where something else is asked for, too."""
    for field in ("world", "seed", "tasks", "now", "state"):
        if getattr(wanted, field) is not None:
            raise Problem(422, "Invalid body", f"{field}: a world that begins as another is now takes none.")
    return named(worlds, wanted.branch or "")


def seed(worlds: Worlds, wanted: NewWorld, number: int, clock: Clock) -> Seed:
    """What it begins with; Problem says what is wrong with it."""
    try:
        if wanted.state is not None:
            refuse_both(wanted)
            return read_document(wanted.state, Moment(clock.now(), worlds.terms.zone, NOBODY), seed=number)
        name, tasks = wanted_seed(worlds, wanted)
        if name not in (*names(), worlds.settings.world):
            raise Problem(422, "No such seed", f"There is no world {name[:80]} to begin with; {near(name)}")
        return worlds.seed(name, tasks, number, clock)
    except SeedError as error:
        raise Problem(422, "Invalid world", str(error)) from None


def wanted_seed(worlds: Worlds, wanted: NewWorld) -> tuple[str, int | None]:
    """The seed's name and how many tasks it shall have; those of the server unless others are asked for."""
    usual = worlds.settings
    tasks = usual.tasks if wanted.world in (None, usual.world) else None
    name = usual.world if wanted.world is None else wanted.world
    return name, tasks if wanted.tasks is None else wanted.tasks


def near(name: str) -> str:
    return f"{did_you_mean(name, names())} A file's content goes into state."


def refuse_both(wanted: NewWorld) -> None:
    for field in ("world", "tasks"):
        if getattr(wanted, field) is not None:
            raise Problem(422, "Invalid body", f"{field}: a world with a state takes none.")


async def remove(worlds: Worlds, name: str) -> World:
    """Ends a world. What is asked of it at the moment ends, too."""
    world = named(worlds, name)
    if name == DEFAULT:
        raise Problem(409, "Not removable", "The default world stays as long as the server; reset it instead.")
    worlds.remove(world)
    await world.courier.stop()
    return world


def shown(world: World, base_url: str) -> dict[str, Any]:
    return {
        "name": world.name,
        "token": world.token,
        "url": f"{base_url}/api/v1",
        "world": world.seed_name,
        "tasks": len(world.store.rows(COUNTED)),
        "now": stamp_exactly(world.clock.time()),
        "mode": world.clock.mode,
        "webhook_secret": world.policy.secret,
    }


async def reset(world: World, request: Request) -> tuple[Any, int]:
    """Back to the seed, clock, tokens and webhooks included; faults and journal are cleared, snapshots stay.
    `?to=empty` leaves only the people, and who is told from the start."""
    await read(request, Nothing)
    to = request.query_params.get("to", "seed")
    if to not in ("seed", "empty"):
        raise Problem(422, "Invalid parameter", f"to cannot be {to[:80]}; {did_you_mean(to, ('seed', 'empty'))}")
    world.reset(empty=to == "empty")
    return {"world": world.name, "tasks": len(world.store.rows(COUNTED))}, 200


WORLD: tuple[WorldRow, ...] = (("POST", "/reset", reset, "to"),)
