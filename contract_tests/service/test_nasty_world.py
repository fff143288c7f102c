"""The nasty world: what is in it, and that each of it is listed, found, filtered and changed as anything else."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS
from contract_tests.expected import Json
from contract_tests.oracle import comparable, ordered
from contract_tests.properties.records import SORT_KINDS
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import flush, log, running, signed, subscribe

pytestmark = pytest.mark.proves("README: Another world")

ZONE = "Europe/Vienna"
PROJECTS = ["XOabHbzB", "4lDOplIo", "AqWsR1HQ"]
BY_HAND = f"project.id in {json.dumps(PROJECTS)}"
"""What is left of the tasks without the ten thousand: the projects that have none of them."""
NULLABLE = (
    "parent_task_id", "external_id", "description", "estimated_hours", "due_date", "assignee", "priorityOption",
    "phase", "milestone", "epic", "attachements", "sub_tasks", "watchers", "completed_at", "closed_at",
)  # fmt: skip
LEAP_NOON = "2024-02-29T11:00:00Z"
"""Noon in the space's zone."""
IN_THEM = {"field": "project.id", "op": "in", "value": PROJECTS}
INCLUDED = ("project", "client", "parent_task", "watchers")
Found = Callable[[Json], Any]


@pytest.fixture(scope="module")
def nasty(connect: Any) -> Api:
    return connect(world="nasty", time_zone=ZONE)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def tasks(nasty: Api) -> list[Json]:
    """Those written by hand, as they are printed without includes."""
    return list(nasty.walk("/tasks", {"filter": BY_HAND}))


@pytest.fixture(scope="module")
def whole(nasty: Api) -> list[Json]:
    """The same with all that includes can add."""
    includes = {"include": "project,client,parent_task,sub_tasks,watchers"}
    return list(nasty.walk("/tasks", {"filter": BY_HAND, **includes}))


@pytest.fixture
def changed(nasty: Api) -> Any:
    """The same world for who changes it, and afterwards as it was."""
    yield nasty
    nasty.control("POST", "/reset")


def encoded(name: str) -> str:
    """A name as a segment of a path: nobody takes two dots for a step upwards."""
    return quote(name, safe="").replace(".", "%2E")


# ---------------------------------------------------------------- what is in it


def test_the_world_has_ten_thousand_sub_tasks_of_one_task(nasty: Api) -> None:
    assert nasty.control("GET", "/ready")["tasks"] == 10_091
    [parent] = nasty.data("/tasks", {"filter": "sub_tasks.count > 9999"})
    assert parent["uri"] == "MANY-1"


@pytest.mark.parametrize(
    "what, least, found",
    [
        ("nothing but what must be", 1, lambda task: not any(task[name] for name in NULLABLE)),
        ("everything that may be", 1, lambda task: all(task[name] for name in ("assignee", "epic", "attachements"))),
        ("right to left", 3, lambda task: any("\u0590" < char < "\u0700" for char in texts(task))),
        ("controls of direction", 3, lambda task: any("\u202a" <= char <= "\u2069" for char in task["title"])),
        ("zero width", 3, lambda task: "\u200d" in task["title"]),
        ("beyond 16 bits", 3, lambda task: max(task["title"]) > "\uffff"),
        ("combining marks", 3, lambda task: "\u0301" in task["title"]),
        ("a NUL", 2, lambda task: "\0" in task["title"]),
        ("beside the surrogates", 1, lambda task: "\ud7ff\ue000" in task["title"]),
        ("titles of 255 characters", 5, lambda task: len(task["title"]) == 255),
        ("descriptions of 65,535 characters", 5, lambda task: len(task["description"] or "") == 65_535),
        ("scripts", 1, lambda task: "onerror=" in (task["description"] or "")),
        ("texts that look like a filter", 3, lambda task: " or " in task["title"] or '"field"' in task["title"]),
        ("quotes and backslashes", 4, lambda task: '"' in task["title"] or "\\" in task["title"]),
        ("the signs of patterns", 3, lambda task: task["title"] in ("%", "_", "\\%")),
        ("equal titles", 30, lambda task: task["title"] == "Same"),
        ("equal times", 50, lambda task: task["created_at"] == task["updated_at"] == LEAP_NOON),
        ("names that no path can have", 3, lambda task: "/" in (task["external_id"] or "")),
        ("leap days", 3, lambda task: (task["due_date"] or "").endswith("02-29")),
        ("both changes of the clock", 4, lambda task: task["due_date"] in ("2026-03-29", "2026-10-25")),
        ("open tasks of closed projects", 1, lambda task: task["project"]["status"] == "closed" and is_open(task)),
        ("open tasks below ended ones", 1, lambda task: is_ended(task["parent_task"]) and is_open(task)),
        ("many attachments", 1, lambda task: len(task["attachements"]) == 40),
        ("watched by everybody", 1, lambda task: len(task["watchers"]) == 10),
        ("the largest number", 1, lambda task: task["estimated_hours"] == 2**64 - 1),
        ("the smallest number", 1, lambda task: task["estimated_hours"] == 5e-324),
    ],
)
def test_the_world_has_some_of_each(whole: list[Json], what: str, least: int, found: Found) -> None:
    assert sum(bool(found(task)) for task in whole) >= least, what


