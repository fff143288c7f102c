"""python -m contract_tests.benchmark: a table of speeds, each beside a bare Starlette route in the same run."""

import argparse
import asyncio
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from contract_tests.benchmark import worlds

CONNECTIONS = 8
DELIVERIES = 1_000
RECEIVING = """
import sys
from contract_tests.webhooks.fast_receiver import FastReceiver
with FastReceiver(lambda *_: 200) as receiver:
    print(receiver.url, flush=True)
    sys.stdin.read()
"""
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = sys.stdin.buffer.read()
async def read(request):
    return Response(body, media_type="application/json")
async def write(request):
    await request.body()
    return Response(body, media_type="application/json")
app = Starlette(routes=[
    Route("/{path:path}", read, methods=["GET"]), Route("/{path:path}", write, methods=["POST", "PATCH"])
])
uvicorn.run(
    app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", server_header=False, ws="none"
)
"""


class Server:
    """A process that listens on a port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu(self) -> float:
        """Seconds of CPU time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes of memory in use."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024


@contextmanager
def fake(tasks: int, *switches: str) -> Iterator[Server]:
    world = ["--world", "demo", "--tasks", str(tasks)]
    command = [sys.executable, "-m", "fake_server", "--port", "0", *world, *switches]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr
    line = process.stderr.readline().decode()
    port = re.search(r":(\d+) ", line)
    assert port, line
    yield Server(process, int(port[1]))
    process.terminate()
    process.wait()


@contextmanager
def bare(body: bytes) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)], stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(body)
    process.stdin.close()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            os.sched_yield()
    yield Server(process, port)
    process.terminate()
    process.wait()


def request(method: str, path: str, body: bytes = b"") -> bytes:
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n{length}\r\n".encode() + body


def load(port: int, requests: Iterator[bytes], seconds: float) -> float:
    """Requests a second over several connections, each with one request under way."""
    selector = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        selector.register(connection, selectors.EVENT_READ, [b""])
        connection.sendall(next(requests))
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select():
            key.data[0] += key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
            if complete(key.data[0]):
                done += 1
                key.data[0] = b""
                key.fileobj.sendall(next(requests))  # type: ignore[union-attr]
    elapsed = time.perf_counter() - start
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return done / elapsed


def complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    assert b" 200 " in head[:20], answer[:500]
    at = head.lower().index(b"content-length:") + 15
    return len(body) >= int(head[at:].split(b"\r\n", 1)[0])


def once(port: int, text: bytes) -> bytes:
    """The body of one answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(text)
        answer = b""
        while not complete(answer):
            answer += connection.recv(1 << 20)
    return answer.partition(b"\r\n\r\n")[2]


def compare(server: Server, make: Callable[[], Iterator[bytes]], rounds: int, seconds: float) -> tuple[float, float]:
    """Median requests a second of the fake and of the bare route with the same bytes, measured in turn."""
    with bare(once(server.port, next(make()))) as floor:
        pairs = []
        for measured in range(rounds + 1):
            pair = load(server.port, make(), seconds), load(floor.port, make(), seconds)
            if measured:  # the first round only warms up
                pairs.append(pair)
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def ids(server: Server, pages: int) -> list[str]:
    """Ids of tasks from all over the world, newest first."""
    found: list[str] = []
    url = "/api/v1/tasks?sort=-updated_at"
    for _ in range(pages):
        page = json.loads(once(server.port, request("GET", url)))
        found += [task["id"] for task in page["data"]]
        if page["meta"]["next_cursor_url"] is None:
            break
        url = "/api" + page["meta"]["next_cursor_url"].partition("/api")[2]
    return found


def row(name: str, ours: float, floor: float, aim: str) -> None:
    print(f"{name:46} {ours:9.0f} {floor:9.0f} {ours / floor:7.2f}   {aim}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    asked = parser.parse_args()
    print(f"{'what':46} {'fake/s':>9} {'bare/s':>9} {'ratio':>7}   aim")
    lists, memories = {}, {}
    for size in asked.sizes:
        with fake(size) as server:
            ours, floor = compare(server, listing("New"), asked.rounds, asked.seconds)
            lists[size] = 1 / ours
            row(f"list 30, filter and sort, {size} tasks", ours, floor, "0.5 at 1000")
            ours, floor = compare(server, listing("Backlog"), asked.rounds, asked.seconds)
            row("  the same with a rarer status", ours, floor, "")
            # After lists, so that indexes and kept orders count too.
            memories[size] = server.memory()
            if size == asked.sizes[0]:
                single(server, asked.rounds, asked.seconds)
    first, last = asked.sizes[0], asked.sizes[-1]
    print(f"{'list: time at most against fewest tasks':66} {lists[last] / lists[first]:7.2f}   at most 1.5")
    if first != last:
        per_task = (memories[last] - memories[first]) / (last - first)
        print(f"{'memory, bytes a task':66} {per_task:7.0f}   below 2500")
    deliveries(asked.rounds)
    starts()
    worlds.main()


def listing(status: str) -> Callable[[], Iterator[bytes]]:
    """Requests for a page of 30 tasks of a status, newest first."""
    query = "filter=" + quote(f'status = "{status}"') + "&sort=-created_at&page%5Bsize%5D=30"
    return lambda: cycle([request("GET", f"/api/v1/tasks?{query}")])


def single(server: Server, rounds: int, seconds: float) -> None:
    """The rows about one task."""
    known = ids(server, 20)
    project = json.loads(once(server.port, request("GET", f"/api/v1/tasks/{known[0]}")))["project_id"]
    new = request("POST", "/api/v1/tasks", json.dumps({"title": "A new task", "project_id": project}).encode())
    gets = [request("GET", f"/api/v1/tasks/{id}") for id in known]
    patches = [
        request("PATCH", f"/api/v1/tasks/{id}", json.dumps({"title": f"Changed {n}"}).encode())
        for n in range(3) for id in known
    ]  # fmt: skip
    moves = [
        request("PATCH", f"/api/v1/tasks/{id}", json.dumps({"status": status}).encode())
        for status in ("WIP", "New", "Closed") for id in known
    ]  # fmt: skip
    row("get one by id", *compare(server, lambda: cycle(gets), rounds, seconds), "0.6")
    row("create one", *compare(server, lambda: cycle([new]), rounds, seconds), "")
    row("PATCH one: title", *compare(server, lambda: cycle(patches), rounds, seconds), "")
    row("PATCH one: status", *compare(server, lambda: cycle(moves), rounds, seconds), "")


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
    """The rows about webhooks: the clock stands still, so that all of them wait for a flush."""
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
        row("1,000 webhook deliveries, beside httpx2", ours, client, "")
        row("  the same beside a bare socket", ours, bare_socket, "")
        reads = [request("GET", f"/api/v1/tasks/{id}") for id in known]
        pairs = [read_meanwhile(server, known, reads, str(n)) for n in range(rounds)]
        busy, idle = (statistics.median(column) for column in zip(*pairs, strict=True))
        row("get one by id while they are sent, beside idle", busy, idle, "")


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


def starts() -> None:
    """CPU time from process start to the ready line, beside a bare uvicorn's."""
    ours, floors = [], []
    for _ in range(5):
        with fake(150) as server:
            ours.append(server.cpu())
        with bare(b"{}") as server:
            floors.append(server.cpu())
    mine, floor = statistics.median(ours), statistics.median(floors)
    print(
        f"{'start to ready, demo world, CPU seconds':46} {mine:9.2f} {floor:9.2f} {mine / floor:7.2f}   below 1.0 s"
    )


if __name__ == "__main__":
    main()
