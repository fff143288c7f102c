"""Every sentence of the documentation, and every decision where it is silent, is proved by a test."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from contract_tests.sentences import ELSEWHERE, SENTENCES, Sentence, decided, documented, refusing_unproved
from contract_tests.transcription import transcribed

pytestmark = pytest.mark.proves("README: Working on it")

DOCUMENTED, DECIDED = list(documented()), list(decided())
OPERATIONS = {entry["operation"] for entry in transcribed("operations")}
PAGES = re.compile(
    r"the vendor's (tasks|schemas) page|the (schemas )?reference, sections? \d+( to \d+)?(, and the webhooks guide)?"
    r"|the older reference|the (filtering|webhooks|authentication) guide|how a backend of this make behaves"
)


def asked_for(node: ast.AST) -> Iterator[str]:
    """The ids in every `proves(...)` below a piece of source, as far as they are written there."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("proves"):
            yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant))


@cache
def proved() -> set[str]:
    files = Path(__file__).parent.rglob("test_*.py")
    return {id for file in files if ELSEWHERE not in file.parents for id in asked_for(ast.parse(file.read_text()))}


def listed(sentences: Iterator[Sentence]) -> str:
    return "\n".join(sorted(f"{one.id}: {one.text}" for one in sentences))


def test_every_sentence_and_every_decision_is_proved_by_a_test() -> None:
    found = proved()
    missing = listed(one for one in DOCUMENTED + DECIDED if not one.unproved and one.id not in found)
    assert not missing, missing


def test_what_is_said_to_be_unproved_is_not_proved() -> None:
    found = proved()
    missing = listed(one for one in DOCUMENTED if one.unproved and one.id in found)
    assert not missing, missing


def test_an_id_is_given_once() -> None:
    counted = Counter(one.id for one in DOCUMENTED + DECIDED)
    assert [id for id, times in counted.items() if times > 1] == []


def test_a_sentence_speaks_of_operations_that_there_are() -> None:
    missing = listed(one for one in DOCUMENTED if not set(one.operations) <= OPERATIONS)
    assert not missing, missing


def test_a_sentence_stands_on_a_page_that_is_known() -> None:
    missing = listed(one for one in DOCUMENTED if not PAGES.fullmatch(one.page))
    assert not missing, missing


def test_a_sentence_is_one_sentence_that_is_documented_or_inferred_under_an_id_of_plain_words() -> None:
    plain = re.compile(r"[a-z]+(-[a-z]+)*(\.[a-z0-9-]+)+")
    good = [one for one in DOCUMENTED if plain.fullmatch(one.id) and one.mark in ("documented", "inferred")]
    missing = listed(one for one in DOCUMENTED if one not in good or not one.text.endswith("."))
    assert not missing, missing


def test_a_sentence_that_a_backend_of_this_make_speaks_is_inferred() -> None:
    marks = {one.mark for one in DOCUMENTED if one.page == "how a backend of this make behaves"}
    assert marks == {"inferred"}


def test_every_operation_exists_by_a_sentence() -> None:
    assert {f"{name}.exists" for name in OPERATIONS} - SENTENCES.keys() == set()


class Unrun(pytest.Item):
    """A test that is collected and no more."""

    def runtest(self) -> None:
        raise NotImplementedError


def collected(request: pytest.FixtureRequest, *ids: str, file: str = __file__) -> pytest.CollectReport:
    """What is told of the collection of a test that says that it proves these."""
    one = Unrun.from_parent(request.session, name="test_b", path=Path(file))
    if ids:
        one.add_marker(pytest.mark.proves(*ids))
    return refusing_unproved(pytest.CollectReport("a.py", "passed", None, [one]))


def test_a_test_that_says_what_it_proves_is_let_in(request: pytest.FixtureRequest) -> None:
    assert collected(request, "tasks.store.title-required", "L1", "README: Limits").passed
    assert collected(request, file=str(ELSEWHERE / "test_a.py")).passed


def test_a_test_that_proves_nothing_is_refused(request: pytest.FixtureRequest) -> None:
    refused = collected(request)
    assert (refused.outcome, refused.result) == ("failed", [])
    assert str(refused.longrepr).endswith(
        "::test_b proves nothing: mark it with proves(...), by an id of contract_tests/sentences.py"
    )


def test_a_test_that_proves_what_nobody_said_is_refused_with_the_nearest(request: pytest.FixtureRequest) -> None:
    refused = collected(request, "L1", "tasks.store.titel-required")
    assert (refused.outcome, refused.result) == ("failed", [])
    told = "::test_b proves 'tasks.store.titel-required', which no page says; near it: tasks.store.title-required, "
    assert told in str(refused.longrepr)
