"""The receiver: takes deliveries, answers them, prints them."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from io import TextIOWrapper
from itertools import count
from queue import Empty, SimpleQueue
from socketserver import ThreadingTCPServer
from typing import Any

from fake_server.listen import switches
from fake_server.listen.body import read_body
from fake_server.listen.forward import Answer, Headers, Target
from fake_server.listen.line import Seen, as_json, as_text, is_genuine, printable, read
from fake_server.listen.registration import NoFake, Registration
from fake_server.listen.switches import Wanted
from fake_server.settings import UsageError
from fake_server.urls import url_of

CHECKED = 0.5
"""Seconds between two looks at whether the fake still knows of us."""

Ending = SimpleQueue[int]
"""Gets something when it is to end: unlike an Event it can be told by a signal at any moment."""


def told(wanted: Wanted, number: int) -> int | None:
    """The status that the switches say for the delivery of that number, from 1."""
    return wanted.status if wanted.times is None or number <= wanted.times else None


class Desk:
    """What is done with a delivery."""

    def __init__(self, wanted: Wanted, registration: Registration, ending: Ending) -> None:
        self.wanted, self.registration, self.ending = wanted, registration, ending
        self.target = Target(wanted.forward_to) if wanted.forward_to else None
        self.numbers = count(1)
        self.printing = threading.Lock()

    def take(self, body: bytes, headers: Headers) -> tuple[Answer, Seen]:
        """Its answer, and what there is to tell."""
        at, content = time.time(), read(body)
        status = told(self.wanted, next(self.numbers))
        logged = self.registration.logged(body, content and content.id)
        answer, forwarded = self.target.post(body, headers) if self.target else (Answer(200), None)
        answer = answer if status is None else Answer(status)
        genuine = is_genuine(body, headers, self.registration.secret)
        return answer, Seen(at, len(body), content, logged, genuine, answer.status, forwarded)

    def tell(self, seen: Seen) -> None:
        with self.printing:
            try:
                print(as_json(seen) if self.wanted.json else as_text(seen), flush=True)
            except BrokenPipeError:
                # Nobody reads on, as with `| head`; Python would complain about it once more at its end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self.ending.put(0)


class Handler(BaseHTTPRequestHandler):
    """One delivery."""

    server: "Receiver"
    timeout = 10.0

    def do_POST(self) -> None:
        body = read_body(self)
        if body is None:
            return
        answer, seen = self.server.desk.take(body, self.headers.items())
        # Where the fake has given up meanwhile, what came is told all the same.
        with suppress(ConnectionError):
            self.reply(answer)
        self.server.desk.tell(seen)

    def reply(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in (*answer.headers, ("content-length", str(len(answer.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """What is told, the desk tells."""


class Receiver(ThreadingTCPServer):
    """Listens. UsageError: it cannot."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    desk: Desk

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), Handler)
        except OSError as error:
            why = f"Cannot listen on {host} port {port}: {error.strerror or error}"
            raise UsageError(f"{why}; choose another with --port, or 0 for a free one.") from None
        self.url = url_of(host, self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A fault of our own; whoever breaks off is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def begin(self, desk: Desk) -> None:
        self.desk = desk
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="listen").start()


def listen(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Runs until SIGTERM or SIGINT. Exit code 0, 1 where no fake runs; UsageError for what cannot be obeyed."""
    wanted, ending = switches.read(arguments, variables), Ending()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.put(0))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with Receiver(wanted.host, wanted.port) as receiver:
        public_url = wanted.public_url or receiver.url
        registration = Registration(
            wanted.server, public_url, wanted.events, wanted.secret, wanted.world, wanted.control_token
        )
        with registration.http:
            return attend(receiver, Desk(wanted, registration, ending))


def attend(receiver: Receiver, desk: Desk) -> int:
    """Receives until it is to end."""
    registration = desk.registration
    try:
        registration.begin()
    except NoFake as error:
        say(f"kanbert-fake: {error} Start one with kanbert-fake, or name another with --server.")
        return 1
    receiver.begin(desk)
    say(f"kanbert-fake listen {receiver.url} {described(registration)} Ready.")
    wait(registration, desk.ending)
    registration.end()
    receiver.shutdown()
    # For good: whoever still prints while Python ends would make it crash.
    desk.printing.acquire()
    return 0


def described(registration: Registration) -> str:
    told = [f"server={registration.server}", f"events={','.join(registration.events)}"]
    return " ".join([*told, *registration.limits, f"secret={printable(registration.secret)}"])


def wait(registration: Registration, ending: Ending) -> None:
    """Until it is to end; meanwhile the registration is kept up."""
    while True:
        try:
            ending.get(timeout=CHECKED)
            return
        except Empty:
            news = registration.check()
        if news:
            say(f"kanbert-fake listen: {news}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
