"""The door for webhooks: it checks who knocks, keeps what was said, and answers at once."""

import hmac
import json
import queue
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


class Receiver:
    """Listens on a free port of this machine as long as the block lasts."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.refused = 0
        self.waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers.get("Signature", "")))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def take(self, body: bytes, signature: str) -> int:
        """The status to answer."""
        expected = hmac.new(self.secret.encode(), body, "sha256").hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            self.refused += 1
            return 401
        self.waiting.put(json.loads(body))
        return 200

    def taken(self) -> Iterator[Any]:
        """The payloads that wait, in the order in which they came."""
        while not self.waiting.empty():
            yield self.waiting.get()
