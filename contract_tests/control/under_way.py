"""A request in the middle of its way: its body has not come yet."""

from collections.abc import Callable, Generator
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api, InProcess
from contract_tests.expected import Json


def under_way(api: Api, method: str, path: str) -> Callable[[], None]:
    """A request whose body has not come yet; the call lets it come, and be answered."""

    class Later:
        def __await__(self) -> Generator[None, None, None]:
            yield

    async def receive() -> Json:
        await Later()
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(_: Any) -> None:
        """Nobody looks at the answer."""

    def answer() -> None:
        with pytest.raises(StopIteration):
            running.send(None)

    transport: Any = api.http._transport
    headers = {"Authorization": f"Bearer {api.token}"}
    request = httpx2.Request(method, f"http://fake.test/api/v1{path}", headers=headers)
    running = transport.app(InProcess.scope(request), receive, send)
    running.send(None)
    return answer
