"""What comes behind what on one connection: refusals, trailers, the rest of who asked for another protocol."""

import pytest

from contract_tests.expected import BOT_DATA, LOGO, PROJECT
from contract_tests.handle import on_socket
from contract_tests.handle.on_socket import sending
from contract_tests.security.raw import Connection, connected, request
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("README: Limits")

UPGRADES = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
)


fake, as_seeded = on_socket.fake, on_socket.as_seeded


def statuses(connection: Connection, count: int) -> list[int]:
    return [connection.answer().status for _ in range(count)]


# ---------------------------------------------------------------- another protocol


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("size", [1, 10_000])
def test_who_asks_for_another_protocol_is_answered_in_this_one(fake: FakeServer, upgrade: bytes, size: int) -> None:
    sent = sending("PATCH", f"/api/v1/tasks/{LOGO}", {"title": "Upgraded"}, upgrade) + request()
    with connected(fake) as connection:
        for start in range(0, len(sent), size):
            connection.send(sent[start : start + size])
        assert connection.answer().json["title"] == "Upgraded"
        assert connection.answer().json == BOT_DATA


@pytest.mark.parametrize("upgrade", UPGRADES)
def test_the_body_of_who_asks_for_another_protocol_is_no_request(fake: FakeServer, upgrade: bytes) -> None:
    inner = request(f"/api/v1/tasks/{LOGO}", method="DELETE")
    head = request("/api/v1/tasks", upgrade + b"Content-Length: %d\r\n" % len(inner), "POST")
    with connected(fake) as connection:
        connection.send(head)
        connection.send(inner + request())
        assert statuses(connection, 2) == [415, 200]
    assert fake.get("task", LOGO)["id"] == LOGO


@pytest.mark.parametrize("upgrade", UPGRADES)
def test_the_control_plane_reads_such_bodies_too(fake: FakeServer, upgrade: bytes) -> None:
    with connected(fake) as connection:
        connection.send(sending("POST", "/_fake/worlds", {"name": "upgraded"}, upgrade))
        assert connection.answer().json["name"] == "upgraded"
        connection.send(request("/_fake/worlds/upgraded", method="DELETE"))
        assert connection.answer().status == 200


def test_a_tunnel_is_refused(fake: FakeServer) -> None:
    with connected(fake) as connection:
        connection.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n")
        assert connection.answer().status >= 400


# ---------------------------------------------------------------- refusals in their turn

CHUNKED = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
GARBAGE = b"GARB AGE\r\n\r\n"
LONG = request(f"/api/v1/{'x' * 70_000}")


@pytest.mark.parametrize("bad, status", [(GARBAGE, 400), (LONG, 414)])
def test_a_refusal_comes_behind_the_answers_to_what_came_before(fake: FakeServer, bad: bytes, status: int) -> None:
    before = sending("POST", "/api/v1/tasks", {"title": "Before", "project_id": PROJECT})
    with connected(fake) as connection:
        connection.send(before + request() * 5 + bad)
        assert connection.answer().json["title"] == "Before"
        assert statuses(connection, 6) == [200] * 5 + [status]
        assert connection.is_closed()


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize(
    "url, keys",
    [("/api/v1/tasks?x=\x01", ["message"]), ("/_fake/state?x=\x01", ["message", "title", "detail", "status"])],
)
def test_a_url_that_cannot_be_read_is_refused_in_the_form_of_what_was_asked_for(
    fake: FakeServer, url: str, keys: list[str], size: int
) -> None:
    sent = request(url)
    with connected(fake) as connection:
        for start in range(0, 40, size):
            connection.send(sent[start : start + size])
        answer = connection.answer()
    assert (answer.status, list(answer.json)) == (400, keys)


def test_a_refusal_waits_for_an_answer_that_takes_its_time(fake: FakeServer) -> None:
    fake.faults.add("users.whoami", latency=0.2)
    with connected(fake) as connection:
        connection.send(request() + GARBAGE)
        assert statuses(connection, 2) == [200, 400]


def test_a_refusal_does_not_cut_into_an_answer(fake: FakeServer) -> None:
    fake.faults.add("users.whoami", kind="slow", latency=0.3)
    with connected(fake) as connection:
        connection.send(request())
        assert connection.coming.readline() == b"HTTP/1.1 200 OK\r\n"
        connection.send(GARBAGE)
        assert b"".join(connection.coming.readline() for _ in range(9)).count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize("size", [1, 10_000])
def test_a_request_whose_body_cannot_be_read_gets_one_answer_and_does_nothing(fake: FakeServer, size: int) -> None:
    sent = request(f"/api/v1/tasks/{LOGO}", CHUNKED, "PATCH") + b'11\r\n{"title": "Half"}\r\nno size\r\n'
    with connected(fake) as connection:
        for start in range(0, len(sent), size):
            connection.send(sent[start : start + size])
        assert connection.answer().status == 400
        assert connection.is_closed()
    assert fake.get("task", LOGO)["title"] == "Design the logo"


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("url", ["/api/v1/tasks/{}", "/api/v1/tasks/{}#x", "http://fake/api/v1/tasks/{}"])
def test_what_cannot_be_read_to_its_end_is_not_begun_wherever_it_stands(
    fake: FakeServer, before: int, url: str
) -> None:
    with connected(fake) as connection:
        connection.send(request() * before + request(url.format(LOGO), CHUNKED, "DELETE") + b"2\r\n{}\r\nno size\r\n")
        assert statuses(connection, before + 1) == [200] * before + [400]
        assert connection.is_closed()
    assert fake.get("task", LOGO)["id"] == LOGO
    assert fake.requests.all(operation="tasks.delete") == []


# ---------------------------------------------------------------- behind a body


@pytest.mark.parametrize("apart", [False, True])
def test_what_comes_behind_a_body_is_no_header(fake: FakeServer, apart: bool) -> None:
    head = b"POST /api/v1/tasks HTTP/1.1\r\nHost: fake\r\n" + CHUNKED + b"\r\n"
    body = b"2\r\n{}\r\n0\r\nAuthorization: Bearer any\r\n\r\n"
    with connected(fake) as connection:
        for piece in (head, body) if apart else (head + body,):
            connection.send(piece)
        assert connection.answer().status == 401


def test_what_comes_behind_a_body_has_a_bound(fake: FakeServer) -> None:
    with connected(fake) as connection:
        connection.send(request("/api/v1/tasks", CHUNKED, "POST") + b"2\r\n{}\r\n0\r\n")
        try:
            for _ in range(1000):
                connection.send(b"X-Trailer: " + b"a" * 1000 + b"\r\n")
        except ConnectionError:
            return
        assert connection.answer().status == 431


# ---------------------------------------------------------------- who is gone


@pytest.mark.parametrize("kind", ["reset", "empty", "cut"])
def test_a_broken_connection_leaves_nothing_behind_though_more_was_asked(fake: FakeServer, kind: str) -> None:
    for _ in range(20):
        fake.faults.add("users.whoami", kind=kind, times=1)
        with connected(fake) as connection:
            connection.send(request() * 3)
            try:
                while connection.coming.read(65536):
                    pass
            except ConnectionError:
                continue
    server = fake._server
    assert server is not None
    # Each question is a turn of the server's, in which what has ended goes.
    assert any(len(server.server_state.tasks) == 0 for _ in range(100) if fake.clock.now)
