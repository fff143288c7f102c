"""A server with one thing wrong is found out: the right operation, the right sentence, the very field."""

from pathlib import Path

import pytest

from contract_tests.documented.reference import WRITES
from contract_tests.verifying.runs import LIVE, verify
from contract_tests.verifying.servers import Server
from contract_tests.verifying.wrong import WRONG, Wrong

pytestmark = pytest.mark.proves("README: Is it true?")
WRITING = ("--allow-writes", "--project", "WEB")


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_and_nothing_else(tmp_path: Path, wrong: type[Wrong]) -> None:
    run = verify(tmp_path, wrong().server(), *LIVE, *WRITING, tests=wrong.tests)
    assert run.differs() == wrong.differs, run.text
    assert run.code == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_same_tests_hold_where_nothing_is_wrong(tmp_path: Path, wrong: type[Wrong]) -> None:
    run = verify(tmp_path, Server(), *LIVE, *WRITING, tests=wrong.tests)
    assert run.verdicts() == dict.fromkeys(wrong.differs, "verified"), run.text
    assert run.code == pytest.ExitCode.OK


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_whole_suite_finds_it_too(tmp_path: Path, wrong: type[Wrong]) -> None:
    reads = not set(wrong.differs) & set(WRITES)
    run = verify(tmp_path, wrong().server(), *LIVE, *(() if reads else WRITING))
    for operation, found in wrong.differs.items():
        assert found.keys() <= run.differs()[operation].keys(), run.text
    assert run.report["left_behind"] == []