def texts(task: Json) -> str:
    return "".join(task[name] or "" for name in ("title", "description", "external_id"))


def is_open(task: Json) -> bool:
    return task["status"] in ("Backlog", "New", "WIP")


def is_ended(task: Json | None) -> bool:
    return task is not None and task["status"] in ("Completed", "Approved", "Closed")


@pytest.mark.proves("clients.fullindex.filters")
def test_an_archived_client_has_a_project_that_runs(nasty: Api) -> None:
    params = {"filter": 'archived = "only" and projects any (status = "running")', "include": "projects"}
    [client] = nasty.data("/clients/full", params)
    assert [project["title"] for project in client["projects"]] == ["Same"]


@pytest.mark.proves("E5", "F8")
def test_times_that_a_change_of_the_clock_skips_or_repeats_are_read_as_before_it(nasty: Api) -> None:
    found = nasty.data("/tasks", {"filter": 'due_date in ["2026-03-30", "2026-10-26"]'})
    assert [task["created_at"] for task in found] == ["2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z"]


@pytest.mark.proves("F8", "filter.date-operators")
@pytest.mark.parametrize("day, hours", [("2026-03-29", "+01:00"), ("2026-10-25", "+02:00")])
def test_a_day_of_23_or_25_hours_begins_at_its_midnight(nasty: Api, day: str, hours: str) -> None:
    due = nasty.data("/tasks", {"filter": f'due_date = "{day}"'})
    assert {task["due_date"] for task in due} == {day}
    assert nasty.data("/tasks", {"filter": f'due_date = "{day}T00:00:00{hours}"'}) == due
    assert nasty.data("/tasks", {"filter": f'due_date > "{day}T00:00:00{hours}" and due_date <= "{day}"'}) == []


# ---------------------------------------------------------------- lists


@pytest.mark.proves("L5", "L8", "L11", "lists.sort-descending")
@pytest.mark.parametrize("name", [name for name in LISTINGS if name not in ("webhooks.index", "projects.phases")])
def test_a_list_has_every_record_once_in_every_sort(nasty: Api, name: str) -> None:
    operation = LISTINGS[name]
    assert operation.listing
    query = {"filter": BY_HAND} if name == "tasks.index" else {}
    records = [{**one, "n": n} for n, one in enumerate(nasty.walk(operation.path, query))]
    for sort in operation.listing.sorts:
        printed = sort in records[0]
        for sorts in ([sort], [f"-{sort}"]):
            found = [one["id"] for one in nasty.walk(operation.path, {**query, "sort": sorts[0], "page[size]": 7})]
            assert sorted(found) == sorted(one["id"] for one in records)
            assert not printed or found == ordered(records, sorts, SORT_KINDS)


@pytest.mark.proves("L5", "L11", "lists.sort-several")
@pytest.mark.parametrize("sort", ["status,-title", "due_date,-title,uri", "-created_at,-uri", "updated_at,-title"])
def test_a_second_sort_turned_round_puts_odd_texts_in_their_places(nasty: Api, tasks: list[Json], sort: str) -> None:
    records = [{**task, "n": n} for n, task in enumerate(tasks)]
    found = [task["id"] for task in nasty.walk("/tasks", {"filter": BY_HAND, "sort": sort, "page[size]": 11})]
    assert found == ordered(records, sort.split(","), SORT_KINDS)


