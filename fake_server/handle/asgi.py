"""The server's app for callers in other threads and event loops: what they ask is carried over to its own."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import CancelledError, Future
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

ENDED = "The fake ended before it had answered."


class Relay:
    """An ASGI app that works in the event loop of another thread, so that all requests stay atomic there."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = app, loop

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"The fake speaks http only, not {scope['type']}.")
        request = Request(dict(scope), await read(receive), self.loop)
        if self.loop.is_closed():
            raise ConnectionResetError(ENDED)
        for message in await answered(request, asyncio.run_coroutine_threadsafe(request.run(self.app), self.loop)):
            await send(message)


class Request:
    """One request, in the server's event loop."""

    def __init__(self, scope: Message, body: bytes | None, loop: asyncio.AbstractEventLoop) -> None:
        self.scope, self.body, self.loop = scope, body, loop
        self.messages: list[Message] = []
        self.gone = asyncio.Event()

    async def run(self, app: App) -> list[Message]:
        await app(self.scope, self.receive, self.send)
        return self.messages

    async def receive(self) -> Message:
        body, self.body = self.body, None
        if body is None:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    def leave(self) -> None:
        """The caller waits no longer: what the service does is done all the same, as on a socket."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.gone.set)


async def answered(request: Request, future: Future[list[Message]]) -> list[Message]:
    """The messages of an answer, without holding up the caller's event loop."""
    try:
        waiting = asyncio.wrap_future(future)
    except RuntimeError:
        # Another kind of event loop, or none at all; the answer is there in no time.
        return result(future)
    try:
        # Waited for in a way that does not cancel it: a client that gives up undoes nothing.
        await asyncio.wait([waiting])
    except asyncio.CancelledError:
        request.leave()
        raise
    # Looked at, or asyncio would complain that nobody did; the result is the other future's.
    _ = waiting.cancelled() or waiting.exception()
    return result(future)


def result(future: Future[list[Message]]) -> list[Message]:
    try:
        return future.result()
    except CancelledError:
        raise ConnectionResetError(ENDED) from None


async def read(receive: Receive) -> bytes | None:
    """The whole body; None where the caller is gone before it is whole."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def lifespan(receive: Receive, send: Send) -> None:
    """The server begins and ends by itself; whoever asks for it is told that it did."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
