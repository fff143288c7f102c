"""The vendor's tasks page, sentence by sentence: every operation and every table."""

import json
from typing import Any

import pytest

from contract_tests.client import NOW, Api
from contract_tests.expected import (
    BOT_DATA,
    BRIEF,
    BRIEF_DATA,
    CLIENT,
    CLIENT_DATA,
    CONCEPT,
    GOLIVE,
    IDENTITY,
    INGRID_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PETER_DATA,
    PROJECT,
    PROJECT_DATA,
    SCOPES,
    SLUG,
    UNFOUND,
    ZOE,
    ZOE_DATA,
    Json,
    missing,
    refusal,
    task,
)
from contract_tests.service.listed_tasks import uris
from contract_tests.service.paging import own_url

STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
ONE_FILE = {"file": ("a.txt", b"text", "text/plain")}

# operation -> method, path, what it sends beside the path, scope
OPERATIONS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "list": ("GET", "/tasks", {}, "task-management:read"),
    "create": ("POST", "/tasks", {"json": {"title": "T", "project_id": PROJECT}}, "task-management:write"),
    "show": ("GET", f"/tasks/{BRIEF}", {}, "task-management:read"),
    "delete": ("DELETE", f"/tasks/{BRIEF}", {}, "task-management:write"),
    "update": ("PATCH", f"/tasks/{BRIEF}", {"json": {"title": "T"}}, "task-management:write"),
    "identify": ("PUT", f"/tasks/{BRIEF}/external-identifier", {"json": {"external_id": "E"}}, "client:write"),
    "upload": ("POST", f"/tasks/{BRIEF}/upload", {"files": ONE_FILE}, "task-management:write"),
}
each_operation = pytest.mark.parametrize("method, path, sent, scope", OPERATIONS.values(), ids=OPERATIONS)
about_scopes = pytest.mark.proves(
    "tasks.index.scope",
    "tasks.store.scope",
    "tasks.show.scope",
    "tasks.delete.scope",
    "tasks.update.scope",
    "tasks.updateexternalid.scope",
    "tasks.upload.scope",
)


# ---------------------------------------------------------------- security and scopes


@pytest.mark.proves("auth.bearer", "auth.http-or-oauth2", "errors.unauthenticated", "E3")
@each_operation
def test_every_operation_needs_a_token(api: Api, method: str, path: str, sent: dict[str, Any], scope: str) -> None:
    answer = api.http.request(method, f"/api/v1{path}", **sent)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."}), scope


@about_scopes
@each_operation
def test_the_required_scope_is_enough(api: Api, method: str, path: str, sent: dict[str, Any], scope: str) -> None:
    assert api.register(scopes=[scope]).ask(method, path, **sent).status_code == 200


@about_scopes
@pytest.mark.proves("E3")
@each_operation
def test_without_the_required_scope_it_is_forbidden(
    api: Api, method: str, path: str, sent: dict[str, Any], scope: str
) -> None:
    others = api.register(scopes=[other for other in SCOPES if other != scope])
    answer = others.ask(method, path, **sent)
    assert (answer.status_code, answer.json()) == (403, {"message": "Invalid scope(s) provided."})
    assert api.data("/tasks") == [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA]


@pytest.mark.proves("T19", "E4")
@each_operation
def test_every_success_is_a_200_in_json(api: Api, method: str, path: str, sent: dict[str, Any], scope: str) -> None:
    answer = api.ask(method, path, **sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), scope


# ---------------------------------------------------------------- GET /tasks


@pytest.mark.proves(
    "tasks.index.exists",
    "tasks.index.answer",
    "lists.envelope",
    "lists.meta",
    "lists.page-size-default",
    "task.required-fields",
    "L1",
    "L16",
)
def test_the_list_is_the_cursor_paginated_collection_of_tasks(api: Api) -> None:
    assert api.get("/tasks").json() == {
        "data": [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA],
        "links": [],
        "meta": {
            "path": own_url(api, "/tasks"),
            "per_page": 30,
            "next_cursor": None,
            "next_cursor_url": None,
            "prev_cursor": None,
            "prev_cursor_url": None,
        },
    }