@pytest.mark.proves("tasks.index.includes", "T2", "T3")
def test_includes_add_their_fields_and_leave_the_others(tasks: list[Json], whole: list[Json]) -> None:
    assert [{name: value for name, value in task.items() if name not in INCLUDED} for task in whole] == [
        {**task, "sub_tasks": [other for other in tasks if other["parent_task_id"] == task["id"]]} for task in tasks
    ]
    by_id = {task["id"]: task for task in tasks}
    assert [task["parent_task"] for task in whole] == [by_id.get(task["parent_task_id"]) for task in tasks]


@pytest.mark.proves("L12", "A4")
def test_a_guest_sees_what_is_public_and_nothing_through_it(nasty: Api, whole: list[Json]) -> None:
    guest = nasty.as_token("guest-token")
    found = list(guest.walk("/tasks", {"filter": BY_HAND, "include": "parent_task,sub_tasks"}))
    public = [task for task in whole if task["is_public"]]
    assert [task["id"] for task in found] == [task["id"] for task in public]
    for task, full in zip(found, public, strict=True):
        above = full["parent_task"]
        assert task["parent_task"] == (above if above and above["is_public"] else None)
        assert task["sub_tasks"] == [other for other in full["sub_tasks"] if other["is_public"]]


# ---------------------------------------------------------------- names


@pytest.mark.proves("tasks.show.find-by", "find-by.origin", "E15", "T6", "T7", "T16", "T27")
def test_every_task_is_found_by_each_of_its_names(nasty: Api, tasks: list[Json]) -> None:
    for task in tasks:
        for by in ("id", "uri", "external_id"):
            if task[by] is not None and "/" not in task[by]:
                params = {"find_by": by, **({"origin": task["external_origin"]} if by == "external_id" else {})}
                answer = nasty.get(f"/tasks/{encoded(task[by])}", params)
                assert (answer.status_code, answer.json()) == (200, task), (by, task[by])


@pytest.mark.proves("E3", "E15")
def test_a_slash_in_a_name_divides_the_path_though_it_is_encoded(nasty: Api, tasks: list[Json]) -> None:
    for task in tasks:
        if "/" in (task["external_id"] or ""):
            answer = nasty.get(f"/tasks/{encoded(task['external_id'])}", {"find_by": "external_id"})
            route = f"api/v1/tasks/{task['external_id']}".strip("/")
            assert (answer.status_code, answer.json()) == (
                404,
                {"message": f"The route {route} could not be found."},
            )


@pytest.mark.proves("projects.phases.find-by", "find-by.origin")
def test_every_project_is_found_by_each_of_its_names(nasty: Api) -> None:
    for project in nasty.walk("/projects"):
        expected = nasty.data(f"/projects/{project['id']}/phases")
        for by in ("shortcode", "external_id"):
            if project[by] is not None and "/" not in project[by]:
                params = {"find_by": by, "origin": project["external_origin"] or ""}
                assert nasty.data(f"/projects/{encoded(project[by])}/phases", params) == expected


# ---------------------------------------------------------------- filters


@pytest.mark.proves("filter.text-quotes", "filter.json-condition", "F1", "F6")
def test_every_title_is_found_by_itself_in_every_spelling(nasty: Api, tasks: list[Json]) -> None:
    for title in {task["title"] for task in tasks}:
        same = [task["id"] for task in tasks if comparable(task["title"], "string") == comparable(title, "string")]
        text = title.replace("\\", "\\\\").replace('"', '\\"')
        for query in (
            {"filter": f'title = "{text}" and {BY_HAND}'},
            {"filter": json.dumps([{"field": "title", "op": "eq", "value": title}, IN_THEM])},
        ):
            assert [task["id"] for task in nasty.walk("/tasks", query)] == same, title


@pytest.mark.proves("F7", "filter.string-operators")
@pytest.mark.parametrize(
    "pattern, titles", [("\\%", ["%"]), ("\\_", ["_"]), ("\\\\", ["\\"]), ("\\\\\\%", ["\\%"]), ("a_", ["a\0"])]
)
def test_a_pattern_finds_the_signs_of_patterns_where_they_are_escaped(
    nasty: Api, pattern: str, titles: list[str]
) -> None:
    query = {"filter": json.dumps([{"field": "title", "op": "like", "value": pattern}])}
    assert [task["title"] for task in nasty.walk("/tasks", query)] == titles


