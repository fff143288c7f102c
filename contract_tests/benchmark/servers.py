"""The servers that are measured: the fake and bare routes of the same bytes; and what keeps the cores awake."""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract_tests.processes import free_port

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
    Route("/{path:path}", read, methods=["GET"]), Route("/{path:path}", write, methods=["POST", "PATCH", "DELETE"])
])
uvicorn.run(
    app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", server_header=False, ws="none"
)
"""


SPINNING = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() != 1:
    pass
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
    with started(command, stderr=subprocess.PIPE) as process:
        yield Server(process, told_port(process))


def told_port(process: subprocess.Popen[bytes]) -> int:
    """The port of the fake's ready line."""
    assert process.stderr
    line = process.stderr.readline().decode()
    port = re.search(r":(\d+) ", line)
    assert port, line
    return int(port[1])


@contextmanager
def bare(body: bytes) -> Iterator[Server]:
    """A Starlette route that answers everything with these bytes."""
    port = free_port()
    with started([sys.executable, "-c", BARE, str(port)], stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(body)
        process.stdin.close()
        wait_for(port, process)
        yield Server(process, port)


@contextmanager
def started(command: list[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, and reads its modules compiled, as installed ones are."""
    with tempfile.TemporaryDirectory() as unused:
        compiled = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / f"kanbert-fake-{os.getuid()}")}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        process = subprocess.Popen(command, env=environment | compiled, **{"cwd": unused, **more})
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            os.sched_yield()
    raise ChildProcessError(f"{process.args!r} ended before it listened")


@contextmanager
def awake() -> Iterator[None]:
    """Keeps every core busy with work that gives way to any other: waking an idle one takes longer than an answer."""
    spinners = [subprocess.Popen([sys.executable, "-c", SPINNING]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for one in spinners:
            one.kill()
            one.wait()
