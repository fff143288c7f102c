"""Receivers that do not do what they should: what the log says of each, and that nothing else comes of it."""

import contextlib
import gc
import gzip
import re
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, LOGO
from contract_tests.processes import free_port
from contract_tests.webhooks.receiver import Receiver, Way, close, drip, hang, raw, status
from contract_tests.webhooks.webhook_server import after, flush, log, running, subscribe
from contract_tests.writing import change

pytestmark = pytest.mark.proves("W3")

HASTE = 0.3
"""Seconds that some have, in tests of those who need longer for ever."""


@pytest.fixture(scope="module")
def patient() -> Iterator[Api]:
    with running(webhook_tries=1) as api:
        yield api


@pytest.fixture(scope="module")
def hasty() -> Iterator[Api]:
    with running(webhook_tries=1, webhook_timeout=HASTE) as api:
        yield api


@pytest.fixture
def fake(patient: Api) -> Api:
    patient.control("POST", "/reset")
    return patient


@pytest.fixture
def hurried(hasty: Api) -> Api:
    hasty.control("POST", "/reset")
    return hasty


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_open() -> Iterator[None]:
    """What a connection leaves behind is warned of when it is collected, which fails the last test."""
    yield
    gc.collect()


# ---------------------------------------------------------------- ways


def abort(_: Receiver, connection: socket.socket) -> None:
    """Ends the connection as a process does that is killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip_head(receiver: Receiver, connection: socket.socket) -> None:
    """An answer whose head has no end, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not receiver.closing.wait(0.01):
        connection.sendall(b"x")


