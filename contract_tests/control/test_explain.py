"""POST /_fake/explain: why a filter selects what it does."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, LAUNCH, PROJECT, ZOE
from contract_tests.webhooks.webhook_server import refused
from contract_tests.writing import create
from fake_server.handle.world import Handle

pytestmark = pytest.mark.proves("README: What did my code ask?")


def told(api: Api, filter: Any, **more: Any) -> Any:
    return api.control("POST", "/explain", {"resource": "tasks.index", "filter": filter, **more})


def test_each_part_says_how_many_records_it_selects(api: Api) -> None:
    create(api, "Alpha", status="WIP")
    create(api, "Beta", status="WIP")
    assert told(api, 'status = "WIP" and (title contains "alp" or title = "beta")') == {
        "operation": "tasks.index",
        "records": 5,
        "filter": {
            "and": [
                {"field": "status", "op": "eq", "value": "WIP", "selects": count(api, 'status = "WIP"')},
                {
                    "or": [
                        {"field": "title", "op": "contains", "value": "alp", "selects": 1},
                        {"field": "title", "op": "eq", "value": "beta", "selects": 1},
                    ],
                    "selects": 2,
                },
            ],
            "selects": 2,
        },
        "text": 'status = "WIP" and (title contains "alp" or title = "beta")',
        "json": [
            {"field": "status", "op": "eq", "value": "WIP"},
            {
                "or": [
                    {"field": "title", "op": "contains", "value": "alp"},
                    {"field": "title", "op": "eq", "value": "beta"},
                ]
            },
        ],
    }


def count(api: Api, filter: str) -> int:
    return len(api.data("/tasks", {"filter": filter}))


def test_of_one_record_each_part_says_whether_it_holds_and_what_was_found(api: Api) -> None:
    id = create(api, "Alpha", assignee_id=ZOE, due_date="2026-03-13")["id"]
    found = told(api, 'title = "Beta" or (assignee.id = me.id or due_date > today) or project.id is null', id=id)
    assert found["filter"] == {
        "or": [
            {"field": "title", "op": "eq", "value": "Beta", "selects": 0, "holds": False, "found": "Alpha"},
            {
                "or": [
                    {
                        "field": "assignee.id", "op": "eq", "value": "me.id", "selects": 0,
                        "holds": False, "found": ZOE,
                    },
                    {
                        "field": "due_date", "op": "gt", "value": "today", "selects": count(api, "due_date > today"),
                        "holds": True, "found": "2026-03-13",
                    },
                ],
                "selects": count(api, "due_date > today"),
                "holds": True,
            },
            {
                "field": "project.id", "op": "isnull", "value": None, "selects": 0, "holds": False,
                "found": PROJECT,
            },
        ],
        "selects": count(api, "due_date > today"),
        "holds": True,
    }  # fmt: skip


def test_relations_say_what_they_ask_of_their_members(api: Api) -> None:
    create(api, "Below", parent_task_id=LAUNCH)
    found = told(api, 'sub_tasks any (title = "Below") and sub_tasks.count >= 1', id=LAUNCH)
    inside = {"field": "title", "op": "eq", "value": "Below", "selects": 1}
    members = found["filter"]["and"][0]
    below = members["found"]
    assert below == len(api.data("/tasks", {"filter": f'parent_task.id = "{LAUNCH}"'})) >= 1
    assert members == {
        "field": "sub_tasks", "op": "any", "value": inside, "selects": 1, "holds": True, "found": below,
    }  # fmt: skip
    assert found["filter"]["and"][1] == {
        "field": "sub_tasks.count", "op": "gte", "value": 1, "selects": count(api, "sub_tasks.count >= 1"),
        "holds": True, "found": below,
    }  # fmt: skip


@pytest.mark.parametrize("resource", ["tasks.index", "tasks", "/tasks"])
@pytest.mark.parametrize(
    "filter",
    [
        'status in ["New", "WIP"]',
        '[{"field": "status", "op": "IN", "value": ["New", "WIP"]}]',
        [{"field": "status", "op": "in", "value": ["New", "WIP"]}],
        {"and": [{"field": "status", "op": "in", "value": ["New", "WIP"]}]},
    ],
)
def test_every_spelling_of_list_and_filter_means_the_same(api: Api, resource: str, filter: Any) -> None:
    found = api.control("POST", "/explain", {"resource": resource, "filter": filter})
    part = found["filter"]["and"][0] if "and" in found["filter"] else found["filter"]
    wanted = {
        "field": "status",
        "op": "in",
        "value": ["New", "WIP"],
        "selects": count(api, "status in ['New','WIP']"),
    }
    assert (found["operation"], part) == ("tasks.index", wanted)


@pytest.mark.parametrize(
    "body, status, sentence",
    [
        ({"resource": "task", "filter": "x"}, 422, "There is no list task; did you mean tasks.index?"),
        ({"resource": "tasks.store", "filter": "x"}, 422, "There is no list tasks.store; "),
        ({"resource": "tasks", "filter": "titel = 'x'"}, 422, "Requested filter(s) `titel` are not allowed. "),
        ({"resource": "tasks", "filter": "title ="}, 422, "Syntax error in filter at position 8: "),
        ({"resource": "tasks", "filter": " "}, 422, "filter: is empty, and selects everything."),
        ({"resource": "tasks", "filter": 5}, 422, "filter: must be a filter: a text, or its JSON."),
        (
            {"resource": "tasks", "filter": "title = 'x'", "id": PROJECT},
            404,
            f"There is no task with the id {PROJECT};",
        ),
        ({"resource": "tasks", "filtre": "title = 'x'"}, 422, "There is no field filtre; did you mean filter?"),
        ({"filter": "title = 'x'"}, 422, "resource: must be a list, such as "),
    ],
)
def test_what_cannot_be_explained_is_refused(api: Api, body: Any, status: int, sentence: str) -> None:
    answer = refused(api, "POST", "/explain", body)
    assert (answer[0], answer[2][: len(sentence)]) == (status, sentence)


def test_it_changes_nothing_and_is_no_request_of_the_service(api: Api) -> None:
    before = api.control("GET", "/state")
    told(api, "title is not null", id=BRIEF)
    assert api.control("GET", "/state") == before
    assert api.control("GET", "/requests")["data"] == []


@pytest.mark.proves("F18")
def test_me_is_the_user_of_the_token_that_asks(api: Api) -> None:
    create(api, "Mine", assignee_id=ZOE)
    mine = api.register(user=ZOE).token
    answer = api.http.post(
        "/_fake/explain",
        json={"resource": "tasks", "filter": "assignee.id = me.id"},
        headers={"Authorization": f"Bearer {mine}"},
    )
    assert answer.json()["filter"]["selects"] == count(api, f'assignee.id = "{ZOE}"') > 0


def test_the_handle_explains_as_well(kanbert: Handle) -> None:
    task = kanbert.make("task", title="Alpha", status="WIP")
    part = {"field": "title", "op": "eq", "value": "alpha", "selects": 1, "holds": True, "found": "Alpha"}
    assert kanbert.explain("/tasks", "title = 'alpha'", task["id"]) == {
        "operation": "tasks.index", "records": len(kanbert.all("task")), "filter": part,
        "text": 'title = "alpha"', "json": {"field": "title", "op": "eq", "value": "alpha"},
    }  # fmt: skip


def test_a_count_that_no_record_has_is_explained_as_well(api: Api) -> None:
    most = 10**18 - 1
    wanted = {"field": "sub_tasks.count", "op": "eq", "value": most}
    found = told(api, f"sub_tasks.count = {most}")
    assert (found["filter"], found["json"]) == ({**wanted, "selects": 0}, wanted)
    answer = refused(api, "POST", "/explain", {"resource": "tasks", "filter": f"sub_tasks.count = {most + 1}"})
    assert answer == (422, "Invalid filter", "The number at position 19 is too long. At most 18 digits.")


@pytest.mark.proves("A4")
def test_what_is_kept_from_guests_is_not_counted_for_them(agency: Api) -> None:
    headers = {"Authorization": "Bearer guest-token"}
    asked = {"resource": "tasks", "filter": 'title contains "e"'}
    found = agency.http.post("/_fake/explain", json=asked, headers=headers).json()
    seen = list(agency.as_token("guest-token").walk("/tasks", {"filter": asked["filter"]}))
    assert (found["filter"]["selects"], found["records"]) == (
        len(seen), len(list(agency.as_token("guest-token").walk("/tasks"))),
    )  # fmt: skip


def test_an_id_of_nothing_is_told_as_such(api: Api) -> None:
    assert told(api, 'project.id = "nonsense"')["filter"]["value"] == "(an id of nothing)"
