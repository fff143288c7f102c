"""Faults on a real socket: what a client sees of a connection that is reset, cut, slow or never answered."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import Any, NamedTuple

import httpx2
import pytest

from contract_tests.client import Api, hint, said
from contract_tests.expected import BOT_DATA, BRIEF, PROJECT, Json
from contract_tests.webhooks.receiver import LONGEST, Receiver
from contract_tests.webhooks.webhook_server import flush, running, subscribe

pytestmark = pytest.mark.proves("README: When things go wrong")

TIMER = 0.8
"""The share of a short time that is waited for at least: event loops count in milliseconds."""
BODY = {"title": "Sent", "project_id": PROJECT}


class Seen(NamedTuple):
    """What came over the wire, and how it ended: `closed` in order, or `reset`."""

    raw: bytes
    end: str

    @property
    def head(self) -> list[str]:
        return self.raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")

    @property
    def length(self) -> int:
        """The length that the head promises."""
        return int(next(line for line in self.head if line.startswith("content-length:")).partition(":")[2])

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


@contextmanager
def link(api: Api) -> Iterator[socket.socket]:
    address = ("127.0.0.1", int(api.http.base_url.port or 0))
    with socket.create_connection(address, timeout=LONGEST) as made:
        yield made


def written(method: str, path: str, body: Any = None, *headers: str) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: fake.test", "Authorization: Bearer token", *headers]
    lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []
    return "\r\n".join([*lines, "", ""]).encode() + content


def drained(connection: socket.socket, begun: bytes = b"") -> Seen:
    """Everything until the other side ends."""
    pieces = [begun]
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        return Seen(b"".join(pieces), "reset")
    return Seen(b"".join(pieces), "closed")


def until(connection: socket.socket, mark: bytes) -> bytes:
    """What comes until the mark is there."""
    found = b""
    while mark not in found:
        piece = connection.recv(65536)
        assert piece, found
        found += piece
    return found


def exchange(api: Api, method: str, path: str, body: Any = None) -> Seen:
    """One request on a connection of its own, which the server is asked to close."""
    with link(api) as connection:
        connection.sendall(written(method, path, body, "Connection: close"))
        return drained(connection)


def add(api: Api, operation: str = "*", **fields: Any) -> Json:
    return api.control("POST", "/faults", {"operation": operation, **fields})  # type: ignore[no-any-return]


def lift(api: Api) -> list[int]:
    """Ends all faults; gives how often each struck."""
    return [one["hits"] for one in api.control("DELETE", "/faults")["data"]]


def titles(api: Api) -> list[str]:
    return [one["title"] for one in api.walk("/tasks")]


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A fault on purpose is nothing that the log complains of."""
    yield
    assert caplog.records == []


# ---------------------------------------------------------------- connections that end

LOST = [
    ({"kind": "reset"}, "reset"),
    ({"kind": "reset", "place": "after_commit"}, "reset"),
    ({"kind": "reset", "place": "response_lost"}, "reset"),
    ({"place": "response_lost"}, "reset"),
    ({"kind": "empty"}, "closed"),
    ({"kind": "empty", "place": "after_commit"}, "closed"),
]
REQUESTS = [
    ("GET", "/whoami", None),
    ("HEAD", "/whoami", None),
    ("POST", "/tasks", BODY),
    ("PATCH", f"/tasks/{BRIEF}", {"title": "Changed"}),
    ("DELETE", f"/tasks/{BRIEF}", None),
]


@pytest.mark.parametrize("fields, end", LOST)
@pytest.mark.parametrize("method, path, body", REQUESTS)
def test_a_lost_answer_is_not_a_byte_and_the_end_of_the_connection(
    fake: Api, fields: Json, end: str, method: str, path: str, body: Any
) -> None:
    add(fake, **fields)
    assert exchange(fake, method, path, body) == Seen(b"", end)
    assert lift(fake) == [1]


