"""A live server: read only unless it says otherwise, and left as it was."""

import os
import signal
from pathlib import Path

import pytest

from contract_tests.documented.made import MARK
from contract_tests.documented.reference import WRITES
from contract_tests.verifying.runs import LIVE, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
WRITING = (*LIVE, "--allow-writes", "--project", "WEB")
QUICK = "test_bodies.py -k 200 or shape"
"""One test of each write."""


def titles(server: Server) -> list[str]:
    return [task["title"] for task in server.state()["tasks"]]


def test_without_leave_no_request_arrives_that_is_no_get(tmp_path: Path) -> None:
    server = Server()
    before = server.state()
    run = verify(tmp_path, server, *LIVE, tests=QUICK)
    assert (run.code, run.verdicts()) == (pytest.ExitCode.OK, dict.fromkeys(WRITES, "not tried"))
    assert {name: run.reasons(name) for name in WRITES} == {name: ["writes (--allow-writes)"] for name in WRITES}
    assert server.writes() == []
    assert server.state() == before


def test_what_is_written_stays_inside_of_the_project_and_does_not_stay(tmp_path: Path) -> None:
    server = Server(world="demo")
    before = titles(server)
    run = verify(tmp_path, server, *LIVE, "--allow-writes", "--project", "HVW", tests=QUICK)
    tried = [name for name in WRITES if name != "webhooks.store"]
    assert run.verdicts() == {**dict.fromkeys(tried, "partly"), "webhooks.store": "not tried"}
    assert {one.body["project_id"] for one in server.writes() if one.is_for("POST /tasks")} == {"JDNaCEOu"}
    assert titles(server) == before
    assert run.report["left_behind"] == []


def test_everything_made_can_be_told_from_everything_else(tmp_path: Path) -> None:
    server = Server()
    verify(tmp_path, server, *WRITING, tests=QUICK)
    made = [one.body["title"] for one in server.writes() if one.is_for("POST /tasks")]
    assert len(made) > 6
    assert len({title.partition("]")[0] for title in made if title.startswith(MARK)}) == 1


@pytest.mark.slow
def test_a_live_server_that_is_right_is_verified_whole(tmp_path: Path) -> None:
    server = Server()
    before = server.state()
    run = verify(tmp_path, server, *LIVE)
    assert (run.code, run.differs(), server.writes()) == (pytest.ExitCode.OK, {}, [])
    assert server.state() == before
    run = verify(tmp_path, server, *WRITING)
    assert (run.code, run.differs(), run.report["left_behind"]) == (pytest.ExitCode.OK, {}, [])
    assert titles(server) == [task["title"] for task in before["tasks"]]
    assert {one.body["project_id"] for one in server.writes() if one.is_for("POST /tasks")} == {"XOabHbzB"}


def test_what_somebody_changes_meanwhile_is_asked_again(tmp_path: Path) -> None:
    reads: list[Exchange] = []

    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /users") and not dict(exchange.query).get("filter"):
            reads.append(exchange)
            page = exchange.data
            old = "Before" if len(reads) == 1 else page["data"][0]["last_name"]
            exchange.data = {**page, "data": [{**page["data"][0], "last_name": old}, *page["data"][1:]]}

    run = verify(
        tmp_path, Server(tell=tell), *LIVE, tests="test_filters.py -k each_operator and users.index-last_name"
    )
    assert (run.verdicts(), len(reads)) == ({"users.index": "partly"}, 2)


# ---------------------------------------------------------------- when something goes wrong


def test_a_test_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.method == "PATCH":
            exchange.status = 500

    server = Server(tell=tell)
    before = titles(server)
    run = verify(tmp_path, server, *WRITING, tests="test_changing.py -k title")
    assert (run.verdicts(), titles(server)) == ({"tasks.update": "differs"}, before)


def test_a_run_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.method == "PATCH":
            raise KeyboardInterrupt

    server = Server(tell=tell)
    before = titles(server)
    run = verify(tmp_path, server, *WRITING, tests="test_changing.py -k title")
    assert (run.code, titles(server)) == (pytest.ExitCode.INTERRUPTED, before)
    assert [one.method for one in server.writes()] == ["POST", "PATCH", "DELETE"]


def test_a_run_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.method == "PATCH":
            os.kill(os.getpid(), signal.SIGTERM)

    server, usual = Server(tell=tell), signal.getsignal(signal.SIGTERM)
    before = titles(server)
    run = verify(tmp_path, server, *WRITING, tests="test_changing.py -k title")
    assert (run.code, titles(server)) == (pytest.ExitCode.INTERRUPTED, before)
    assert [one.method for one in server.writes()] == ["POST", "PATCH", "DELETE"]
    assert signal.getsignal(signal.SIGTERM) == usual


def test_a_create_whose_answer_got_lost_is_found_and_deleted(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks"):
            exchange.status = 502

    server = Server(tell=tell)
    before = titles(server)
    run = verify(tmp_path, server, *WRITING, tests="test_bodies.py -k 200 and tasks.store")
    assert (run.verdicts(), titles(server)) == ({"tasks.store": "differs"}, before)


def keep(exchange: Exchange) -> None:
    """Deletes nothing, whatever is asked for."""
    exchange.method = exchange.method.replace("DELETE", "OPTIONS")


def fail(exchange: Exchange) -> None:
    exchange.status = 500 if exchange.method == "OPTIONS" else exchange.status


def test_what_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    server = Server(keep, fail)
    run = verify(tmp_path, server, *WRITING, tests="test_creating.py -k default")
    (left,) = server.state()["tasks"][3:]
    assert run.report["left_behind"] == [f'task "{left["title"]}" ({left["id"]})']
    assert f'left behind: task "{left["title"]}" ({left["id"]})' in run.text


def test_what_an_earlier_run_has_left_is_mentioned_and_not_touched(tmp_path: Path) -> None:
    server = Server(keep, fail)
    verify(tmp_path, server, *WRITING, tests="test_creating.py -k default")
    (left,) = server.state()["tasks"][3:]
    server.ask, server.tell = Server().ask, Server().tell
    run = verify(tmp_path, server, *WRITING, tests="test_creating.py -k default")
    assert run.report["left_by_earlier_runs"] == [f'task "{left["title"]}" ({left["id"]})']
    assert f'left by an earlier run: task "{left["title"]}" ({left["id"]})' in run.text
    assert titles(server)[3:] == [left["title"]]