@pytest.mark.proves("lists.page-size", "lists.page-cursor", "lists.per-page", "lists.path", "L2", "L7")
def test_page_size_is_the_number_of_results_per_page_and_page_cursor_leads_on(api: Api) -> None:
    first = api.get("/tasks", {"page[size]": 2, "include": "client"}).json()
    cursor = first["meta"]["next_cursor"]
    query = "page%5Bsize%5D=2&include=client"
    assert first == {
        "data": [{**BRIEF_DATA, "client": CLIENT_DATA}, {**LAUNCH_DATA, "client": CLIENT_DATA}],
        "links": [],
        "meta": {
            "path": own_url(api, "/tasks"),
            "per_page": 2,
            "next_cursor": cursor,
            "next_cursor_url": f"{own_url(api, '/tasks')}?{query}&page%5Bcursor%5D={cursor}",
            "prev_cursor": None,
            "prev_cursor_url": None,
        },
    }
    last = api.get("/tasks", {"page[size]": 2, "page[cursor]": cursor, "include": "client"}).json()
    back = last["meta"]["prev_cursor"]
    assert last == {
        "data": [{**LOGO_DATA, "client": CLIENT_DATA}],
        "links": [],
        "meta": {
            "path": own_url(api, "/tasks"),
            "per_page": 2,
            "next_cursor": None,
            "next_cursor_url": None,
            "prev_cursor": back,
            "prev_cursor_url": f"{own_url(api, '/tasks')}?{query}&page%5Bcursor%5D={back}",
        },
    }
    assert api.follow(last["meta"]["prev_cursor_url"]).json()["data"] == first["data"]


@pytest.mark.proves("tasks.index.sorts", "lists.sort-descending")
@pytest.mark.parametrize(
    "sort, order",
    [
        ("title", [3, 2, 1]),
        ("uri", [1, 2, 3]),
        ("status", [1, 2, 3]),
        ("updated_at", [1, 2, 3]),
        ("created_at", [1, 2, 3]),
        ("due_date", [1, 3, 2]),
    ],
)
def test_each_available_sort_orders_and_its_minus_reverses(api: Api, sort: str, order: list[int]) -> None:
    found = [f"WEB-{number}" for number in order]
    assert (uris(api, sort=sort), uris(api, sort=f"-{sort}")) == (found, found[::-1])


@pytest.mark.proves("lists.sort-several", "L13")
def test_several_sorts_are_separated_by_commas(api: Api) -> None:
    for title, status in (("A", "New"), ("Z", "WIP")):
        api.post("/tasks", {"title": title, "project_id": PROJECT, "status": status})
    assert uris(api, sort="status,title") == ["WEB-1", "WEB-4", "WEB-2", "WEB-3", "WEB-5"]
    assert uris(api, sort="-status,title") == ["WEB-3", "WEB-5", "WEB-4", "WEB-2", "WEB-1"]
    assert uris(api, sort="status,-title") == ["WEB-1", "WEB-2", "WEB-4", "WEB-5", "WEB-3"]


@pytest.mark.proves("tasks.index.includes", "task.parent-task", "task.watchers", "task.sub-tasks", "T2", "T3")
@pytest.mark.parametrize(
    "include, added",
    [
        ("project", [{"project": PROJECT_DATA}] * 3),
        ("client", [{"client": CLIENT_DATA}] * 3),
        ("watchers", [{"watchers": []}, {"watchers": []}, {"watchers": [ZOE_DATA, PETER_DATA]}]),
        ("parent_task", [{"parent_task": None}, {"parent_task": None}, {"parent_task": LAUNCH_DATA}]),
        ("sub_tasks", [{"sub_tasks": []}, {"sub_tasks": [LOGO_DATA]}, {"sub_tasks": []}]),
    ],
)
def test_each_available_include_adds_its_field_and_nothing_else(api: Api, include: str, added: list[Json]) -> None:
    plain = (BRIEF_DATA, LAUNCH_DATA, LOGO_DATA)
    wanted = [{**record, **more} for record, more in zip(plain, added, strict=True)]
    assert api.data("/tasks", {"include": include}) == wanted


