"""The command line as a process of its own: started, listened to, ended."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import fake_server

ROOT = Path(fake_server.__file__).parent.parent
READY = re.compile(r"kanbert-fake (http://\S+) world=(.+) tasks=(\d+) Ready\.\n")
LONGEST = 15.0
"""Seconds after which a process is killed, so that a test fails instead of waiting for ever."""


class Outcome(NamedTuple):
    """How a process ended, and what it had to say that nobody has read yet."""

    code: int
    stdout: str
    stderr: str


class Process:
    """`kanbert-fake` with these flags and variables, and with no others of this environment."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        own = ("KANBERT_FAKE_", "PORT")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        self.running = subprocess.Popen(
            [sys.executable, "-m", "fake_server", *arguments],
            cwd=ROOT,
            env={**inherited, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.watchdog = threading.Timer(LONGEST, self.running.kill)
        self.watchdog.start()

    def line(self) -> str:
        """The next line of its log; empty where it has ended."""
        assert self.running.stderr
        return self.running.stderr.readline()

    def ready(self) -> "Process":
        """The same process, as soon as it says that it is ready."""
        said = self.line()
        found = READY.fullmatch(said)
        assert found, said + self.outcome().stderr
        self.url, self.world, self.tasks = found[1], found[2], int(found[3])
        self.port = int(self.url.rpartition(":")[2])
        return self

    def outcome(self) -> Outcome:
        """What it says until its end."""
        assert self.running.stdout
        assert self.running.stderr
        stdout, stderr = self.running.stdout.read(), self.running.stderr.read()
        return Outcome(self.running.wait(), stdout, stderr)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[Outcome, float]:
        """Its outcome after a signal, and how many seconds that took."""
        began = time.monotonic()
        self.running.send_signal(number)
        outcome = self.outcome()
        return outcome, time.monotonic() - began

    def connect(self, port: int | None = None) -> socket.socket:
        """A connection to it, as soon as it listens; on a port that no ready line need have told yet."""
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port or self.port), timeout=LONGEST)
            except ConnectionRefusedError:
                assert self.running.poll() is None, self.outcome()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.watchdog.cancel()
        self.running.kill()
        self.running.communicate()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
