"""The report: what a person and a program read about every operation."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.client import NOW
from contract_tests.documented.findings import NO_TEST, UNASKED, UNSETTLED, told
from contract_tests.documented.proving import READS
from contract_tests.documented.reference import OPERATIONS
from contract_tests.plugin.plugin_runs import beside
from contract_tests.verifying.runs import DOCUMENTED, LIVE, verify
from contract_tests.verifying.servers import Exchange, Server
from contract_tests.verifying.wrong_reads import CountsIds

pytestmark = pytest.mark.proves("README: Is it true?")
LINES = CountsIds.differs["users.index"]["user.fields"]
SENTENCE = "A UserData has id, first_name, last_name, email, type and space, and none is null."
OTHERS = ["user.space", "user.types", "users.index.answer", "users.index.exists"]
"""What the test that finds it is about as well."""


def test_every_operation_of_the_reference_is_in_the_report(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, tests="test_answers.py -k is_a_user")
    assert list(run.report["operations"]) == list(OPERATIONS)
    assert run.report["operations"]["users.whoami"] == {
        "verdict": "partly",
        "tests": 1,
        "sentences": 6,
        "held": ["user.fields", "user.space", "user.types", "users.whoami.exists"],
        "differs": [],
        "not_tried": [
            {"reason": NO_TEST, "sentences": ["T19"]},
            {"reason": UNASKED, "sentences": ["scopes.none"]},
        ],
    }
    assert run.verdicts() == {"users.whoami": "partly"}


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
    told = run.text.rpartition("users.index  ")[2].splitlines()
    assert told[1:6] == [f"  user.fields (documented) {SENTENCE}", *(f"    {line}" for line in LINES)]
    assert f"  not tried: {UNSETTLED} ({', '.join(OTHERS)})" in told


def test_a_report_may_be_markdown(tmp_path: Path) -> None:
    data = verify(tmp_path, CountsIds().server(), *LIVE, tests=CountsIds.tests).report["operations"]["users.index"]
    verify(tmp_path, CountsIds().server(), *LIVE, tests=CountsIds.tests, suffix="md")
    written = (tmp_path / "report.md").read_text()
    table = ["| operation | verdict | held | differ | not tried | tests |", "| --- | --- | --- | --- | --- | --- |"]
    row = f"| users.index | differs | 0 | 1 | {data['sentences'] - 1} | 1 |"
    section = [
        *("## users.index", "", f"differs in 1: 0 of {data['sentences']} sentences, 1 tests", ""),
        *("### differs: user.fields", "", f"documented: {SENTENCE}", "", "```", *LINES, "```", ""),
    ]
    left = [f"### not tried: {UNSETTLED}", "", *(f"- `{id}`: {told(id)}" for id in OTHERS), ""]
    for part in (table, [row], section, left, ["- Server: http://kanbert.test, read only"], ["- Tests that ran: 1"]):
        assert "\n".join(part) in written, part
    assert re.search(r"^- Date: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$", written, re.MULTILINE)


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
    assert [run.verdicts() for run in runs] == [{"tasks.show": "partly"}] * 2
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
    assert verdicts == dict.fromkeys([*READS, "webhooks.store"], "partly")
    whoami = written["operations"]["users.whoami"]["not_tried"]
    assert [row["sentences"] for row in whoami if row["reason"] == UNASKED] == [["scopes.none"]]
    assert written["left_behind"] == []


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
