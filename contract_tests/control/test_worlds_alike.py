"""Worlds that began with the same records print them alike, and each its own as soon as they differ."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT, LOGO

pytestmark = pytest.mark.proves("README: Many tests at once")

Json = dict[str, Any]


@pytest.fixture
def first(alone: Api) -> Api:
    """A world of a server of its own, whose tasks were all printed once."""
    assigned = alone.patch(f"/tasks/{LOGO}", {"assignee_id": BOT})
    assert assigned.json()["assignee"]["first_name"] == "Fake"
    list(alone.walk("/tasks"))
    return alone


def rename(api: Api, name: str) -> None:
    api.control("PATCH", f"/records/user/{BOT}?world={world_of(api)}", {"first_name": name})


def world_of(api: Api) -> str:
    return "default" if api.token == "contract" else api.token.removeprefix("kanbert-")


def names(api: Api) -> tuple[str, str]:
    """The name of the logo's assignee, as it is printed in a read and in a list."""
    [listed] = [task for task in api.data("/tasks") if task["id"] == LOGO]
    return api.data(f"/tasks/{LOGO}")["assignee"]["first_name"], listed["assignee"]["first_name"]


def branch(api: Api) -> Api:
    return api.as_token(api.control("POST", "/worlds", {"from": world_of(api)})["token"])


def test_a_change_in_a_branch_is_printed_there_only(first: Api) -> None:
    other = branch(first)
    assert names(other) == ("Fake", "Fake")
    rename(other, "Ada")
    assert (names(other), names(first)) == (("Ada", "Ada"), ("Fake", "Fake"))


def test_a_change_in_the_origin_is_not_printed_in_a_branch(first: Api) -> None:
    other = branch(first)
    rename(first, "Ada")
    assert (names(other), names(first)) == (("Fake", "Fake"), ("Ada", "Ada"))


def test_a_branch_of_a_changed_world_prints_the_change(first: Api) -> None:
    before = branch(first)
    rename(first, "Ada")
    after = branch(first)
    rename(first, "Grace")
    later = branch(first)
    assert [names(one)[0] for one in (before, after, later, first)] == ["Fake", "Ada", "Grace", "Grace"]
    assert [names(one)[1] for one in (later, after, before, first)] == ["Grace", "Ada", "Fake", "Grace"]


def test_what_is_restored_is_printed_as_it_was(first: Api) -> None:
    first.control("POST", "/snapshots/before")
    rename(first, "Ada")
    first.control("POST", "/snapshots/after")
    assert names(first) == ("Ada", "Ada")
    first.control("POST", "/snapshots/before/restore")
    assert names(first) == ("Fake", "Fake")
    first.control("POST", "/snapshots/after/restore")
    assert names(first) == ("Ada", "Ada")


def test_new_records_of_the_same_number_are_printed_as_each_world_has_them(first: Api) -> None:
    worlds = [branch(first) for _ in range(3)]
    project = first.data("/projects")[0]["id"]
    made = [one.post("/tasks", {"title": f"Of {one.token}", "project_id": project}).json() for one in worlds]
    assert len({task["id"] for task in made}) == 1
    assert [one.data(f"/tasks/{task['id']}") for one, task in zip(worlds, made, strict=True)] == made


def test_groups_and_orders_that_one_world_made_are_not_those_of_another_that_changed(first: Api) -> None:
    query = {"filter": 'status = "WIP"', "sort": "-title"}
    before = [task["id"] for task in first.data("/tasks", query)]
    other = branch(first)
    changed = other.patch(f"/tasks/{LOGO}", {"status": "WIP", "title": "Zebra"}).json()
    assert [task["id"] for task in first.data("/tasks", query)] == before
    assert next(task["id"] for task in other.data("/tasks", query)) == changed["id"]
    first.delete(f"/tasks/{LOGO}")
    assert next(task["id"] for task in other.data("/tasks", query)) == changed["id"]
    assert LOGO not in [task["id"] for task in first.data("/tasks", {"sort": "-title"})]
