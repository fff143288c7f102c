"""The HTTP protocol on the socket: a request that is there whole and waits for nothing is answered here and now."""

import logging
from typing import Any, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from fake_server.api.breaking import CONNECTION
from fake_server.api.routes import PREFIX
from fake_server.api.visit import Reply
from fake_server.bounds import Bounded, Refused, written

LINGER = 2.0
"""Seconds in which what a refused client still sends is dropped: who is cut off while sending reads no answer."""
BELOW = f"{PREFIX}/".encode()
FAILED: Reply = (
    500,
    [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")],
    b"Internal Server Error",
)
"""As uvicorn answers where an app fails."""

log = logging.getLogger("fake_server")


class Ended(Exception):
    """Ends the reading of what comes behind the last request."""


class Wire(Bounded):
    """uvicorn's protocol with bounds, and without a cycle and a task for requests that need none."""

    so_far: bytes | None = None
    """Of the body of a request that may be answered at once; None: there is none, or uvicorn has it."""
    held_back = b""
    """An answer that goes out as soon as the requests on other connections that came with it are answered, too: the
    system's code and ours run faster in turns of several. What comes behind it is for uvicorn."""
    is_last = False
    """Whether the connection ends behind it."""
    reading = False
    arrived: tuple[Any, Any] | None = None
    """A request for uvicorn that began in what is just being read."""
    current: Any = None
    """The request that uvicorn has begun to answer; those behind it are in its pipeline."""
    owing: Refused | None = None
    """A refusal that must wait for its turn."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.at_once = self.config.app.at_once  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        self.reading = True
        super().data_received(data)
        self.reading = False
        if self.so_far is not None:
            self.hand_over()
        elif self.arrived is not None:
            arrived, self.arrived = self.arrived, None
            super()._start_asgi_task(*arrived)

    def enter(self) -> None:
        if self.is_last or self.transport.is_closing():
            raise Ended
        if self.is_free() and self.url.startswith(BELOW) and b"#" not in self.url:
            self.so_far = b""
        else:
            self.hand_over()

    def is_free(self) -> bool:
        """Whether nothing is under way that must be answered first, and the client takes what it is sent."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return is_answered and not self.held_back and not self.flow.write_paused

    def on_body(self, body: bytes) -> None:
        if self.so_far is None:
            super().on_body(body)
        else:
            self.so_far += body

    def on_message_complete(self) -> None:
        if self.so_far is not None:
            if self.answer(self.so_far):
                self.so_far = None
                self.finish()
                return
            self.hand_over()
        super().on_message_complete()

    def answer(self, body: bytes) -> bool:
        """Answers the request that has just been read, unless it must wait for something."""
        scope = self.scope
        # It begins with a slash and has no fragment, so it takes no parser of URLs.
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"], scope["query_string"] = raw_path, query
        try:
            reply = self.at_once(scope, body)
        except Exception:
            # Else the parser would take it for a fault of the request.
            log.exception("%s %s failed in the fake itself", scope["method"], path)
            reply = FAILED
        if reply is None:
            return False
        self.is_last = not self.parser.should_keep_alive() or self.parser.get_http_version() == "1.0"
        self.held_back = in_one_piece(reply, self.is_last)
        self.loop.call_soon(self.flush)
        return True

    def flush(self) -> None:
        piece, self.held_back = self.held_back, b""
        if piece and not self.transport.is_closing():
            self.transport.write(piece)
            if self.is_last:
                self.transport.close()

    def hand_over(self) -> None:
        """Leaves the request to uvicorn, which calls the app in a task."""
        body, self.so_far = self.so_far, None
        self.scope["extensions"] = cast("Any", {CONNECTION: self.transport})
        super().enter()
        if body:
            super().on_body(body)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # Not while a piece is read: what cannot be read to its end must not be carried out.
        self.current = cycle
        if self.reading:
            self.arrived = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        self.flush()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # uvicorn tells the newest request only.
        self.forsake(self.current)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.owing is not None:
            self.pay()

    def refuse(self, refused: Refused) -> None:
        """Behind the answers to what came before. What cannot be read to its end is not begun."""
        self.refused = self.owing = refused
        self.so_far = None
        unread = self.cycle
        if unread is not None and unread.more_body and not unread.response_started:
            self.forsake(unread)
            unread.response_complete = True
            if self.arrived is not None and self.arrived[0] is unread:
                self.arrived = None
            if self.pipeline and self.pipeline[0][0] is unread:
                self.pipeline.popleft()
        self.pay()

    def pay(self) -> None:
        if self.owing is None or self.pipeline or not (self.current is None or self.current.response_complete):
            return
        self.flush()
        refused, self.owing = self.owing, None
        if not self.transport.is_closing():
            self.transport.write(written(refused, self.url))
            self.transport.write_eof()
            self.loop.call_later(LINGER, self.transport.close)

    @staticmethod
    def forsake(cycle: Any) -> None:
        """Nobody waits for that answer any more."""
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()


def in_one_piece(reply: Reply, is_last: bool) -> bytes:
    """An answer as it goes over the wire, head and body together."""
    status, headers, body = reply
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([STATUS_LINE[status], *lines, b"connection: close\r\n\r\n" if is_last else b"\r\n", body])
