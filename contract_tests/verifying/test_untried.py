"""What no test has tried is said to be so, sentence by sentence, and counts for nothing."""

from pathlib import Path

import pytest

from contract_tests.documented.findings import DELIVERED, NO_TEST, UNASKED, Findings
from contract_tests.documented.report import sentences_of
from contract_tests.sentences import SENTENCES
from contract_tests.verifying.runs import LIVE, verify
from contract_tests.verifying.servers import Server
from contract_tests.verifying.wrong_reads import IgnoresCursors, IgnoresSorts

pytestmark = pytest.mark.proves("README: Is it true?")
ALIKE = "no record found: there are no two that differ in the sort's value"
NO_TIES = "no record found: there are no two that are equal in one sort and differ in another"
NO_MORE = "no record found: there is no second page"
ONE = "projects.index"
"""A list of one record, in the small world."""


def test_a_list_of_one_record_says_nothing_of_sorts(tmp_path: Path) -> None:
    tests = f"test_sorts.py -k {ONE} and not not_printed"
    run = verify(tmp_path, IgnoresSorts().server(), *LIVE, tests=tests)
    assert (run.code, run.held(), run.report["tests"]) == (pytest.ExitCode.OK, {}, 0)
    assert {why: run.not_tried(ONE)[why] for why in (ALIKE, NO_TIES)} == {
        ALIKE: ["L11", "L5", "lists.sort-descending", f"{ONE}.sorts"],
        NO_TIES: ["lists.sort-several"],
    }


def test_a_list_of_one_record_says_nothing_of_pages(tmp_path: Path) -> None:
    tests = f"test_pages.py -k {ONE} and (forwards or backwards or next_page or path)"
    run = verify(tmp_path, IgnoresCursors().server(), *LIVE, tests=tests)
    assert (run.code, run.held()) == (pytest.ExitCode.OK, {})
    assert run.not_tried(ONE)[NO_MORE] == ["L16", "L2", "L7", "lists.page-cursor", "lists.path"]


def test_every_sentence_of_every_operation_is_in_the_report(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, tests="test_answers.py -k is_a_user")
    for name, row in run.report["operations"].items():
        told = {*row["held"], *(id for why in row["not_tried"] for id in why["sentences"])}
        assert (sentences_of(name) <= told, len(told)) == (True, row["sentences"])
    assert run.not_tried("tasks.delete") == {UNASKED: sorted(sentences_of("tasks.delete"))}
    assert "tasks.show.answer" in run.not_tried("tasks.show")[NO_TEST]


def test_what_speaks_of_no_operation_is_in_the_report_of_the_service(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, tests="test_access.py -k without_a_token and users")
    whole = run.report["service"]
    reasons = {row["reason"]: row["sentences"] for row in whole["not_tried"]}
    assert (whole["verdict"], whole["held"]) == ("partly", ["auth.bearer", "errors.unauthenticated"])
    assert {"webhooks.signature", "webhooks.payload", "webhooks.backoff"} <= {*reasons[DELIVERED]}
    assert {"rate.blocked", "errors.field-words"} <= {*reasons[UNASKED]}
    assert "auth.oauth-grant" in reasons[SENTENCES["auth.oauth-grant"].unproved]


def test_only_what_was_tried_whole_is_verified() -> None:
    findings, seen = Findings(frozenset({"L1", "L2"})), []
    for held in ([], ["L1"], ["L2"]):
        findings.hold(held)
        seen.append(findings.verdict)
    findings.differ([("a line", "L1")])
    assert (seen, findings.verdict) == (["not tried", "partly", "verified"], "differs")


def test_tests_that_were_skipped_do_not_count(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, tests="test_deleting.py")
    assert (run.report["operations"]["tasks.delete"]["tests"], run.report["tests"]) == (0, 0)
    assert run.text.rstrip().splitlines()[-2].startswith("0 tests ran; operations: 0 verified, 0 partly, 0 differs")
