"""The body of a delivery, as a receiver takes it from its socket."""

from http.server import BaseHTTPRequestHandler

MOST = 100 * 1024 * 1024
"""Bytes; no payload has nearly as many."""


def read_body(handler: BaseHTTPRequestHandler) -> bytes | None:
    """The whole body; None where there is none, or the sender breaks off. What cannot be taken is refused here."""
    length = handler.headers.get("Content-Length", "")
    # A number may have more digits than Python reads.
    if not (length.isascii() and length.isdecimal() and len(length) < 20 and int(length) <= MOST):
        handler.send_error(411 if not length else 413)
        return None
    body = handler.rfile.read(int(length))
    return body if len(body) == int(length) else None
