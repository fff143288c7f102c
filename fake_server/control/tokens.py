"""Registering and revoking tokens."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.api.access import Token
from fake_server.control.bodies import read
from fake_server.control.problems import Problem, WorldRow
from fake_server.errors import did_you_mean
from fake_server.moment import in_calendar, stamp
from fake_server.resources import SCOPES
from fake_server.token_text import RULE, is_token
from fake_server.world import TokenTaken, World


class TokenRequest(BaseModel):
    """A token to register; a field that is not sent is as for unregistered tokens."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

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


async def register(world: World, request: Request) -> tuple[Any, int]:
    """A token of the world, or new properties for an old one: `{"token"?, "user"? (id or e-mail), "scopes"?,
    "integration"?, "expires_in"? (seconds)}`."""
    wanted = await read(request, TokenRequest)
    user = user_key(world, wanted.user)
    refuse_unknown(wanted.scopes or [])
    scopes = None if wanted.scopes is None else frozenset(wanted.scopes)
    name = wanted.token or world.new_token()
    token = world.made_token(user, wanted.integration, scopes, wanted.expires_in)
    if token.expires_at is not None and not in_calendar(token.expires_at):
        raise Problem(422, "Invalid body", "expires_in: leads out of the years 1000 to 9999.")
    try:
        world.register(name, token)
    except TokenTaken as taken:
        raise Problem(
            409, "Token taken", f"The token belongs to the world {taken}; choose another, or send none."
        ) from None
    return shown(world, name, token, wanted.scopes), 201


def shown(world: World, name: str, token: Token, scopes: list[str] | None) -> dict[str, Any]:
    return {
        "token": name,
        "user": world.store.ids.text("user", token.caller.user),
        "scopes": scopes,
        "integration": token.caller.slug,
        "expires_at": None if token.expires_at is None else stamp(token.expires_at),
        "world": world.name,
    }


async def revoke(world: World, request: Request) -> tuple[Any, int]:
    """From now on the token is refused."""
    token = request.path_params["token"]
    if token and not is_token(token):
        raise Problem(422, "Invalid token", f"A token has {RULE}.")
    home = world.homes.get(token)
    if home not in (None, world):
        raise Problem(409, "Token of another world", f"The token belongs to the world {home.name}; revoke it there.")
    if not token or (token not in world.access.tokens and world.access.strict):
        raise Problem(404, "No such token", "This token is not registered.")
    world.access.tokens.pop(token, None)
    world.access.revoked.add(token)
    return {"token": token, "revoked": True}, 200


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


TOKENS: tuple[WorldRow, ...] = (
    ("POST", "/tokens", register),
    ("DELETE", "/tokens/{token:path}", revoke),
)
