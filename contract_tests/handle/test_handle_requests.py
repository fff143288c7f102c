"""What a test may assert of the requests that were made, and what it is told where it is wrong."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import ANY

import pytest

from contract_tests.expected import BRIEF, LOGO, PROJECT
from contract_tests.handle import handles
from contract_tests.handle.handles import told
from fake_server import ControlError, FakeServer, Handle

pytestmark = pytest.mark.proves("README: What did my code ask?")

SETTINGS = {"journal": 5}
server, fake = handles.server, handles.world


@pytest.fixture
def asked(fake: Handle) -> Handle:
    """One in which three requests were made."""
    fake.client.get("/tasks", params={"page[size]": 2, "include": "project"})
    fake.client.patch(f"/tasks/{LOGO}", json={"status": "WIP", "title": "Logo"})
    fake.client.patch(f"/tasks/{BRIEF}", json={"due_date": "nonsense"})
    return fake


ALL = f"""\
All requests (3):
  #1 GET /tasks query {{"page": {{"size": "2"}}, "include": "project"}} -> 200 (tasks.index)
  #2 PATCH /tasks/{LOGO} body {{"status": "WIP", "title": "Logo"}} -> 200 (tasks.update)
  #3 PATCH /tasks/{BRIEF} body {{"due_date": "nonsense"}} -> 422 (tasks.update)"""


# ---------------------------------------------------------------- what is true


@pytest.mark.parametrize(
    "operation, expected",
    [
        ("tasks.index", {}),
        ("tasks.index", {"times": 1}),
        ("tasks.update", {"times": 2}),
        ("tasks.*", {"times": 3}),
        ("tasks.store", {"times": 0}),
        ("tasks.update", {"times": 1, "json": {"status": "WIP"}}),
        ("tasks.update", {"json": {"title": "Logo", "status": "WIP"}}),
        ("tasks.update", {"json": {"status": ANY}, "times": 1}),
        ("tasks.update", {"json": {}, "times": 2}),
        ("tasks.update", {"times": 1, "status": 422}),
        ("tasks.update", {"times": 1, "status": "4xx"}),
        ("tasks.index", {"query": {"page[size]": 2}}),
        ("tasks.index", {"query": {"page": {"size": "2"}, "include": "project"}}),
        ("tasks.update", {"times": 1, "path": f"/tasks/{BRIEF}"}),
        ("tasks.update", {"times": 2, "path": "/tasks/{id}", "method": "PATCH"}),
        (None, {"times": 2, "method": "PATCH"}),
        (None, {"times": 3}),
    ],
)
def test_what_was_called_as_expected_passes(asked: Handle, operation: str, expected: Any) -> None:
    asked.requests.assert_called(operation, **expected)


def test_what_was_not_called_passes(asked: Handle) -> None:
    asked.requests.assert_not_called("tasks.delete")
    asked.requests.assert_not_called("tasks.update", json={"status": "Completed"})
    asked.requests.assert_not_called("tasks.index", query={"page[size]": 3})
    asked.requests.assert_not_called("tasks.index", status="5xx")


@pytest.mark.parametrize(
    "sequence",
    [
        (),
        ("tasks.update",),
        ("tasks.index", "tasks.update"),
        ("tasks.index", "tasks.update", "tasks.update"),
    ],
)
def test_a_sequence_passes_with_others_in_between(asked: Handle, sequence: tuple[str, ...]) -> None:
    asked.client.get("/whoami")
    asked.requests.assert_sequence(*sequence)
    asked.requests.assert_sequence(*sequence, "users.whoami")


@pytest.mark.parametrize(
    "sent, expected",
    [
        ({"a": True}, {"a": 1}),
        ({"a": 1}, {"a": True}),
        ({"a": [1, 2]}, {"a": [1]}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}),
        ({"a": None}, {"a": 0}),
        ({}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}),
        ([], {}),
    ],
)
def test_a_body_that_is_not_the_same_json_does_not_count(fake: Handle, sent: Any, expected: Any) -> None:
    fake.client.patch(f"/tasks/{LOGO}", json=sent)
    fake.requests.assert_not_called("tasks.update", json=expected)
    fake.requests.assert_called("tasks.update", times=1, json=sent)


