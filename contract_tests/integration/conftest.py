"""The integration under test, between a world of its own and an empty tracker; nothing here ever sleeps."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from contract_tests.integration.kanbert_client import Kanbert
from contract_tests.integration.other_system import Tracker
from contract_tests.integration.receiver import Receiver
from contract_tests.integration.two_way_sync import TwoWaySync
from fake_server import Handle

SECRET = "a secret of the integration"


@pytest.fixture
def project(kanbert: Handle) -> str:
    """The id of a project without tasks, beside those that the world has anyway."""
    id: str = kanbert.make("project", title="Shop")["id"]
    return id


@pytest.fixture
def tracker(kanbert: Handle) -> Tracker:
    """Its users live by the world's clock."""
    return Tracker(now=lambda: datetime.fromisoformat(kanbert.clock.now))


@pytest.fixture
def pauses() -> list[float]:
    """How long the client waited, in order."""
    return []


@pytest.fixture
def sync(kanbert: Handle, tracker: Tracker, project: str, pauses: list[float]) -> Iterator[TwoWaySync]:
    """Waiting turns the world's clock instead."""

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        kanbert.clock.advance(seconds)

    client = Kanbert(kanbert.url, kanbert.token, origin="tracker", sleep=sleep)
    yield TwoWaySync(client, tracker, project)
    client.close()


@pytest.fixture
def receiver(sync: TwoWaySync, project: str) -> Iterator[Receiver]:
    """Subscribed as a real integration would."""
    with Receiver(SECRET) as receiver:
        sync.kanbert.subscribe(receiver.url, project, SECRET)
        yield receiver
