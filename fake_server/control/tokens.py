"""Registering and revoking tokens."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.control.bodies import read
from fake_server.control.problems import Problem
from fake_server.errors import did_you_mean
from fake_server.moment import stamp
from fake_server.resources import SCOPES
from fake_server.world import World


class TokenRequest(BaseModel):
    """A token to register; a field that is not sent is as for unregistered tokens."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=4096,
            pattern=r"^[\x21-\x7e]+$",
            description="a string of printable ASCII characters without spaces",
        ),
    ] = None
    user: Annotated[str | None, Field(description="a string, the id or e-mail address of a user")] = None
    scopes: Annotated[list[str] | None, Field(description="a list of strings")] = None
    integration: Annotated[
        str | None, Field(min_length=1, max_length=255, description="a string, the slug of an integration")
    ] = None
    expires_in: Annotated[
        int | None,
        Field(ge=-999_999_999, le=999_999_999, description="an integer, in seconds, of at most nine digits"),
    ] = None


async def register(world: World, request: Request) -> dict[str, object]:
    """A new token of the world, or new properties for an old one."""
    wanted = await read(request, TokenRequest)
    user = user_key(world, wanted.user)
    refuse_unknown(wanted.scopes or [])
    scopes = None if wanted.scopes is None else frozenset(wanted.scopes)
    name = wanted.token or world.new_token()
    token = world.token(user, wanted.integration, scopes, wanted.expires_in)
    world.access.tokens[name] = token
    world.access.revoked.discard(name)
    return {
        "token": name,
        "user": world.store.ids.text("user", token.caller.user),
        "scopes": wanted.scopes,
        "integration": token.caller.slug,
        "expires_at": None if token.expires_at is None else stamp(token.expires_at),
        "world": world.name,
    }


def revoke(world: World, token: str) -> dict[str, object]:
    if not token or (token not in world.access.tokens and world.access.strict):
        raise Problem(404, "No such token", "This token is not registered.")
    world.access.tokens.pop(token, None)
    world.access.revoked.add(token)
    return {"token": token, "revoked": True}


def refuse_unknown(scopes: list[str]) -> None:
    for scope in scopes:
        if scope not in SCOPES:
            raise Problem(422, "No such scope", f"There is no scope {scope[:80]}; {did_you_mean(scope, SCOPES)}")


def user_key(world: World, user: str | None) -> int | None:
    """A user by id or e-mail address."""
    if user is None:
        return None
    store = world.store
    found = store.get("user", store.ids.key("user", user)) or store.find("user", ("email",), (user,))
    if found is None:
        emails = [row.email for row in store.rows("user").values()]
        raise Problem(422, "No such user", f"There is no user {user[:80]}; {did_you_mean(user, emails)}")
    return int(found.key)
