"""The HTTP protocol on the socket: what waits for nothing is answered at once, head and body in one piece."""

from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, cast

from fake_server.api.breaking import CONNECTION
from fake_server.api.routes import PREFIX
from fake_server.bounds import Bounded, Refused, written

LINGER = 2.0
"""Seconds in which what a refused client still sends is dropped: who is cut off while sending reads no answer."""


class Together:
    """A transport that sends as one piece what is written while it holds: a head and its body, that is."""

    held: list[bytes] | None = None

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if self.held is None:
            self.transport.write(data)
        else:
            self.held.append(data)

    def release(self) -> None:
        held, self.held = self.held, None
        if held:
            self.transport.write(b"".join(held))

    def write_eof(self) -> None:
        self.release()
        self.transport.write_eof()

    def close(self) -> None:
        self.release()
        self.transport.close()

    def abort(self) -> None:
        self.release()
        self.transport.abort()


class Wire(Bounded):
    """uvicorn's protocol with bounds, and without a task for requests that wait for nothing."""

    reading = False
    arrived: tuple[Any, Any] | None = None
    """A request that began in what is just being read."""
    current: Any = None
    """The request that is being answered; those behind it are in uvicorn's pipeline."""
    owing: Refused | None = None
    """A refusal that must wait for its turn."""

    def connection_made(self, transport: Any) -> None:
        self.together = Together(transport)
        super().connection_made(cast("Any", self.together))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # uvicorn tells the newest request only.
        self.forsake(self.current)

    def data_received(self, data: bytes) -> None:
        self.reading = True
        super().data_received(data)
        self.reading = False
        if self.arrived is not None:
            (cycle, app), self.arrived = self.arrived, None
            self.begin(cycle, app)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # Where uvicorn does not ask this, every request has its task: slower, and otherwise the same.
        self.current = cycle
        if self.reading and cycle.scope["path"].startswith(PREFIX):
            # Only when all of the data is read: then most bodies are there as well.
            self.arrived = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def begin(self, cycle: Any, app: Any) -> None:
        """Answers here and now what the service can; the rest of what has to wait runs in a task."""
        running = cycle.run_asgi(app)
        self.together.held = []
        try:
            waits_for = running.send(None)
        except StopIteration:
            return
        finally:
            self.together.release()
        task = self.loop.create_task(rest(running, waits_for))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {CONNECTION: self.transport})

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.owing is not None:
            self.pay()

    def refuse(self, refused: Refused) -> None:
        """Behind the answers to what came before. What cannot be read to its end is not begun."""
        self.refused = self.owing = refused
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


@coroutine
def rest(running: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """What a coroutine that waits for something does afterwards."""
    while True:
        try:
            yield waits_for
        except BaseException as error:
            going_on = partial(running.throw, error)
        else:
            going_on = partial(running.send, None)
        try:
            waits_for = going_on()
        except StopIteration:
            return
