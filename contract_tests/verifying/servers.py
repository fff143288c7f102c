"""Servers to verify: the fake as a service that is no fake, and the same with one thing wrong."""

import json
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2

from contract_tests.client import NOW, InProcess
from contract_tests.documented.target import PREFIX
from fake_server.app import create_app
from fake_server.settings import Settings

Json = dict[str, Any]


@dataclass
class Exchange:
    """One request and its answer; both may be changed."""

    method: str
    path: str
    query: list[tuple[str, str]]
    content: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    token: str = ""

    @property
    def data(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.answer)

    @data.setter
    def data(self, value: Any) -> None:
        self.answer = json.dumps(value).encode()

    @property
    def body(self) -> Any:
        """The JSON of the request, if it is any."""
        return json.loads(self.content) if self.content.startswith(b"{") else {}

    def is_for(self, operation: str) -> bool:
        """`GET /tasks/` is any path below /tasks, `GET /tasks` that path alone."""
        method, path = operation.split()
        mine = self.path.removeprefix(PREFIX)
        return self.method == method and (mine.startswith(path) if path.endswith("/") else mine == path)


Change = Callable[[Exchange], None]


class Server:
    """The fake behind a door, which tells nobody so unless it `is_fake`; `ask` changes requests, `tell` answers.
    Everything that came is in `met`."""

    def __init__(
        self,
        ask: Change = lambda _: None,
        tell: Change = lambda _: None,
        world: str = "small",
        is_fake: bool = False,
    ) -> None:
        self.is_fake = is_fake
        self.app = create_app(Settings(world=world, now=NOW))
        self.ask, self.tell = ask, tell
        self.met: list[Exchange] = []
        self.transport = InProcess(self)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        exchange = Exchange(scope["method"], scope["path"], parse_qsl(scope["query_string"].decode(), True), b"")
        more = True
        while more:
            message = await receive()
            exchange.content += message["body"]
            more = message["more_body"]
        asked = {name: value.decode() for name, value in scope["headers"]}
        exchange.token = asked.get(b"authorization", "").removeprefix("Bearer ")
        self.ask(exchange)
        self.met.append(exchange)
        await self.answer(exchange, scope)
        self.tell(exchange)
        headers = {**exchange.headers, "content-length": str(len(exchange.answer))}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items() if not name.startswith("x-fake")]
        await send({"type": "http.response.start", "status": exchange.status, "headers": pairs})
        await send({"type": "http.response.body", "body": exchange.answer})

    async def answer(self, exchange: Exchange, scope: MutableMapping[str, Any]) -> None:
        """What the fake answers; a service that is none has nothing at /_fake."""
        if exchange.path.startswith("/_fake") and not self.is_fake:
            exchange.status = 404
            return
        length = (b"content-length", str(len(exchange.content)).encode())
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"] + [length]
        asked = {
            **scope,
            "method": exchange.method,
            "query_string": urlencode(exchange.query).encode(),
            "headers": headers,
        }

        async def receive() -> Json:
            return {"type": "http.request", "body": exchange.content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            exchange.answer += message.get("body", b"")

        await self.app(asked, receive, send)

    # ------------------------------------------------------------ what a test wants to know

    def writes(self) -> list[Exchange]:
        return [one for one in self.met if one.method != "GET"]

    def state(self) -> Any:
        """The whole world behind the door."""
        return self.control("/state")

    def control(self, path: str) -> Any:
        """What the control routes of the default world behind the door say."""
        with httpx2.Client(transport=InProcess(self.app), base_url="http://fake.test") as http:
            return http.get(f"/_fake{path}").json()
