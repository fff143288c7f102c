"""create_app: settings -> one ASGI app with the service under /api/v1 and the tester's hand under /_fake."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from fake_server.api.door import Door
from fake_server.api.routes import PREFIX, Routes
from fake_server.control.routes import Control
from fake_server.resources import SECTIONS, UNFAKED
from fake_server.seeds import load
from fake_server.settings import Settings
from fake_server.world import World

CONTROL = "/_fake"
OPERATIONS = tuple(operation for section in SECTIONS for operation in section.operations)


class Fake:
    """What one server holds: its settings and, once it is seeded, its world."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world: World | None = None
        self.waiting_for = f"The world {settings.world} is being loaded."

    def seed(self) -> World:
        """Loads the world; SeedError where that is not possible."""
        settings = self.settings
        world = World("default", settings.clock(), settings.zone, settings.strict_auth, settings.rate_limit)
        load(world, settings.world, settings.tasks, settings.seed)
        for token in settings.token:
            world.seeded_tokens[token] = world.token(None, None, None, None)
        world.reset()
        self.world = world
        return world


def create_app(settings: Settings | None = None, fake: Fake | None = None) -> Starlette:
    """The whole app. Without a `fake` of the caller's own the world is loaded here and now."""
    if fake is None:
        fake = Fake(settings or Settings())
        fake.seed()
    settings = fake.settings
    door = Door(Routes(OPERATIONS, UNFAKED), lambda: fake.world, settings)
    return Starlette(
        routes=[
            Mount(PREFIX, app=door),
            Mount(CONTROL, routes=Control(fake).routes()),
            Route("/", root),
        ],
        exception_handlers={404: unknown},
    )


async def root(request: Request) -> Response:
    """A browser wants to see something; a program asked at the wrong place."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{CONTROL}/docs")
    return await unknown(request, None)


async def unknown(request: Request, _: object) -> Response:
    where = f"The service is under {PREFIX}, the fake's own routes under {CONTROL}."
    message = f"The route {request.url.path[1:]} could not be found."
    hint = where.encode("ascii", "replace").decode()
    return JSONResponse({"message": message}, 404, headers={"X-Fake-Hint": hint})
