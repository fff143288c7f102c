"""A fake that runs elsewhere: what somebody has made on it is left as it is."""

import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from contract_tests.documented.made import MARK
from contract_tests.plugin.plugin_runs import beside
from contract_tests.verifying.runs import DOCUMENTED, URL, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
TESTS = DOCUMENTED.parent
WRITES = "test_bodies.py -k 200 or shape"
LONGEST = 60.0


def test_a_run_has_a_world_of_its_own_that_goes_with_it(tmp_path: Path) -> None:
    server = Server(is_fake=True)
    before = [server.control(path) for path in ("/state", "/worlds", "/webhooks")]
    run = verify(tmp_path, server, "--base-url", URL, tests=WRITES)
    assert (run.code, run.differs(), run.report["left_behind"]) == (pytest.ExitCode.OK, {}, [])
    assert len([one for one in server.writes() if one.is_for("POST /webhooks")]) == 1
    assert [server.control(path) for path in ("/state", "/worlds", "/webhooks")] == before


def test_a_run_that_is_interrupted_takes_its_world_with_it(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("POST /webhooks"):
            raise KeyboardInterrupt

    server = Server(tell=tell, is_fake=True)
    before = server.control("/worlds")
    run = verify(tmp_path, server, "--base-url", URL, tests=WRITES)
    assert (run.code, server.control("/worlds")) == (pytest.ExitCode.INTERRUPTED, before)


def test_the_suite_shares_no_code_with_the_fake() -> None:
    names = [f"contract_tests.documented.{path.stem}" for path in sorted(DOCUMENTED.glob("*.py"))]
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; "
    code += "print([name for name in sys.modules if name.partition('.')[0] == 'fake_server'])"
    command = [sys.executable, "-c", code, "contract_tests.conftest", *names]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, timeout=LONGEST)
    assert (done.stdout, done.stderr) == ("[]\n", "")


# ---------------------------------------------------------------- in processes of their own


def a_run(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


@pytest.mark.slow
def test_tests_of_the_fake_ask_worlds_of_their_own(tmp_path: Path) -> None:
    files = [str(TESTS / "service" / "test_pages.py"), str(TESTS / "control" / "test_many_worlds.py")]
    with beside("--world", "demo") as url, httpx2.Client(base_url=url) as http:
        before = http.get("/_fake/state").json()["tasks"]
        done = subprocess.run(
            a_run(*files, "--base-url", url, "-rs"), cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST
        )
        after = http.get("/_fake/state").json()["tasks"]
        worlds = [one["name"] for one in http.get("/_fake/worlds").json()["data"]]
    assert (done.returncode, worlds, after == before) == (0, ["default"], True), done.stdout
    assert "it is about a whole server, and asks none that others use" in done.stdout


@pytest.mark.slow
def test_a_cancelled_process_cleans_up(tmp_path: Path) -> None:
    options = ("--live", "--token", "any", "--allow-writes", "--project", "WEB")
    with beside("--world", "small") as url, httpx2.Client(base_url=url) as http:
        command = a_run(str(DOCUMENTED / "test_bodies.py"), "--base-url", url, *options)
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
            limit = time.monotonic() + LONGEST
            while not any(MARK in one["title"] for one in http.get("/_fake/state").json()["tasks"]):
                assert running.poll() is None
                assert time.monotonic() < limit
            running.terminate()
            said, _ = running.communicate(timeout=LONGEST)
        left = [one["title"] for one in http.get("/_fake/state").json()["tasks"] if MARK in one["title"]]
    assert (running.returncode, left) == (pytest.ExitCode.INTERRUPTED, []), said
