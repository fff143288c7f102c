"""What a server asks of others while everything is asked of it: the receivers of its webhooks, and nobody else."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.control.routes import EVERY
from contract_tests.processes import ROOT, Process
from contract_tests.security.alone import NOT_HERE
from contract_tests.security.visits import CALLS, visit
from contract_tests.security.watched import watching
from contract_tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.proves("README: Security")


def test_it_connects_to_receivers_only_and_starts_nothing(tmp_path: Path) -> None:
    """As Python tells of every socket and process; what is asked of the network must be of Python, too."""
    log = tmp_path / "watched"
    with Receiver() as receiver:
        with Process("--port", "0", "--world", "small", **watching(tmp_path, log)) as process:
            with httpx2.Client(base_url=process.ready().url, verify=False, trust_env=False) as http:
                visit(Api(http, "any"), receiver.url)
            process.stop()
        told = len(receiver.received)
    there = ("127.0.0.1", int(receiver.url.split(":")[2].partition("/")[0]))
    assert told > 3
    assert log.read_text().splitlines() == [
        "socket.bind [('127.0.0.1', 0)]",
        *[f"socket.connect [{there}]"] * told,
    ]


def test_the_kernel_counts_no_other_connection_and_no_packet_to_elsewhere() -> None:
    """In a network of its own, with the event loop in C that tells Python nothing."""
    command = [sys.executable, "-m", "contract_tests.security.alone"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.returncode == NOT_HERE:
        pytest.skip("this machine gives us no network of our own")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["received"] > 3
    assert seen == {"connections": seen["received"], "lost": 0, "datagrams": 0, "received": seen["received"]}


def test_everything_that_can_be_asked_was_asked() -> None:
    asked = {(method, path.partition("?")[0]) for method, path, *_ in CALLS} | {("POST", "/webhooks")}
    assert [route for route in EVERY if not any(fits(route, one) for one in asked)] == []


def fits(route: tuple[str, ...], asked: tuple[str, str]) -> bool:
    """Whether a request is one of this route."""
    method, template = route
    parts, own = template.split("/"), asked[1].split("/")
    if method != asked[0] or len(parts) != len(own):
        return False
    return all(part == one or part.startswith("{") for part, one in zip(parts, own, strict=True))
