"""What the soak is held with: a server in a process of its own, connections to it, and a receiver."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import orjson

from contract_tests.benchmark.servers import Server, started, told_port
from contract_tests.benchmark.soak_work import WrongAnswer
from contract_tests.plain_http import request

SECRET = "soak secret"
LONGEST = 30
"""Seconds without any answer."""
SERVING = """
import functools, sys
usual = functools.lru_cache
def few(maxsize=128, typed=False):
    return usual(min(maxsize, 500) if isinstance(maxsize, int) else maxsize, typed)
functools.lru_cache = few
from fake_server.api import answers
from fake_server.coverage import met, remarks, repeats, tally, watch
from fake_server.webhooks import log
log.MOST_ENDED = answers.MOST_KEPT = 500
met.MOST_WANTED = remarks.MOST_REMARKS = repeats.MOST_FAILED = tally.MOST_DROPPED = watch.MOST_KEPT = 100
from fake_server.__main__ import main
sys.exit(main())
"""
"""The command line, with what it keeps at most so little that all of it is full after seconds: with the usual bounds
memory grows for many minutes until they are reached, and nobody could tell a leak from that."""


class Soaked(Server):
    """The server of the soak; `log` is what it had to say until its end."""

    log = ""


@contextmanager
def serving() -> Iterator[Soaked]:
    flags = ("--port", "0", "--world", "demo", "--tasks", "1000", "--journal", "500")
    with started([sys.executable, "-c", SERVING, *flags], stderr=subprocess.PIPE) as process:
        server = Soaked(process, told_port(process))
        yield server
        process.terminate()
        server.log = process.communicate()[1].decode()


@contextmanager
def receiving() -> Iterator[tuple[str, dict[str, Any]]]:
    """The URL of a receiver, and afterwards what came there."""
    command = [sys.executable, "-m", "contract_tests.benchmark.soak_receiver", SECRET]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    report: dict[str, Any] = {}
    try:
        yield process.stdout.readline().decode().strip(), report
    finally:
        report.update(orjson.loads(process.communicate()[0]))


class Control:
    """The tester's hand, over a connection of its own."""

    def __init__(self, line: "Line") -> None:
        self.line = line

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        content = b"" if body is None else orjson.dumps(body)
        self.line.socket.sendall(request(method, path, content, "soak"))
        while (answer := self.line.read()) is None:
            pass
        assert answer.status < 300, answer.body
        return orjson.loads(answer.body)


class Answer(NamedTuple):
    status: int
    body: bytes


class Line:
    """One connection, on which one request is under way at a time; it ends with `closing`."""

    def __init__(self, port: int, closing: ExitStack) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST)
        self.data = b""
        closing.callback(self.socket.close)

    def read(self) -> Answer | None:
        """Some more of the answer; the whole of it once it is there."""
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise WrongAnswer("the server closed the connection")
        self.data += piece
        head, found, body = self.data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not found or length is None or len(body) < int(length[1]):
            return None
        self.data = b""
        return Answer(int(head[9:12]), body)
