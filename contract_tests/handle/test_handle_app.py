"""The server in this process as an ASGI app, for clients without a socket, in whichever event loop they run."""

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from contract_tests.client import InProcess
from contract_tests.expected import BOT_DATA, LOGO, PROJECT
from contract_tests.handle import handles
from contract_tests.handle.handles import sentence
from fake_server import FakeServer, Handle, connect
from fake_server.handle.asgi import ENDED, Relay

pytestmark = pytest.mark.proves("README: Async code, and no socket at all")

server, world = handles.server, handles.world


# ---------------------------------------------------------------- the app, without a socket


def asgi(fake: Handle) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(fake.app)
    return httpx2.AsyncClient(transport=transport, base_url=fake.url, headers=fake.headers)


def test_the_app_answers_as_the_socket_does_in_the_world_of_the_token(world: Handle) -> None:
    async def both() -> tuple[Any, Any]:
        async with asgi(world) as http:
            await http.patch(f"/tasks/{LOGO}", json={"title": "Zwölf"})
            return (await http.get("/tasks")).json(), (await http.get("/nope")).status_code

    listed, missing = asyncio.run(both())
    assert (listed, missing) == (world.client.get("/tasks").json(), 404)
    world.requests.assert_called("tasks.update", times=1, json={"title": "Zwölf"}, status=200)


def test_requests_by_the_app_and_by_sockets_stay_whole_beside_each_other(world: Handle) -> None:
    """Every task gets a number of its own, though two event loops and four threads make them at once."""

    async def by_app(_: int) -> None:
        async with asgi(world) as http:
            for _ in range(20):
                (await http.post("/tasks", json={"title": "T", "project_id": PROJECT})).raise_for_status()

    def by_socket(_: int) -> None:
        with httpx2.Client(base_url=world.url, headers=world.headers, verify=False, trust_env=False) as http:
            for _ in range(20):
                http.post("/tasks", json={"title": "T", "project_id": PROJECT}).raise_for_status()

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(asyncio.run, by_app(number)) for number in range(2)]
        running += [threads.submit(by_socket, number) for number in range(2)]
        for one in running:
            one.result()
    assert sorted(int(one["uri"].removeprefix("WEB-")) for one in world.all("task")) == list(range(1, 84))


def test_the_app_does_not_hold_up_the_callers_event_loop(server: FakeServer) -> None:
    """A request that waits in the fake, until its world is removed, lets another one of the same loop pass."""

    async def meanwhile(world: Handle) -> list[int]:
        async with asgi(world) as http:
            waiting = asyncio.create_task(http.get("/whoami"))
            await asyncio.to_thread(arrived, world)
            passed = await http.get("/users")
            assert not waiting.done()
            server.worlds.rm(world.name)
            return [passed.status_code, (await waiting).status_code]

    with server.worlds.new() as world:
        world.faults.add("users.whoami", latency=60)
        assert asyncio.run(meanwhile(world)) == [200, 401]


def test_a_client_of_the_app_that_gives_up_undoes_nothing(world: Handle) -> None:
    world.faults.add("tasks.delete", latency=0.1)

    async def give_up() -> None:
        async with asgi(world) as http:
            waiting = asyncio.create_task(http.delete(f"/tasks/{LOGO}"))
            await asyncio.to_thread(arrived, world)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(give_up())
    world.requests.wait(operation="tasks.delete", status=200)
    assert len(world.all("task")) == 2


def arrived(world: Handle) -> None:
    """Comes back when the journal has a request."""
    while not world.requests.all():
        pass


def test_a_fault_that_ends_the_connection_ends_it_for_the_app_too(world: Handle) -> None:
    world.faults.add("users.whoami", kind="reset", times=1)

    async def ask() -> int:
        async with asgi(world) as http:
            with pytest.raises(ConnectionResetError, match=r"^A fault of the fake ended the connection\.$"):
                await http.get("/whoami")
            return (await http.get("/whoami")).status_code

    assert asyncio.run(ask()) == 200


def test_the_app_needs_no_event_loop_of_the_caller(world: Handle) -> None:
    with httpx2.Client(transport=InProcess(world.app), base_url=world.url, headers=world.headers) as http:
        assert http.get("/whoami").json() == BOT_DATA


def test_the_app_of_a_server_that_ended_is_a_broken_connection() -> None:
    with FakeServer(world="empty") as fake:
        app = fake.app
    with (
        httpx2.Client(transport=InProcess(app), base_url="http://fake.test") as http,
        pytest.raises(ConnectionResetError, match=f"^{re.escape(ENDED)}$"),
    ):
        http.get("/api/v1/whoami")


def test_a_server_may_end_while_the_app_is_asked() -> None:
    """What waits in a world ends with it."""

    async def ask(fake: FakeServer) -> int:
        async with asgi(fake) as http:
            waiting = asyncio.create_task(http.get("/whoami"))
            await asyncio.to_thread(arrived, fake)
            await asyncio.to_thread(fake.stop)
            return (await waiting).status_code

    with FakeServer(world="small") as fake:
        fake.faults.add("users.whoami", latency=60)
        assert asyncio.run(ask(fake)) == 401


def test_what_the_servers_event_loop_breaks_off_at_its_end_is_a_broken_connection() -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    listening, ending = threading.Event(), asyncio.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        listening.set()
        await ending.wait()

    async def never(*_: object) -> None:
        ending.set()
        await asyncio.Event().wait()

    serving = threading.Thread(target=lambda: asyncio.run(serve()))
    serving.start()
    listening.wait()
    transport = InProcess(Relay(never, loops[0]))
    with (
        httpx2.Client(transport=transport, base_url="http://fake.test") as http,
        pytest.raises(ConnectionResetError, match=f"^{re.escape(ENDED)}$"),
    ):
        http.get("/api/v1/whoami")
    serving.join()


def test_whoever_begins_and_ends_an_app_may_do_so_with_this_one(world: Handle) -> None:
    async def whole_life() -> list[str]:
        told = []
        events = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, Any]:
            return {"type": next(events)}

        async def send(message: dict[str, Any]) -> None:
            told.append(message["type"])

        await world.app({"type": "lifespan"}, receive, send)
        return told

    assert asyncio.run(whole_life()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_server_elsewhere_has_no_app_here(server: FakeServer) -> None:
    with connect(server.url) as fake:
        said = f"The fake at {server.base_url} has no app here: only a FakeServer in this process has."
        assert sentence(lambda: fake.app) == said
