"""A server of its own in this process, and its control routes; a fixture for modules that name it."""

from functools import cache
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, InProcess
from fake_server.app import Fake, create_app
from fake_server.settings import Settings


def server(world: str = "small", seeded: bool = True, **switches: Any) -> Api:
    """A server of its own in this process, whichever one the other tests ask."""
    fake = Fake(Settings.model_validate({"world": world, "now": NOW, "check_answers": True, **switches}))
    if seeded:
        fake.seed()
    transport = InProcess(create_app(fake=fake))
    return Api(httpx2.Client(transport=transport, base_url="http://fake.test"), "contract")


shared = cache(server)


@pytest.fixture
def fake() -> Api:
    """The small world, as it was seeded."""
    shared().control("POST", "/reset")
    return shared()


def ask(api: Api, method: str, path: str, content: str | bytes | None = None, **more: Any) -> httpx2.Response:
    return api.http.request(method, f"/_fake{path}", content=content, **more)


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and sentence of a refusal, which must be a whole problem."""
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(found) == {"title", "detail", "status"}
    assert found["status"] == answer.status_code
    assert found["title"]
    return answer.status_code, found["detail"]
