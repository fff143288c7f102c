"""The two ways to an answer, at once and by the app: nobody may see which one a request took."""

import logging
from typing import Any

import pytest

from contract_tests.expected import BOT_DATA, LOGO, PROJECT
from contract_tests.handle import on_socket
from contract_tests.handle.on_socket import in_pieces, sending
from contract_tests.security.raw import connected, request
from fake_server.api import lists
from fake_server.journal import Journal
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("README: Working on it")

fake, as_seeded = on_socket.fake, on_socket.as_seeded

JSON = b"Content-Type: application/json\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
ODD = [
    request("/api/v1/tasks?page%5Bsize%5D=2&sort=-title"),
    request("/api/v1/tasks?filter=title+%3D"),
    request(f"/api/v1/tasks/{LOGO}?nonsense=1"),
    request(f"/api/v1/tasks/{LOGO}", method="HEAD"),
    request(f"/api/v1/tasks/{LOGO}", b"Origin: https://a.example\r\n"),
    request(
        f"/api/v1/tasks/{LOGO}", b"Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n", "OPTIONS"
    ),
    request(f"/api/v1/tasks/{LOGO}", method="OPTIONS"),
    request(f"/api/v1/tasks/{LOGO}", b"X-Fake-World: elsewhere\r\n"),
    request(f"/api/v1/tasks/{LOGO}", b"X-Forwarded-Proto: https\r\n"),
    request(f"/api/v1/tasks/{LOGO}#part"),
    request(f"http://fake/api/v1/tasks/{LOGO}"),
    request("/api/v1/tasks/%F0%9F%90%99"),
    request("/api/v1/tasks/%FF"),
    request("/api/v1//tasks"),
    request("/api/v1/"),
    request("/api/v1/nothing", method="PATCH"),
    request("/api/v1/tasks", method="POST"),
    request(f"/api/v1/tasks/{LOGO}", b"Authorization: Basic eDp5\r\n"),
    request("/api/v1/tasks", JSON + b"Content-Length: 5\r\n", "POST") + b"[1,2]",
    request("/api/v1/tasks", JSON + b"Content-Length: 4\r\n", "POST") + b'{"a"',
    request("/api/v1/tasks", JSON + b"Transfer-Encoding: chunked\r\n", "POST") + b"2\r\n{}\r\n0\r\n\r\n",
    request("/api/v1/tasks", JSON + b"Expect: 100-continue\r\nContent-Length: 2\r\n", "POST") + b"{}",
    sending("POST", "/api/v1/tasks", {"title": "Made", "project_id": PROJECT, "odd": 1}),
    sending("PATCH", f"/api/v1/tasks/{LOGO}", {"status": "Closed", "watchers": None}),
    sending("PUT", f"/api/v1/tasks/{LOGO}/external-identifier", {"external_id": "E-1"}),
    request(f"/api/v1/tasks/{LOGO}", method="DELETE"),
    request(f"/api/v1/tasks/{LOGO}"),
]


def until_asked(fake: FakeServer, operation: str) -> None:
    """Returns when such a request has come."""
    while not fake.requests.all(operation=operation):
        pass


def raw_answer(fake: FakeServer, whole: bytes, apart: bool) -> bytes:
    """All bytes of the answer."""
    last = whole.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost", 1)
    with connected(fake) as other, connected(fake) as connection:
        if apart:
            in_pieces(other, connection, last)
        else:
            connection.send(last)
        return connection.coming.read().removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


def told(fake: FakeServer) -> list[dict[str, Any]]:
    """What the journal has of it, without what is about the clock on the wall."""
    return [{key: value for key, value in one.items() if key != "duration"} for one in fake.requests.all()]


@pytest.mark.parametrize("whole", ODD, ids=range(len(ODD)))
def test_a_request_is_answered_alike_in_one_piece_and_in_several(fake: FakeServer, whole: bytes) -> None:
    seen = []
    for apart in (False, True):
        fake.reset()
        seen.append(
            (raw_answer(fake, whole, apart), told(fake), fake.client.get(f"{fake.base_url}/_fake/state").json())
        )
    assert seen[0] == seen[1]


# ---------------------------------------------------------------- what has to wait


def test_who_waited_for_a_fault_is_asked_for_the_token_afterwards(fake: FakeServer) -> None:
    token = fake.tokens.new(expires_in=60)
    fake.faults.add("users.index", latency=0.3)
    with connected(fake) as connection:
        connection.send(request("/api/v1/users").replace(b"Bearer any", f"Bearer {token}".encode()))
        until_asked(fake, "users.index")
        fake.clock.advance(days=2)
        assert connection.answer().status == 401


def test_who_waited_for_a_fault_counts_when_it_is_carried_out() -> None:
    with FakeServer(world="small", rate_limit=3) as limited:
        limited.faults.add("users.index", latency=0.3)
        with connected(limited) as slow, connected(limited) as other:
            slow.send(request("/api/v1/users"))
            until_asked(limited, "users.index")
            limited.clock.advance(seconds=5)
            for left in ("2", "1"):
                other.send(request())
                assert other.answer().headers["x-ratelimit-remaining"] == left
            assert slow.answer().headers["x-ratelimit-remaining"] == "0"
            other.send(request())
            assert other.answer().status == 429


def test_a_client_that_left_is_answered_by_no_fault(fake: FakeServer) -> None:
    fake.faults.add("tasks.store", status=503, place="after_commit")
    with connected(fake) as connection:
        connection.send(request("/api/v1/tasks", JSON + b"Content-Length: 100\r\n", "POST") + b"{")
        until_asked(fake, "tasks.store")
    while (seen := fake.requests.all(operation="tasks.store")[0])["duration"] is None:
        pass
    assert seen["status"] is None


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("apart", [False, True])
def test_a_fault_of_the_fake_itself_is_told_as_one(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, apart: bool
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lists, "selected", fail)
    with caplog.at_level(logging.ERROR, "fake_server"):
        answer = raw_answer(fake, request("/api/v1/tasks"), apart)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"x-fake-hint: This is a fault of the fake, not of your request: its log has the trace." in answer
    assert [record.getMessage() for record in caplog.records] == ["GET /api/v1/tasks failed in the fake itself"]
    assert "ZeroDivisionError" in caplog.text


def test_a_fault_of_the_fake_itself_is_no_fault_of_the_request(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken, connected(fake) as connection:
        broken.setattr(Journal, "complete", fail)
        connection.send(request())
        assert connection.coming.readline() == b"HTTP/1.1 500 Internal Server Error\r\n"
    assert "ZeroDivisionError" in caplog.text
    with connected(fake) as connection:
        connection.send(request())
        assert connection.answer().json == BOT_DATA


def test_a_client_that_does_not_read_gets_every_answer_when_it_does(fake: FakeServer) -> None:
    page = request("/api/v1/tasks")
    with connected(fake) as connection:
        connection.sock.setblocking(False)
        sent = 0
        # Until neither side's memory takes any more.
        for _ in range(2_000):
            try:
                sent += connection.sock.send(page[sent % len(page) :])
            except BlockingIOError:
                break
        connection.sock.setblocking(True)
        wanted = sent // len(page)
        heads, rest = 0, b""
        while heads < wanted:
            rest = rest[-len(HEAD) + 1 :] + connection.sock.recv(1 << 20)
            heads += rest.count(HEAD)
    assert heads == wanted > 100
