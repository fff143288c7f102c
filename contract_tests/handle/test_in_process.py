"""FakeServer: a server in this process on a real port, asked by real clients, well-behaved and not."""

import asyncio
import gc
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.expected import BOT_DATA, BRIEF, BRIEF_DATA, FILE_DATA, LOGO, LOGO_DATA, PROJECT, task
from fake_server.seeds.worldfile import SeedError
from fake_server.server import FakeServer, PortInUse
from fake_server.settings import UsageError

pytestmark = pytest.mark.proves("README: Recipes")

TOKEN = {"Authorization": "Bearer any"}
MEGABYTE = 1024 * 1024
Headers = dict[str, str]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as fake:
        yield fake


@pytest.fixture(scope="module")
def http(server: FakeServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.base_url) as client:
        yield client


@pytest.fixture
def api(http: httpx2.Client) -> Api:
    """The small world over a real socket, as it was seeded."""
    found = Api(http, "any")
    found.control("POST", "/reset")
    return found


@contextmanager
def connection(server: FakeServer) -> Iterator[HTTPConnection]:
    """One connection that is never made anew."""
    made = HTTPConnection("127.0.0.1", int(server.base_url.rpartition(":")[2]), timeout=10)
    made.connect()
    made.auto_open = False
    try:
        yield made
    finally:
        made.close()


Answer = tuple[HTTPResponse, bytes]


def ask(link: HTTPConnection, method: str, path: str, body: Any = None, **more: Any) -> Answer:
    link.request(method, path, body, {**TOKEN, **more.pop("headers", {})}, **more)
    answer = link.getresponse()
    return answer, answer.read()


# ---------------------------------------------------------------- starting and stopping


def test_it_tells_where_it_is(server: FakeServer) -> None:
    host, port = server.base_url.removeprefix("http://").split(":")
    assert (host, server.url) == ("127.0.0.1", f"{server.base_url}/api/v1")
    assert httpx2.get(f"{server.url}/whoami", headers=TOKEN).json() == BOT_DATA
    assert int(port) not in (0, 5262)


def test_answers_lead_back_to_it(server: FakeServer, api: Api) -> None:
    meta = api.get("/tasks", {"page[size]": 1}).json()["meta"]
    assert meta["path"] == f"{server.url}/tasks"
    assert api.follow(meta["next_cursor_url"]).json()["meta"]["path"] == f"{server.url}/tasks"


def test_it_is_ready_as_soon_as_it_is_entered() -> None:
    with FakeServer(world="demo") as fake:
        ready = httpx2.get(f"{fake.base_url}/_fake/ready").json()
    assert ready == {"status": "ready", "world": "default", "seed": "demo", "tasks": 150}


@pytest.mark.parametrize("failed", [False, True])
def test_after_its_block_nothing_of_it_is_left(failed: bool) -> None:
    before = set(threading.enumerate())
    try:
        with FakeServer(world="empty") as fake:
            assert httpx2.get(f"{fake.base_url}/_fake/health").status_code == 200
            if failed:
                raise LookupError
    except LookupError:
        pass
    assert set(threading.enumerate()) == before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{fake.base_url}/_fake/health")


