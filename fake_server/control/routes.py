"""The control routes: one table of all, and the calls that are about the server as a whole."""

from functools import cached_property
from typing import NamedTuple, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fake_server.control.bodies import Nothing, read
from fake_server.control.clock import CLOCK
from fake_server.control.coverage import COVERAGE
from fake_server.control.deliveries import DELIVERIES
from fake_server.control.explain import EXPLAIN
from fake_server.control.faults import FAULTS
from fake_server.control.files import FILES
from fake_server.control.problems import Problem, Row, WorldRow, answer, refusing
from fake_server.control.records import RECORDS
from fake_server.control.requests import REQUESTS
from fake_server.control.state import STATE
from fake_server.control.tokens import TOKENS
from fake_server.control.webhooks import WEBHOOKS
from fake_server.control.worlds import WORLD, named, new, remove, shown, world_of
from fake_server.errors import did_you_mean
from fake_server.resources import COUNTED, SECTIONS, SHAPES
from fake_server.world import World
from fake_server.worlds import Worlds

OFFLINE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"
"""What the page may load, and which page may show it: nothing from elsewhere, and none."""
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
OF_WORLD: tuple[WorldRow, ...] = (
    *WORLD, *STATE, *RECORDS, *TOKENS, *CLOCK, *FAULTS, *REQUESTS, *WEBHOOKS, *DELIVERIES, *FILES, *COVERAGE,
    *EXPLAIN,
)  # fmt: skip


class Holder(Protocol):
    """What the routes need to know of the server."""

    worlds: Worlds

    @property
    def created_status(self) -> int: ...


class Control:
    """The control routes of one server."""

    def __init__(self, fake: Holder) -> None:
        self.fake = fake
        self.table: list[Row] = [
            ("GET", "/", self.index),
            ("GET", "/health", self.health),
            ("GET", "/ready", self.ready, "world"),
            ("GET", "/worlds", self.worlds),
            ("POST", "/worlds", self.new_world),
            ("DELETE", "/worlds/{name}", self.remove_world),
            *(self.of_world(row) for row in OF_WORLD),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/control.json", self.control),
            ("GET", "/docs", self.docs),
        ]

    def routes(self) -> list[Route]:
        known = [f"{method} /_fake{path.replace(':path', '')}" for method, path, *_ in self.table]

        async def unknown(request: Request) -> Response:
            path = request.url.path
            asked = f"{request.method} {path[:80]}"
            same = [route for route in known if route.partition(" ")[2] == path]
            below = [route for route in known if route.startswith(f"{asked}/")]
            near = did_you_mean(asked, below or same or known)
            return Problem(404, "No such route", f"There is no {asked}; {near}").response()

        found = [
            Route(path, refusing(endpoint, tuple(parameters)), methods=[method])
            for method, path, endpoint, *parameters in self.table
        ]
        return [*found, Route("/{path:path}", unknown, methods=ANY)]

    def of_world(self, row: WorldRow) -> Row:
        """A call about one world, whose result is the answer."""
        method, path, call, *parameters = row
        known: tuple[str, ...] = (*parameters, "world")

        async def endpoint(request: Request) -> Response:
            return answer(*await call(self.world(request), request))

        endpoint.__doc__ = call.__doc__
        return method, path, endpoint, *known

    def world(self, request: Request) -> World:
        return world_of(self.fake.worlds, request)

    async def index(self, _: Request) -> Response:
        """Leads to the page."""
        return RedirectResponse("docs")

    async def health(self, _: Request) -> Response:
        """Alive."""
        return answer({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """200 once the world is loaded, 503 with the reason before."""
        world = self.world(request)
        return answer(
            {"status": "ready", "world": world.name, "seed": world.seed_name, "tasks": len(world.store.rows(COUNTED))}
        )

    async def worlds(self, request: Request) -> Response:
        """Every world, in the order in which they were made."""
        return answer({"data": [shown(world, self.base_url(request)) for world in self.fake.worlds]})

    async def new_world(self, request: Request) -> Response:
        """A world of one's own: `{"name"?, "world"?, "seed"?, "tasks"?, "now"?, "from"? (a world to begin as),
        "state"?}`; its `token` leads to it."""
        return answer(shown(await new(self.fake.worlds, request), self.base_url(request)), 201)

    async def remove_world(self, request: Request) -> Response:
        """Ends a world, and whatever is asked of it at the moment."""
        await read(request, Nothing)
        found = named(self.fake.worlds, request.path_params["name"])
        row = shown(found, self.base_url(request))
        await remove(self.fake.worlds, found.name)
        return answer(row)

    def base_url(self, request: Request) -> str:
        """Of this server, as the client sees it."""
        seen = str(request.base_url).removesuffix("/").removesuffix("/_fake")
        return self.fake.worlds.settings.public_url.rstrip("/") or seen

    async def control(self, _: Request) -> Response:
        """Every route of the tester's hand."""
        return answer({"data": [described(row)._asdict() for row in self.table]})

    async def openapi(self, _: Request) -> Response:
        """The service as faked, OpenAPI 3.1, with `x-evidence` on every operation."""
        return Response(self.description, media_type="application/json")

    @cached_property
    def description(self) -> bytes:
        # Imported here: who never asks for the description never pays for it.
        from fake_server.declare.openapi import describe

        return orjson.dumps(describe(SECTIONS, SHAPES, self.fake.created_status))

    async def docs(self, _: Request) -> Response:
        """The same as a page."""
        from offapi import OpenAPITemplate

        page = OpenAPITemplate.SWAGGER.value.format(spec_url="openapi.json")
        # Swagger UI would ask a validator on the internet whenever the page is not on localhost.
        page = page.replace("url: 'openapi.json',", "url: 'openapi.json', validatorUrl: null,", 1)
        return HTMLResponse(page, headers={"Content-Security-Policy": OFFLINE})


class Described(NamedTuple):
    """A route as control.json shows it."""

    method: str
    path: str
    says: str
    parameters: tuple[str, ...]


def described(row: Row) -> Described:
    method, path, call, *parameters = row
    says = " ".join((call.__doc__ or "").split())
    return Described(method, f"/_fake{path.replace(':path', '')}", says, tuple(parameters))
