"""What a change of a task brings with it: places, times, parents, numbers and external identifiers."""

from typing import Any
from urllib.parse import quote

import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.expected import (
    BRIEF,
    BRIEF_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PROJECT,
    SCOPES,
    SLUG,
    UNFOUND,
    Json,
    missing,
    refusal,
    task,
)
from contract_tests.writing import change, create

COMPLETED = "2026-02-15T09:30:00Z"
"""When the brief was."""


def column(api: Api, status: str) -> str:
    """The titles of a column by their positions, which count from 0 without gaps."""
    tasks = sorted(api.data("/tasks", {"filter": f'status = "{status}"'}), key=lambda found: found["list_sorting"])
    assert [found["list_sorting"] for found in tasks] == list(range(len(tasks)))
    return "".join(found["title"] for found in tasks)


def letters(api: Api, status: str = "Backlog") -> dict[str, str]:
    """Tasks A, B and C in a column, as ids by title."""
    return {title: create(api, title, status=status)["id"] for title in "ABC"}


# ---------------------------------------------------------------- places


@pytest.mark.proves("T11")
def test_a_new_task_goes_to_the_end_of_its_column(api: Api) -> None:
    assert [create(api, title, status="Backlog")["list_sorting"] for title in "ABC"] == [0, 1, 2]
    assert create(api)["list_sorting"] == 1
    assert column(api, "Backlog") == "ABC"


@pytest.mark.proves("tasks.store.insert", "T11")
@pytest.mark.parametrize(
    "sent, place, order",
    [
        ({"insert_before": "A"}, 0, "TABC"),
        ({"insert_before": "B"}, 1, "ATBC"),
        ({"insert_before": "C"}, 2, "ABTC"),
        ({"insert_after": "A"}, 1, "ATBC"),
        ({"insert_after": "B"}, 2, "ABTC"),
        ({"insert_after": "C"}, 3, "ABCT"),
        ({"insert_before": "B", "insert_after": None}, 1, "ATBC"),
    ],
    ids=repr,
)
def test_a_new_task_goes_beside_the_task_it_names(api: Api, sent: Json, place: int, order: str) -> None:
    ids = letters(api)
    beside: Json = {name: ids[title] if title else None for name, title in sent.items()}
    made = create(api, status="Backlog", **beside)
    assert made == task(made["id"], "WEB-7", "T", status="Backlog", list_sorting=place)
    assert column(api, "Backlog") == order


@pytest.mark.proves("T11")
def test_making_room_is_no_update_of_the_others(api: Api) -> None:
    create(api, insert_before=LAUNCH)
    assert api.data(f"/tasks/{LAUNCH}") == {**LAUNCH_DATA, "list_sorting": 1}


@pytest.mark.proves("T11")
def test_a_task_cannot_go_before_one_and_after_another(api: Api) -> None:
    ids = letters(api)
    sent = {"title": "T", "project_id": PROJECT, "status": "Backlog"}
    answer = api.post("/tasks", {**sent, "insert_before": ids["B"], "insert_after": ids["A"]})
    wanted = refusal({"insert_after": ["The insert after field is prohibited."]})
    assert (answer.status_code, answer.json(), column(api, "Backlog")) == (422, wanted, "ABC")


@pytest.mark.proves("T28")
@pytest.mark.parametrize("field", ["insert_before", "insert_after"])
def test_a_task_cannot_go_beside_one_of_another_column(api: Api, field: str) -> None:
    answer = api.post("/tasks", {"title": "T", "project_id": PROJECT, field: LOGO})
    wanted = refusal({field: [f"The selected {field.replace('_', ' ')} is invalid."]})
    assert (answer.status_code, answer.json()) == (422, wanted)
    assert "WIP" in hint(answer)


@pytest.mark.proves("T11")
@pytest.mark.parametrize("title, left", [("A", "BC"), ("B", "AC"), ("C", "AB")])
def test_a_change_of_status_closes_the_gap_and_goes_to_the_end_of_the_new_column(
    api: Api, title: str, left: str
) -> None:
    ids = letters(api)
    create(api, "D", status="Approved")
    assert change(api, ids[title], status="Approved")["list_sorting"] == 1
    assert (column(api, "Backlog"), column(api, "Approved")) == (left, f"D{title}")
    assert change(api, ids[title], status="Backlog")["list_sorting"] == 2
    assert (column(api, "Backlog"), column(api, "Approved")) == (f"{left}{title}", "D")


@pytest.mark.proves("T11")
@pytest.mark.parametrize("title, left", [("A", "BC"), ("B", "AC"), ("C", "AB")])
def test_a_delete_closes_the_gap(api: Api, title: str, left: str) -> None:
    ids = letters(api)
    api.delete(f"/tasks/{ids[title]}")
    assert column(api, "Backlog") == left