@pytest.mark.proves("lists.include-several")
def test_several_includes_are_separated_by_commas(api: Api) -> None:
    include = "watchers,sub_tasks,parent_task,client,project"
    [logo] = api.data("/tasks", {"include": include, "filter": 'uri = "WEB-3"'})
    assert logo == {
        **LOGO_DATA,
        "watchers": [ZOE_DATA, PETER_DATA],
        "sub_tasks": [],
        "parent_task": LAUNCH_DATA,
        "client": CLIENT_DATA,
        "project": PROJECT_DATA,
    }


STRING = "in nin notin eq ne neq contains like startswith endswith isnull isnotnull notnull"
DATE = "eq ne neq lt lte le gt gte ge in nin notin isnull isnotnull notnull"
NULLABLE = "eq ne neq in nin notin isnull isnotnull notnull"
STATUS = "eq ne neq in nin notin"
EVERY_OPERATOR = tuple(dict.fromkeys(f"{STRING} {DATE}".split()))

# field -> the operators printed for it, and a value of its type
FILTERS: dict[str, tuple[str, str]] = {
    "title": (STRING, "x"),
    "uri": (STRING, "x"),
    "sub_tasks_in_list": ("eq", "only"),
    "due_date": (DATE, "2026-01-31"),
    "status": (STATUS, "WIP"),
    "project.id": (NULLABLE, PROJECT),
    "project.external_id": (STRING, "x"),
    "project.shortcode": (STRING, "x"),
    "project.name": (STRING, "x"),
    "project.status": (NULLABLE, "running"),
    "client.id": (NULLABLE, CLIENT),
    "client.external_id": (STRING, "x"),
    "client.name": (STRING, "x"),
    "client.shortcode": (STRING, "x"),
    "assignee.id": (NULLABLE, ZOE),
    "assignee.email": (STRING, "x"),
    "assignee.type": (NULLABLE, "tax_advisor"),
    "epic.id": (NULLABLE, IDENTITY),
    "epic.title": (STRING, "x"),
    "phase.id": (NULLABLE, CONCEPT),
    "phase.title": (STRING, "x"),
    "phase.po_number": (STRING, "x"),
    "phase.start_date": (DATE, "2026-01-31"),
    "phase.end_date": (DATE, "2026-01-31"),
    "milestone.id": (NULLABLE, GOLIVE),
    "milestone.title": (STRING, "x"),
    "milestone.po_number": (STRING, "x"),
    "milestone.date": (DATE, "2026-01-31"),
    "parent_task.id": (NULLABLE, LAUNCH),
    "parent_task.title": (STRING, "x"),
    "parent_task.uri": (STRING, "x"),
    "parent_task.status": (STATUS, "WIP"),
}


def condition(field: str, operator: str, value: str) -> str:
    """One condition in the readable spelling."""
    if operator in ("isnull", "isnotnull", "notnull"):
        return f"{field} {operator}"
    literal = f'["{value}"]' if operator in ("in", "nin", "notin") else f'"{value}"'
    return f"{field} {operator} {literal}"


