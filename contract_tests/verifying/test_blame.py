"""One fault is told of one operation, and in a few lines."""

from pathlib import Path

import pytest

from contract_tests.verifying.runs import LIVE, Run, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
WRITING = (*LIVE, "--allow-writes", "--project", "WEB")
FAILED = {"tasks.show.exists": ["status of GET /api/v1/tasks/{task}: documented a success, got 500"]}


def without_show(tmp_path: Path, tests: str) -> Run:
    """A server of which GET /tasks/{task} alone is broken."""

    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /tasks/"):
            exchange.status = 500

    return verify(tmp_path, Server(tell=tell), *WRITING, tests=tests)


@pytest.mark.parametrize(
    "file", ["test_creating.py -k what_was_sent and t", "test_changing.py -k no_other and d", "test_deleting.py"]
)
def test_an_operation_that_others_need_is_blamed_alone(tmp_path: Path, file: str) -> None:
    run = without_show(tmp_path, file)
    assert (run.code, run.differs()) == (pytest.ExitCode.TESTS_FAILED, {"tasks.show": FAILED}), run.text
    assert run.verdicts()["tasks.show"] == "differs"


def test_what_could_not_be_tried_for_it_says_so(tmp_path: Path) -> None:
    run = without_show(tmp_path, "test_creating.py -k what_was_sent and title")
    assert run.verdicts() == {"tasks.show": "differs", "tasks.store": "not tried"}
    assert run.reasons("tasks.store") == ["it needs tasks.show, which differs"]


def test_an_answer_that_is_no_json_is_blamed_on_its_operation(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /projects"):
            exchange.answer = b"<html>"

    run = verify(tmp_path, Server(tell=tell), *LIVE, tests="test_answers.py -k phases and 200")
    line = "body of GET /api/v1/projects?include=client: documented a JSON object, got '<html>'"
    assert [*run.differs()] == ["projects.index"]
    assert [*run.differs()["projects.index"]] == ["projects.index.exists"]
    assert run.differs()["projects.index"]["projects.index.exists"][0].startswith(line.partition("?")[0])


def test_a_difference_has_no_traceback(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            exchange.status = 500

    run = verify(tmp_path, Server(tell=tell), *LIVE, tests="test_answers.py -k users.index and 200")
    before, _, report = run.text.partition("contract of http://kanbert.test")
    assert "status of GET /api/v1/users: documented 200, got 500" in before
    assert (len(before.splitlines()) < 10, "agree(" in run.text, "users.index  " in report) == (True, False, True)


def test_what_is_only_collected_has_no_report(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, "--collect-only", tests="test_answers.py -k is_a_user")
    assert ("is_a_user" in run.text, "contract of" in run.text, run.report) == (True, False, {})