def test_an_open_connection_does_not_keep_it_from_stopping() -> None:
    with FakeServer(world="empty") as fake, connection(fake) as idle, connection(fake) as half:
        assert ask(idle, "GET", "/_fake/health")[1] == b'{"status":"ok"}'
        half.send(b"POST /api/v1/tasks HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        began = time.monotonic()
        fake.stop()
        assert time.monotonic() - began < 1


def test_stopping_twice_is_no_harm() -> None:
    with FakeServer(world="empty") as fake:
        fake.stop()


def test_it_leaves_the_process_it_runs_in_as_it_is() -> None:
    def state() -> list[Any]:
        signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        return [*signals, gc.get_threshold(), gc.get_freeze_count(), gc.isenabled()]

    before = state()
    with FakeServer(world="small"):
        assert state() == before
    assert state() == before


def test_it_may_be_started_inside_a_running_event_loop() -> None:
    async def inside() -> int:
        with FakeServer(world="empty") as fake:
            async with httpx2.AsyncClient() as client:
                return (await client.get(f"{fake.base_url}/_fake/health")).status_code

    assert asyncio.run(inside()) == 200


@pytest.mark.proves("README: Settings")
@pytest.mark.parametrize(
    "switches, sentence",
    [
        ({"wrold": "small"}, "There is no setting wrold; did you mean world?"),
        ({"webhooks": []}, "There is no setting webhooks; "),
        ({"strict": True}, "There is no setting strict; did you mean strict_auth?"),
        ({"tasks": -1}, "--tasks / KANBERT_FAKE_TASKS cannot be -1: "),
        ({"time_zone": "Vienna"}, "--time-zone / KANBERT_FAKE_TIME_ZONE cannot be 'Vienna': "),
        ({"token": "a"}, "--token / KANBERT_FAKE_TOKEN cannot be what was given: it is a list."),
    ],
)
def test_a_setting_that_cannot_be_obeyed_is_one_clear_sentence(switches: Any, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        FakeServer(**switches)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_an_unknown_world_is_one_clear_sentence() -> None:
    with pytest.raises(SeedError, match=r"^There is no world smal: did you mean small\?"):
        FakeServer(world="smal").start()


def test_a_port_in_use_is_one_clear_sentence(server: FakeServer) -> None:
    port = int(server.base_url.rpartition(":")[2])
    with pytest.raises(PortInUse, match=rf"^Cannot listen on 127\.0\.0\.1 port {port}: "):
        FakeServer(world="empty", port=port).start()


def test_variables_of_the_environment_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANBERT_FAKE_WORLD", "empty")
    monkeypatch.setenv("PORT", "1")
    with FakeServer(world="small") as fake:
        assert httpx2.get(f"{fake.base_url}/_fake/ready").json()["tasks"] == 3


# ---------------------------------------------------------------- two servers


def test_two_servers_at_once_share_nothing() -> None:
    with (
        FakeServer(world="small", now=NOW) as one,
        FakeServer(world="small", now=NOW) as other,
        httpx2.Client(base_url=one.base_url) as first,
        httpx2.Client(base_url=other.base_url) as second,
    ):
        changed, untouched = Api(first, "any"), Api(second, "any")
        before = list(untouched.walk("/tasks"))
        changed.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("a.txt", b"a")})
        changed.patch(f"/tasks/{LOGO}", {"title": "T"})
        changed.delete(f"/tasks/{BRIEF}")
        changed.register(token="mine", scopes=[])
        changed.http.delete("/_fake/tokens/guest-token")
        assert list(untouched.walk("/tasks")) == before
        assert untouched.as_token("mine").data("/whoami") == BOT_DATA
        assert untouched.as_token("guest-token").get("/whoami").status_code == 200
        untouched.control("POST", "/reset")
        assert changed.get(f"/tasks/{BRIEF}").status_code == 404
        assert (one.base_url != other.base_url, changed.data(f"/tasks/{LOGO}")["title"]) == (True, "T")


def test_two_servers_may_have_different_settings() -> None:
    with (
        FakeServer(world="small", created_status=201, strict_auth=True) as strict,
        FakeServer(world="empty", max_page_size=5) as small,
    ):
        assert httpx2.get(f"{strict.url}/users", headers=TOKEN).status_code == 401
        assert httpx2.get(f"{small.url}/users", headers=TOKEN).json()["meta"]["per_page"] == 5


# ---------------------------------------------------------------- many clients at once


