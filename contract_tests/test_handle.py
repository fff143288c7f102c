"""The handle: where it is, how it is begun and ended, what it says where it cannot be obeyed."""

import asyncio
import gc
import inspect
import os
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest

import fake_server
from contract_tests.client import NOW, InProcess
from contract_tests.expected import BOT_DATA, BRIEF, LOGO, PROJECT
from contract_tests.processes import free_port
from fake_server import ControlError, FakeServer, Handle, NotRunning, connect
from fake_server.handle.carried import ENDED, Carried


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as fake:
        yield fake


@pytest.fixture
def world(server: FakeServer) -> Iterator[Handle]:
    """A world of the test's own."""
    with server.worlds.new() as made:
        yield made
        server.worlds.rm(made.name)


def sentence(call: Any, *arguments: Any, **more: Any) -> str:
    """What a call is refused with."""
    with pytest.raises((ControlError, NotRunning, TypeError, ValueError)) as refused:
        call(*arguments, **more)
    return str(refused.value)


# ---------------------------------------------------------------- where it is


def test_a_server_is_the_handle_of_its_default_world(server: FakeServer) -> None:
    assert (server.name, server.url) == ("default", f"{server.base_url}/api/v1")
    assert server.headers == {"Authorization": f"Bearer {server.token}"}
    assert [row["token"] for row in server.worlds.list() if row["name"] == "default"] == [server.token]


def test_its_client_asks_the_service_in_its_world(server: FakeServer, world: Handle) -> None:
    world.client.delete(f"/tasks/{LOGO}").raise_for_status()
    assert world.client.get(f"/tasks/{LOGO}").status_code == 404
    assert server.client.get(f"/tasks/{LOGO}").status_code == 200
    assert world.client.get("/whoami").json() == BOT_DATA


def test_its_client_ends_with_it(server: FakeServer) -> None:
    with connect(server.url) as fake:
        client = fake.client
        assert client.get("/whoami").status_code == 200
    assert client.is_closed


def test_a_handle_that_is_forgotten_leaves_no_open_socket(server: FakeServer) -> None:
    fake = connect(server.url)
    client = fake.client
    client.get("/whoami")
    assert fake.clock.mode == "frozen"
    del fake
    gc.collect()
    assert client.is_closed


def test_it_is_printed_with_its_world_and_its_place(server: FakeServer, world: Handle) -> None:
    assert repr(world) == f"<Handle {world.name} at {server.base_url}>"
    assert repr(FakeServer(world="small")) == "<FakeServer default at rest>"


# ---------------------------------------------------------------- beginning and ending


def test_a_server_may_be_started_again() -> None:
    fake = FakeServer(world="small", now=NOW)
    for _ in range(2):
        with fake:
            fake.remove("task", LOGO)
            assert len(fake.all("task")) == 2


@FakeServer(world="small", now=NOW)
def test_a_decorated_function_is_given_its_server(fake: FakeServer) -> None:
    assert fake.client.get("/whoami").json() == BOT_DATA


def test_each_call_of_a_decorated_function_has_a_server_of_its_own() -> None:
    @FakeServer(world="small", now=NOW)
    def removed(fake: FakeServer, id: str) -> int:
        fake.remove("task", id)
        return len(fake.all("task"))

    assert [removed(LOGO), removed(id=LOGO), removed(BRIEF)] == [2, 2, 2]
    assert list(inspect.signature(removed).parameters) == ["id"]


def test_a_decorated_function_need_not_want_the_server() -> None:
    began: list[str] = []

    @FakeServer(world="empty")
    def plain(value: int) -> int:
        began.extend(one.name for one in threading.enumerate() if one.name == "kanbert-fake")
        return value

    before = sum(one.name == "kanbert-fake" for one in threading.enumerate())
    assert (plain(1), len(began)) == (1, before + 1)


def test_a_decorated_coroutine_has_its_server_until_it_ends() -> None:
    @FakeServer(world="small", now=NOW)
    async def tasks(fake: FakeServer) -> int:
        async with httpx2.AsyncClient(base_url=fake.url, headers=fake.headers) as http:
            return len((await http.get("/tasks")).json()["data"])

    assert asyncio.run(tasks()) == 3


def test_a_class_cannot_be_decorated() -> None:
    assert sentence(FakeServer(world="empty"), Handle) == (
        "A FakeServer decorates a function; for a class use it in a fixture, or in setUp."
    )


