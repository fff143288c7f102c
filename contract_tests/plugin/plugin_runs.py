"""What the tests of the pytest plugin share: how a suite is run, and servers beside it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contract_tests.processes import Process
from fake_server import FakeServer

LIGHT = ("-p", "no:hypothesispytest", "-p", "no:faker")
"""Plugins that have nothing to do with it, and take their time in every process."""
STRICT = (*LIGHT, "-p", "no:cacheprovider", "--strict-markers", "-W", "error")


@contextmanager
def beside(*arguments: str) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    with Process("--port", "0", *arguments) as process:
        url = process.ready().url
        # It lasts as long as the tests that use it, and they on a busy machine longer than one start may.
        process.watchdog.cancel()
        yield url


# ---------------------------------------------------------------- fixtures, for modules that name them


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Imports what is usually imported when it is first needed: runs in this process forget what they imported, and
    the next one would be given errors of other classes."""
    with FakeServer(world="empty") as fake:
        fake.client.get("/whoami")


@pytest.fixture(autouse=True)
def root(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a suite that is run: without settings, whatever stands in folders above, and with the short summary that
    pytest prints at a desk, whether or not this suite runs in somebody's CI."""
    pytester.makeini("[pytest]")
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """The URL of a server of other settings, which runs already when a suite begins."""
    with FakeServer(world="demo", seed=1) as fake:
        yield fake.base_url


# ---------------------------------------------------------------- what a run said


def sections(result: pytest.RunResult, test: str) -> dict[str, list[str]]:
    """The plugin's sections in the report of a test, without what differs from run to run."""
    report = str(result.stdout).partition(f" {test} _")[2]
    parts = re.split(r"\n-{5,} (.+) -{5,}\n", re.split(r"\n[_=]{5,}", report)[0])
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {title: differing(text).splitlines() for title, text in found.items() if title.startswith("kanbert")}


def differing(text: str) -> str:
    return re.sub(r"world w\d+", "world W", re.sub(r"http://127.0.0.1:\d+/", "INBOX", text))


def met(result: pytest.RunResult) -> list[str]:
    """The coverage table, without the remarks, which name a world; and what is said below it."""
    section = str(result.stdout).partition("= kanbert coverage =")[2].partition("\n")[2]
    table = section.partition("\n!")[0].strip().splitlines()
    return [*table, *(line for line in section.splitlines() if line.startswith("The tests met"))]
