"""--clean-up: what earlier runs have left goes, and nothing else."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract_tests.client import InProcess
from contract_tests.documented.made import MARK
from contract_tests.verifying.runs import LIVE, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
CLEANING = (*LIVE, "--allow-writes", "--project", "HVW", "--clean-up")
HERE, ELSEWHERE = "JDNaCEOu", "XOabHbzB"


def create(server: Server, title: str, project: str) -> Any:
    with httpx2.Client(transport=InProcess(server.app), base_url="http://fake.test/api/v1") as http:
        body = {"title": title, "project_id": project}
        return http.post("/tasks", json=body, headers={"Authorization": "Bearer any"}).json()


def test_what_earlier_runs_have_left_in_the_project_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    server = Server(world="demo")
    for title, project in (("Mine", HERE), (f"{MARK}0] 1", ELSEWHERE), ("About [kanbert contract 0]", HERE)):
        create(server, title, project)
    before = server.state()["tasks"]
    left = [create(server, f"{MARK}{n}] {n}", HERE) for n in range(3)]
    run = verify(tmp_path, server, *CLEANING)
    assert (run.code, server.state()["tasks"], run.report) == (pytest.ExitCode.OK, before, {})
    assert [line for line in run.text.splitlines() if line.startswith("deleted: ")] == [
        f'deleted: task "{task["title"]}" ({task["id"]})' for task in left
    ]
    assert {one.method for one in server.writes()} == {"DELETE"}


def test_where_nothing_is_left_that_is_said(tmp_path: Path) -> None:
    server = Server(world="demo")
    run = verify(tmp_path, server, *CLEANING)
    assert (run.code, server.writes()) == (pytest.ExitCode.OK, [])
    assert "Nothing is there that an earlier run has left." in run.text


def test_what_cannot_be_deleted_is_named_and_fails(tmp_path: Path) -> None:
    def ask(exchange: Exchange) -> None:
        exchange.method = exchange.method.replace("DELETE", "OPTIONS")

    server = Server(ask, world="demo")
    task = create(server, f"{MARK}0] 1", HERE)
    run = verify(tmp_path, server, *CLEANING)
    assert run.code == pytest.ExitCode.TESTS_FAILED
    assert f'left behind: task "{task["title"]}" ({task["id"]})' in run.text