@pytest.mark.proves(
    "tasks.index.filters",
    "filter.own-fields",
    "filter.string-operators",
    "filter.date-operators",
    "filter.id-operators",
    "filter.enum-operators",
    "filter.nullable-enum-operators",
    "filter.eq-only",
    "filter.text-words",
    "filter.text-dotted",
)
@pytest.mark.parametrize("field", FILTERS)
def test_each_filter_field_takes_the_operators_printed_for_it_and_no_other(api: Api, field: str) -> None:
    printed, value = FILTERS[field]
    asked = [(operator, {"filter": condition(field, operator, value)}) for operator in EVERY_OPERATOR]
    allowed = [operator for operator, query in asked if api.get("/tasks", query).status_code == 200]
    refused = [operator for operator, query in asked if api.get("/tasks", query).status_code == 400]
    assert set(allowed) == set(printed.split())
    assert set(refused) == set(EVERY_OPERATOR) - set(allowed)


@pytest.mark.proves(
    "tasks.index.sub-tasks", "filter.relation-operators", "filter.relation-count", "F10", "filter.text-numbers"
)
@pytest.mark.parametrize(
    "filter, found",
    [
        ("sub_tasks any", ["WEB-2"]),
        ("sub_tasks none", ["WEB-1", "WEB-3"]),
        ('sub_tasks any (title contains "logo")', ["WEB-2"]),
        ('sub_tasks any (uri = "WEB-3")', ["WEB-2"]),
        ('sub_tasks all (status = "WIP")', ["WEB-1", "WEB-2", "WEB-3"]),
        ("sub_tasks.count >= 1", ["WEB-2"]),
    ],
)
def test_the_relation_sub_tasks_takes_any_none_count_and_all(api: Api, filter: str, found: list[str]) -> None:
    assert uris(api, filter=filter) == found


@pytest.mark.proves(
    "filter.now",
    "filter.week",
    "filter.month",
    "filter.today",
    "filter.today-offset",
    "filter.special-unquoted",
    "filter.eq-only",
)
@pytest.mark.parametrize(
    "filter, found",
    [
        ('sub_tasks_in_list eq "with"', ["WEB-1", "WEB-2", "WEB-3"]),
        ('sub_tasks_in_list eq "only"', ["WEB-3"]),
        ('sub_tasks_in_list eq "without"', ["WEB-1", "WEB-2"]),
        ("due_date lt now", ["WEB-1"]),
        ("due_date gt sow", ["WEB-2", "WEB-3"]),
        ("due_date lt eow", ["WEB-1"]),
        ("due_date gt som", ["WEB-2", "WEB-3"]),
        ("due_date lt eom", ["WEB-1", "WEB-3"]),
        ("due_date eq today", []),
        ("due_date eq today+5d", ["WEB-3"]),
        ("due_date eq today-14d", ["WEB-1"]),
        ("due_date gt today-30d", ["WEB-1", "WEB-2", "WEB-3"]),
    ],
)
def test_each_special_value_stands_for_its_time(api: Api, filter: str, found: list[str]) -> None:
    assert uris(api, filter=filter) == found


@pytest.mark.proves("filter.me-id")
def test_me_id_is_the_id_of_the_authenticated_user(api: Api) -> None:
    assert uris(api, filter="assignee.id eq me.id") == []
    assert uris(api.as_token("user-token"), filter="assignee.id eq me.id") == ["WEB-1", "WEB-3"]


@pytest.mark.proves(
    "filter.two-formats", "filter.same-concepts", "filter.json-tree", "filter.json-condition", "filter.text-and-or"
)
def test_a_filter_is_json_or_a_readable_string(api: Api) -> None:
    title = {"field": "title", "op": "contains", "value": "brief"}
    uri = {"field": "uri", "op": "eq", "value": "WEB-3"}
    assert uris(api, filter=json.dumps({"or": [title, uri]})) == ["WEB-1", "WEB-3"]
    assert uris(api, filter='title contains "brief" or uri eq "WEB-3"') == ["WEB-1", "WEB-3"]