# ---------------------------------------------------------------- changes


@pytest.mark.proves("T30", "T14", "tasks.update.title-length", "tasks.update.description-length")
def test_a_task_that_is_sent_as_it_was_read_stays_as_it_was(nasty: Api, tasks: list[Json]) -> None:
    names = ("title", "description", "status", "is_public", "due_date", "estimated_hours")
    for task in tasks:
        body = {name: task[name] for name in names if task[name] is not None}
        answer = nasty.patch(f"/tasks/{task['id']}", body)
        assert (answer.status_code, answer.json()) == (200, task)


@pytest.mark.proves("T18", "tasks.store.title-length", "tasks.store.description-length")
def test_what_a_task_has_can_be_written_again(changed: Api, tasks: list[Json]) -> None:
    for task in tasks:
        body = {name: task[name] for name in ("title", "description", "project_id") if task[name] is not None}
        answer = changed.post("/tasks", body)
        assert answer.status_code == 200, answer.text
        copied = answer.json()
        assert [copied[name] for name in body] == [task[name] for name in body]


@pytest.mark.proves("README: Data of your own", "filter.nullable-enum-operators")
def test_who_is_removed_is_nobodys_assignee_and_watcher_any_more(changed: Api, whole: list[Json]) -> None:
    gone = next(user for user in changed.walk("/users") if user["email"].startswith('"'))
    before = [task for task in whole if gone["id"] in named(task)]
    assert len(before) == 2
    changed.control("DELETE", f"/records/user/{gone['id']}")
    after = list(changed.walk("/tasks", {"filter": BY_HAND, "include": "watchers"}))
    assert [task["id"] for task in after] == [task["id"] for task in whole]
    assert [task["uri"] for task in after if gone["id"] in named(task)] == []
    orphan = next(task for task in before if (task["assignee"] or {}).get("id") == gone["id"])
    unassigned = changed.data("/tasks", {"filter": f'uri = "{orphan["uri"]}" and assignee.type isnull'})
    assert unassigned == [
        {**{n: v for n, v in orphan.items() if n not in INCLUDED}, "assignee": None, "sub_tasks": []}
    ]


def named(task: Json) -> list[str]:
    """Who is assigned to it or watches it."""
    return [user["id"] for user in (*task["watchers"], task["assignee"]) if user]


# ---------------------------------------------------------------- documents and deliveries


@pytest.mark.proves("README: Before and after")
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_document_of_it_brings_back_all_of_it(changed: Api, form: str) -> None:
    # YAML takes half a millisecond for each of the ten thousand.
    changed.delete("/tasks/MANY-1", {"find_by": "uri"})
    before = changed.control("GET", "/state")
    written = changed.http.get(f"/_fake/state?format={form}")
    changed.control("POST", "/reset?to=empty")
    put = changed.http.put("/_fake/state", content=written.content, headers={"Content-Type": f"application/{form}"})
    assert (put.status_code, put.json()) == (200, {"world": "default", "tasks": 90})
    assert changed.control("GET", "/state") == before


@pytest.mark.proves("W1", "W2", "W14", "webhooks.signature", "webhooks.payload-data")
def test_every_task_of_it_is_delivered_and_signed(tasks: list[Json], receiver: Receiver) -> None:
    with running(world="nasty", time_zone=ZONE) as api:
        subscribe(api, receiver)
        for task in tasks:
            api.control("POST", "/trigger", {"event": "task:update", "id": task["id"]})
        flush(api)
        assert [one["state"] for one in log(api)] == ["delivered"] * len(tasks)
    received = {one.json["resource"]["id"]: one for one in receiver.received}
    assert [received[task["id"]].json["data"] for task in tasks] == tasks
    assert all(one.body.isascii() and one.header("Signature") == signed(one.body) for one in received.values())


@pytest.mark.proves("E3")
def test_a_refusal_that_quotes_odd_names_has_a_hint_on_one_line_of_ascii(nasty: Api, tasks: list[Json]) -> None:
    def refused(name: str) -> httpx2.Response:
        return nasty.get(f"/tasks/{encoded(name)}")

    for title in {task["title"] for task in tasks} - {"/"}:
        answer = refused(title)
        assert answer.status_code == 404
        assert hint(answer).isascii()
        assert hint(answer).isprintable()
