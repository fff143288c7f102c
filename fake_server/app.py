"""create_app: settings -> one ASGI app with the service under /api/v1 and the tester's hand under /_fake."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from fake_server.api.door import Door
from fake_server.api.routes import PREFIX, Routes
from fake_server.control.routes import Control
from fake_server.control.visitors import Guard
from fake_server.resources import OPERATIONS, UNFAKED
from fake_server.settings import Settings
from fake_server.world import World
from fake_server.worlds import Worlds

CONTROL = "/_fake"
BELOW = f"{PREFIX}/"


class Fake:
    """What one server holds: its settings and its worlds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worlds = Worlds(settings)

    @property
    def created_status(self) -> int:
        return self.settings.created_status

    def seed(self) -> World:
        """Loads the default world; SeedError where that is not possible."""
        return self.worlds.open()


class App(Starlette):
    """Starlette for the control routes; the service's paths go straight to the door, which answers everything
    itself: on the way through router and error middleware a read would lose a third of its time."""

    def __init__(self, door: Door, routes: list[Route | Mount]) -> None:
        super().__init__(routes=routes, exception_handlers={404: unknown, 405: unknown})
        self.door = door
        self.at_once = door.at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(BELOW):
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, fake: Fake | None = None) -> Starlette:
    """The whole app. Without a `fake` of the caller's own the world is loaded here and now."""
    if fake is None:
        fake = Fake(settings or Settings())
        fake.seed()
    settings = fake.settings
    door = Door(Routes(OPERATIONS.values(), UNFAKED), fake.worlds, settings)
    control = Mount(CONTROL, routes=Control(fake).routes(), middleware=[Middleware(Guard, settings=settings)])
    return App(door, [control, Route("/", root)])


async def root(request: Request) -> Response:
    """A browser wants to see something; a program asked at the wrong place."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{CONTROL}/docs")
    return await unknown(request, None)


async def unknown(request: Request, _: object) -> Response:
    where = f"The service is under {PREFIX}, the fake's own routes under {CONTROL}."
    message = f"The route {request.url.path.strip('/') or '/'} could not be found."
    hint = where.encode("ascii", "replace").decode()
    return JSONResponse({"message": message}, 404, headers={"X-Fake-Hint": hint})
