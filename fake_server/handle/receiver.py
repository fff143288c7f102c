"""A real receiver of webhooks: a socket of its own, whatever it gets goes to one place."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from fake_server.listen.body import read_body
from fake_server.urls import reached

Headers = list[tuple[str, str]]
Take = Callable[[bytes, Headers], int]
"""Keeps a body and its headers; gives the status to answer."""

LONGEST = 10.0
"""Seconds that a sender may take."""


class Handler(BaseHTTPRequestHandler):
    """One delivery."""

    server: "Receiver"
    timeout = LONGEST

    def do_POST(self) -> None:
        body = read_body(self)
        if body is None:
            return
        # Kept before it is answered: whoever waits for the answer finds it.
        status = self.server.take(body, self.headers.items())
        # Where the sender has given up meanwhile, it came all the same.
        with suppress(ConnectionError):
            self.send_response_only(status)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Whoever receives tells what came."""


class Receiver(ThreadingTCPServer):
    """Listens until it is closed; OSError where it cannot."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, take: Take) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self.take, self.closing = take, False
        self.port = int(self.server_address[1])
        self.thread = threading.Thread(target=self.serve, daemon=True, name="inbox")
        self.thread.start()

    def serve(self) -> None:
        while not self.closing:
            self.handle_request()

    def verify_request(self, *_: object) -> bool:
        return not self.closing

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A fault of our own; whoever breaks off is none."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Ends at once: the thread that waits for a connection is given one."""
        self.closing = True
        host = reached(str(self.server_address[0]))
        with suppress(OSError):
            socket.create_connection((host, self.port), timeout=1).close()
        self.thread.join()
        self.server_close()
