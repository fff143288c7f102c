"""A server with one thing wrong is found out: the right operation, the right sentence, the very field."""

from pathlib import Path

import pytest
import yaml

from contract_tests.verifying.every_wrong import WRONG
from contract_tests.verifying.runs import DOCUMENTED, verify
from contract_tests.verifying.servers import Server
from contract_tests.verifying.wrong import Wrong

pytestmark = pytest.mark.proves("README: Is it true?")
WHOLE = yaml.safe_load((Path(__file__).parent / "whole.yaml").read_text(encoding="utf-8"))
"""The sentences that the whole suite finds contradicted, by server and operation."""


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_and_nothing_else(tmp_path: Path, wrong: type[Wrong]) -> None:
    run = verify(tmp_path, wrong().server(), *wrong.options(), tests=wrong.tests)
    assert run.differs() == wrong.differs, run.text
    assert run.code == pytest.ExitCode.TESTS_FAILED


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_same_tests_hold_where_nothing_is_wrong(tmp_path: Path, wrong: type[Wrong]) -> None:
    right = Server(world=wrong.world, is_fake=wrong.is_fake)
    run = verify(tmp_path, right, *wrong.options(), tests=wrong.tests)
    assert (run.differs(), set(run.held()) >= set(wrong.differs)) == ({}, True), run.text
    assert run.code == pytest.ExitCode.OK


def test_each_file_of_the_suite_finds_a_server_out() -> None:
    files = {path.name for path in DOCUMENTED.glob("test_*.py")}
    assert {wrong.tests.partition(" ")[0] for wrong in WRONG.values()} == files


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_the_whole_suite_finds_the_same_and_what_follows_from_it(tmp_path: Path, name: str) -> None:
    wrong = WRONG[name]
    run = verify(tmp_path, wrong().server(), *wrong.options())
    for operation, found in wrong.differs.items():
        assert found.keys() <= run.differs()[operation].keys(), run.text
    assert {operation: sorted(rows) for operation, rows in run.differs().items()} == WHOLE[name]
    assert run.report["left_behind"] == []
