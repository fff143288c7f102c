"""The whole of a world: exported and imported as one document, kept under names, and compared."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fake_server.control.bodies import MOST_STATE, Nothing, content, read
from fake_server.control.fields import printed_as, shown
from fake_server.control.problems import Problem, WorldRow
from fake_server.errors import did_you_mean
from fake_server.moment import stamp_exactly
from fake_server.resources import COUNTED, KINDS
from fake_server.seeds import SeedError, put, read_document
from fake_server.seeds.document import document, written
from fake_server.seeds.worldfile import Form
from fake_server.store.difference import difference, fields
from fake_server.store.kind import Record
from fake_server.store.store import Change, Store
from fake_server.world import Snapshot, TokenTaken, World

FORMS: Mapping[str, Form] = {"json": "json", "yaml": "yaml"}
TYPES: Mapping[Form, str] = {"json": "application/json", "yaml": "application/yaml"}
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
SEED = "seed"
"""What a difference is from unless a snapshot is named; no snapshot has this name."""
NOT_NAMES = (SEED, ".", "..")
MOST_SNAPSHOTS = 1000
"""Of one world: each holds what was changed since."""


async def export(world: World, request: Request) -> tuple[Any, int]:
    """Everything that the world has, in the form of a seed file: JSON, or YAML by ?format=yaml."""
    text = request.query_params.get("format", "json")
    if text not in FORMS:
        raise Problem(422, "Invalid parameter", f"format cannot be {text[:80]}; {did_you_mean(text, FORMS)}")
    form = FORMS[text]
    return Response(written(document(world), form), media_type=TYPES[form]), 200


async def load(world: World, request: Request) -> tuple[Any, int]:
    """A document in place of what the world has. A reset still leads back to its own seed."""
    body = await content(request, MOST_STATE)
    try:
        seed = read_document(body.decode(), world.moment(), form_of(request, body))
    except UnicodeDecodeError as error:
        raise Problem(422, "Invalid document", f"state: is no UTF-8 text: {error.reason}.") from None
    except SeedError as error:
        raise Problem(422, "Invalid document", str(error)) from None
    try:
        put(world, seed)
    except TokenTaken as taken:
        token, home = taken.args
        raise Problem(409, "Token taken", f"The token {token[:80]} belongs to the world {home}.") from None
    return {"world": world.name, "tasks": len(world.store.rows(COUNTED))}, 200


def form_of(request: Request, body: bytes) -> Form:
    """As its content type says; of one that says nothing, an object of JSON begins with a brace."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if "yaml" in kind:
        return "yaml"
    return "json" if kind.endswith("json") or body.lstrip()[:1] == b"{" else "yaml"


# ---------------------------------------------------------------- snapshots


async def snapshots(world: World, _: Request) -> tuple[Any, int]:
    """All snapshots of the world."""
    return {"data": [told(one) for one in world.snapshots.values()]}, 200


async def snapshot(world: World, request: Request) -> tuple[Any, int]:
    """One snapshot."""
    return told(named(world, request.path_params["name"])), 200


async def save(world: World, request: Request) -> tuple[Any, int]:
    """Keeps the world as it is under a name, in place of what had that name."""
    await read(request, Nothing)
    name = request.path_params["name"]
    if not NAME.fullmatch(name) or name in NOT_NAMES:
        raise Problem(
            422, "Invalid name",
            f"A snapshot's name has up to 64 letters, digits, dots, hyphens and underscores, and is not {SEED}.",
        )  # fmt: skip
    if name not in world.snapshots and len(world.snapshots) >= MOST_SNAPSHOTS:
        raise Problem(
            409, "Too many snapshots", f"The world has {MOST_SNAPSHOTS} snapshots already; remove some."
        )  # fmt: skip
    return told(world.save(name)), 201


async def restore(world: World, request: Request) -> tuple[Any, int]:
    """The world as it was when the snapshot was made."""
    await read(request, Nothing)
    found = named(world, request.path_params["name"])
    world.restore(found)
    return told(found), 200


async def forget(world: World, request: Request) -> tuple[Any, int]:
    """Removes a snapshot."""
    await read(request, Nothing)
    return told(world.snapshots.pop(named(world, request.path_params["name"]).name)), 200


async def forget_all(world: World, request: Request) -> tuple[Any, int]:
    """Removes all snapshots of the world."""
    await read(request, Nothing)
    gone = [told(one) for one in world.snapshots.values()]
    world.snapshots.clear()
    return {"data": gone}, 200


def named(world: World, name: str) -> Snapshot:
    if name not in world.snapshots:
        near = did_you_mean(name, world.snapshots)
        raise Problem(404, "No such snapshot", f"There is no snapshot {name[:80]}; {near}")
    return world.snapshots[name]


def told(found: Snapshot) -> dict[str, Any]:
    return {"name": found.name, "at": stamp_exactly(found.at), "tasks": len(found.store.rows(COUNTED))}


# ---------------------------------------------------------------- differences


async def diff(world: World, request: Request) -> tuple[Any, int]:
    """What became of the records since the seed, or since a snapshot."""
    since = request.query_params.get("since", SEED)
    before = world.seed if since == SEED else named(world, since).store
    found = difference(before, world.store)
    return {
        "since": since,
        "created": [whole(world.store, one) for one in found.created],
        "changed": [parts(world.store, one) for one in found.changed],
        "removed": [whole(before, one) for one in found.removed],
    }, 200


def whole(store: Store, change: Change) -> dict[str, Any]:
    return {**called(store, change), "record": printed(store, change, change.record)}


def parts(store: Store, change: Change) -> dict[str, Any]:
    """Field by field: before and after."""
    was, now = printed(store, change, change.before), printed(store, change, change.after)
    names = printed_as(KINDS[change.kind])
    changed = [names[field] for field in fields(change)]
    return {**called(store, change), "fields": {name: [was[name], now[name]] for name in changed}}


def called(store: Store, change: Change) -> dict[str, Any]:
    return {"kind": change.kind, "id": store.ids.text(change.kind, change.record.key)}


def printed(store: Store, change: Change, record: Record) -> dict[str, Any]:
    return shown(store, KINDS[change.kind], record)


STATE: tuple[WorldRow, ...] = (
    ("GET", "/state", export, "format"),
    ("PUT", "/state", load),
    ("GET", "/snapshots", snapshots),
    ("DELETE", "/snapshots", forget_all),
    ("GET", "/snapshots/{name}", snapshot),
    ("POST", "/snapshots/{name}", save),
    ("DELETE", "/snapshots/{name}", forget),
    ("POST", "/snapshots/{name}/restore", restore),
    ("GET", "/diff", diff, "since"),
)
