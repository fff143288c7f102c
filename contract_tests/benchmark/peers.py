"""The same asked of others, where they are installed: json-server, moto's server and localstripe on the PATH."""

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

from contract_tests.benchmark.servers import fake, started, wait_for
from contract_tests.benchmark.table import head, row
from contract_tests.processes import free_port

RECORDS = 1_000
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Ask(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes = b""
    kind: str = JSON


class Peer(NamedTuple):
    """How a server is started, given some records, and asked for the same as the fake."""

    name: str
    command: Callable[[int, Path], list[str]]
    record: Ask
    """Makes a record; with {} for its number."""
    get: Ask | None
    """None: as the answer that made the last record names it."""
    listing: Ask
    reset: Ask | None
    prepare: Ask | None = None


def database(at: Path) -> str:
    (at / "db.json").write_text('{"tasks": []}')
    return str(at / "db.json")


PEERS = (
    Peer(
        "json-server",
        lambda port, at: ["json-server", "--quiet", "--host", "127.0.0.1", "--port", str(port), database(at)],
        Ask("POST", "/tasks", b'{"title": "Task {}", "status": "New", "created_at": {}}'),
        Ask("GET", "/tasks/500"),
        Ask("GET", "/tasks?status=New&_sort=created_at&_order=desc&_limit=30"),
        None,
    ),
    Peer(
        "moto_server",
        lambda port, _: ["moto_server", "-H", "127.0.0.1", "-p", str(port)],
        Ask("PUT", "/bucket/task-{}", b'{"title": "Task {}"}'),
        Ask("GET", "/bucket/task-500"),
        Ask("GET", "/bucket?list-type=2&max-keys=30&prefix=task-9"),
        Ask("POST", "/moto-api/reset"),
        Ask("PUT", "/bucket"),
    ),
    Peer(
        "localstripe",
        lambda port, _: ["localstripe", "--port", str(port), "--from-scratch"],
        Ask("POST", "/v1/customers", b"description=Customer+{}", FORM),
        None,
        Ask("GET", "/v1/customers?limit=30"),
        Ask("DELETE", "/_config/data"),
    ),
)


class Client:
    """One connection after the other, as Python's own library has them: not every peer keeps them open."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, ask: Ask, number: int = 0) -> bytes:
        path, body = ask.path.replace("{}", str(number)), ask.body.replace(b"{}", b"%d" % number)
        headers = {
            "Authorization": "Bearer sk_test_12345",
            "Content-Type": ask.kind,
            "Content-Length": str(len(body)),
        }
        self.connection.request(ask.method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status < 300, (ask, answer.status, content[:300])
        return content

    def rate(self, ask: Ask, rounds: int, seconds: float) -> float:
        """The median requests a second, one after the other."""
        return statistics.median(self.measured(ask, seconds) for _ in range(rounds))

    def measured(self, ask: Ask, seconds: float) -> float:
        start, number = time.perf_counter(), RECORDS
        while time.perf_counter() < start + seconds:
            number += 1
            self.send(ask, time.perf_counter_ns())
        return (number - RECORDS) / (time.perf_counter() - start)


def peers(rounds: int, seconds: float) -> None:
    """Nothing where none is installed."""
    for peer in PEERS:
        if shutil.which(peer.name) is None:
            print(f"\n{peer.name} is not installed, so nothing is measured beside it")
            continue
        with fake(RECORDS) as server, running(peer) as port:
            beside(peer, Client(server.port), Client(port), rounds, seconds)


@contextmanager
def running(peer: Peer) -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory() as at, started(peer.command(port, Path(at)), cwd=at, **QUIET) as process:
        wait_for(port, process)
        yield port


def beside(peer: Peer, ours: Client, theirs: Client, rounds: int, seconds: float) -> None:
    """The rows about one peer, which gets as many records first."""
    if peer.prepare:
        theirs.send(peer.prepare)
    last = [theirs.send(peer.record, number) for number in range(1, RECORDS + 1)][-1]
    get = peer.get or Ask("GET", f"{peer.record.path}/{json.loads(last)['id']}")
    task = json.loads(ours.send(Ask("GET", "/api/v1/tasks")))["data"][0]
    new = json.dumps({"title": "Task {}", "project_id": task["project_id"]}).encode()
    listing = "/api/v1/tasks?filter=status%3D%22New%22&sort=-created_at"
    rows = {
        "get one": (Ask("GET", f"/api/v1/tasks/{task['id']}"), get),
        "list 30 of 1,000": (Ask("GET", listing), peer.listing),
        "create": (Ask("POST", "/api/v1/tasks", new), peer.record),
        **({"reset": (Ask("POST", "/_fake/reset"), peer.reset)} if peer.reset else {}),
    }
    head(f"requests a second, one after the other, beside {peer.name}", "fake/s", "peer/s")
    for name, (mine, other) in rows.items():
        row(name, ours.rate(mine, rounds, seconds), theirs.rate(other, rounds, seconds))
    with suppress(HTTPException, OSError):
        theirs.connection.close()
