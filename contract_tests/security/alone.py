"""A server in a network of its own, whose kernel counts: `python -m contract_tests.security.alone`.

Nothing leaves such a network, and nobody else is in it: what the kernel counted there and we did not do, the server
did, whichever library it did it by."""

import ctypes
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path
from typing import Any

import httpx2

from contract_tests.client import Api
from contract_tests.processes import Process
from contract_tests.security.visits import visit
from contract_tests.webhooks.receiver import Receiver

NOT_HERE = 77
"""Exit code where the machine has no such networks for us."""
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
SET_FLAGS, IS_UP = 0x8914, 1


def enter() -> bool:
    """Whether this process is now in a network of its own, which has a loopback and nothing else."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except AttributeError:
        return False
    if unshare(NEW_NETWORK) != 0 and unshare(NEW_USER | NEW_NETWORK) != 0:
        return False
    with socket.socket() as sock:
        fcntl.ioctl(sock, SET_FLAGS, struct.pack("16sH14x", b"lo", IS_UP))
    return True


def counted() -> dict[str, int]:
    """What the kernel knows of this network: connections begun, packets without a way, datagrams."""
    found = dict[str, int]()
    rows = [row.split() for row in Path("/proc/self/net/snmp").read_text().splitlines()]
    for names, values in zip(rows[::2], rows[1::2], strict=True):
        found |= {f"{names[0]}{name}": int(value) for name, value in zip(names[1:], values[1:], strict=True)}
    six = dict(row.split() for row in Path("/proc/self/net/snmp6").read_text().splitlines())
    lost = found["Ip:OutNoRoutes"] + int(six["Ip6OutNoRoutes"])
    datagrams = found["Udp:OutDatagrams"] + int(six["Udp6OutDatagrams"])
    return {"connections": found["Tcp:ActiveOpens"], "lost": lost, "datagrams": datagrams}


def main() -> int:
    if sys.platform != "linux" or not enter():
        return NOT_HERE
    own: list[Any] = []
    sys.addaudithook(lambda event, arguments: own.append(arguments) if event == "socket.connect" else None)
    with Process("--port", "0", "--world", "small") as process, Receiver() as receiver:
        with httpx2.Client(base_url=process.ready().url, timeout=10, trust_env=False) as http:
            visit(Api(http, "any"), receiver.url)
        process.stop()
        seen = counted()
        seen["connections"] -= len(own)
        print(json.dumps({**seen, "received": len(receiver.received)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