def test_tasks_created_from_many_threads_are_all_there_in_one_order(server: FakeServer, api: Api) -> None:
    def create(thread: int) -> list[Any]:
        with httpx2.Client(base_url=server.base_url) as client:
            own = Api(client, f"thread-{thread}")
            bodies = [{"title": f"T {thread} {number}", "project_id": PROJECT} for number in range(25)]
            return [own.post("/tasks", body).json() for body in bodies]

    with ThreadPoolExecutor(8) as threads:
        made = [one for answers in threads.map(create, range(8)) for one in answers]
    found = [one for one in api.walk("/tasks", {"sort": "created_at"}) if one["title"].startswith("T ")]
    assert sorted(one["id"] for one in found) == sorted({one["id"] for one in made})
    assert {one["title"] for one in found} == {f"T {n // 25} {n % 25}" for n in range(200)}
    assert sorted(int(one["uri"].removeprefix("WEB-")) for one in found) == list(range(4, 204))
    new = [one["list_sorting"] for one in api.walk("/tasks") if one["status"] == "New"]
    assert sorted(new) == list(range(201))


@pytest.mark.usefixtures("api")
def test_readers_never_see_half_a_change(server: FakeServer) -> None:
    """A task that moves between columns is in exactly one of them, and both stay without gaps."""

    def move(status: str) -> None:
        with httpx2.Client(base_url=server.base_url) as client:
            for _ in range(40):
                Api(client, "mover").patch(f"/tasks/{LOGO}", {"status": status})

    def watch(_: int) -> list[list[Any]]:
        with httpx2.Client(base_url=server.base_url) as client:
            own = Api(client, "watcher")
            views = [own.data("/tasks") for _ in range(40)]
        return [sorted((one["status"], one["list_sorting"]) for one in view) for view in views]

    with ThreadPoolExecutor(4) as threads:
        watched = [threads.submit(watch, number) for number in range(2)]
        moved = [threads.submit(move, status) for status in ("New", "WIP")]
        seen = [view for one in watched for view in one.result()]
        assert [one.result() for one in moved] == [None, None]
    for view in seen:
        assert view in (
            [("Completed", 0), ("New", 0), ("WIP", 0)],
            [("Completed", 0), ("New", 0), ("New", 1)],
        )


# ---------------------------------------------------------------- HTTP over a real socket


def test_a_connection_is_kept_for_the_next_request(server: FakeServer) -> None:
    with connection(server) as link:
        for path in ("/api/v1/whoami", "/api/v1/nope", "/_fake/health", "/", "/api/v1/tasks"):
            answer, body = ask(link, "GET", path)
            assert answer.headers["content-length"] == str(len(body))


def test_a_client_that_wants_no_more_is_let_go(server: FakeServer) -> None:
    with connection(server) as link:
        answer, _ = ask(link, "GET", "/api/v1/whoami", headers={"Connection": "close"})
        assert answer.headers["connection"] == "close"
        assert link.sock is None


def test_requests_sent_one_after_the_other_without_waiting_are_answered_in_order(server: FakeServer) -> None:
    paths = ("/api/v1/whoami", "/api/v1/nope", "/api/v1/users")
    with connection(server) as link:
        sent = [f"GET {path} HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\n" for path in paths]
        link.send(("\r\n".join(sent) + "Connection: close\r\n\r\n").encode())
        received = b"".join(iter(lambda: link.sock.recv(65536), b""))
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


@pytest.mark.proves("E6")
@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("path, status", [("/tasks", 200), ("/whoami", 200), ("/tasks/x", 404), ("/no", 404)])
def test_head_is_get_without_its_body(server: FakeServer, path: str, status: int) -> None:
    with connection(server) as link:
        get, body = ask(link, "GET", f"/api/v1{path}")
        head, nothing = ask(link, "HEAD", f"/api/v1{path}")
        following, _ = ask(link, "GET", "/api/v1/whoami")
    same = ("content-length", "content-type", "x-fake-hint")
    assert (head.status, nothing, following.status) == (status, b"", 200)
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    assert head.headers["content-length"] == str(len(body))