@pytest.mark.proves("F4", "errors.bad-filter")
def test_the_printed_filter_asks_for_a_field_that_the_table_lacks(api: Api) -> None:
    printed = 'title contains "Acme" and (created_at >= "2024-01-01" or client.name contains "Corp")'
    answer = api.get("/tasks", {"filter": printed})
    known = ", ".join([*FILTERS, "sub_tasks"])
    message = f"Requested filter(s) `created_at` are not allowed. Allowed filter(s) are `{known}`."
    assert (answer.status_code, answer.json()) == (400, {"message": message})


# ---------------------------------------------------------------- TaskData


@pytest.mark.proves("task.status-values", "tasks.store.status")
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_the_enum_is_written_and_read(api: Api, status: str) -> None:
    made = api.post("/tasks", {"title": "T", "project_id": PROJECT, "status": status}).json()
    assert api.data(f"/tasks/{made['id']}")["status"] == status


@pytest.mark.proves("task.assignee", "user.types", "tasks.update.references")
@pytest.mark.parametrize("person", [ZOE_DATA, PETER_DATA, INGRID_DATA, BOT_DATA], ids=lambda person: person["type"])
def test_the_assignee_is_a_user_of_any_type_or_null(api: Api, person: Json) -> None:
    assert api.patch(f"/tasks/{LAUNCH}", {"assignee_id": person["id"]}).json()["assignee"] == person
    assert api.patch(f"/tasks/{LAUNCH}", {"assignee_id": None}).json()["assignee"] is None


@pytest.mark.proves("task.order")
def test_a_task_prints_its_fields_in_the_printed_order(api: Api) -> None:
    assert list(api.data(f"/tasks/{LOGO}")) == list(LOGO_DATA)


@pytest.mark.proves("task.recurring-type", "task.due-date-settings")
def test_a_due_date_recurs_daily_weekly_monthly_or_not(agency: Api) -> None:
    settings = [task["due_date_settings"] for task in agency.walk("/tasks")]
    assert {frozenset(one) for one in settings} == {frozenset(LOGO_DATA["due_date_settings"])}
    assert {one["recurring_type"] for one in settings} == {"daily", "weekly", "monthly", None}


@pytest.mark.proves("T5")
def test_the_client_of_a_task_is_that_of_its_project(agency: Api) -> None:
    clients = {project["id"]: project["client"]["id"] for project in agency.data("/projects")}
    tasks = list(agency.walk("/tasks"))
    assert [task["client_id"] for task in tasks] == [clients[task["project_id"]] for task in tasks]
    assert len({task["client_id"] for task in tasks}) > 3


@pytest.mark.proves("task.is-public", "L12", "errors.not-found")
def test_a_task_that_is_not_public_is_invisible_to_guest_users(api: Api) -> None:
    guest = api.as_token("guest-token")
    answer = guest.get(f"/tasks/{BRIEF}")
    assert guest.data("/tasks") == [LAUNCH_DATA, LOGO_DATA]
    assert (answer.status_code, answer.json()) == (404, missing(BRIEF))


# ---------------------------------------------------------------- find_by and origin

# operation -> method, what follows the id, what it sends, the printed enum
FINDING: dict[str, tuple[str, str, dict[str, Any], tuple[str, ...]]] = {
    "show": ("GET", "", {}, ("id", "uri", "external_id")),
    "delete": ("DELETE", "", {}, ("id", "uri", "external_id")),
    "update": ("PATCH", "", {"json": {}}, ("id", "uri", "external_id")),
    "identify": ("PUT", "/external-identifier", {"json": {}}, ("id", "external_id")),
    "upload": ("POST", "/upload", {"files": ONE_FILE}, ("id", "uri", "external_id")),
}
NAMES = {"id": LOGO, "uri": "WEB-3", "external_id": "WEB-3001", "shortcode": "WEB"}
each_finding = pytest.mark.parametrize("method, tail, sent, enum", FINDING.values(), ids=FINDING)


