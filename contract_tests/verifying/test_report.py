"""The report: what a person and a program read about every operation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.client import NOW
from contract_tests.documented.proving import READS
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.report import NO_TEST
from contract_tests.plugin.plugin_runs import beside
from contract_tests.verifying.runs import DOCUMENTED, LIVE, TOKEN, verify
from contract_tests.verifying.servers import Exchange, Server
from contract_tests.verifying.wrong import CountsIds

pytestmark = pytest.mark.proves("README: Is it true?")
LINES = CountsIds.differs["users.index"]["user.fields"]
SENTENCE = "A UserData has id, first_name, last_name, email, type and space, and none is null."
UNSETTLED = "its test has found something else (user.space, user.types, users.index.answer, users.index.exists)"


def test_every_operation_of_the_reference_is_in_the_report(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, tests="test_answers.py -k is_a_user")
    assert list(run.report["operations"]) == list(OPERATIONS)
    assert run.report["operations"]["users.whoami"] == {
        "verdict": "verified",
        "tests": 1,
        "held": ["user.fields", "user.space", "user.types", "users.whoami.exists"],
        "differs": [],
        "not_tried": [],
    }
    assert run.reasons("tasks.delete") == [NO_TEST]


def test_a_difference_stands_under_its_sentence_with_its_mark(tmp_path: Path) -> None:
    run = verify(tmp_path, CountsIds().server(), *LIVE, tests=CountsIds.tests)
    assert run.report["operations"]["users.index"]["differs"] == [
        {
            "id": "user.fields",
            "mark": "documented",
            "sentence": SENTENCE,
            "page": "the vendor's tasks page",
            "lines": LINES,
        }
    ]


def test_the_terminal_shows_the_same(tmp_path: Path) -> None:
    run = verify(tmp_path, CountsIds().server(), *LIVE, tests=CountsIds.tests)
    told = run.text.partition("users.index  ")[2].splitlines()[1:7]
    assert told == [
        f"  user.fields (documented) {SENTENCE}",
        *(f"    {line}" for line in LINES),
        f"  not tried: {UNSETTLED}",
    ]


def test_a_report_may_be_markdown(tmp_path: Path) -> None:
    verify(tmp_path, CountsIds().server(), *LIVE, tests=CountsIds.tests, suffix="md")
    written = (tmp_path / "report.md").read_text()
    row = f"| `users.index` | differs in 1, 0 sentences held, 1 tests | not tried: {UNSETTLED} |"
    section = ["## users.index: user.fields", "", f"documented: {SENTENCE}", "", "```", *LINES, "```"]
    assert (row in written, "\n".join(section) in written) == (True, True)


def test_what_the_fake_has_decided_on_says_so(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks"):
            exchange.data = {**exchange.data, "status": "Backlog"}

    writing = (*LIVE, "--allow-writes", "--project", "WEB")
    run = verify(tmp_path, Server(tell=tell), *writing, tests="test_creating.py -k default")
    (found,) = run.report["operations"]["tasks.store"]["differs"]
    assert (found["id"], found["mark"]) == ("T8", "chosen")
    assert found["lines"] == ["status: documented 'New', got 'Backlog'"]


def test_both_forms_of_what_contradicts_itself_are_good_and_told(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /tasks/"):
            exchange.data = {**exchange.data, "parent_task_id": "printed"}

    tests = "test_answers.py -k shape and tasks.show"
    runs = [verify(tmp_path, server, *LIVE, tests=tests) for server in (Server(), Server(tell=tell))]
    assert [run.verdicts() for run in runs] == [{"tasks.show": "verified"}] * 2
    known = "T4: TaskData.parent_task_id is"
    assert [run.report["seen"] for run in runs] == [[f"{known} null", f"{known} string"], [f"{known} string"]]


def test_an_error_that_nobody_expected_is_a_difference_too(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            exchange.answer = b"<html>"

    run = verify(tmp_path, Server(tell=tell), *LIVE, tests="test_pages.py -k envelope and users")
    assert run.differs() == {
        "users.index": {"lists.envelope": ["body of GET /api/v1/users: documented a JSON object, got '<html>'"]}
    }


def test_nothing_that_is_printed_or_written_has_the_token(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            exchange.status, exchange.data = 200, {"data": [{"id": TOKEN}], "meta": {}, "links": TOKEN}

    options = ("--showlocals", "-vv", "--tb=long")
    run = verify(tmp_path, Server(tell=tell), *LIVE, *options, tests="test_answers.py -k users.index")
    assert run.verdicts() == {"users.index": "differs"}
    assert TOKEN not in run.text + (tmp_path / "report.json").read_text()


@pytest.mark.slow
def test_workers_write_one_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    tests = [str(DOCUMENTED / name) for name in ("test_answers.py", "test_registering.py")]
    command = [sys.executable, "-m", "pytest", *tests, "-n", "2", "-p", "no:cacheprovider"]
    with beside("--world", "small", "--now", NOW) as url:
        options = ["--base-url", url, "--token", "anything", "--contract-report", str(report)]
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(report.read_text())
    verdicts = {name: one["verdict"] for name, one in written["operations"].items() if one["tests"]}
    assert verdicts == dict.fromkeys([*READS, "webhooks.store"], "verified")
    assert len(written["left_behind"]) == 4, "webhooks, which no operation deletes"


# ---------------------------------------------------------------- a server that says "later"


def busy(seconds: str) -> Server:
    """A server that refuses the third request for its rate."""

    def tell(exchange: Exchange) -> None:
        if len(server.met) == 3:
            exchange.status, exchange.headers["retry-after"] = 429, seconds

    server = Server(tell=tell)
    return server


def test_a_server_that_says_when_is_asked_again_then(tmp_path: Path) -> None:
    run = verify(tmp_path, busy("7"), *LIVE, tests="test_answers.py -k is_a_user or tasks.show")
    assert (run.code, run.slept) == (pytest.ExitCode.OK, [7.0])


def test_a_server_that_says_much_later_is_not_waited_for(tmp_path: Path) -> None:
    run = verify(tmp_path, busy("500"), *LIVE, tests="test_answers.py -k is_a_user or tasks.show")
    waits = "the server asks to wait for 500 seconds, more than 120"
    assert ([why for name in run.verdicts() for why in run.reasons(name)], run.slept) == ([waits], [])