@pytest.mark.proves("E6")
@pytest.mark.parametrize(
    "path, allowed",
    [
        ("/tasks", {"GET", "HEAD", "POST"}),
        (f"/tasks/{LOGO}", {"GET", "HEAD", "PATCH", "DELETE"}),
        (f"/tasks/{LOGO}/upload", {"POST"}),
        (f"/tasks/{LOGO}/external-identifier", {"PUT"}),
        ("/whoami", {"GET", "HEAD"}),
    ],
)
def test_options_names_the_methods_of_a_path(http: httpx2.Client, path: str, allowed: set[str]) -> None:
    answer = http.options(f"/api/v1{path}")
    assert answer.status_code in (200, 204)
    assert {method.strip() for method in answer.headers["allow"].split(",")} == allowed
    assert (answer.content, "content-type" in answer.headers) == (b"", False)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_body_may_come_in_chunks(server: FakeServer, api: Api, size: int) -> None:
    body = json.dumps({"title": "Zwölf Brötchen", "project_id": PROJECT}, ensure_ascii=False).encode()
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    with connection(server) as link:
        headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        answer, text = ask(link, "POST", "/api/v1/tasks", iter(chunks), headers=headers, encode_chunked=True)
    made = json.loads(text)
    assert (answer.status, made) == (200, task(made["id"], "WEB-4", "Zwölf Brötchen"))
    assert api.data(f"/tasks/{made['id']}") == made


def test_an_upload_may_come_in_chunks(server: FakeServer, api: Api) -> None:
    content = bytes(range(256)) * 100
    body = multipart(content)
    chunks = [body[start : start + 1013] for start in range(0, len(body), 1013)]
    with connection(server) as link:
        headers = {**FORM, "Transfer-Encoding": "chunked"}
        answer, text = ask(link, "POST", UPLOAD, iter(chunks), headers=headers, encode_chunked=True)
    assert answer.status == 200
    assert api.http.get(f"/_fake/files/{json.loads(text)['id']}").content == content


def test_who_waits_before_sending_the_body_is_told_to_go_on(server: FakeServer, api: Api) -> None:
    body = json.dumps({"title": "T", "project_id": PROJECT}).encode()
    with connection(server) as link:
        link.putrequest("POST", "/api/v1/tasks")
        for name, value in {**TOKEN, "Content-Type": "application/json", "Expect": "100-continue"}.items():
            link.putheader(name, value)
        link.putheader("Content-Length", str(len(body)))
        link.endheaders()
        assert link.sock.recv(1024).startswith(b"HTTP/1.1 100 ")
        link.send(body)
        answer = link.getresponse()
        assert (answer.status, json.loads(answer.read())["title"]) == (200, "T")
    assert len(api.data("/tasks")) == 4


def test_what_is_no_http_is_refused_and_the_server_goes_on(server: FakeServer, api: Api) -> None:
    with connection(server) as link:
        link.send(b"\x16\x03\x01 this is no request\r\n\r\n")
        received = b"".join(iter(lambda: link.sock.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 400 ")
    assert api.data("/whoami") == BOT_DATA


# ---------------------------------------------------------------- clients that go away

UPLOAD = f"/api/v1/tasks/{LOGO}/upload"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def multipart(content: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    return head + content + b"\r\n--b--\r\n"


def give_up(server: FakeServer, method: str, path: str, kind: Headers, sent: bytes, promised: int) -> bytes:
    """Sends the beginning of a request and then no more; gives what the server answers until it hangs up."""
    with connection(server) as link:
        link.putrequest(method, path)
        for name, value in {**TOKEN, **kind, "Content-Length": str(promised)}.items():
            link.putheader(name, value)
        link.endheaders()
        link.send(sent)
        link.sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: link.sock.recv(65536), b""))


@pytest.mark.proves("T20")
@pytest.mark.parametrize("sent", [0, 20, 80, 3 * MEGABYTE])
def test_a_client_that_disconnects_in_an_upload_leaves_nothing_behind(
    server: FakeServer, api: Api, sent: int
) -> None:
    body = multipart(bytes(4 * MEGABYTE))
    assert give_up(server, "POST", UPLOAD, FORM, body[:sent], len(body)) == b""
    assert api.data(f"/tasks/{LOGO}") == LOGO_DATA
    made = api.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("b.txt", b"b")}).json()
    api.control("POST", "/reset")
    assert api.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("b.txt", b"b")}).json() == made