@pytest.mark.proves(
    "tasks.show.find-by",
    "tasks.delete.find-by",
    "tasks.update.find-by",
    "tasks.updateexternalid.find-by",
    "tasks.upload.find-by",
    "find-by.origin",
)
@each_finding
def test_find_by_takes_each_value_of_its_enum(
    api: Api, method: str, tail: str, sent: dict[str, Any], enum: tuple[str, ...]
) -> None:
    for by in enum:
        api.control("POST", "/reset")
        answer = api.ask(method, f"/tasks/{NAMES[by]}{tail}", {"find_by": by, "origin": "jira"}, **sent)
        found = answer.json().get("entity_id") or answer.json()["id"]
        assert (answer.status_code, found) == (200, LOGO), by


@pytest.mark.proves("find-by.default", "errors.not-found")
@each_finding
def test_find_by_defaults_to_id(
    api: Api, method: str, tail: str, sent: dict[str, Any], enum: tuple[str, ...]
) -> None:
    for by in enum[1:]:
        answer = api.ask(method, f"/tasks/{NAMES[by]}{tail}", **sent)
        assert (answer.status_code, answer.json()) == (404, missing(NAMES[by]))
    assert api.ask(method, f"/tasks/{LOGO}{tail}", **sent).status_code == 200


@pytest.mark.proves("E7", "T17")
@each_finding
def test_find_by_outside_its_enum_is_invalid(
    api: Api, method: str, tail: str, sent: dict[str, Any], enum: tuple[str, ...]
) -> None:
    wrong = "uri" if tail == "/external-identifier" else "shortcode"
    assert wrong not in enum
    answer = api.ask(method, f"/tasks/{NAMES[wrong]}{tail}", {"find_by": wrong}, **sent)
    assert (answer.status_code, answer.json()) == (422, refusal({"find_by": ["The selected find by is invalid."]}))


@pytest.mark.proves("find-by.origin", "T16")
@each_finding
def test_origin_is_by_default_the_integration_slug(
    api: Api, method: str, tail: str, sent: dict[str, Any], enum: tuple[str, ...]
) -> None:
    params = {"find_by": enum[-1]}
    refused = api.ask(method, f"/tasks/WEB-3001{tail}", params, **sent)
    own = api.register(integration="jira").ask(method, f"/tasks/WEB-3001{tail}", params, **sent)
    assert (refused.status_code, refused.json()) == (404, UNFOUND)
    assert own.status_code == 200


@pytest.mark.proves("T17", "tasks.updateexternalid.find-by")
def test_an_external_identifier_is_found_by_the_shortcode_that_no_task_has(api: Api) -> None:
    answer = api.put("/tasks/WEB/external-identifier", {"external_id": "E"}, {"find_by": "shortcode"})
    assert (answer.status_code, answer.json()) == (404, UNFOUND)


# ---------------------------------------------------------------- sentences about bodies


@pytest.mark.proves("external-id.origin-default", "external-id.shown", "T16")
def test_without_an_external_origin_the_integration_slug_is_the_default(api: Api) -> None:
    made = api.post("/tasks", {"title": "T", "project_id": PROJECT, "external_id": "E"}).json()
    assert made == task(made["id"], "WEB-4", "T", external_id="E", external_origin=SLUG)
    named = api.put(f"/tasks/{BRIEF}/external-identifier", {"external_id": "F"}).json()
    assert named == {**BRIEF_DATA, "external_id": "F", "external_origin": SLUG, "updated_at": NOW}


@pytest.mark.proves("tasks.upload.size", "T20")
def test_an_uploaded_file_may_have_15_megabytes_and_no_more(api: Api) -> None:
    content = bytes(15 * 1024 * 1024)
    taken = api.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("a.bin", content)})
    refused = api.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("a.bin", content + b"x")})
    assert (taken.status_code, taken.json()["size"]) == (200, 15_728_640)
    wanted = refusal({"file": ["The file field must not be greater than 15360 kilobytes."]})
    assert (refused.status_code, refused.json()) == (422, wanted)