@pytest.mark.parametrize("fields, end", LOST)
@pytest.mark.parametrize("size", [200_000, 7_000_000])
def test_a_large_body_is_taken_before_the_connection_ends(fake: Api, fields: Json, end: str, size: int) -> None:
    add(fake, "tasks.store", **fields)
    assert exchange(fake, "POST", "/tasks", {**BODY, "description": "x" * size}) == Seen(b"", end)


@pytest.mark.parametrize("fields, end", LOST)
def test_only_what_was_answered_before_it_is_left_of_a_connection(fake: Api, fields: Json, end: str) -> None:
    add(fake, "users.index", **fields)
    with link(fake) as connection:
        connection.sendall(written("GET", "/whoami"))
        first = until(connection, b"}}")
        connection.sendall(written("GET", "/users") + written("DELETE", f"/tasks/{BRIEF}"))
        seen = drained(connection, first)
    assert (seen.end, json.loads(seen.body)) == (end, BOT_DATA)
    assert "Write the brief" in titles(fake)


@pytest.mark.parametrize("times", [1, 3])
def test_other_connections_go_on(fake: Api, times: int) -> None:
    add(fake, "users.whoami", kind="reset", times=times)
    ends = [exchange(fake, "GET", "/whoami").end for _ in range(times)]
    assert (ends, fake.data("/whoami")) == (["reset"] * times, BOT_DATA)


@pytest.mark.parametrize("fields", [{"kind": "reset"}, {"kind": "empty"}])
def test_before_the_commit_nothing_was_done(fake: Api, fields: Json) -> None:
    add(fake, **fields)
    exchange(fake, "POST", "/tasks", BODY)
    lift(fake)
    assert "Sent" not in titles(fake)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "reset", "place": "after_commit"},
        {"kind": "empty", "place": "after_commit"},
        {"place": "response_lost"},
        {"kind": "cut"},
        {"status": 500, "place": "after_commit"},
    ],
)
def test_after_the_commit_it_is_there_and_told(fake: Api, receiver: Receiver, fields: Json) -> None:
    subscribe(fake, receiver)
    add(fake, times=1, **fields)
    exchange(fake, "POST", "/tasks", BODY)
    assert titles(fake).count("Sent") == 1
    flush(fake)
    assert [(one.event, one.json["data"]["title"]) for one in receiver.taken()] == [("task:create", "Sent")]


# ---------------------------------------------------------------- answers that are cut


