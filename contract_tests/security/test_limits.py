"""How much a server lets anybody send, over real sockets: what is too much is refused, and the server goes on."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from contract_tests.client import NOW
from contract_tests.expected import BOT_DATA
from contract_tests.security.raw import asked, connected, request
from fake_server import FakeServer, bounds
from fake_server import server as serving

pytestmark = pytest.mark.proves("README: Limits", "E10")

KB = 1024
URL_TOO_LONG = 414, "The URL is too long.", "A URL may have 65535 bytes."
TOO_LARGE = 431, "The request head is too large.", "There may be 200 headers, of 65536 bytes together."
TOO_SLOW = 408, "The request head did not come.", "A request head may take 30 seconds."
TOO_IDLE = 408, "The request body did not come.", "A request body may pause 60 seconds."


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as fake:
        yield fake


def fields(count: int, size: int) -> bytes:
    """So many headers of so many bytes, names included."""
    return b"".join(b"x-%05d: %b\r\n" % (number, b"v" * (size - 7)) for number in range(count))


def path(size: int) -> str:
    """Of a URL of so many bytes, which asks nothing that is not known."""
    start = "/api/v1/whoami?x="
    return start + "v" * (size - len(start))


# ---------------------------------------------------------------- heads


def test_a_url_may_have_65535_bytes(server: FakeServer) -> None:
    assert asked(server, request(path(65_535))).status == 200
    assert asked(server, request(path(65_536))).said == URL_TOO_LONG


def test_headers_may_have_64_kilobytes_together(server: FakeServer) -> None:
    own = len("hostfakeauthorizationBearer any")
    assert asked(server, request(headers=fields(1, 64 * KB - own))).status == 200
    assert asked(server, request(headers=fields(1, 64 * KB - own + 1))).said == TOO_LARGE


def test_there_may_be_200_headers(server: FakeServer) -> None:
    assert asked(server, request(headers=fields(198, 20))).status == 200
    assert asked(server, request(headers=fields(199, 20))).said == TOO_LARGE


@pytest.mark.parametrize("endless, refusal", [(b"GET /api/v1/", URL_TOO_LONG), (b"GET / HTTP/1.1\r\nx: ", TOO_LARGE)])
def test_a_head_without_end_is_refused_before_it_ends(
    server: FakeServer, endless: bytes, refusal: tuple[int, str, str]
) -> None:
    with connected(server) as connection:
        connection.send(endless)
        for _ in range(40):
            connection.send(b"v" * 16 * KB)
        assert connection.answer().said == refusal
        assert connection.is_closed()


def test_a_head_that_comes_in_pieces_is_measured_as_a_whole(server: FakeServer) -> None:
    sent = request(headers=fields(150, 500))
    with connected(server) as connection:
        for start in range(0, len(sent), 20 * KB):
            connection.send(sent[start : start + 20 * KB])
        assert connection.answer().said == TOO_LARGE


def test_a_head_may_come_in_pieces_and_its_body_with_the_last_one(server: FakeServer) -> None:
    body = b'{"title":"' + b"t" * 200 * KB + b'"}'
    head = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
    sent = request("/api/v1/tasks", head, "POST")
    with connected(server) as connection:
        connection.send(sent[:30])
        # However much of it is read with what follows, the answer is the same.
        connection.send(sent[30:] + body)
        assert connection.answer().status == 422


def test_a_head_after_a_large_body_is_measured_by_itself(server: FakeServer) -> None:
    body = b" " * 100 * KB
    head = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
    with connected(server) as connection:
        connection.send(request("/api/v1/nope", head, "POST") + body + request())
        assert [connection.answer().status for _ in range(2)] == [404, 200]


def test_a_control_call_is_refused_as_a_problem(server: FakeServer) -> None:
    refused = asked(server, request(f"/_fake/records/task?title={'v' * 70_000}"))
    assert refused.status == refused.json["status"] == 414
    assert refused.json["detail"] == "A URL may have 65535 bytes."


def test_after_all_that_the_server_answers_as_ever(server: FakeServer) -> None:
    for sent in (request(path(200 * KB)), request(headers=fields(500, 20)), b"nonsense\r\n\r\n"):
        assert asked(server, sent).status >= 400
    assert asked(server, request()).json == BOT_DATA


# ---------------------------------------------------------------- time


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """One that looks at its connections ten times a second, and gives a head two looks."""
    for module in (serving, bounds):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 0.2)
    with FakeServer(world="empty") as fake:
        yield fake


@pytest.mark.parametrize("before", [b"", request()])
def test_a_head_that_does_not_come_is_not_waited_for_for_ever(hurried: FakeServer, before: bytes) -> None:
    with connected(hurried) as connection:
        if before:
            connection.send(before)
            assert connection.answer().status == 200
        connection.send(b"GET /api/v1/whoami HTTP/1.1\r\nHost: fa")
        assert connection.answer().said == TOO_SLOW
        assert connection.is_closed()


def test_a_connection_on_which_nothing_is_asked_is_closed(hurried: FakeServer) -> None:
    with connected(hurried) as connection:
        assert connection.is_closed()


def test_a_connection_on_which_nothing_more_is_asked_is_closed(
    hurried: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "IDLE_SECONDS", 0.2)
    with connected(hurried) as connection:
        connection.send(request())
        assert connection.answer().status == 200
        assert connection.is_closed()


def test_empty_lines_are_no_requests(hurried: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "IDLE_SECONDS", 0.3)
    with connected(hurried) as connection, connected(hurried) as other:
        connection.send(request())
        assert connection.answer().status == 200
        until, ended = monotonic() + 5, False
        while not ended and monotonic() < until:
            other.send(request())
            assert other.answer().status == 200
            try:
                connection.send(b"\r\n")
            except ConnectionError:
                ended = True
        assert ended


def test_a_connection_that_asks_again_and_again_is_not_hurried(hurried: FakeServer) -> None:
    with connected(hurried) as connection:
        until = monotonic() + 0.5
        while monotonic() < until:
            connection.send(request())
            assert connection.answer().status == 200


def test_who_waits_for_an_answer_or_sends_a_body_is_not_hurried(hurried: FakeServer) -> None:
    body = b"content-type: application/json\r\ncontent-length: 2\r\n"
    with connected(hurried) as waiting, connected(hurried) as sending, connected(hurried) as idle:
        waiting.send(request("/_fake/requests/wait?timeout=0.6"))
        sending.send(request("/api/v1/tasks", body, "POST"))
        assert idle.is_closed()
        assert waiting.answer().status == 504
        sending.send(b"{}")
        assert sending.answer().status == 422


@pytest.fixture
def impatient(hurried: FakeServer, monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """One that gives the next piece of a body two looks."""
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.2)
    return hurried


BEGUN = request("/api/v1/tasks", b"content-type: application/json\r\ncontent-length: 40\r\n", "POST")


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(impatient: FakeServer) -> None:
    with connected(impatient) as connection:
        connection.send(BEGUN + b'{"')
        assert connection.answer().said == TOO_IDLE
        assert connection.is_closed()
    assert impatient.all("task") == []


def test_a_body_that_comes_slowly_is_not_hurried(impatient: FakeServer) -> None:
    with connected(impatient) as connection, connected(impatient) as other:
        connection.send(BEGUN)
        for piece in b'{"title": "In pieces"}'.ljust(40):
            connection.send(bytes([piece]))
            # Each takes as long as some answers, all of them longer than a pause may last.
            until = monotonic() + 0.01
            while monotonic() < until:
                other.send(request())
                assert other.answer().status == 200
        assert connection.answer().status == 422


# ---------------------------------------------------------------- connections


@pytest.fixture
def narrow() -> Iterator[FakeServer]:
    with FakeServer(world="empty", max_connections=3) as fake:
        yield fake


def test_one_connection_too_many_is_answered_503(narrow: FakeServer) -> None:
    with ExitStack() as stack:
        first = [stack.enter_context(connected(narrow)) for _ in range(3)]
        for connection in first:
            connection.send(request())
            assert connection.answer().status == 200
        refused = asked(narrow, request())
        hint = "There are as many connections as --max-connections allows: close those that are not needed."
        assert refused.said == (503, "Service Unavailable", hint)
        assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
        first[0].send(request())
        assert first[0].answer().status == 200


def test_there_is_room_again_as_soon_as_one_ends(narrow: FakeServer) -> None:
    with ExitStack() as stack:
        first = [stack.enter_context(connected(narrow)) for _ in range(3)]
        for connection in first:
            connection.send(request())
            assert connection.answer().status == 200
        first[0].sock.shutdown(socket.SHUT_WR)
        assert first[0].is_closed()
        assert asked(narrow, request()).status == 200


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    "target, most", [("POST /api/v1/tasks", 8 * KB * KB), ("POST /_fake/tokens", KB * KB)], ids=["service", "control"]
)
def test_a_body_without_end_is_refused(server: FakeServer, target: str, most: int) -> None:
    """The service reads on for a while, so that its sender gets to see the answer; the control routes do not."""
    method, _, where = target.partition(" ")
    head = b"content-type: application/json\r\ntransfer-encoding: chunked\r\n"
    chunk = b"%x\r\n%b\r\n" % (most // 4, b" " * (most // 4))
    with connected(server) as connection:
        connection.send(request(where, head, method))
        for _ in range(5):
            connection.send(chunk)
        connection.send(b"0\r\n\r\n")
        assert connection.answer().status == 413