def pour(_: Receiver, connection: socket.socket) -> None:
    """An answer without an end, as fast as it can be read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def said(*lines: str, body: bytes = b"") -> Way:
    return raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


ZIPPED = gzip.compress(b"hello", mtime=0)
CHUNKED = ("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")

LATE = f"There was no complete answer within {HASTE:g} seconds."
SILENT = "It closed the connection without an HTTP answer."
CUT = "It closed the connection in the middle of its answer."


def no_http(why: str) -> str:
    return f"It answered something that is not HTTP: {why}."


def wrong(code: int) -> str:
    return f"It answered {code}; only 2xx counts as received."


BAD_CHUNK = no_http("illegal chunk header: 'zz\\r\\n'")
TOO_LONG = "It answered with headers that are too long."


class Case(NamedTuple):
    way: Way
    status: int | None
    error: str | None
    body: str = ""


CASES = {
    # no answer
    "hangs": Case(hang, None, LATE),
    "closes": Case(close, None, SILENT),
    "is killed": Case(abort, None, "The connection broke off before the answer."),
    "drips its head": Case(drip_head, None, LATE),
    "says that it will": Case(said("HTTP/1.1 100 Continue"), None, SILENT),
    # half an answer
    "closes in its head": Case(raw(b"HTTP/1.1 200 OK\r\nContent-Le"), None, SILENT),
    "closes in its body": Case(said("HTTP/1.1 200 OK", "Content-Length: 9", body=b"half"), 200, CUT, "half"),
    "closes before the last chunk": Case(said(*CHUNKED, body=b"4\r\nhalf\r\n"), 200, CUT, "half"),
    # no HTTP
    "HTML alone": Case(raw(b"<html>Hi</html>\r\n\r\n"), None, no_http("illegal status line: '<html>Hi</html>'")),
    "HTML without a line's end": Case(raw(b"<html>Hello</html>"), None, SILENT),
    "another protocol": Case(raw(b"SSH-2.0-OpenSSH_9.6\r\n"), None, SILENT),
    "a header that is none": Case(said("HTTP/1.1 200 OK", "?"), None, no_http("illegal header line: '?'")),
    "a length that is none": Case(said("HTTP/1.1 200 OK", "Content-Length: -1"), None, no_http("bad Content-Length")),
    "a chunk that is none": Case(said(*CHUNKED, body=b"zz\r\nhalf\r\n"), 200, BAD_CHUNK),
    "a huge header": Case(said("HTTP/1.1 200 OK", f"X: {'x' * 300_000}", "Content-Length: 0"), None, TOO_LONG),
    # another status
    "301": Case(status(301, b"moved"), 301, wrong(301), "moved"),
    "304": Case(status(304), 304, wrong(304)),
    "400": Case(status(400, b'{"message":"bad"}'), 400, wrong(400), '{"message":"bad"}'),
    "404": Case(status(404), 404, wrong(404)),
    "410": Case(status(410), 410, wrong(410)),
    "500": Case(status(500, b"e" * 5000), 500, wrong(500), "e" * 1024),
    "599": Case(status(599), 599, wrong(599)),
    "switches protocols": Case(
        said("HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: other"), None, wrong(101)
    ),
    # odd, and good enough
    "drips its body": Case(drip, 200, LATE),
    "pours": Case(pour, 200, None, "x" * 1024),
    "201": Case(status(201, b"made"), 201, None, "made"),
    "204": Case(said("HTTP/1.1 204 No Content"), 204, None),
    "299": Case(status(299), 299, None),
    "1xx before it": Case(
        said("HTTP/1.1 100 Continue", "", "HTTP/1.1 103 Early Hints", "", "HTTP/1.1 200 OK", "Content-Length: 2",
             body=b"ok"),
        200, None, "ok",
    ),
    "in chunks": Case(said(*CHUNKED, body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n"), 200, None, "abcde"),
    "zipped": Case(status(200, ZIPPED, "Content-Encoding: gzip"), 200, None, ZIPPED.decode("utf-8", "replace")),
    "not zipped though it says so": Case(status(200, b"plain", "Content-Encoding: gzip"), 200, None, "plain"),
    "no text": Case(status(200, b"\x00\xff"), 200, None, "\x00\ufffd"),
    "a long text": Case(status(200, "ä".encode() * 1000), 200, None, "ä" * 512),
    "HTTP/1.0 without a length": Case(said("HTTP/1.0 200 OK", body=b"old"), 200, None, "old"),
    "many headers": Case(said("HTTP/1.1 200 OK", *["X: y"] * 500, "Content-Length: 0"), 200, None),
}  # fmt: skip


def attempt(api: Api, url: str) -> Any:
    """The row of the only try of a delivery to a URL, without its times; the rest of the log is as it should be."""
    subscribe(api, url)
    change(api, LOGO, title="T")
    [sent] = flush(api)
    [row] = log(api)
    [tried] = row["attempts"]
    assert row["state"] == sent["state"] == ("failed" if tried["error"] else "delivered")
    assert (sent["status"], sent["error"]) == (tried["status"], tried["error"])
    assert 0 < tried.pop("duration") < HASTE + 2
    assert tried.pop("at") == after(0)
    return tried


def works(api: Api) -> None:
    """The server goes on: a receiver that does what it should gets the next delivery."""
    api.control("DELETE", "/webhooks")
    with Receiver() as good:
        subscribe(api, good)
        change(api, BRIEF, title="T")
        assert [one["state"] for one in flush(api)] == ["delivered"]
        assert good.events() == ["task:update"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_log_says_what_became_of_a_try(fake: Api, hurried: Api, receiver: Receiver, case: Case) -> None:
    api = hurried if case.error == LATE else fake
    receiver.usual = case.way
    found = attempt(api, receiver.url)
    if case.way is drip:
        # How much of it came is a matter of luck.
        found["body"] = found["body"].strip(".")
    assert found == {"status": case.status, "error": case.error, "body": case.body}
    assert len(receiver.received) == 1
    receiver.wait_until_left()
    works(api)


@pytest.mark.proves("W8")
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(fake: Api, receiver: Receiver, code: int) -> None:
    with Receiver() as target:
        receiver.usual = status(code, b"", f"Location: {target.url}")
        assert attempt(fake, receiver.url) == {
            "status": code,
            "error": f"It answered {code}, a redirect to {target.url}; redirects are not followed.",
            "body": "",
        }
        assert target.received == []
    assert len(receiver.received) == 1


def test_a_port_at_which_nobody_listens_refuses_the_connection(fake: Api) -> None:
    found = attempt(fake, f"http://127.0.0.1:{free_port()}/hook")
    assert found == {"status": None, "error": "No connection: Connection refused.", "body": ""}
    works(fake)


def test_a_name_that_nobody_has_is_not_found(fake: Api) -> None:
    began, why = time.monotonic(), None
    try:
        socket.getaddrinfo("something.invalid", 80)
    except OSError as error:
        why = error.strerror
    if why is None or time.monotonic() - began > 1:
        pytest.skip("here that name is somebody's, or it takes long to find out that it is nobody's")
    found = attempt(fake, "http://something.invalid/hook")
    assert found == {"status": None, "error": f"No connection: {why}.", "body": ""}
    works(fake)


def test_a_receiver_that_speaks_no_tls_is_said_to_speak_none(fake: Api, receiver: Receiver) -> None:
    receiver.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    found = attempt(fake, receiver.url.replace("http:", "https:"))
    # Why is in the words of the TLS library, which differ from version to version.
    assert re.fullmatch(r"No TLS connection: [a-z ]+\.", found.pop("error"))
    assert found == {"status": None, "body": ""}
    works(fake)


def test_a_receiver_that_hangs_before_it_speaks_tls_leaves_nothing_open(hurried: Api, receiver: Receiver) -> None:
    found = attempt(hurried, receiver.url.replace("http:", "https:"))
    assert found == {"status": None, "error": LATE, "body": ""}
    receiver.wait_until_left()
    works(hurried)


def test_an_answer_without_an_end_is_read_for_a_mebibyte_and_no_more(fake: Api, receiver: Receiver) -> None:
    poured: list[int] = []

    def count(_: Receiver, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            poured.append(connection.send(b"x" * 65536))

    receiver.usual = count
    attempt(fake, receiver.url)
    receiver.wait_until_left()
    # Besides what was read: what the buffers of both sides of a socket may hold.
    assert 2**20 < sum(poured) < 2**20 + 16 * 2**20


@pytest.mark.proves("W4")
def test_bad_answers_one_after_the_other_cost_a_delivery_nothing_but_tries(receiver: Receiver) -> None:
    bad: list[Way] = [close, abort, raw(b"\x00garbage\r\n\r\n"), said(*CHUNKED, body=b"zz\r\n"), status(302)]
    receiver.answers.extend(bad)
    with running(webhook_url=[receiver.url], webhook_tries=6) as api:
        change(api, LOGO, title="T")
        states = [one["state"] for one in flush(api)]
        [row] = log(api)
    assert states == [*["pending"] * 5, "delivered"]
    assert [one["status"] for one in row["attempts"]] == [None, None, None, 200, 302, 200]
    assert [bool(one["error"]) for one in row["attempts"]] == [True] * 5 + [False]
    assert {one.body for one in receiver.received} == {row["request"]["body"].encode()}


@pytest.mark.proves("W6")
def test_all_kinds_of_bad_receivers_at_once_keep_nothing_from_a_good_one() -> None:
    with contextlib.ExitStack() as stack:
        receivers = [stack.enter_context(Receiver()) for _ in CASES]
        for receiver, case in zip(receivers, CASES.values(), strict=True):
            receiver.usual = case.way
        good = stack.enter_context(Receiver())
        urls = [one.url for one in (*receivers, good)]
        api = stack.enter_context(running(webhook_url=urls, webhook_timeout=2 * HASTE, webhook_tries=1))
        change(api, LOGO, title="T")
        flush(api)
        assert good.events() == ["task:update"]
        states = {
            url: "failed" if case.error else "delivered" for url, case in zip(urls, CASES.values(), strict=False)
        }
        assert {one["url"]: one["state"] for one in log(api)} == {**states, good.url: "delivered"}
