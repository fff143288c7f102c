"""Guests: they see public tasks only, by no way more."""

import pytest

from contract_tests.client import Api, hint, said
from contract_tests.declared import call
from contract_tests.service.listed_tasks import task_ids, titles
from fake_server.resources import OPERATIONS


@pytest.fixture
def guest(api: Api) -> Api:
    return api.as_token("guest-token")


def private(api: Api, word: str) -> str:
    """Keeps a task from guests and gives its id."""
    id = task_ids(api)[word]
    assert api.patch(f"/tasks/{id}", {"is_public": False}).json()["is_public"] is False
    return id


@pytest.mark.proves("task.is-public", "L12")
def test_a_guest_lists_public_tasks_only(api: Api, guest: Api) -> None:
    assert guest.data("/tasks") == [task for task in api.data("/tasks") if task["is_public"]]
    assert titles(guest) == ["Launch the site", "Design the logo"]


@pytest.mark.proves("L12")
@pytest.mark.parametrize(
    "params", [{"sort": "-title"}, {"filter": 'status = "Completed"'}, {"filter": "title notnull"}]
)
def test_no_query_shows_a_guest_more(guest: Api, params: dict[str, str]) -> None:
    assert "Write the brief" not in titles(guest, params)


@pytest.mark.proves("L12")
def test_pages_of_a_guest_are_full(guest: Api) -> None:
    pages = [guest.get("/tasks", {"page[size]": 1}).json()]
    while url := pages[-1]["meta"]["next_cursor_url"]:
        pages.append(guest.follow(url).json())
    assert [[task["title"] for task in page["data"]] for page in pages] == [["Launch the site"], ["Design the logo"]]


@pytest.mark.proves("task.is-public", "L12")
@pytest.mark.parametrize("by", ["id", "uri", "external_id"])
@pytest.mark.parametrize("name", ["tasks.show", "tasks.update", "tasks.delete", "tasks.upload"])
def test_a_private_task_is_missing_for_a_guest(api: Api, guest: Api, name: str, by: str) -> None:
    id = private(api, "logo")
    before = api.data(f"/tasks/{id}")
    text = {"id": id, "uri": "WEB-3", "external_id": "WEB-3001"}[by]
    answer = call(guest, OPERATIONS[name], {"find_by": by, "origin": "jira"}, named=text)
    tail = f" {id}" if by == "id" else "."
    assert said(answer) == (404, {"message": f"No query results for model [App\\Models\\Task]{tail}"})
    assert api.data(f"/tasks/{id}") == before


@pytest.mark.proves("L12")
def test_a_private_identifier_is_missing_for_a_guest(api: Api, guest: Api) -> None:
    answer = guest.put(f"/tasks/{task_ids(api)['brief']}/external-identifier", {"external_id": "x"})
    assert answer.status_code == 404


@pytest.mark.proves("L12")
def test_the_hint_does_not_tell_a_guest_of_a_private_task(api: Api, guest: Api) -> None:
    private(api, "logo")
    assert "find_by=" not in hint(guest.get("/tasks/WEB-3"))


@pytest.mark.proves("A4")
def test_a_guest_gets_no_private_parent(api: Api, guest: Api) -> None:
    private(api, "site")
    (logo,) = guest.data("/tasks", {"include": "parent_task"})
    assert (logo["title"], logo["parent_task"]) == ("Design the logo", None)


@pytest.mark.proves("A4")
def test_a_guest_gets_no_private_sub_tasks(api: Api, guest: Api) -> None:
    private(api, "logo")
    (site,) = guest.data("/tasks", {"include": "sub_tasks"})
    assert (site["title"], site["sub_tasks"]) == ("Launch the site", [])


@pytest.mark.proves("A4")
def test_a_guest_is_told_the_id_of_a_private_parent(api: Api, guest: Api) -> None:
    id = private(api, "site")
    assert [(one["title"], one["parent_task_id"]) for one in guest.data("/tasks")] == [("Design the logo", id)]


RELATED = [
    ("logo", "sub_tasks any"),
    ("logo", 'sub_tasks any (title = "Design the logo")'),
    ("logo", "sub_tasks.count >= 1"),
    ("logo", 'sub_tasks.count = 1 and title = "Launch the site"'),
    ("site", 'parent_task.title = "Launch the site"'),
    ("site", 'parent_task.title contains "a"'),
    ("site", 'parent_task.uri = "WEB-2"'),
    ("site", 'parent_task.status = "New"'),
    ("site", 'parent_task.status in ["New", "WIP"]'),
    ("site", "parent_task.title is not null"),
]


@pytest.mark.proves("A4")
@pytest.mark.parametrize("word, filter", RELATED)
def test_a_private_task_fulfils_no_filter_of_a_guest(api: Api, guest: Api, word: str, filter: str) -> None:
    assert len(titles(guest, {"filter": filter})) == 1
    private(api, word)
    assert titles(guest, {"filter": filter}) == []
    assert len(titles(api, {"filter": filter})) == 1


@pytest.mark.proves("A4")
@pytest.mark.parametrize(
    "word, filter, expected",
    [
        ("logo", "sub_tasks.count = 0", ["Launch the site"]),
        ("logo", "sub_tasks none", ["Launch the site"]),
        ("logo", 'sub_tasks all (title = "none")', ["Launch the site"]),
        ("site", "parent_task.title is null", ["Design the logo"]),
        ("site", "parent_task.uri = null", ["Design the logo"]),
    ],
)
def test_for_a_guest_a_private_task_is_as_if_it_were_not_there(
    api: Api, guest: Api, word: str, filter: str, expected: list[str]
) -> None:
    private(api, word)
    assert titles(guest, {"filter": filter}) == expected


@pytest.mark.proves("A4", "T10")
@pytest.mark.parametrize("field", ["parent_task_id", "insert_before", "insert_after"])
def test_a_guest_cannot_name_a_private_task(api: Api, guest: Api, field: str) -> None:
    body = {"title": "x", "project_id": api.data("/projects")[0]["id"], field: private(api, "site")}
    answer = guest.post("/tasks", body)
    message = f"The selected {field.replace('_', ' ')} is invalid."
    assert said(answer) == (422, {"message": message, "errors": {field: [message]}})


@pytest.mark.proves("task.is-public", "L12")
@pytest.mark.parametrize(
    "email", ["zoe.mueller@example.com", "ingrid.schaefer@example.net", "integration@example.com"]
)
def test_everybody_else_sees_private_tasks(api: Api, email: str) -> None:
    assert api.register(user=email).data("/tasks", {"include": "parent_task,sub_tasks"}) == api.data(
        "/tasks", {"include": "parent_task,sub_tasks"}
    )
