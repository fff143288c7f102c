"""The HTTP protocol on the socket: what waits for nothing is answered at once, head and body in one piece."""

from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, cast

from fake_server.api.breaking import CONNECTION
from fake_server.api.routes import PREFIX
from fake_server.bounds import Bounded


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

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.transport = cast("Any", Together(transport))

    def data_received(self, data: bytes) -> None:
        self.reading = True
        super().data_received(data)
        self.reading = False
        if self.arrived is not None:
            (cycle, app), self.arrived = self.arrived, None
            self.begin(cycle, app)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # Where uvicorn does not ask this, every request has its task: slower, and otherwise the same.
        if self.reading and cycle.scope["path"].startswith(PREFIX):
            # Only when all of the data is read: then most bodies are there as well.
            self.arrived = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def begin(self, cycle: Any, app: Any) -> None:
        """Answers here and now what the service can; the rest of what has to wait runs in a task."""
        running = cycle.run_asgi(app)
        together = cast("Together", self.transport)
        together.held = []
        try:
            waits_for = running.send(None)
        except StopIteration:
            return
        finally:
            together.release()
        task = self.loop.create_task(rest(running, waits_for))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {CONNECTION: self.transport})


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
