"""The suite of the integration passes everywhere: here anyway, in two processes, and against a server beside."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from contract_tests.plugin.plugin_runs import STRICT, beside
from contract_tests.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.proves("README: Many tests at once")]

SUITE = "contract_tests/integration"
HOW = "(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)"
IN_ONE_PROCESS = re.compile(rf"^(\S+::.+?) {HOW}", re.MULTILINE)
IN_SEVERAL = re.compile(rf"^\[gw\d+\] \[ *\d+%\] {HOW} (\S+::.+?) *$", re.MULTILINE)


def outcomes(*options: str) -> dict[str, str]:
    """What became of each test of the suite, run by a process of its own."""
    command = [sys.executable, "-m", "pytest", *STRICT, "-vv", "--assert", "plain", "--color", "no", *options, SUITE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)
    found = dict(IN_ONE_PROCESS.findall(run.stdout)) | {test: how for how, test in IN_SEVERAL.findall(run.stdout)}
    assert (run.returncode, set(found.values())) == (0, {"PASSED"}), run.stdout + run.stderr
    assert f"{len(found)} passed" in run.stdout
    return found


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The URL of a server in another process, whose own world is another one."""
    with beside("--world", "demo", "--seed", "1") as url:
        yield url


@pytest.fixture(scope="module")
def usual(elsewhere: str) -> dict[str, str]:
    """Against that server, in one process."""
    return outcomes("--kanbert-url", elsewhere)


def test_two_processes_with_a_fake_each_find_what_one_finds_at_a_server(usual: dict[str, str]) -> None:
    assert outcomes("-n", "2") == usual


def test_two_processes_may_share_a_server(usual: dict[str, str], elsewhere: str) -> None:
    assert outcomes("-n", "2", "--kanbert-url", elsewhere) == usual
