"""python -m contract_tests.benchmark.worlds: what worlds cost, each beside a shallow copy of the same tables."""

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from contract_tests.client import NOW
from fake_server.app import Fake
from fake_server.settings import Settings
from fake_server.world import World

TASKS = 1_000
TIMES = 200
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


def row(name: str, ours: float, floor: float, aim: str = "") -> None:
    print(f"{name:46} {ours:9.1f} {floor:9.1f} {ours / floor:7.2f}   {aim}", flush=True)


def made(fake: Fake) -> World:
    """A world from a seed that is loaded already, as POST /_fake/worlds makes it."""
    worlds, clock = fake.worlds, fake.settings.clock()
    seed = worlds.seed(fake.settings.world, TASKS, fake.settings.seed, clock)
    return worlds.new(worlds.free_name(), seed, clock, fake.settings.seed)


def worlds() -> None:
    fake = Fake(Settings(world="demo", tasks=TASKS, now=NOW))
    world = fake.seed()
    tables = [table.rows for table in world.seed.tables.values()]
    copy = micros(lambda: [rows.copy() for rows in tables])
    print(f"{f'worlds of {TASKS} tasks, microseconds':46} {'fake':>9} {'copy':>9} {'ratio':>7}   aim")
    row("make one from a loaded seed", micros(lambda: made(fake)), copy, "below 200 us")
    row("make and remove one", micros(lambda: fake.worlds.remove(made(fake))), copy)
    row("reset", micros(world.reset), copy)
    row("snapshot", micros(lambda: world.save("kept")), copy)
    row("restore", micros(lambda: world.restore(world.snapshots["kept"])), copy)
    row("branch", micros(lambda: fake.worlds.branch(fake.worlds.free_name(), world)), copy)


def importing() -> None:
    """Milliseconds that the plugin adds to a start of pytest where nobody uses it, beside pytest's own."""
    pairs = [started() for _ in range(9)]
    plugin, pytest = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    print(f"{'what':46} {'plugin':>9} {'pytest':>9} {'ratio':>7}   aim")
    row("import, milliseconds", plugin, pytest, "below 20 ms")


def started() -> tuple[float, float]:
    """CPU seconds in which a process imports the plugin, and before it pytest."""
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True)
    plugin, pytest = map(float, done.stdout.split())
    return plugin, pytest


def main() -> None:
    worlds()
    importing()


if __name__ == "__main__":
    main()
