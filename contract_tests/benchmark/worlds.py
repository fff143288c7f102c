"""python -m contract_tests.benchmark.worlds: what worlds cost, each beside a shallow copy of the same tables."""

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from contract_tests.benchmark.loading import compare
from contract_tests.benchmark.servers import fake
from contract_tests.benchmark.table import head, row
from contract_tests.client import NOW
from contract_tests.plain_http import request
from fake_server.app import Fake, create_app
from fake_server.ids import Ids
from fake_server.settings import Settings
from fake_server.world import World

TASKS = 1_000
TIMES = 400
IMPORTING = """
from time import process_time as now
start = now(); import pytest
half = now(); import fake_server.testing
print(now() - half, half - start)
"""


def micros(work: Callable[[], object]) -> float:
    """The median of how long a call takes, in microseconds, without the collector."""
    gc.collect()
    gc.disable()
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    gc.enable()
    return statistics.median(times) * 1e6


def made(fake: Fake) -> World:
    """A world from a seed that is loaded already, as POST /_fake/worlds makes it."""
    worlds, clock = fake.worlds, fake.settings.clock()
    seed = worlds.seed(fake.settings.world, TASKS, fake.settings.seed, clock)
    return worlds.new(worlds.free_name(), seed, clock, fake.settings.seed)


def worlds(rounds: int, seconds: float) -> None:
    """In this process; and over a socket, beside a bare route that is asked as often."""
    fake_ = Fake(Settings(world="demo", tasks=TASKS, now=NOW))
    world, test = fake_.seed(), Test(fake_)
    tables = [table.rows for table in world.seed.tables.values()]
    copy = micros(lambda: [rows.copy() for rows in tables])
    head(f"worlds of {TASKS} tasks, microseconds", "fake", "copy")
    test.run("/api/v1/tasks")
    row("a world in a test: make, get a task, remove", micros(lambda: test.run(test.path)), copy, below=100, digits=1)
    row("  the same with a list of 30", micros(lambda: test.run("/api/v1/tasks")), copy, digits=1)
    row("make one from a loaded seed", micros(lambda: made(fake_)), copy, below=200, digits=1)
    row("make and remove one", micros(lambda: fake_.worlds.remove(made(fake_))), copy, digits=1)
    row("reset", micros(world.reset), copy, digits=1)
    row("snapshot", micros(lambda: world.save("kept")), copy, digits=1)
    row("restore", micros(lambda: world.restore(world.snapshots["kept"])), copy, digits=1)
    row("branch", micros(lambda: fake_.worlds.branch(fake_.worlds.free_name(), world)), copy, digits=1)
    with fake(TASKS, "--now", NOW) as server:
        head("tests a second over a socket, each three requests")
        numbers = count()
        found = compare(server, lambda: tests(test.path, numbers), rounds, seconds, at_once=1, turn=seconds)
        row("a world in a test: make, get a task, remove", found.ours / 3, found.floor / 3, reached=found.ratio)


class Test:
    """One isolated test, without a socket."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.app: Any = create_app(fake=fake)
        self.path = f"/api/v1/tasks/{Ids(('task',)).text('task', 1)}"

    def run(self, path: str) -> None:
        world = made(self.fake)
        call = self.app(self.scope(path, world.token), None, self.send)
        try:
            call.send(None)
        except StopIteration:
            assert self.status == 200
        self.fake.worlds.remove(world)

    def scope(self, path: str, token: str) -> dict[str, object]:
        return {
            "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
            "query_string": b"", "server": ("127.0.0.1", 80),
            "headers": [(b"authorization", b"Bearer " + token.encode()), (b"host", b"fake.test")],
        }  # fmt: skip

    async def send(self, message: dict[str, int]) -> None:
        self.status = message.get("status", 200)


def tests(path: str, numbers: Iterator[int]) -> Iterator[bytes]:
    for number in numbers:
        name = f"test-{number}"
        yield request("POST", "/_fake/worlds", json.dumps({"name": name}).encode())
        yield request("GET", path, token=f"kanbert-{name}")
        yield request("DELETE", f"/_fake/worlds/{name}")


def importing() -> None:
    """Milliseconds that the plugin adds to a start of pytest where nobody uses it, beside pytest's own."""
    pairs = [started() for _ in range(9)]
    plugin, pytest = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    head("import, CPU milliseconds", "plugin", "pytest")
    row("the plugin where nobody uses it", plugin, pytest, below=20, digits=1)


def started() -> tuple[float, float]:
    """CPU seconds in which a process imports the plugin, and before it pytest."""
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True)
    plugin, pytest = map(float, done.stdout.split())
    return plugin, pytest


def main() -> None:
    worlds(5, 1.0)
    importing()


if __name__ == "__main__":
    main()