@pytest.mark.parametrize(
    "method, path",
    [("POST", "/tasks"), ("PATCH", f"/tasks/{BRIEF}"), ("PUT", f"/tasks/{BRIEF}/external-identifier")],
)
def test_a_client_that_disconnects_in_a_body_changes_nothing(
    server: FakeServer, api: Api, method: str, path: str
) -> None:
    whole = json.dumps({"title": "T", "project_id": PROJECT, "external_id": "E"}).encode()
    headers = {"Content-Type": "application/json"}
    assert give_up(server, method, f"/api/v1{path}", headers, whole, len(whole) + 1) == b""
    assert (len(api.data("/tasks")), api.data(f"/tasks/{BRIEF}")) == (3, BRIEF_DATA)


def test_a_client_that_does_not_wait_for_its_answer_harms_nobody(server: FakeServer, api: Api) -> None:
    for _ in range(20):
        with connection(server) as link:
            link.request("GET", "/api/v1/tasks?include=project,client", headers=TOKEN)
    assert len(api.data("/tasks")) == 3


# ---------------------------------------------------------------- more than is allowed


@pytest.mark.proves("tasks.upload.size", "E10")
def test_an_upload_of_50_megabytes_is_refused_and_its_sender_is_told(server: FakeServer, api: Api) -> None:
    with connection(server) as link:
        answer, text = ask(link, "POST", UPLOAD, multipart(bytes(50 * MEGABYTE)), headers=FORM)
        following, _ = ask(link, "GET", "/api/v1/whoami")
    says = "The file field must not be greater than 15360 kilobytes."
    assert (answer.status, json.loads(text)) == (422, {"message": says, "errors": {"file": [says]}})
    assert (following.status, api.data(f"/tasks/{LOGO}")) == (200, LOGO_DATA)


@pytest.mark.proves("E10")
@pytest.mark.parametrize(
    "path, headers, status",
    [
        (UPLOAD, {"Authorization": "", **FORM}, 401),
        (UPLOAD, {"Authorization": "Bearer reader", **FORM}, 403),
        ("/api/v1/tasks/none/upload", FORM, 404),
        ("/api/v1/nope", FORM, 404),
        (f"/api/v1/tasks/{LOGO}", FORM, 405),
        (UPLOAD, {"Content-Type": "application/octet-stream"}, 415),
        (UPLOAD, {"Content-Type": "multipart/form-data; boundary=other"}, 400),
        ("/api/v1/tasks", {"Content-Type": "application/json"}, 413),
        ("/_fake/tokens", {}, 413),
        ("/_fake/nope", {}, 404),
    ],
)
def test_whoever_sends_20_megabytes_in_vain_gets_to_know_why(
    server: FakeServer, api: Api, path: str, headers: Headers, status: int
) -> None:
    api.register(token="reader", scopes=["task-management:read"])
    with connection(server) as link:
        answer, text = ask(link, "POST", path, multipart(bytes(20 * MEGABYTE)), headers=headers)
        following, _ = ask(link, "GET", "/api/v1/whoami")
    assert (answer.status, following.status) == (status, 200), text
    assert isinstance(json.loads(text), dict)


@pytest.mark.proves("E10")
@pytest.mark.parametrize("megabytes", [20, 300])
def test_a_file_that_is_too_large_is_too_large_however_large_it_is(api: Api, megabytes: int) -> None:
    def body() -> Iterator[bytes]:
        start, end = multipart(b"|").split(b"|")
        yield start
        for _ in range(megabytes):
            yield bytes(MEGABYTE)
        yield end

    answer = api.ask("POST", f"/tasks/{LOGO}/upload", content=body(), headers=FORM)
    assert answer.status_code in (413, 422), (answer.text, hint(answer))


def test_the_file_of_the_seed_is_served_over_the_socket(http: httpx2.Client) -> None:
    answer = http.get(f"/_fake/files/{FILE_DATA['id']}")
    assert (answer.status_code, len(answer.content)) == (200, FILE_DATA["size"])
