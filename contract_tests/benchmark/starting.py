"""From the start of the process to the ready line, beside a bare uvicorn."""

import statistics

from contract_tests.benchmark.servers import bare, fake
from contract_tests.benchmark.table import head, row


def starts(rounds: int) -> None:
    head("CPU seconds from start to ready", "fake", "uvicorn")
    ours, floors = [], []
    for _ in range(rounds):
        with fake(150) as server:
            ours.append(server.cpu())
        with bare(b"{}") as server:
            floors.append(server.cpu())
    floor = statistics.median(floors)
    row("the demo world of 150 tasks", statistics.median(ours), floor, below=2 * floor, digits=2)
