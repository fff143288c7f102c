"""Webhook deliveries, each beside the same requests by a client library and by a bare socket."""

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httpx2

from contract_tests.benchmark.loading import load, once
from contract_tests.benchmark.operations import ids
from contract_tests.benchmark.servers import Server, fake
from contract_tests.benchmark.table import head, row
from contract_tests.plain_http import request

DELIVERIES = 1_000
RECEIVING = """
import sys
from contract_tests.webhooks.fast_receiver import FastReceiver
with FastReceiver(lambda *_: 200) as receiver:
    print(receiver.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def receiving() -> Iterator[str]:
    """The URL of a process that answers every POST with 200."""
    process = subprocess.Popen([sys.executable, "-c", RECEIVING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    yield f"{process.stdout.readline().decode().strip()}/hook"
    process.stdin.close()
    process.wait()


def deliveries(rounds: int) -> None:
    """The clock stands still, so that all of them wait for a flush."""
    head("webhooks a second")
    with receiving() as url, fake(DELIVERIES, "--now", "2026-03-12T15:30:00Z", "--webhook-url", url) as server:
        known = ids(server, DELIVERIES)[:DELIVERIES]
        flushed(server, known, "first")
        query = f"/_fake/deliveries?limit={DELIVERIES}"
        sent = [row["request"] for row in json.loads(once(server.port, request("GET", query)))["data"]]
        times = [
            (flushed(server, known, str(n)), took(by_client(url, sent)), took(by_socket(url, sent)))
            for n in range(rounds)
        ]
        ours, client, bare_socket = (DELIVERIES / statistics.median(column) for column in zip(*times, strict=True))
        row("1,000 deliveries, beside plain POSTs by the library", ours, client)
        row("  the same beside a bare socket", ours, bare_socket)
        reads = [request("GET", f"/api/v1/tasks/{id}") for id in known]
        pairs = [read_meanwhile(server, known, reads, str(n)) for n in range(rounds)]
        busy, idle = (statistics.median(column) for column in zip(*pairs, strict=True))
        row("get one by id while they are sent, beside idle", busy, idle)


def change_all(server: Server, known: list[str], word: str) -> None:
    """An event of each of these tasks, all of which wait."""
    for id in known:
        once(server.port, request("PATCH", f"/api/v1/tasks/{id}", json.dumps({"title": f"Changed {word}"}).encode()))


def flush(server: Server) -> None:
    sent = json.loads(once(server.port, request("POST", "/_fake/flush")))["sent"]
    assert [one["state"] for one in sent] == ["delivered"] * DELIVERIES


def flushed(server: Server, known: list[str], word: str) -> float:
    """Seconds in which an event of each task was delivered."""
    change_all(server, known, word)
    start = time.perf_counter()
    flush(server)
    return time.perf_counter() - start


def took(work: Awaitable[None]) -> float:
    async def run() -> None:
        await work

    start = time.perf_counter()
    asyncio.run(run())
    return time.perf_counter() - start


async def by_client(url: str, sent: list[Any]) -> None:
    """The same requests by the library, one after the other, each by a connection of its own."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    async with httpx2.AsyncClient(verify=False, trust_env=False, limits=limits) as client:
        for one in sent:
            answer = await client.post(url, content=one["body"].encode(), headers=one["headers"])
            assert answer.status_code == 200


async def by_socket(url: str, sent: list[Any]) -> None:
    """The same requests without a library."""
    to = urlsplit(url)
    for one in sent:
        body = one["body"].encode()
        headers = {"Host": to.netloc, **one["headers"], "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        reader, writer = await asyncio.open_connection(to.hostname, to.port)
        writer.write(f"POST {to.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        assert b" 200 " in await reader.read()
        writer.close()
        await writer.wait_closed()


def read_meanwhile(server: Server, known: list[str], reads: list[bytes], word: str) -> tuple[float, float]:
    """Reads a second while deliveries are under way, and while nothing is."""
    idle = load(server.port, cycle(reads), 0.5)
    change_all(server, known, f"meanwhile {word}")
    sending = threading.Thread(target=flush, args=(server,))
    sending.start()
    busy = load(server.port, cycle(reads), 0.5)
    assert sending.is_alive(), "the deliveries took less time than the reads"
    sending.join()
    return busy, idle
