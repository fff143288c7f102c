"""The handle: where it is, how it is begun, connected and ended, and what it costs."""

import asyncio
import gc
import inspect
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest

import fake_server.server
from contract_tests.client import NOW
from contract_tests.expected import BOT_DATA, BRIEF, LOGO
from contract_tests.handle import handles
from contract_tests.handle.handles import sentence
from contract_tests.processes import free_port
from fake_server import ControlError, FakeServer, Handle, connect
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Recipes")

server, world = handles.server, handles.world


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


def test_a_server_may_be_started_again_whatever_was_asked_in_between() -> None:
    fake, ports = FakeServer(world="small", now=NOW), set()
    for _ in range(2):
        with fake:
            ports.add(fake.base_url)
            fake.remove("task", LOGO)
            assert (len(fake.all("task")), len(fake.client.get("/tasks").json()["data"])) == (2, 2)
        assert sentence(fake.clock.freeze).startswith(f"No fake answers at {fake.base_url}. ")
        with pytest.raises(httpx2.ConnectError):
            fake.client.get("/tasks")
    assert len(ports) == 2


def test_starting_a_server_that_runs_leaves_it_as_it_is() -> None:
    with FakeServer(world="empty") as fake:
        before, url = threading.active_count(), fake.url
        assert fake.start() is fake
        assert (threading.active_count(), fake.url) == (before, url)


def test_a_server_that_ends_before_it_listens_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    listen = fake_server.server.listen

    def closed(settings: Settings) -> socket.socket:
        sock = listen(settings)
        sock.close()
        return sock

    monkeypatch.setattr(fake_server.server, "listen", closed)
    fake = FakeServer(world="empty")
    with pytest.raises(RuntimeError, match=r"^The server ended before it listened\.$") as failed:
        fake.start()
    assert isinstance(failed.value.__cause__, OSError)
    monkeypatch.undo()
    with fake:
        assert fake.client.get("/whoami").status_code == 200


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


NO_FAKE = "What answers at {url} is no fake of Kanbert"


@pytest.mark.parametrize(
    "code, body, said",
    [
        (200, b"hello", f"{NO_FAKE}."),
        (200, b"[]", f"{NO_FAKE}."),
        (200, b"{}", f"{NO_FAKE}."),
        (404, b"{}", f"{NO_FAKE}: it said 404 to GET /_fake/ready."),
        (307, b"", "What answers at {url} leads elsewhere, to /there: it said 307 to GET /_fake/ready."),
        (500, b"", "The fake failed (500 to GET /_fake/ready): its log has the trace."),
    ],
)
def test_what_answers_there_without_being_a_fake_is_named(code: int, body: bytes, said: str) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(code)
            if code == 307:
                self.send_header("Location", "/there")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        answering = threading.Thread(target=other.handle_request)
        answering.start()
        url = f"http://127.0.0.1:{other.server_address[1]}"
        assert sentence(connect, url) == said.format(url=url)
        answering.join()


def test_what_cannot_be_sent_is_not_blamed_on_the_fake(server: FakeServer, world: Handle) -> None:
    assert (
        sentence(connect, server.url, "t\u00f6ken") == "'Bearer t\u00f6ken' cannot be sent: it is no text of ascii."
    )
    no_text = r"'\ud800' cannot be sent: it is no text of utf-8."
    assert sentence(connect, server.url, world="\ud800") == no_text
    assert sentence(world.all, "task", title="\ud800") == sentence(world.get, "task", "\ud800") == no_text


@pytest.mark.parametrize("url", ["", "127.0.0.1:5262", "ftp://127.0.0.1", "http://a b"])
def test_what_is_no_url_is_not_asked(url: str) -> None:
    said = f"No fake can be at {url!r}: that is no URL; http://127.0.0.1:5262 is one."
    assert sentence(connect, url) == said


def test_a_server_that_was_stopped_is_not_running() -> None:
    with FakeServer(world="empty") as fake:
        made = fake.worlds.new()
    for handle in (fake, made):
        assert sentence(handle.clock.freeze).startswith(f"No fake answers at {fake.base_url}. ")


# ---------------------------------------------------------------- from many threads and processes


@pytest.mark.proves("README: Many tests at once")
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
first = fake._control.connection.client(), fake.client
assert fake.client.get("/whoami").status_code == 200
child = os.fork()
assert [(fake._control.connection.client() is first[0]), fake.client is first[1]] == [bool(child)] * 2
seen = [fake.clock.mode for _ in range(50) if fake.client.get("/whoami").status_code == 200]
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
fake.close()
os._exit(seen != ["frozen"] * 50)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_connections_of_its_own(server: FakeServer) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", FORKED, server.url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# ---------------------------------------------------------------- what it costs


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import fake_server; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['fake_server']\n"


def test_the_package_has_what_it_says_and_nothing_else() -> None:
    assert {name: getattr(fake_server, name).__name__ for name in fake_server.__all__} == {
        name: name
        for name in (
            "ControlError", "FakeServer", "Handle", "Inbox", "NotRunning", "PortInUse", "RealServiceRefused",
            "SeedError", "UsageError", "connect",
        )
    }  # fmt: skip
    with pytest.raises(AttributeError, match=r"^module 'fake_server' has no attribute 'Fake'$"):
        fake_server.Fake  # noqa: B018


def test_a_handle_that_is_not_used_asks_nothing_and_opens_nothing() -> None:
    with FakeServer(world="empty") as fake:
        assert (fake._control.known, fake._control.connection.clients.made, fake._inboxes) == (None, {}, [])
