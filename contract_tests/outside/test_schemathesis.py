"""Schemathesis finds nothing to say about the description, or about an answer that it describes."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from contract_tests.declared import content_of, path_of
from contract_tests.described import Asked
from contract_tests.outside.exemptions import EXEMPTIONS, Exemption, exempted
from contract_tests.outside.fresh import Fresh
from fake_server.resources import OPERATIONS

if TYPE_CHECKING:
    from contract_tests.outside.search import Search

pytestmark = [pytest.mark.slow, pytest.mark.proves("README: Clients made by a generator")]

ONE_TASK = frozenset(name for name, one in OPERATIONS.items() if one.kind == "task" and one.parameters)
ALL_OF_ONE = ONE_TASK | {"tasks.store"}
LINKED = ONE_TASK | {"tasks.index", "projects.index", "projects.phases", "clients.fullindex"}
"""What the tool begins with, and what follows from that."""

SEQUENCES = settings(
    max_examples=60,
    stateful_step_count=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def search(fresh: Fresh) -> "Search":
    # Imported here, because only the slow tests have the tool.
    from contract_tests.outside.search import Search

    return Search(fresh)


def test_no_check_of_the_tool_is_off() -> None:
    from contract_tests.outside.search import disabled

    assert disabled() == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_found_out_about_an_operation(name: str) -> None:
    searched = search(Fresh(each=True))
    assert "\n\n".join(searched.findings(name)) == ""
    assert searched.answered[name, 200] > 0
    assert [one.reason for one in hidden(name) if one not in searched.used] == []


def hidden(name: str) -> list[Exemption]:
    """The exemptions of which no request shows that they are needed."""
    return [one for one in EXEMPTIONS if name in one.operations and not one.is_shown]


@pytest.mark.parametrize(
    "name, exemption", [(name, one) for one in EXEMPTIONS if one.is_shown for name in one.operations]
)
def test_an_exemption_is_still_needed(name: str, exemption: Exemption) -> None:
    api = Fresh(each=False).api()
    operation = OPERATIONS[name]
    content = {**content_of(api, operation)}
    if exemption.body:
        content["json"] = {**content["json"], **exemption.body}
    answer = api.ask(operation.method, path_of(api, operation), exemption.query, **content)
    asked = Asked(api.control("GET", "/openapi.json"), name, dict(exemption.query), content.get("json"))
    status = 422 if exemption.finding == "RejectedPositiveData" else 200
    assert (answer.status_code, asked.is_good()) == (status, False), answer.text
    assert exemption in exempted(exemption.finding, asked, answer)


@pytest.mark.parametrize("names", [LINKED, ALL_OF_ONE], ids=["every operation", "of one new task"])
def test_nothing_is_found_out_by_sequences_of_calls(names: frozenset[str]) -> None:
    fresh = Fresh(each=False)
    searched = search(fresh)

    def setup(_: Any) -> None:
        fresh.due = True

    def before_call(_: Any, case: Any) -> None:
        # The tool guesses by names what follows from what, but an assignee is no task.
        searched.filling.fill_body(searched.name(case), case.body)

    guessed = searched.schema.include(operation_id=sorted(names)).as_state_machine()
    machine = type("Sequences", (guessed,), {"setup": setup, "before_call": before_call})
    machine.run(settings=SEQUENCES)  # type: ignore[attr-defined]
    assert {name for name, status in searched.answered if status == 200} == names
