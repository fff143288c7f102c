"""The control routes: one table of all, and the calls that need a sentence or two."""

import re
from functools import cached_property
from typing import Protocol
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fake_server.control.bodies import Nothing, read
from fake_server.control.clock import CLOCK
from fake_server.control.deliveries import DELIVERIES
from fake_server.control.problems import Problem, Row, WorldRow, answer, refusing
from fake_server.control.tokens import register, revoke
from fake_server.control.webhooks import WEBHOOKS
from fake_server.errors import did_you_mean
from fake_server.resources import SECTIONS
from fake_server.world import SHAPES, World

OFFLINE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""What the page may load: nothing from elsewhere."""
PRINTABLE = re.compile(r"[\x20-\x7e]+")
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Holder(Protocol):
    """What the routes need to know of the server."""

    world: World | None
    waiting_for: str

    @property
    def created_status(self) -> int: ...


class Control:
    """The control routes of one server."""

    def __init__(self, fake: Holder) -> None:
        self.fake = fake

    def routes(self) -> list[Route]:
        table: list[Row] = [
            ("GET", "/", self.index),
            ("GET", "/health", self.health),
            ("GET", "/ready", self.ready),
            ("POST", "/reset", self.reset, "to"),
            ("POST", "/tokens", self.add_token),
            ("DELETE", "/tokens/{token:path}", self.revoke_token),
            ("GET", "/files/{id}", self.file),
            *(self.of_world(row) for row in (*CLOCK, *WEBHOOKS, *DELIVERIES)),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/docs", self.docs),
        ]
        known = [f"{method} /_fake{path.replace(':path', '')}" for method, path, *_ in table]

        async def unknown(request: Request) -> Response:
            asked = f"{request.method} {request.url.path[:80]}"
            return Problem(404, "No such route", f"There is no {asked}; {did_you_mean(asked, known)}").response()

        found = [
            Route(path, refusing(endpoint, ("world", *parameters)), methods=[method])
            for method, path, endpoint, *parameters in table
        ]
        return [*found, Route("/{path:path}", unknown, methods=ANY)]

    def of_world(self, row: WorldRow) -> Row:
        """A call about one world, whose result is the answer."""
        method, path, call, *parameters = row

        async def endpoint(request: Request) -> Response:
            return answer(*await call(self.world(request), request))

        return method, path, endpoint, *parameters

    def world(self, request: Request) -> World:
        """The world asked for by ?world=, else the default one."""
        world, name = self.fake.world, request.query_params.get("world", "default")
        if world is None:
            raise Problem(503, "Not ready", self.fake.waiting_for)
        if name != world.name:
            raise Problem(404, "No such world", f"There is no world {name[:80]}; did you mean {world.name}?")
        return world

    async def index(self, _: Request) -> Response:
        return RedirectResponse("docs")

    async def health(self, _: Request) -> Response:
        return answer({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        world = self.world(request)
        return answer(
            {"status": "ready", "world": world.name, "seed": world.seeded, "tasks": len(world.store.rows("task"))}
        )

    async def reset(self, request: Request) -> Response:
        """Back to the seed; ?to=empty leaves only the people, and who is told."""
        await read(request, Nothing)
        world, to = self.world(request), request.query_params.get("to", "seed")
        if to not in ("seed", "empty"):
            raise Problem(422, "Invalid parameter", f"to cannot be {to[:80]}; {did_you_mean(to, ('seed', 'empty'))}")
        world.reset(empty=to == "empty")
        return answer({"world": world.name, "tasks": len(world.store.rows("task"))})

    async def add_token(self, request: Request) -> Response:
        return answer(await register(self.world(request), request), 201)

    async def revoke_token(self, request: Request) -> Response:
        return answer(revoke(self.world(request), request.path_params["token"]))

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
        return Response(world.store.blobs["file", file.key], headers=headers)

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