@pytest.mark.proves("T11")
def test_a_delete_closes_the_gaps_of_the_sub_tasks_too(api: Api) -> None:
    parent = create(api, "P")["id"]
    for title, above in (("A", None), ("B", parent), ("C", None), ("D", parent), ("E", None)):
        create(api, title, status="Backlog", parent_task_id=above)
    api.delete(f"/tasks/{parent}")
    assert column(api, "Backlog") == "ACE"


@pytest.mark.proves("T11")
def test_an_update_without_a_new_status_leaves_the_place(api: Api) -> None:
    ids = letters(api)
    change(api, ids["A"], title="X", status="Backlog")
    assert column(api, "Backlog") == "XBC"


@pytest.mark.proves("T11")
def test_columns_of_different_projects_count_apart(agency: Api) -> None:
    found: dict[tuple[str, str], list[int]] = {}
    for one in agency.walk("/tasks"):
        found.setdefault((one["project_id"], one["status"]), []).append(one["list_sorting"])
    assert len({project for project, _ in found}) > 1
    assert [sorted(places) for places in found.values()] == [list(range(len(places))) for places in found.values()]


# ---------------------------------------------------------------- status times


@pytest.mark.proves("T12", "task.times", "task.closed-is-archived")
@pytest.mark.parametrize(
    "path, completed_at, closed_at",
    [
        (["Completed"], COMPLETED, None),
        (["Approved"], COMPLETED, None),
        (["Closed"], COMPLETED, NOW),
        (["WIP"], None, None),
        (["New"], None, None),
        (["Backlog"], None, None),
        (["Backlog", "Completed"], NOW, None),
        (["Backlog", "Closed"], None, NOW),
        (["Backlog", "Approved"], None, None),
        (["Approved", "Closed"], COMPLETED, NOW),
        (["Approved", "Completed"], NOW, None),
        (["Closed", "Closed"], COMPLETED, NOW),
        (["Closed", "Approved"], COMPLETED, None),
        (["Closed", "Completed"], NOW, None),
        (["Closed", "WIP"], None, None),
        (["Closed", "New", "Closed"], None, NOW),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_statuses_set_and_clear_the_times_of_completion_and_closing(
    api: Api, path: list[str], completed_at: str | None, closed_at: str | None
) -> None:
    for status in path:
        changed = change(api, BRIEF, status=status)
    times = {"completed_at": completed_at, "closed_at": closed_at}
    touched = {} if path == ["Completed"] else {"updated_at": NOW}
    place = {"list_sorting": 1 if path[-1] in ("New", "WIP") else 0}
    assert changed == {**BRIEF_DATA, "status": path[-1], **times, **touched, **place}


@pytest.mark.proves("T12", "T32", "task.times")
@pytest.mark.parametrize(
    "status, completed_at, closed_at",
    [
        ("Backlog", None, None),
        ("New", None, None),
        ("WIP", None, None),
        ("Completed", NOW, None),
        ("Approved", None, None),
        ("Closed", None, NOW),
    ],
)
def test_a_task_made_in_a_status_has_its_times(
    api: Api, status: str, completed_at: str | None, closed_at: str | None
) -> None:
    made = create(api, status=status)
    place = 0 if status in ("Backlog", "Approved", "Closed") else 1
    assert made == task(
        made["id"], "WEB-4", "T", status=status, completed_at=completed_at, closed_at=closed_at, list_sorting=place
    )


@pytest.mark.proves("T12")
def test_another_change_leaves_the_times(api: Api) -> None:
    wanted = {**BRIEF_DATA, "title": "U", "completed_at": COMPLETED, "updated_at": NOW}
    assert change(api, BRIEF, title="U") == wanted


# ---------------------------------------------------------------- parents and sub-tasks


def family(api: Api) -> list[str]:
    """A task, its sub-task, and the sub-task's sub-task."""
    ids = [create(api, "parent")["id"]]
    for title in ("child", "grandchild"):
        ids.append(create(api, title, parent_task_id=ids[-1])["id"])
    return ids


@pytest.mark.proves("tasks.store.references", "task.sub-tasks")
def test_a_sub_task_names_its_parent_and_the_parent_includes_it(api: Api) -> None:
    made = create(api, parent_task_id=BRIEF)
    assert made == task(made["id"], "WEB-4", "T", parent_task_id=BRIEF)
    [brief] = api.data("/tasks", {"filter": 'uri = "WEB-1"', "include": "sub_tasks"})
    [listed] = api.data("/tasks", {"filter": 'uri = "WEB-4"', "include": "parent_task"})
    assert (brief, listed) == ({**BRIEF_DATA, "sub_tasks": [made]}, {**made, "parent_task": BRIEF_DATA})


@pytest.mark.proves("tasks.update.references", "tasks.update.nullable", "T4")
def test_a_sub_task_moves_to_another_parent_and_to_the_top(api: Api) -> None:
    moved = change(api, LOGO, parent_task_id=BRIEF)
    assert moved == {**LOGO_DATA, "parent_task_id": BRIEF, "updated_at": NOW}
    found = api.data("/tasks", {"include": "sub_tasks"})
    assert found == [{**BRIEF_DATA, "sub_tasks": [moved]}, LAUNCH_DATA, moved]
    assert change(api, LOGO, parent_task_id=None)["parent_task_id"] is None


@pytest.mark.proves("T10")
@pytest.mark.parametrize("below", [0, 1, 2], ids=["itself", "its sub-task", "a sub-task of its sub-task"])
def test_no_task_is_put_below_itself(api: Api, below: int) -> None:
    ids = family(api)
    answer = api.patch(f"/tasks/{ids[0]}", {"parent_task_id": ids[below]})
    wanted = refusal({"parent_task_id": ["The selected parent task id is invalid."]})
    assert (answer.status_code, answer.json()) == (422, wanted)
    assert api.data(f"/tasks/{ids[0]}")["parent_task_id"] is None


@pytest.mark.proves("T3")
def test_included_tasks_carry_no_includes_of_their_own(api: Api) -> None:
    parent, child, grandchild = (api.data(f"/tasks/{id}") for id in family(api))
    found = api.data(
        "/tasks", {"filter": 'title contains "child" or title = "parent"', "include": "sub_tasks,parent_task"}
    )
    assert found == [
        {**parent, "sub_tasks": [child], "parent_task": None},
        {**child, "sub_tasks": [grandchild], "parent_task": parent},
        {**grandchild, "sub_tasks": [], "parent_task": child},
    ]


# ---------------------------------------------------------------- delete


@pytest.mark.proves("T15")
def test_a_delete_takes_all_sub_tasks_along(api: Api) -> None:
    ids = family(api)
    before = api.data(f"/tasks/{ids[0]}")
    answer = api.delete(f"/tasks/{ids[0]}")
    assert (answer.status_code, answer.json()) == (200, before)
    assert api.data("/tasks") == [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA]
    gone = [api.get(f"/tasks/{id}") for id in ids]
    assert [(one.status_code, one.json()) for one in gone] == [(404, missing(id)) for id in ids]


@pytest.mark.proves("T15")
def test_a_delete_leaves_the_parent(api: Api) -> None:
    api.delete(f"/tasks/{LOGO}")
    assert api.data("/tasks", {"include": "sub_tasks"}) == [BRIEF_DATA, LAUNCH_DATA]


@pytest.mark.proves("T15", "errors.not-found")
@pytest.mark.parametrize(
    "method, tail", [("GET", ""), ("DELETE", ""), ("PATCH", ""), ("PUT", "/external-identifier")]
)
def test_a_deleted_task_is_missing_for_every_operation(api: Api, method: str, tail: str) -> None:
    api.delete(f"/tasks/{BRIEF}")
    answer = api.ask(method, f"/tasks/{BRIEF}{tail}", json={} if method in ("PATCH", "PUT") else None)
    assert (answer.status_code, answer.json()) == (404, missing(BRIEF))


@pytest.mark.proves("T15")
@pytest.mark.parametrize("by, name", [("uri", "WEB-3"), ("external_id", "WEB-3001")])
def test_a_deleted_task_is_missing_under_its_other_names(api: Api, by: str, name: str) -> None:
    api.delete(f"/tasks/{LAUNCH}")
    answer = api.get(f"/tasks/{name}", {"find_by": by, "origin": "jira"})
    assert (answer.status_code, answer.json()) == (404, UNFOUND)


@pytest.mark.proves("T6")
def test_ids_are_never_given_again(api: Api) -> None:
    given = [BRIEF, LAUNCH, LOGO]
    for deleted in (True, True, False, True, False):
        given.append(create(api)["id"])
        if deleted:
            api.delete(f"/tasks/{given[-1]}")
    assert len(set(given)) == 8


@pytest.mark.proves("T6")
def test_the_same_requests_get_the_same_ids_after_a_reset(api: Api) -> None:
    first = [create(api)["id"] for _ in range(3)]
    api.control("POST", "/reset")
    assert [create(api)["id"] for _ in range(3)] == first


# ---------------------------------------------------------------- uri


@pytest.mark.proves("T7")
def test_uris_count_on_within_the_project_and_no_number_comes_twice(api: Api) -> None:
    assert [create(api)["uri"] for _ in range(2)] == ["WEB-4", "WEB-5"]
    api.delete("/tasks/WEB-5", {"find_by": "uri"})
    assert create(api)["uri"] == "WEB-6"


@pytest.mark.proves("T7")
def test_uris_count_for_each_project_by_itself(agency: Api) -> None:
    made: dict[str, list[str]] = {}
    for project in agency.walk("/projects"):
        for _ in range(2):
            new = agency.post("/tasks", {"title": "T", "project_id": project["id"]}).json()
            made.setdefault(project["shortcode"], []).append(new["uri"])
    numbers = {name: [int(uri.removeprefix(f"{name}-")) for uri in found] for name, found in made.items()}
    assert all(second == first + 1 for first, second in numbers.values())
    assert len(numbers) > 1


# ---------------------------------------------------------------- external identifiers

TAKEN = refusal({"external_id": ["The external id has already been taken."]})


def identify(api: Api, id: str, **sent: Any) -> Any:
    answer = api.put(f"/tasks/{id}/external-identifier", sent)
    return answer.status_code, answer.json()


@pytest.mark.proves("external-id.unique", "T16")
def test_an_external_id_is_unique_within_its_origin_in_a_create(api: Api) -> None:
    create(api, external_id="E")
    sent = {"title": "T", "project_id": PROJECT, "external_id": "E"}
    answers = [api.post("/tasks", {**sent, "external_origin": origin}) for origin in (SLUG, "hubspot", "hubspot")]
    assert [answer.status_code for answer in answers] == [422, 200, 422]
    assert (answers[0].json(), answers[2].json(), api.post("/tasks", sent).json()) == (TAKEN, TAKEN, TAKEN)


@pytest.mark.proves("external-id.unique", "T16")
def test_an_external_id_is_unique_within_its_origin_in_an_identification(api: Api) -> None:
    assert identify(api, BRIEF, external_id="WEB-3001", external_origin="jira") == (422, TAKEN)
    wanted = {**BRIEF_DATA, "external_id": "WEB-3001", "external_origin": SLUG, "updated_at": NOW}
    assert identify(api, BRIEF, external_id="WEB-3001") == (200, wanted)
    assert identify(api, LOGO, external_id="WEB-3001") == (422, TAKEN)
    assert api.data(f"/tasks/{LOGO}") == LOGO_DATA


@pytest.mark.proves("external-id.unique")
def test_a_tasks_own_external_id_is_not_taken_from_it(api: Api) -> None:
    assert identify(api, LOGO, external_id="WEB-3001", external_origin="jira") == (200, LOGO_DATA)


@pytest.mark.proves("external-id.origin-default", "T16")
def test_the_integration_slug_of_the_token_is_the_default_origin(api: Api) -> None:
    jira = api.register(integration="jira")
    answer = jira.post("/tasks", {"title": "T", "project_id": PROJECT, "external_id": "WEB-3001"})
    assert (answer.status_code, answer.json()) == (422, TAKEN)
    assert create(jira, external_id="WEB-3002")["external_origin"] == "jira"
    assert jira.data("/tasks/WEB-3002", {"find_by": "external_id"})["uri"] == "WEB-4"


@pytest.mark.proves("T29")
def test_an_origin_without_an_id_is_no_identifier(api: Api) -> None:
    made = create(api, external_origin="jira")
    assert made == task(made["id"], "WEB-4", "T")
    assert identify(api, BRIEF, external_origin="jira") == (200, BRIEF_DATA)


@pytest.mark.proves("tasks.updateexternalid.nullable", "T29")
def test_a_null_external_id_clears_the_origin_too_and_frees_the_identifier(api: Api) -> None:
    wanted = {**LOGO_DATA, "external_id": None, "external_origin": None, "updated_at": NOW}
    assert identify(api, LOGO, external_id=None) == (200, wanted)
    assert create(api, external_id="WEB-3001", external_origin="jira")["external_id"] == "WEB-3001"


@pytest.mark.proves("T15")
@pytest.mark.parametrize("deleted", [LOGO, LAUNCH], ids=["the task", "its parent"])
def test_a_delete_frees_the_external_identifier(api: Api, deleted: str) -> None:
    api.delete(f"/tasks/{deleted}")
    made = create(api, external_id="WEB-3001", external_origin="jira")
    assert api.data("/tasks/WEB-3001", {"find_by": "external_id", "origin": "jira"}) == made


@pytest.mark.proves("T16")
def test_a_new_external_id_frees_the_old_one(api: Api) -> None:
    wanted = {**LOGO_DATA, "external_id": "N", "updated_at": NOW}
    assert identify(api, LOGO, external_id="N", external_origin="jira") == (200, wanted)
    assert create(api, external_id="WEB-3001", external_origin="jira")["uri"] == "WEB-4"
    assert identify(api, LOGO, external_id="WEB-3001", external_origin="jira") == (422, TAKEN)


@pytest.mark.proves("tasks.updateexternalid.body")
def test_an_identification_with_a_new_origin_alone_keeps_the_id(api: Api) -> None:
    wanted = {**LOGO_DATA, "external_origin": "gitlab", "updated_at": NOW}
    assert identify(api, LOGO, external_origin="gitlab") == (200, wanted)


@pytest.mark.proves("T30")
@pytest.mark.parametrize(
    "sent",
    [{}, {"external_id": "WEB-3001", "external_origin": "jira"}, {"external_origin": " jira "}, {"title": "x"}],
    ids=repr,
)
def test_an_identification_that_changes_nothing_leaves_updated_at(api: Api, sent: dict[str, str]) -> None:
    assert identify(api, LOGO, **sent) == (200, LOGO_DATA)


@pytest.mark.proves("tasks.updateexternalid.body", "T23")
def test_an_identification_without_a_body_changes_nothing(api: Api) -> None:
    answer = api.ask("PUT", f"/tasks/{LOGO}/external-identifier")
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)


@pytest.mark.proves("tasks.updateexternalid.length", "tasks.updateexternalid.nullable")
@pytest.mark.parametrize(
    "sent, errors",
    [
        ({"external_id": 1}, {"external_id": ["The external id field must be a string."]}),
        ({"external_id": ["E"]}, {"external_id": ["The external id field must be a string."]}),
        ({"external_origin": None}, {"external_origin": ["The external origin field must be a string."]}),
        ({"external_origin": True}, {"external_origin": ["The external origin field must be a string."]}),
        (
            {"external_origin": "o" * 256, "external_id": "😀" * 256},
            {
                "external_id": ["The external id field must not be greater than 255 characters."],
                "external_origin": ["The external origin field must not be greater than 255 characters."],
            },
        ),
    ],
    ids=lambda table: ",".join(table),
)
def test_an_identification_refuses_what_a_create_refuses(
    api: Api, sent: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    assert identify(api, LOGO, **sent) == (422, refusal(errors))
    assert api.data(f"/tasks/{LOGO}") == LOGO_DATA


@pytest.mark.proves("tasks.updateexternalid.scope", "T17")
def test_an_identification_needs_the_scope_client_write_though_it_is_of_a_task(api: Api) -> None:
    tasks = api.register(scopes=[scope for scope in SCOPES if scope != "client:write"])
    assert identify(tasks, LOGO, external_id="E") == (403, {"message": "Invalid scope(s) provided."})
    assert identify(api.register(scopes=["client:write"]), LOGO, external_id="E")[0] == 200


@pytest.mark.proves("tasks.updateexternalid.find-by", "T17")
@pytest.mark.parametrize(
    "by, name, status",
    [("id", LOGO, 200), ("external_id", "WEB-3001", 200), ("shortcode", "WEB", 404), ("uri", "WEB-3", 422)],
)
def test_an_identification_finds_by_what_is_printed_there(api: Api, by: str, name: str, status: int) -> None:
    answer = api.put(f"/tasks/{name}/external-identifier", {}, {"find_by": by, "origin": "jira"})
    bodies: dict[int, Any] = {
        200: LOGO_DATA,
        404: UNFOUND,
        422: refusal({"find_by": ["The selected find by is invalid."]}),
    }
    assert (answer.status_code, answer.json()) == (status, bodies[status])


@pytest.mark.proves("find-by.origin", "T27")
@pytest.mark.parametrize("id", ["E 1 ä?#%", "a+b&c=d", "日本"])
def test_an_external_id_of_any_characters_is_found_in_a_path(api: Api, id: str) -> None:
    made = create(api, external_id=id)
    assert api.data(f"/tasks/{quote(id, safe='')}", {"find_by": "external_id"}) == made


@pytest.mark.proves("T27")
def test_identifiers_are_the_same_to_the_letter_only(api: Api) -> None:
    made = {id: create(api, external_id=id)["id"] for id in ("Ä-1", "ä-1", "a-1")}
    found = {id: api.data(f"/tasks/{quote(id)}", {"find_by": "external_id"})["id"] for id in made}
    assert found == made
    assert api.get("/tasks/web-1", {"find_by": "uri"}).status_code == 404
