"""A running server: uvicorn as the fake needs it, and FakeServer in a thread of this process."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import uvicorn

from fake_server.app import Fake, create_app
from fake_server.bounds import IDLE_SECONDS, LOOK_SECONDS, Bounded
from fake_server.handle.asgi import Relay
from fake_server.handle.connection import Connection
from fake_server.handle.control import Control
from fake_server.handle.decorating import decorated
from fake_server.handle.world import Handle
from fake_server.settings import Settings, checked
from fake_server.urls import url_at
from fake_server.wire import Wire
from fake_server.worlds import DEFAULT

log = logging.getLogger("fake_server")

SHUTDOWN_SECONDS = 0.5
"""How long requests under way may take after SIGTERM."""
TICK = 0.1
"""Seconds between two looks at whether a signal came; uvicorn counts on it."""
POLL = 0.005
"""Seconds between two looks at whether open requests are answered."""


class PortInUse(Exception):
    """Nobody can listen where the settings say."""


def listen(settings: Settings) -> socket.socket:
    """The listening socket; PortInUse says why there can be none."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # By its protocol asyncio knows that it is TCP, which must not wait to fill packets.
    sock = socket.socket(family, proto=socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
        sock.listen(2048)
    except (OSError, OverflowError) as error:
        sock.close()
        raise PortInUse(
            f"Cannot listen on {settings.host} port {settings.port}: {getattr(error, 'strerror', error)}; "
            f"choose another with --port, or 0 for a free one."
        ) from None
    return sock


def url_of(sock: socket.socket) -> str:
    return url_at(*sock.getsockname()[:2])


class Server(uvicorn.Server):
    """uvicorn, which says when it listens, ends when it is told, and leaves open requests little time then."""

    def __init__(self, fake: Fake, listening: Callable[[], None]) -> None:
        super().__init__(configure(fake))
        self.fake, self.listening = fake, listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop, self.told = asyncio.get_running_loop(), asyncio.Event()
        if not self.should_exit:
            self.listening()

    def end(self) -> None:
        """Whichever thread says so."""
        self.should_exit = True
        with suppress(RuntimeError):
            # The loop may be closed already.
            self.loop.call_soon_threadsafe(self.told.set)

    async def main_loop(self) -> None:
        """As uvicorn's own; who ends it need not wait for the next time that it looks."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self.told.wait(), TICK)
            if counter % round(LOOK_SECONDS / TICK) == 0:
                self.look()

    def look(self) -> None:
        """At connections that wait for something of the client's."""
        for connection in [one for one in self.server_state.connections if isinstance(one, Bounded)]:
            connection.look()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, which sleeps for 0.1 seconds even where nobody is connected."""
        asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, self.give_up)
        self.fake.worlds.retire()
        for listening in [*self.servers, *(sockets or ())]:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while (self.server_state.connections or self.server_state.tasks) and not self.force_exit:
            await asyncio.sleep(POLL)
        await self.fake.worlds.stop()

    def give_up(self) -> None:
        self.force_exit = True
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def configure(fake: Fake) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(fake=fake),
        http=Wire, log_config=None, access_log=False, lifespan="off", server_header=False, date_header=False,
        ws="none", limit_concurrency=fake.settings.max_connections, timeout_keep_alive=IDLE_SECONDS,
    )  # fmt: skip


class FakeServer(Handle):
    """A server in this process, on a free port, and the handle of its world:
    `with FakeServer(world="small") as fake: ... fake.url`; start() and stop() do the same.

    Takes every setting by name. UsageError: an unknown one; SeedError: a world that cannot be loaded."""

    def __init__(self, **switches: Any) -> None:
        self._switches = switches
        self._settings = checked({"port": 0, **switches})
        self._server: Server | None = None
        super().__init__(Control(Connection("", self._settings.control_token), DEFAULT))

    def start(self) -> Self:
        """Nothing happens where it runs already."""
        if self._server is not None:
            return self
        fake = Fake(self._settings)
        fake.seed()
        sock = listen(self._settings)
        ready, failed = threading.Event(), list[BaseException]()
        server = Server(fake, ready.set)
        # A daemon, so that a test process that forgot to stop it can end all the same.
        self._thread = threading.Thread(
            target=run, args=(server, sock, ready, failed), daemon=True, name="kanbert-fake"
        )  # fmt: skip
        self._thread.start()
        ready.wait()
        if failed or server.should_exit:
            sock.close()
            raise RuntimeError("The server ended before it listened.") from next(iter(failed), None)
        self._server = server
        # What the handle knows of an earlier start leads to a port that is no longer its own.
        super().close()
        self._control.connection.move(url_of(sock))
        app: Any = server.config.app
        self._app = Relay(app, server.loop)
        return self

    def stop(self) -> None:
        """Ends the server; nothing happens where it does not run."""
        if self._server is not None:
            self.close()
            self._server.end()
            self._thread.join()
            self._server = None

    def close(self) -> None:
        super().close()
        self._control.connection.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: a server of these settings for each call, given to a parameter named `fake`."""
        return decorated(lambda: FakeServer(**self._switches), test)


def run(server: Server, sock: socket.socket, ready: threading.Event, failed: list[BaseException]) -> None:
    """The server's thread. Whoever waits for it to be ready is told where it fails before."""
    try:
        server.run([sock])
    except BaseException as error:
        if ready.is_set():
            raise
        failed.append(error)
    finally:
        ready.set()