def test_a_nested_object_may_have_more_than_is_expected(fake: Handle) -> None:
    fake.client.patch(f"/tasks/{LOGO}", json={"a": {"b": {"c": 1, "d": 2}, "e": [1]}})
    fake.requests.assert_called("tasks.update", json={"a": {"b": {"d": 2}}})
    fake.requests.assert_called("tasks.update", json={"a": {"e": [1]}})


def test_a_request_under_way_does_not_count_until_it_is_answered(server: FakeServer) -> None:
    """Its answer is held back until the world ends; the journal has it meanwhile."""
    with ThreadPoolExecutor(1) as threads, server.worlds.new() as fake:
        fake.faults.add("users.whoami", latency=60)
        asking = threads.submit(fake.client.get, "/whoami")
        while not fake.requests.all():
            assert not asking.done()
        fake.requests.assert_not_called("users.whoami")
        assert told(fake.requests.assert_called, "users.whoami").splitlines()[1:] == [
            "All requests (1):",
            "  #1 GET /whoami -> under way (users.whoami, fault 1)",
        ]
        server.worlds.rm(fake.name)
        assert asking.result().status_code == 401


def test_a_wait_ends_as_soon_as_enough_were_answered(fake: Handle) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(fake.requests.wait, 2, operation="users.whoami")
        answers = [fake.client.get("/whoami").status_code for _ in range(2)]
        assert [one["operation"] for one in waiting.result()] == ["users.whoami"] * len(answers)
    with pytest.raises(ControlError, match=r"^2 of 3 such requests were completed within 0\.01 seconds\.$"):
        fake.requests.wait(3, timeout=0.01)


def test_what_was_made_is_listed_counted_and_forgotten(asked: Handle) -> None:
    assert [one["id"] for one in asked.requests.all(operation="tasks.update")] == ["2", "3"]
    assert [one["id"] for one in asked.requests.all(since="2")] == ["3"]
    assert (asked.requests.count(), asked.requests.count(status="4xx")) == (3, 1)
    assert (asked.requests.clear(), asked.requests.count()) == (3, 0)
    asked.requests.assert_not_called("tasks.*")


# ---------------------------------------------------------------- what is false


def test_a_field_that_differs_is_shown_with_the_nearest_request(asked: Handle) -> None:
    assert told(asked.requests.assert_called, "tasks.update", 1, {"status": "Completed", "title": "Logo"}) == (
        f"""\
tasks.update with json {{"status": "Completed", "title": "Logo"}} was expected 1 time, but was seen 0 times.
The nearest of 2 other such requests: #2 PATCH /tasks/{LOGO} body {{"status": "WIP", "title": "Logo"}} -> 200 (tasks.update)
  json.status: expected "Completed", was "WIP"
{ALL}"""  # noqa: E501
    )


def test_every_field_that_differs_is_shown(asked: Handle) -> None:
    said = told(
        asked.requests.assert_called, "tasks.index", json={"a": 1}, query={"page[size]": 3, "sort": "uri"}, status=500
    )
    assert said.splitlines()[2:7] == [
        "  status: expected 500, was 200",
        '  json: expected {"a": 1}, was null',
        '  query.page.size: expected "3", was "2"',
        '  query.sort: expected "uri", was not sent; known: page, include.',
        "All requests (3):",
    ]


def test_a_field_that_is_misspelt_is_shown_beside_the_one_that_was_sent(asked: Handle) -> None:
    said = told(asked.requests.assert_called, "tasks.update", json={"titel": "Logo"}, status=200)
    assert '  json.titel: expected "Logo", was not sent; did you mean title?' in said.splitlines()


