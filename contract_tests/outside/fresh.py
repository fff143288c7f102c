"""The app under test, whose world is as it was seeded when a request comes, or a sequence of them."""

from typing import Any

import httpx2

from contract_tests.client import NOW, Api, InProcess
from fake_server.app import create_app
from fake_server.settings import Settings

TOKEN = "outside"


class Fresh:
    """An ASGI app. Its clock stands, so that no webhook ever leaves it."""

    def __init__(self, each: bool) -> None:
        switches = {"world": "small", "now": NOW, "check_answers": True, "strict_auth": True, "token": [TOKEN]}
        self.app = create_app(Settings(**switches))  # type: ignore[arg-type]
        self.each = self.due = each

    def api(self) -> Api:
        """The same world, asked without the tool."""
        return Api(httpx2.Client(transport=InProcess(self.app), base_url="http://fake.test"), TOKEN)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and self.due:
            self.due = self.each
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app)) as http:
                (await http.post("http://fake.test/_fake/reset")).raise_for_status()
        await self.app(scope, receive, send)
