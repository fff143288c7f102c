"""What the tests of the pytest plugin share: how a suite is run, and a server beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

from contract_tests.processes import Process
from fake_server import FakeServer

LIGHT = ("-p", "no:hypothesispytest", "-p", "no:faker")
"""Plugins that have nothing to do with it, and take their time in every process."""
STRICT = (*LIGHT, "-p", "no:cacheprovider", "--strict-markers", "-W", "error")


def load() -> None:
    """Imports what is usually imported when it is first needed: runs in this process forget what they imported, and
    the next one would be given errors of other classes."""
    with FakeServer(world="empty") as fake:
        fake.client.get("/whoami")


@contextmanager
def beside(*arguments: str) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    with Process("--port", "0", *arguments) as process:
        url = process.ready().url
        # It lasts as long as the tests that use it, and they on a busy machine longer than one start may.
        process.watchdog.cancel()
        yield url