def test_what_is_not_started_says_how_to_start_it() -> None:
    said = "This FakeServer was not started: call start(), or use it in a with block."
    fake = FakeServer(world="empty")
    for ask in (lambda: fake.url, lambda: fake.token, lambda: fake.client, fake.reset, fake.inbox):
        assert sentence(ask) == said


# ---------------------------------------------------------------- connecting


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/"])
def test_a_running_server_is_found_by_either_of_its_urls(server: FakeServer, tail: str) -> None:
    with connect(server.base_url + tail) as fake:
        assert (fake.base_url, fake.url, fake.name, fake.token) == (
            server.base_url, server.url, "default", server.token,
        )  # fmt: skip


def test_a_world_is_connected_to_by_its_name_or_by_a_token_of_it(server: FakeServer, world: Handle) -> None:
    reader = world.tokens.new(scopes=["task-management:read"])
    with (
        connect(server.url, world=world.name) as named,
        connect(server.url, world.token) as told,
        connect(server.url, reader) as limited,
        connect(server.url, "any") as unknown,
    ):
        assert [one.name for one in (named, told, limited, unknown)] == [*[world.name] * 3, "default"]
        assert [one.token for one in (named, told, limited, unknown)] == [world.token, world.token, reader, "any"]
        assert limited.client.delete(f"/tasks/{LOGO}").status_code == 403
        limited.remove("task", LOGO)
    assert len(world.all("task")) == 2


def test_connecting_to_a_world_that_does_not_exist_names_the_nearest(server: FakeServer) -> None:
    assert sentence(connect, server.url, world="defualt") == "There is no world defualt; did you mean default?"


def test_a_token_of_another_world_than_the_one_named_is_refused(server: FakeServer, world: Handle) -> None:
    with pytest.raises(ControlError) as refused:
        connect(server.url, world.token, "default")
    assert (refused.value.status, refused.value.title) == (422, "Two worlds")


def test_where_nobody_answers_it_is_said_how_to_start_one() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert sentence(connect, url) == (
        f"No fake answers at {url}. No connection: Connection refused. "
        "Start one with the command kanbert-fake, or in this process with FakeServer."
    )


@pytest.mark.parametrize("code, body", [(200, b"hello"), (200, b"[]"), (200, b"{}"), (404, b"{}"), (500, b"")])
def test_whatever_else_answers_there_is_no_fake(code: int, body: bytes) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        answering = threading.Thread(target=other.handle_request)
        answering.start()
        url = f"http://127.0.0.1:{other.server_address[1]}"
        assert sentence(connect, url).startswith(f"What answers at {url} is no fake of Kanbert")
        answering.join()


@pytest.mark.parametrize("url", ["", "127.0.0.1:5262", "ftp://127.0.0.1", "http://a b"])
def test_what_is_no_url_is_not_asked(url: str) -> None:
    said = f"No fake can be at {url!r}: that is no URL; http://127.0.0.1:5262 is one."
    assert sentence(connect, url) == said


def test_a_server_that_was_stopped_is_not_running() -> None:
    with FakeServer(world="empty") as fake:
        made = fake.worlds.new()
    for handle in (fake, made):
        assert sentence(handle.clock.freeze).startswith(f"No fake answers at {fake.base_url}. ")


# ---------------------------------------------------------------- refusals


def test_a_refusal_has_status_title_and_the_sentence_that_names_the_nearest(world: Handle) -> None:
    with pytest.raises(ControlError) as refused:
        world.faults.add("tasks.stroe", status=503)
    error = refused.value
    assert (error.status, error.title) == (422, "No such operation")
    assert str(error) == error.detail == "There is no operation tasks.stroe; did you mean tasks.store?"


def test_a_refusal_may_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ControlError(404, "No such world", "There is no world x.")))
    assert (error.status, error.title, str(error)) == (404, "No such world", "There is no world x.")


def test_a_handle_of_a_world_that_was_removed_asks_no_other(server: FakeServer) -> None:
    gone = server.worlds.new("gone")
    assert len(gone.all("task")) == 3
    server.worlds.rm("gone")
    with pytest.raises(ControlError, match=r"^There is no world gone; ") as refused:
        gone.reset()
    assert refused.value.status == 404


def test_after_a_new_start_of_the_server_a_handle_does_not_ask_the_default_world() -> None:
    port = free_port()
    with FakeServer(world="small", now=NOW, port=port) as fake:
        made = fake.worlds.new("mine")
        assert made.clock.mode == "frozen"
    with FakeServer(world="small", now=NOW, port=port) as fake:
        assert sentence(made.reset, "empty").startswith("There is no world mine; ")
        assert len(fake.all("task")) == 3


