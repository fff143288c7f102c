"""Requests as they come over a socket: in one piece or in many, one after the other or all at once."""

from typing import Any

import pytest

from contract_tests.expected import BOT_DATA, LOGO, PROJECT
from contract_tests.handle import on_socket
from contract_tests.handle.on_socket import sending
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


def head(coming: Any) -> str:
    first, *_ = iter(lambda: coming.readline().decode().strip(), "")
    return first  # type: ignore[no-any-return]
