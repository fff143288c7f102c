"""Subscriptions of the tester's, which no caller of the service sees."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.control.bodies import read
from fake_server.control.names import FAMILIES, NAMES, events, instead, record
from fake_server.control.problems import Problem, WorldRow
from fake_server.errors import did_you_mean
from fake_server.moment import stamp
from fake_server.store.kind import Record
from fake_server.urls import is_url
from fake_server.webhooks.addresses import FORBIDDEN, is_private_url
from fake_server.webhooks.mischief import TRICKS, Mischief, Trick
from fake_server.world import World

READ_BY: dict[str, tuple[Trick, ...]] = {"seconds": ("delay", "reorder"), "secret": ("old_secret",)}
"""A field that not every trick reads."""


class MischiefRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    trick: str
    every: Annotated[int | None, Field(ge=1)] = None
    nth: Annotated[int | None, Field(ge=1)] = None
    seconds: Annotated[float | None, Field(ge=0, le=86400 * 365)] = None
    secret: Annotated[str | None, Field(min_length=1)] = None


class WebhookRequest(BaseModel):
    """A subscription; what is not sent limits nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    url: Annotated[
        str, Field(max_length=2048, description="an absolute URL of http or https, of at most 2048 characters")
    ]
    events: Annotated[list[str] | None, Field(min_length=1, description="a list of events, such as task:*")] = None
    project_id: Annotated[str | None, Field(description="a string, the id of a project")] = None
    client_id: Annotated[str | None, Field(description="a string, the id of a client")] = None
    secret: Annotated[
        str | None, Field(min_length=1, max_length=255, description="a string of 1 to 255 characters")
    ] = None
    is_active: Annotated[bool, Field(description="true or false")] = True
    mischief: Annotated[
        list[MischiefRequest],
        Field(description="a list of {trick, every?, nth?, seconds?, secret?}; tricks: " + ", ".join(TRICKS)),
    ] = []


async def subscriptions(world: World, _: Request) -> tuple[Any, int]:
    """Every subscription, the tester's and the callers'."""
    return {"data": [shown(world, hook) for hook in world.store.rows("webhook").values()]}, 200


async def subscribe(world: World, request: Request) -> tuple[Any, int]:
    """A subscription that no caller of the service sees: `{"url", "events"?, "project_id"?, "client_id"?, "secret"?,
    "is_active"?, "mischief"?}`."""
    wanted = await read(request, WebhookRequest)
    if not is_url(wanted.url):
        raise Problem(422, "Invalid body", f"url: {wanted.url[:80]} is no absolute URL of http or https.")
    if not world.publisher.policy.private and is_private_url(wanted.url):
        raise Problem(422, "Invalid body", f"url: {wanted.url[:80]} {FORBIDDEN}.")
    values = {
        "url": wanted.url,
        **limits(world, wanted),
        "is_active": wanted.is_active,
        "mischief": tuple(mischief(one) for one in wanted.mischief),
        **({} if wanted.events is None else {"events": events(wanted.events, (*NAMES, *FAMILIES))}),
        **({} if wanted.secret is None else {"secret": wanted.secret}),
    }
    return shown(world, world.subscribe(world.store, values)), 201


async def unsubscribe(world: World, request: Request) -> tuple[Any, int]:
    """Ends one; what is pending for it is cancelled."""
    id = request.path_params["id"]
    hook = world.store.get("webhook", world.store.ids.key("webhook", id))
    if hook is None:
        raise Problem(404, "No such webhook", f"There is no webhook {id[:80]}; {instead(world, 'webhook', id)}")
    end(world, hook)
    return shown(world, hook), 200


async def unsubscribe_all(world: World, _: Request) -> tuple[Any, int]:
    """Ends all of them."""
    hooks = list(world.store.rows("webhook").values())
    for hook in hooks:
        end(world, hook)
    return {"data": [shown(world, hook) for hook in hooks]}, 200


def end(world: World, hook: Record) -> None:
    world.store.remove(hook)
    world.outbox.cancel(hook.key, "Its subscription was removed.")


def mischief(asked: MischiefRequest) -> Mischief:
    """A trick with what it reads; Problem for anything that it would not."""
    trick = next((one for one in TRICKS if one == asked.trick), None)
    if trick is None:
        near = did_you_mean(asked.trick, TRICKS)
        raise Problem(422, "No such trick", f"There is no trick {asked.trick[:80]}; {near}")
    given = {name: value for name, value in dict(asked).items() if value is not None}
    for name in given:
        if trick not in READ_BY.get(name, TRICKS):
            those = " and ".join(READ_BY[name])
            raise Problem(422, "Invalid body", f"mischief: {name} is for {those}, not for {trick}.")
    if {"every", "nth"} <= given.keys():
        raise Problem(422, "Invalid body", "mischief: every strikes every so many, nth only one; send one of them.")
    return Mischief(**{**given, "trick": trick})


def as_asked(one: Mischief) -> dict[str, Any]:
    """What a trick reads, in the form in which it can be asked for again."""
    unread = {name for name, tricks in READ_BY.items() if one.trick not in tricks} | {"every" if one.nth else "nth"}
    return {name: value for name, value in one._asdict().items() if name not in unread}


def limits(world: World, wanted: WebhookRequest) -> dict[str, int]:
    """What the subscription is limited to; Problem where nothing could ever be told."""
    asked = {"project": wanted.project_id, "client": wanted.client_id}
    found = {kind: record(world, kind, id) for kind, id in asked.items() if id is not None}
    if len(found) == 2 and found["project"].client != found["client"].key:
        raise Problem(422, "Nothing to tell", "client_id: the project belongs to another client.")
    return {kind: one.key for kind, one in found.items()}


def shown(world: World, hook: Record) -> dict[str, Any]:
    text = world.store.ids.text
    return {
        "id": text("webhook", hook.key),
        "url": hook.url,
        "events": list(hook.events),
        "project_id": None if hook.project is None else text("project", hook.project),
        "client_id": None if hook.client is None else text("client", hook.client),
        "secret": hook.secret,
        "is_active": hook.is_active,
        "mischief": [as_asked(one) for one in hook.mischief],
        "user_id": None if hook.user is None else text("user", hook.user),
        "created_at": stamp(hook.created_at),
    }


WEBHOOKS: tuple[WorldRow, ...] = (
    ("GET", "/webhooks", subscriptions),
    ("POST", "/webhooks", subscribe),
    ("DELETE", "/webhooks", unsubscribe_all),
    ("DELETE", "/webhooks/{id}", unsubscribe),
)
