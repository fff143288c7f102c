"""Requests as they come over a socket: in one piece or in many, one after the other or all at once."""

import socket
from typing import Any

import pytest

from contract_tests.expected import BOT_DATA, LOGO, PROJECT
from contract_tests.handle import on_socket
from contract_tests.handle.on_socket import in_pieces, sending
from contract_tests.security.raw import connected, request
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("README: Working on it")


fake, as_seeded = on_socket.fake, on_socket.as_seeded


def creating(title: str) -> bytes:
    return sending("POST", "/api/v1/tasks", {"title": title, "project_id": PROJECT})


def test_requests_that_come_in_one_piece_are_answered_in_their_order(fake: FakeServer) -> None:
    titles = [f"Task {n}" for n in range(300)]
    with connected(fake) as connection:
        connection.send(b"".join(creating(title) for title in titles) + request())
        answers = [connection.answer() for _ in range(301)]
    assert [one.json["title"] for one in answers[:-1]] == titles
    assert answers[-1].json == BOT_DATA
    assert [one["body"]["title"] for one in fake.requests.all(operation="tasks.store")] == titles


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_request_that_comes_in_many_pieces_is_answered_once(fake: FakeServer, size: int) -> None:
    sent = creating("In pieces")
    with connected(fake) as connection:
        for start in range(0, len(sent), size):
            connection.send(sent[start : start + size])
        answer = connection.answer()
        connection.send(request())
        assert connection.answer().json == BOT_DATA
    assert (answer.status, answer.json["title"]) == (200, "In pieces")
    assert len(fake.all("task", title="In pieces")) == 1


def test_a_request_that_waits_holds_up_nobody_but_those_behind_it(fake: FakeServer) -> None:
    fake.faults.add("tasks.show", latency=60)
    with connected(fake) as slow, connected(fake) as other:
        slow.send(request(f"/api/v1/tasks/{LOGO}") + request())
        # Each look is an answer of the server's, so it gets to the request after a few.
        assert any(fake.requests.all(operation="tasks.show") for _ in range(1000))
        other.send(request())
        assert other.answer().json == BOT_DATA
        fake.reset()
        assert slow.answer().status == 503
        assert slow.answer().json == BOT_DATA


def test_an_answer_without_a_body_is_complete(fake: FakeServer) -> None:
    with connected(fake) as connection:
        connection.send(request(method="HEAD") + request(f"/api/v1/tasks/{LOGO}", method="OPTIONS") + request())
        heads = [head(connection.coming) for _ in range(2)]
        assert connection.answer().json == BOT_DATA
    assert heads == ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]


@pytest.mark.parametrize("last", [b"Connection: close\r\n", b"Connection: keep-alive, close\r\n"])
@pytest.mark.parametrize("apart", [False, True])
def test_behind_the_last_answer_the_connection_is_closed(fake: FakeServer, last: bytes, apart: bool) -> None:
    whole = sending("POST", "/api/v1/tasks", {"title": "The last", "project_id": PROJECT}, last)
    with connected(fake) as other, connected(fake) as connection:
        if apart:
            in_pieces(other, connection, whole)
        else:
            connection.send(whole)
        answer = connection.answer()
        assert (answer.status, answer.json["title"], answer.headers["connection"]) == (200, "The last", "close")
        assert connection.is_closed()


def test_who_speaks_http_1_0_is_answered_once(fake: FakeServer) -> None:
    with connected(fake) as connection:
        connection.send(request().replace(b"HTTP/1.1", b"HTTP/1.0"))
        answer = connection.answer()
        assert (answer.json, answer.headers["connection"]) == (BOT_DATA, "close")
        assert connection.is_closed()


def test_what_comes_behind_the_last_request_is_not_carried_out(fake: FakeServer) -> None:
    last = request("/api/v1/users", b"Connection: close\r\n")
    with connected(fake) as connection:
        connection.send(last + creating("Behind the last"))
        assert connection.answer().status == 200
        assert connection.is_closed()
    assert fake.all("task", title="Behind the last") == []


@pytest.mark.parametrize("asks", [request(), creating("Said all")])
def test_who_has_said_everything_is_answered(fake: FakeServer, asks: bytes) -> None:
    with connected(fake) as connection:
        connection.send(asks)
        connection.sock.shutdown(socket.SHUT_WR)
        assert connection.answer().status == 200
        assert connection.is_closed()


def test_what_cannot_be_read_behind_the_last_request_changes_nothing_about_its_answer(fake: FakeServer) -> None:
    with connected(fake) as connection:
        connection.send(request(headers=b"Connection: close\r\n") + b"GARB AGE\r\n\r\n")
        assert connection.answer().json == BOT_DATA
        assert connection.is_closed()


@pytest.mark.parametrize("apart", [False, True])
def test_addresses_in_answers_are_those_that_a_proxy_was_asked_by(fake: FakeServer, apart: bool) -> None:
    asked = request("/api/v1/tasks", b"X-Forwarded-Proto: https\r\n")
    with connected(fake) as other, connected(fake) as connection:
        if apart:
            in_pieces(other, connection, asked)
        else:
            connection.send(asked)
        assert connection.answer().json["meta"]["path"] == "https://fake/api/v1/tasks"


def test_an_upload_that_comes_in_one_piece_is_kept(fake: FakeServer) -> None:
    content = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbytes\r\n--x--\r\n'
    about = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n" % len(content)
    with connected(fake) as connection:
        connection.send(request(f"/api/v1/tasks/{LOGO}/upload", about, "POST") + content)
        answer = connection.answer()
    assert (answer.status, answer.json["file_name"]) == (200, "a.txt")
    assert fake.client.get(f"{fake.base_url}/_fake/files/{answer.json['id']}").content == b"bytes"


def head(coming: Any) -> str:
    first, *_ = iter(lambda: coming.readline().decode().strip(), "")
    return first  # type: ignore[no-any-return]
