"""A process that writes down every socket and every process of its own."""

import os
import sys
from _socket import socket as Socket
from pathlib import Path
from typing import Any

from contract_tests.processes import ROOT

WATCHED = (
    "socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.getnameinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
    "os.fork", "os.forkpty", "ctypes.dlopen",
)  # fmt: skip


def watching(folder: Path, file: Path) -> dict[str, str]:
    """Variables with which Python watches itself from its start; `folder` is given what it runs then."""
    start = f"from contract_tests.security.watched import watch\nwatch({str(file)!r})\n"
    (folder / "sitecustomize.py").write_text(start, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def watch(file: str) -> None:
    """From now on, until the process ends."""
    # The event loop in C would connect without telling Python; the usual one does the same through Python's sockets.
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    log = open(file, "a", encoding="utf-8", buffering=1)  # noqa: SIM115

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in WATCHED:
            log.write(f"{event} {[one for one in arguments if not isinstance(one, Socket)]}\n")

    sys.addaudithook(hook)
