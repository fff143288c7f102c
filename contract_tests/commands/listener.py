"""`kanbert-fake listen` as a process of its own, and its registration without one."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx2

from contract_tests.client import Api
from contract_tests.processes import LONGEST, Process
from contract_tests.webhooks.webhook_server import flush
from fake_server.listen.registration import Registration

URL = "http://127.0.0.1:1"
"""Of a listener that is only registered."""
READY = re.compile(r"kanbert-fake listen (http://\S+) server=(\S+) events=(.+) secret=(.+) Ready\.\n")


class Listener(Process):
    """`kanbert-fake listen` with these flags, registered with a fake."""

    def __init__(self, api: Api, *arguments: str) -> None:
        super().__init__("listen", "--server", str(api.http.base_url), *arguments)
        said = self.line()
        found = READY.fullmatch(said)
        assert found, said + self.outcome().stderr
        self.url, self.server, self.events, self.secret = found.groups()
        self.port = int(self.url.rpartition(":")[2])

    def __enter__(self) -> "Listener":
        return self

    def watch_again(self) -> None:
        """It may live as long as it has lived."""
        self.watchdog.cancel()
        self.watchdog = threading.Timer(LONGEST, self.running.kill)
        self.watchdog.start()

    def printed(self) -> str:
        """The next line about a delivery."""
        assert self.running.stdout
        return self.running.stdout.readline()

    def told(self) -> str:
        """The next line without its time, which is the real one."""
        at, _, rest = self.printed().rstrip("\n").partition(" ")
        assert is_recent(at), at
        return rest

    def receive(self, content: bytes, **headers: str) -> httpx2.Response:
        """Its answer to a delivery of which the fake knows nothing."""
        named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx2.post(self.url, content=content, headers=named, verify=False, trust_env=False)


def is_recent(at: str) -> bool:
    return abs(datetime.fromisoformat(at).timestamp() - time.time()) < 60


def statuses(api: Api) -> list[int | None]:
    """What each try was answered once everything is flushed."""
    return [one["status"] for one in flush(api)]


@contextmanager
def registered(api: Api, events: list[str] | None = None, secret: str | None = None) -> Iterator[Registration]:
    """What a listener knows of the fake, without its process."""
    registration = Registration(str(api.http.base_url), URL, events, secret)
    with registration.http:
        registration.begin()
        yield registration
        registration.end()