@pytest.mark.parametrize("method, path, body", [one for one in REQUESTS if one[0] != "HEAD"])
def test_a_cut_answer_promises_all_of_its_body_and_has_the_first_half(
    fake: Api, method: str, path: str, body: Any
) -> None:
    whole = exchange(fake, method, path, body)
    fake.control("POST", "/reset")
    add(fake, kind="cut")
    seen = exchange(fake, method, path, body)
    assert (seen.end, seen.length) == ("closed", len(whole.body))
    assert seen.body == whole.body[: len(whole.body) // 2]
    assert "x-fake-hint: Fault 1 struck (cut, after_commit; hit 1)." in seen.head


def test_the_head_alone_cannot_be_cut(fake: Api) -> None:
    whole = exchange(fake, "HEAD", "/whoami")
    add(fake, kind="cut")
    seen = exchange(fake, "HEAD", "/whoami")
    assert (seen.head[0], seen.length, seen.body) == (whole.head[0], whole.length, b"")


def test_a_refusal_is_cut_too(fake: Api) -> None:
    add(fake, kind="cut")
    seen = exchange(fake, "GET", "/tasks/nope")
    assert (seen.head[0], seen.length, len(seen.body)) == ("HTTP/1.1 404 Not Found", 65, 32)


# ---------------------------------------------------------------- answers that take their time


@contextmanager
def world(api: Api) -> Iterator[Api]:
    """A world of its own on the same server, asked with its token."""
    row = api.control("POST", "/worlds", {})
    yield api.as_token(row["token"])
    api.http.delete(f"/_fake/worlds/{row['name']}")


def own(api: Api, method: str, path: str, body: Any = None) -> Any:
    """A control call about the world of the token."""
    answer = api.http.request(method, f"/_fake{path}", json=body, headers={"Authorization": f"Bearer {api.token}"})
    assert answer.status_code < 300, answer.text
    return answer.json()


@pytest.mark.parametrize("path, latency", [("/whoami", 0.05), ("/tasks", 0.05), ("/tasks/nope", 0.02)])
def test_a_slow_answer_is_whole_and_takes_its_time(fake: Api, path: str, latency: float) -> None:
    unhurt = exchange(fake, "GET", path)
    add(fake, kind="slow", latency=latency)
    began = time.monotonic()
    seen = exchange(fake, "GET", path)
    assert time.monotonic() - began >= latency * TIMER
    assert (seen.end, seen.length, seen.body) == ("closed", len(unhurt.body), unhurt.body)


def test_the_head_of_a_slow_answer_comes_at_once_and_the_rest_when_its_world_ends(fake: Api) -> None:
    with world(fake) as mine, link(fake) as connection:
        own(mine, "POST", "/faults", {"operation": "*", "kind": "slow", "latency": 3600})
        request = written("GET", "/whoami", None, "Connection: close")
        connection.sendall(request.replace(b"Bearer token", f"Bearer {mine.token}".encode()))
        head = until(connection, b"\r\n\r\n")
        assert Seen(head, "").body == b""
        own(mine, "POST", "/reset")
        seen = drained(connection, head)
    assert (seen.end, json.loads(seen.body)) == ("closed", BOT_DATA)


def test_a_client_that_loses_patience_with_a_slow_answer_harms_nobody(fake: Api) -> None:
    add(fake, kind="slow", latency=0.1)
    with link(fake) as connection:
        connection.sendall(written("GET", "/whoami"))
        until(connection, b"\r\n\r\n")
    lift(fake)
    assert fake.data("/whoami") == BOT_DATA


def test_latency_is_waited_for_and_then_the_service_answers(fake: Api) -> None:
    add(fake, "users.whoami", latency=0.05)
    began = time.monotonic()
    answer = fake.get("/whoami")
    assert time.monotonic() - began >= 0.05 * TIMER
    assert (answer.json(), hint(answer)) == (BOT_DATA, "Fault 1 struck (0.05 seconds of latency; hit 1).")


def test_latencies_add_up_and_come_before_what_is_answered(fake: Api) -> None:
    for fields in ({"latency": 0.02}, {"status": 503, "latency": 0.03}, {"latency": 0.04}, {"status": 500}):
        add(fake, **fields)
    began = time.monotonic()
    answer = fake.get("/whoami")
    assert time.monotonic() - began >= 0.09 * TIMER
    assert said(answer) == (503, {"message": "Service Unavailable"})
    assert hint(answer) == (
        "Fault 1 struck (0.02 seconds of latency; hit 1). Fault 2 struck (status 503, before_commit; hit 1). "
        "Fault 3 struck (0.04 seconds of latency; hit 1)."
    )
    assert lift(fake) == [1, 1, 1, 0]


def waiting(api: Api) -> Json:
    """The request that is under way: the newest of the journal."""
    while not (found := own(api, "GET", "/requests?limit=1")["data"]):
        pass
    return found[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("fields", [{}, {"place": "response_lost"}, {"kind": "cut"}])
def test_whoever_waits_blocks_nobody_and_leaves_no_trace_after_a_reset(fake: Api, fields: Json) -> None:
    with world(fake) as mine, ThreadPoolExecutor() as pool:
        own(mine, "POST", "/faults", {"operation": "tasks.store", "latency": 3600, **fields})
        waits = pool.submit(exchange_as, mine, "POST", "/tasks", BODY)
        assert waiting(mine)["status"] is None
        assert mine.data("/whoami") == BOT_DATA
        own(mine, "POST", "/reset")
        seen = waits.result(LONGEST)
        assert "Sent" not in titles(mine)
    if not fields:
        assert seen.head[0] == "HTTP/1.1 503 Service Unavailable"
        assert any(line.endswith(f"The world {mine.token[8:]} was reset meanwhile.") for line in seen.head)


def exchange_as(api: Api, method: str, path: str, body: Any) -> Seen:
    with link(api) as connection:
        request = written(method, path, body, "Connection: close")
        connection.sendall(request.replace(b"Bearer token", f"Bearer {api.token}".encode()))
        return drained(connection)


def test_a_server_ends_at_once_whatever_waits() -> None:
    with ThreadPoolExecutor() as pool:
        with running() as api:
            add(api, "users.whoami", latency=3600)
            add(api, "users.index", kind="slow", latency=3600)
            waits = [pool.submit(exchange, api, "GET", path) for path in ("/whoami", "/users")]
            api.control("GET", "/requests/wait?operation=users.index")
            while not api.control("GET", "/requests?operation=users.whoami")["data"]:
                pass
            began = time.monotonic()
        assert [one.result(LONGEST).end for one in waits] == ["closed", "closed"]
        assert time.monotonic() - began < 2


# ---------------------------------------------------------------- as clients know it


@pytest.mark.parametrize(
    "fields, error",
    [
        ({"kind": "reset"}, httpx2.ReadError),
        ({"place": "response_lost"}, httpx2.ReadError),
        ({"kind": "empty"}, httpx2.RemoteProtocolError),
        ({"kind": "cut"}, httpx2.RemoteProtocolError),
    ],
)
def test_a_modern_client_gets_its_own_error(fake: Api, fields: Json, error: type[Exception]) -> None:
    add(fake, "users.whoami", **fields)
    with pytest.raises(error) as raised:
        fake.get("/whoami")
    assert type(raised.value) is error
    lift(fake)
    assert fake.data("/whoami") == BOT_DATA


@pytest.mark.parametrize(
    "fields, error",
    [
        ({"kind": "reset"}, ConnectionResetError),
        ({"kind": "empty"}, RemoteDisconnected),
        ({"kind": "cut"}, IncompleteRead),
    ],
)
def test_the_standard_library_gets_its_own_error(fake: Api, fields: Json, error: type[Exception]) -> None:
    add(fake, "users.whoami", **fields)
    with pytest.raises(error) as raised:
        plainly_read(fake, "/whoami")
    assert type(raised.value) is error


def plainly_read(api: Api, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", int(api.http.base_url.port or 0), timeout=LONGEST)
    with closing(connection):
        connection.request("GET", f"/api/v1{path}", headers={"Authorization": "Bearer token"})
        return connection.getresponse().read()


def test_without_a_socket_the_caller_gets_the_error_itself(alone: Api) -> None:
    alone.control("POST", "/reset")
    for number, fields in enumerate([{"kind": "reset"}, {"kind": "empty"}, {"place": "response_lost"}], 1):
        add(alone, times=1, **fields)
        with pytest.raises(ConnectionResetError):
            alone.post("/tasks", BODY)
        assert alone.control("GET", "/requests?status=4xx")["data"] == []
        found = alone.control("GET", "/requests?operation=tasks.store")["data"]
        assert [(one["fault"], one["status"]) for one in found][-1] == (str(number), None)


# ---------------------------------------------------------------- neighbours


def test_the_testers_routes_answer_while_everything_is_reset(fake: Api) -> None:
    add(fake, kind="reset")
    add(fake, latency=3600)
    for path in ("/health", "/ready", "/faults", "/requests", "/clock"):
        assert fake.http.get(f"/_fake{path}").status_code == 200
    assert lift(fake) == [0, 0]


def test_a_connection_outlives_an_answer_of_a_fault(fake: Api) -> None:
    add(fake, "users.whoami", status=503, times=2)
    with link(fake) as connection:
        for status in (b"503", b"503", b"200"):
            connection.sendall(written("GET", "/whoami"))
            assert until(connection, b"}").startswith(b"HTTP/1.1 " + status)


def test_of_many_at_once_just_as_many_are_struck_as_were_asked_for(fake: Api) -> None:
    add(fake, "users.whoami", kind="reset", times=7)
    with ThreadPoolExecutor(16) as pool:
        ends = list(pool.map(lambda _: exchange(fake, "GET", "/whoami").end, range(40)))
    assert (ends.count("reset"), ends.count("closed"), lift(fake)) == (7, 33, [7])
