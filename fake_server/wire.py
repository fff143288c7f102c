"""The HTTP protocol on the socket: what cannot be read at all is refused as the service's own JSON, too."""

from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fake_server.api.breaking import CONNECTION
from fake_server.errors import WORDS

MOST_HEAD = 64 * 1024
"""Bytes that the request line and headers may have."""
UNREADABLE = "The request line or a header cannot be read: percent-encode the URL as UTF-8 (a space is %20)."
TOO_LONG = f"The URL and headers may have {MOST_HEAD} bytes."


class Wire(HttpToolsProtocol):
    """uvicorn's protocol with a bound on the head of a request and with refusals that help."""

    head = 0
    """Bytes of the head received so far; below zero while a body is read."""

    def data_received(self, data: bytes) -> None:
        if self.head > MOST_HEAD:
            self.refuse(431, b"Request Header Fields Too Large", "The request head is too large.", TOO_LONG)
            return
        self.head += len(data) if self.head >= 0 else 0
        super().data_received(data)

    def on_message_begin(self) -> None:
        self.head = 0
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {CONNECTION: self.transport})

    def on_headers_complete(self) -> None:
        self.head = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.head = 0
        super().on_message_complete()

    def send_400_response(self, _: str) -> None:
        self.refuse(400, b"Bad Request", WORDS[400], UNREADABLE)

    def refuse(self, status: int, reason: bytes, message: str, hint: str) -> None:
        body = orjson.dumps({"message": message})
        head = (
            b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\nx-fake-hint: %b\r\n\r\n"
        )
        self.transport.write(head % (status, reason, len(body), hint.encode()) + body)
        self.transport.close()
