"""Handles for tests: a server in this process for each module, and a world of it for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.client import NOW
from contract_tests.expected import LOGO
from fake_server import ControlError, FakeServer, Handle, NotRunning


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    """The small world, whose clock stands; with the SETTINGS of the module, if it has any."""
    with FakeServer(**{"world": "small", "now": NOW, **getattr(request.module, "SETTINGS", {})}) as fake:
        yield fake


@pytest.fixture
def world(server: FakeServer) -> Iterator[Handle]:
    """A world of the test's own."""
    with server.worlds.new() as made:
        yield made
        server.worlds.rm(made.name)


@pytest.fixture
def running(world: Handle) -> Handle:
    """One whose clock runs."""
    world.clock.resume()
    return world


def rename(world: Handle, title: str = "New", id: str = LOGO) -> None:
    """A change that a client makes."""
    world.client.patch(f"/tasks/{id}", json={"title": title}).raise_for_status()


def sentence(call: Any, *arguments: Any, **more: Any) -> str:
    """What a call is refused with."""
    with pytest.raises((ControlError, NotRunning, TypeError, ValueError)) as refused:
        call(*arguments, **more)
    return str(refused.value)


def told(call: Any, *arguments: Any, **more: Any) -> str:
    """What a false assertion says, or a wait in vain."""
    with pytest.raises(AssertionError) as wrong:
        call(*arguments, **more)
    return str(wrong.value)
