"""The control routes: health, ready, reset, tokens, files, the description of the service and its page."""

import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Annotated, Any, Protocol
from urllib.parse import quote

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from fake_server.errors import did_you_mean
from fake_server.moment import stamp
from fake_server.resources import SCOPES, SECTIONS
from fake_server.world import SHAPES, World

OFFLINE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""What the page may load: nothing from elsewhere."""
MOST_BODY = 1024 * 1024
PRINTABLE = re.compile(r"[\x20-\x7e]+")
Endpoint = Callable[[Request], Awaitable[Response]]


class Problem(Exception):
    """A control call that cannot be obeyed: status and one sentence."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail

    def response(self) -> Response:
        data = {"title": self.title, "detail": self.detail, "status": self.status}
        return Response(orjson.dumps(data), self.status, media_type="application/problem+json")


class TokenRequest(BaseModel):
    """A token to register: as whom, with which scopes (absent: all), for how many seconds (absent: for ever)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")] | None = None
    user: str | None = None
    scopes: list[str] | None = None
    integration: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    expires_in: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None


class Holder(Protocol):
    """What the routes need to know of the server."""

    world: World | None
    waiting_for: str

    @property
    def created_status(self) -> int: ...


def answer(data: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(data), status, media_type="application/json")


def refusing(endpoint: Endpoint) -> Endpoint:
    """The one place where a problem becomes a response."""

    async def call(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            return problem.response()

    return call


class Control:
    """The control routes of one server."""

    def __init__(self, fake: Holder) -> None:
        self.fake = fake

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/health", self.health),
            ("GET", "/ready", self.ready),
            ("POST", "/reset", self.reset),
            ("POST", "/tokens", self.add_token),
            ("DELETE", "/tokens/{token:path}", self.revoke_token),
            ("GET", "/files/{id}", self.file),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/docs", self.docs),
        ]
        known = [f"{method} /_fake{path.replace(':path', '')}" for method, path, _ in table]

        async def unknown(request: Request) -> Response:
            asked = f"{request.method} {request.url.path[:80]}"
            return Problem(404, "No such route", f"There is no {asked}; {did_you_mean(asked, known)}").response()

        found = [Route(path, refusing(endpoint), methods=[method]) for method, path, endpoint in table]
        return [*found, Route("/{path:path}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]

    def world(self, request: Request) -> World:
        """The world asked for by ?world=, else the default one."""
        world, name = self.fake.world, request.query_params.get("world", "default")
        if world is None:
            raise Problem(503, "Not ready", self.fake.waiting_for)
        if name != world.name:
            raise Problem(404, "No such world", f"There is no world {name[:80]}; did you mean {world.name}?")
        return world

    async def health(self, _: Request) -> Response:
        return answer({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        world = self.world(request)
        return answer(
            {"status": "ready", "world": world.name, "seed": world.seeded, "tasks": len(world.store.rows("task"))}
        )

    async def reset(self, request: Request) -> Response:
        """Back to the seed; ?to=empty leaves only the people."""
        world, to = self.world(request), request.query_params.get("to", "seed")
        if to not in ("seed", "empty"):
            raise Problem(422, "Invalid parameter", f"to cannot be {to[:80]}; {did_you_mean(to, ('seed', 'empty'))}")
        world.reset(empty=to == "empty")
        return answer({"world": world.name, "tasks": len(world.store.rows("task"))})

    async def add_token(self, request: Request) -> Response:
        world = self.world(request)
        wanted = await read_token(request)
        user = user_key(world, wanted.user)
        self.refuse_scopes(wanted.scopes or [])
        scopes = None if wanted.scopes is None else frozenset(wanted.scopes)
        name = wanted.token or world.new_token()
        token = world.token(user, wanted.integration, scopes, wanted.expires_in)
        world.access.tokens[name] = token
        world.access.revoked.discard(name)
        caller = token.caller
        return answer({
            "token": name,
            "user": world.store.ids.text("user", caller.user),
            "scopes": wanted.scopes,
            "integration": caller.slug,
            "expires_at": token.expires_at and stamp(token.expires_at),
            "world": world.name,
        }, 201)  # fmt: skip

    def refuse_scopes(self, scopes: list[str]) -> None:
        for scope in scopes:
            if scope not in SCOPES:
                raise Problem(422, "No such scope", f"There is no scope {scope[:80]}; {did_you_mean(scope, SCOPES)}")

    async def revoke_token(self, request: Request) -> Response:
        world, token = self.world(request), request.path_params["token"]
        if token not in world.access.tokens and world.access.strict:
            raise Problem(404, "No such token", "This token is not registered.")
        world.access.tokens.pop(token, None)
        world.access.revoked.add(token)
        return answer({"token": token, "revoked": True})

    async def file(self, request: Request) -> Response:
        """The bytes that were uploaded."""
        world, id = self.world(request), request.path_params["id"]
        file = world.store.get("file", world.store.ids.key("file", id))
        if file is None:
            raise Problem(404, "No such file", f"There is no file with the id {id[:80]}.")
        # An uploaded page must not run as one of this server's own.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        mime = file.mime_type if PRINTABLE.fullmatch(file.mime_type) else "application/octet-stream"
        headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.file_name, safe='')}"
        headers["Content-Type"] = mime
        return Response(world.store.blobs[file.key], headers=headers)

    async def openapi(self, _: Request) -> Response:
        return Response(self.description, media_type="application/json")

    @cached_property
    def description(self) -> bytes:
        # Imported here: who never asks for the description never pays for it.
        from fake_server.declare.openapi import describe

        return orjson.dumps(describe(SECTIONS, SHAPES, self.fake.created_status))

    async def docs(self, _: Request) -> Response:
        """The description as a page whose assets come from a package."""
        from offapi import OpenAPITemplate

        page = OpenAPITemplate.SWAGGER.value.format(spec_url="openapi.json")
        # Swagger UI would ask a validator on the internet whenever the page is not on localhost.
        page = page.replace("url: 'openapi.json',", "url: 'openapi.json', validatorUrl: null,", 1)
        return HTMLResponse(page, headers={"Content-Security-Policy": OFFLINE})


async def read_token(request: Request) -> TokenRequest:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise Problem(413, "Too large", f"A control body may have {MOST_BODY} bytes.")
    try:
        return TokenRequest.model_validate_json(body or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "body"
        near = f"; {did_you_mean(name, TokenRequest.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise Problem(422, "Invalid body", f"{name[:80]}: {first['msg']}{near}") from None


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
