"""The command line called in this process, beside a server of this process; fixtures for modules that name them."""

import io
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from fake_server.__main__ import main
from fake_server.server import FakeServer
from fake_server.settings import PREFIX

SERVER = "KANBERT_SERVER_URL"


class Outcome(NamedTuple):
    """What a call was."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        assert (self.code, self.stderr) == (0, ""), self
        return json.loads(self.stdout)


Command = Callable[..., Outcome]


@pytest.fixture
def fake(server: FakeServer) -> FakeServer:
    """The small world, as it was seeded, and no other."""
    for row in server.worlds.list():
        if row["name"] != "default":
            server.worlds.rm(row["name"])
    for snapshot in server.snapshots.list():
        snapshot.remove()
    server.reset()
    return server


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable says anything."""
    for name in list(os.environ):
        if name.startswith(("KANBERT_", PREFIX)) or name == "PORT":
            monkeypatch.delenv(name)
    return monkeypatch


def outcome(
    arguments: tuple[str, ...],
    variables: dict[str, str],
    alone: pytest.MonkeyPatch,
    captured: pytest.CaptureFixture[str],
) -> Outcome:  # fmt: skip
    """How the command line ends in this process, and what it has to say."""
    for name, value in variables.items():
        alone.setenv(name, value)
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return Outcome(code, *captured.readouterr())


@pytest.fixture
def call(alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line in this process, with these arguments, this input and these variables."""

    def run(*arguments: str, stdin: bytes = b"", **variables: str) -> Outcome:
        alone.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return outcome(arguments, variables, alone, capsys)

    return run


@pytest.fixture
def command(call: Command, alone: pytest.MonkeyPatch, fake: FakeServer) -> Command:
    """The same, beside a running server."""
    alone.setenv(SERVER, fake.base_url)
    return call


@pytest.fixture
def program(alone: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command line in this process as if it had it for itself: what it starts writes where it does, and signals
    and log are as they were afterwards."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    log = logging.getLogger("fake_server")
    logging_to, level = list(log.handlers), log.level

    def run(*arguments: str, **variables: str) -> Outcome:
        return outcome(arguments, variables, alone, capfd)

    yield run
    log.handlers[:], log.level = logging_to, level
    for number, handler in handlers.items():
        signal.signal(number, handler)
