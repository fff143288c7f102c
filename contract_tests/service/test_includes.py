"""Lists: every include, and what it adds."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS, path_of
from contract_tests.service.known_lists import SEED


def task_includes(api: Api) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
    """What each include adds to a task, found by other reads."""
    tasks = list(api.walk("/tasks"))
    projects = {one["id"]: one for one in api.data("/projects")}
    by_id = {task["id"]: task for task in tasks}
    return {
        "project": lambda task: projects[task["project_id"]],
        "client": lambda task: projects[task["project_id"]]["client"],
        "parent_task": lambda task: by_id.get(task["parent_task_id"]),
        "sub_tasks": lambda task: [other for other in tasks if other["parent_task_id"] == task["id"]],
    }


@pytest.mark.proves("tasks.index.includes", "task.parent-task", "task.sub-tasks", "T2", "T3")
@pytest.mark.parametrize(
    "include", ["project", "client", "parent_task", "sub_tasks", "sub_tasks,client,parent_task,project"]
)
def test_an_include_adds_what_other_reads_show_and_changes_nothing_else(agency: Api, include: str) -> None:
    found = task_includes(agency)
    expected = [task | {name: found[name](task) for name in include.split(",")} for task in agency.walk("/tasks")]
    assert list(agency.walk("/tasks", {"include": include})) == expected


@pytest.mark.proves("task.watchers")
def test_a_task_includes_its_watchers_in_their_order(api: Api) -> None:
    users = {user["first_name"]: user for user in api.data("/users")}
    plain = api.data("/tasks")
    watchers = [[], [], [users["Zoë"], users["Peter"]]]
    expected = [task | {"watchers": found} for task, found in zip(plain, watchers, strict=True)]
    assert api.data("/tasks", {"include": "watchers"}) == expected
    api.patch(f"/tasks/{plain[2]['id']}", {"watchers": [users["Ingrid"]["id"], users["Peter"]["id"]]})
    assert api.data("/tasks", {"include": "watchers"})[2]["watchers"] == [users["Ingrid"], users["Peter"]]


@pytest.mark.proves("T1", "T2")
def test_without_an_include_only_the_list_of_sub_tasks_is_there_and_empty(agency: Api) -> None:
    tasks = list(agency.walk("/tasks"))
    assert all(task["sub_tasks"] == [] for task in tasks)
    assert not {"parent_task", "watchers", "project", "client"} & {key for task in tasks for key in task}


def seeded_members(api: Api, project: Mapping[str, Any], guests: bool) -> list[dict[str, Any]]:
    """The members of a project as the seed names them."""
    users = {user["email"]: user for user in api.data("/users")}
    emails = {row["ref"]: row["email"] for row in SEED["users"]}
    ref = next(row["ref"] for row in SEED["projects"] if row["shortcode"] == project["shortcode"])
    rows = [(users[emails[row["user"]]], row) for row in SEED["team_members"] if row["project"] == ref]
    return [
        user | {"is_project_lead": row["is_project_lead"]}
        for user, row in rows
        if (user["type"] == "guest") is guests
    ]


@pytest.mark.proves("projects.index.includes", "team-member.fields")
@pytest.mark.parametrize("include", ["team", "guests"])
def test_a_project_includes_its_team_and_its_guests_apart(agency: Api, include: str) -> None:
    for project in agency.data("/projects", {"include": include}):
        members = project.pop(include)
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", member.pop("added_at")) for member in members)
        assert members == seeded_members(agency, project, guests=include == "guests")


@pytest.mark.proves("projects.index.includes")
def test_a_project_includes_its_tags(agency: Api) -> None:
    titles = {row["ref"]: row["title"] for row in SEED["tags"]}
    projects = agency.data("/projects", {"include": "tags"})
    assert [[tag["title"] for tag in project["tags"]] for project in projects] == [
        [titles[tag] for tag in row["tags"]] for row in SEED["projects"]
    ]
    assert {frozenset(tag) for project in projects for tag in project["tags"]} == {frozenset(("id", "title"))}


@pytest.mark.proves("projects.index.includes", "lists.include-dotted")
@pytest.mark.parametrize("include", ["client", "client.primary_contact", "client.primary_contact,client"])
def test_what_a_project_always_prints_may_be_asked_for(agency: Api, include: str) -> None:
    assert agency.data("/projects", {"include": include}) == agency.data("/projects")


@pytest.mark.proves("lists.include-several")
def test_an_include_of_projects_leaves_the_rest_as_it_is(agency: Api) -> None:
    names = ("team", "guests", "tags")
    included = agency.data("/projects", {"include": ",".join(names)})
    assert [{key: one[key] for key in one if key not in names} for one in included] == agency.data("/projects")


@pytest.mark.proves("clients.fullindex.includes")
def test_a_client_includes_its_projects(agency: Api) -> None:
    projects = agency.data("/projects")
    expected = [
        client | {"projects": [one for one in projects if one["client"]["id"] == client["id"]]}
        for client in agency.data("/clients/full")
    ]
    assert agency.data("/clients/full", {"include": "projects"}) == expected


@pytest.mark.proves("L9")
@pytest.mark.parametrize("include", ["", ",", ",project,", "project,,project", "0,project", " project "])
def test_empty_and_repeated_includes_do_not_count(api: Api, include: str) -> None:
    meant = "project" if "project" in include else ""
    assert api.data("/tasks", {"include": include}) == api.data("/tasks", {"include": meant})


@pytest.mark.proves("users.index.includes", "clients.index.includes", "webhooks.index.includes", "L9", "L15")
@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("include, unknown", [("foo", "foo"), ("foo,,bar.foo", "foo, bar.foo"), ("-foo", "-foo")])
def test_an_unknown_include_is_refused_in_the_words_of_the_backend(
    api: Api, name: str, include: str, unknown: str
) -> None:
    listing = LISTINGS[name].listing
    assert listing is not None
    known = ", ".join(listing.includes)
    allowed = f"Allowed include(s) are `{known}`." if known else "There are no allowed includes."
    answer = api.get(path_of(api, LISTINGS[name]), {"include": include})
    message = f"Requested include(s) `{unknown}` are not allowed. {allowed}"
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert hint(answer)


@pytest.mark.proves("L9")
@pytest.mark.parametrize(
    "include, unknown", [("Project", "Project"), ("project, client", " client"), ("parentTask", "parentTask")]
)
def test_an_include_is_its_exact_name(api: Api, include: str, unknown: str) -> None:
    answer = api.get("/tasks", {"include": include})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"Requested include(s) `{unknown}` are not allowed.")