def test_what_json_has_no_words_for_is_refused_before_it_is_sent(world: Handle) -> None:
    assert sentence(world.make, "task", title=object()).startswith("object cannot be sent as JSON: <object")
    assert len(world.all("task")) == 3


def test_a_record_may_be_given_where_its_id_is_wanted(world: Handle) -> None:
    project, users = world.make("project"), world.all("user")
    made = world.make("task", project=project, watchers=users)
    assert (made["project_id"], made["watchers"]) == (project["id"], [user["id"] for user in users])
    assert world.all("task", project=project) == [made]
    assert world.change("task", made["id"], assignee=users[0])["assignee_id"] == users[0]["id"]


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    "by, more",
    [("2d", {}), (172_800, {}), (timedelta(days=2), {}), (None, {"days": 2}), (None, {"hours": 47, "minutes": 60})],
)
def test_the_clock_goes_forward_by_a_text_by_seconds_or_by_days(world: Handle, by: Any, more: Any) -> None:
    told = world.clock.advance(by, **more)
    assert told == {"now": "2026-03-14T15:30:00.000Z", "mode": "frozen", "fell_due": []}


@pytest.mark.parametrize("by, more", [(None, {}), ("1d", {"days": 1}), (None, {"days": 0})])
def test_a_clock_that_is_not_told_how_far_does_not_move(world: Handle, by: Any, more: Any) -> None:
    assert sentence(world.clock.advance, by, **more) == (
        "Say how far the clock goes, in one way: advance(days=2), advance('2d') or advance(90)."
    )
    assert world.clock.now == "2026-03-12T15:30:00.000Z"


def test_the_clock_goes_back_by_no_spelling(world: Handle) -> None:
    for by, more in (("-1d", {}), (-1, {}), (None, {"days": -1})):
        with pytest.raises(ControlError) as refused:
            world.clock.advance(by, **more)
        assert refused.value.status == 422
    assert world.clock.now == "2026-03-12T15:30:00.000Z"


@pytest.mark.parametrize("at", ["2027-01-31T10:00:00Z", datetime(2027, 1, 31, 10, tzinfo=UTC)])
def test_the_clock_stands_at_a_text_or_at_a_datetime(world: Handle, at: Any) -> None:
    assert world.clock.freeze(at) == {"now": "2027-01-31T10:00:00.000Z", "mode": "frozen"}


# ---------------------------------------------------------------- from many threads and processes


def test_fifty_worlds_are_used_at_once_from_threads_through_one_connection(server: FakeServer) -> None:
    def use(number: int) -> Any:
        with server.worlds.new() as own:
            made = [own.make("task", title=f"T {number} {count}")["title"] for count in range(5)]
            own.clock.advance(seconds=number + 1)
            own.client.get("/tasks")
            found = [one["title"] for one in own.all("task")][3:]
            server.worlds.rm(own.name)
            return found == made, number

    before = server.export()
    with ThreadPoolExecutor(50) as threads:
        assert list(threads.map(use, range(50))) == [(True, number) for number in range(50)]
    assert server.export() == before


FORKED = """
import os, sys
from fake_server import connect
fake = connect(sys.argv[1])
assert fake.clock.mode == "frozen"
first = fake.asker.connection.client()
child = os.fork()
assert (fake.asker.connection.client() is first) == bool(child)
seen = [fake.clock.mode for _ in range(50)]
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
fake.close()
os._exit(seen != ["frozen"] * 50)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_connections_of_its_own(server: FakeServer) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", FORKED, server.url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


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
    transport = InProcess(Carried(never, loops[0]))
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


# ---------------------------------------------------------------- what it costs


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import fake_server; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['fake_server']\n"


def test_the_package_has_what_it_says_and_nothing_else() -> None:
    assert {name: getattr(fake_server, name).__name__ for name in fake_server.__all__} == {
        name: name for name in ("ControlError", "FakeServer", "Handle", "NotRunning", "connect")
    }
    with pytest.raises(AttributeError, match=r"^module 'fake_server' has no attribute 'Fake'$"):
        fake_server.Fake  # noqa: B018


def test_a_handle_that_is_not_used_asks_nothing_and_opens_nothing() -> None:
    with FakeServer(world="empty") as fake:
        assert (fake.asker.known, fake.asker.connection.clients, fake.inboxes) == (None, {}, [])