def test_what_was_called_too_often_is_shown(asked: Handle) -> None:
    assert (
        told(asked.requests.assert_called, "tasks.update", times=1)
        == f"""\
tasks.update was expected 1 time, but was seen 2 times.
{ALL.partition("(tasks.index)")[2].strip(chr(10))}
{ALL}"""
    )


def test_what_should_not_have_been_called_is_shown(asked: Handle) -> None:
    assert (
        told(asked.requests.assert_not_called, "tasks.update", status=422)
        == f"""\
tasks.update with status 422 was expected never, but was seen 1 time.
  #3 PATCH /tasks/{BRIEF} body {{"due_date": "nonsense"}} -> 422 (tasks.update)
{ALL}"""
    )


def test_where_nothing_was_called_that_is_said(fake: Handle) -> None:
    assert told(fake.requests.assert_called, "tasks.update", method="PATCH", path=f"/tasks/{LOGO}") == (
        f'tasks.update with method "PATCH", path "/tasks/{LOGO}" was expected at least once, but was seen 0 times.\n'
        "All requests (0):"
    )


def test_the_step_that_is_missing_is_named_with_what_came_instead(asked: Handle) -> None:
    assert (
        told(asked.requests.assert_sequence, "tasks.index", "tasks.store", "tasks.update")
        == f"""\
Step 2 of 3 is missing: tasks.store.
After step 1, {ALL.splitlines()[1].strip()}, came tasks.update, tasks.update.
{ALL}"""
    )


def test_a_step_that_came_too_early_is_shown(asked: Handle) -> None:
    assert told(asked.requests.assert_sequence, "tasks.update", "tasks.update", "tasks.index").splitlines()[:3] == [
        "Step 3 of 3 is missing: tasks.index.",
        f"After step 2, {ALL.splitlines()[3].strip()}, came nothing.",
        f"It was called earlier only: {ALL.splitlines()[1].strip()}",
    ]


def test_a_sequence_of_which_nothing_came_says_so(fake: Handle) -> None:
    assert told(fake.requests.assert_sequence, "tasks.index") == (
        "Step 1 of 1 is missing: tasks.index.\nAt the beginning came nothing.\nAll requests (0):"
    )


@pytest.mark.parametrize("call", ["assert_called", "assert_not_called", "assert_sequence"])
def test_an_operation_that_does_not_exist_is_refused_with_the_nearest(asked: Handle, call: str) -> None:
    with pytest.raises(ControlError) as refused:
        getattr(asked.requests, call)("tasks.updat")
    assert (refused.value.status, str(refused.value)) == (
        422, "There is no operation tasks.updat; did you mean tasks.update?",
    )  # fmt: skip


def test_where_the_journal_has_forgotten_requests_that_is_said(fake: Handle) -> None:
    for _ in range(7):
        fake.client.post("/tasks", json={"title": "T", "project_id": PROJECT})
    said = told(fake.requests.assert_called, "tasks.store", times=7)
    assert said.splitlines()[0] == "tasks.store was expected 7 times, but was seen 5 times."
    assert said.splitlines()[-1] == "The journal is bounded: it has forgotten 2 older requests."


def test_a_request_that_a_fault_struck_and_one_without_a_route_are_shown_as_such(fake: Handle) -> None:
    fake.faults.add("users.whoami", status=503, times=1)
    fake.client.get("/whoami")
    fake.client.get("/no/such")
    assert told(fake.requests.assert_called, "tasks.index").splitlines()[2:] == [
        "  #1 GET /whoami -> 503 (users.whoami, fault 1)",
        "  #2 GET /no/such -> 404 (no such route)",
    ]


def test_a_long_value_is_cut(fake: Handle) -> None:
    fake.client.patch(f"/tasks/{LOGO}", json={"title": "x" * 10_000})
    said = told(fake.requests.assert_called, "tasks.update", json={"title": "y" * 10_000})
    assert len(said) < 1500
