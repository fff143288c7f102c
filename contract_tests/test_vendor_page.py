"""The vendor's tasks page, sentence by sentence: every operation, every table and every printed call."""

import json
import shlex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
import yaml

from contract_tests.client import Api, hint
from contract_tests.conftest import NOW
from contract_tests.expected import (
    BOT_DATA,
    BRIEF,
    BRIEF_DATA,
    CLIENT_DATA,
    CONCEPT,
    CONCEPT_DATA,
    FILE_DATA,
    GOLIVE,
    GOLIVE_DATA,
    IDENTITY,
    IDENTITY_DATA,
    INGRID,
    INGRID_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PETER,
    PETER_DATA,
    PROJECT,
    PROJECT_DATA,
    SCOPES,
    SLUG,
    ZOE,
    ZOE_DATA,
    Json,
    missing,
    refusal,
    task,
)

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


def uris(api: Api, **params: str) -> list[str]:
    return [found["uri"] for found in api.data("/tasks", params)]


def here(api: Api, path: str) -> str:
    """The absolute URL of a path, as the server prints it."""
    return f"{str(api.http.base_url).rstrip('/')}/api/v1{path}"


# ---------------------------------------------------------------- security and scopes


@each_operation
def test_every_operation_needs_a_token(api: Api, method: str, path: str, sent: dict[str, Any], scope: str) -> None:
    answer = api.http.request(method, f"/api/v1{path}", **sent)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."}), scope


@each_operation
def test_the_required_scope_is_enough(api: Api, method: str, path: str, sent: dict[str, Any], scope: str) -> None:
    assert api.register(scopes=[scope]).ask(method, path, **sent).status_code == 200


@each_operation
def test_without_the_required_scope_it_is_forbidden(
    api: Api, method: str, path: str, sent: dict[str, Any], scope: str
) -> None:
    others = api.register(scopes=[other for other in SCOPES if other != scope])
    answer = others.ask(method, path, **sent)
    assert (answer.status_code, answer.json()) == (403, {"message": "Invalid scope(s) provided."})
    assert api.data("/tasks") == [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA]


@each_operation
def test_every_success_is_a_200_in_json(
    api: Api, method: str, path: str, sent: dict[str, Any], scope: str
) -> None:
    answer = api.ask(method, path, **sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), scope


# ---------------------------------------------------------------- GET /tasks


def test_the_list_is_the_cursor_paginated_collection_of_tasks(api: Api) -> None:
    assert api.get("/tasks").json() == {
        "data": [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA],
        "links": [],
        "meta": {
            "path": here(api, "/tasks"),
            "per_page": 30,
            "next_cursor": None,
            "next_cursor_url": None,
            "prev_cursor": None,
            "prev_cursor_url": None,
        },
    }


def test_page_size_is_the_number_of_results_per_page_and_page_cursor_leads_on(api: Api) -> None:
    first = api.get("/tasks", {"page[size]": 2, "include": "client"}).json()
    cursor = first["meta"]["next_cursor"]
    query = "page%5Bsize%5D=2&include=client"
    assert first == {
        "data": [{**BRIEF_DATA, "client": CLIENT_DATA}, {**LAUNCH_DATA, "client": CLIENT_DATA}],
        "links": [],
        "meta": {
            "path": here(api, "/tasks"),
            "per_page": 2,
            "next_cursor": cursor,
            "next_cursor_url": f"{here(api, '/tasks')}?{query}&page%5Bcursor%5D={cursor}",
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
            "path": here(api, "/tasks"),
            "per_page": 2,
            "next_cursor": None,
            "next_cursor_url": None,
            "prev_cursor": back,
            "prev_cursor_url": f"{here(api, '/tasks')}?{query}&page%5Bcursor%5D={back}",
        },
    }
    assert api.follow(last["meta"]["prev_cursor_url"]).json()["data"] == first["data"]


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


def test_several_sorts_are_separated_by_commas(api: Api) -> None:
    for title, status in (("A", "New"), ("Z", "WIP")):
        api.post("/tasks", {"title": title, "project_id": PROJECT, "status": status})
    assert uris(api, sort="status,title") == ["WEB-1", "WEB-4", "WEB-2", "WEB-3", "WEB-5"]
    assert uris(api, sort="-status,title") == ["WEB-3", "WEB-5", "WEB-4", "WEB-2", "WEB-1"]
    assert uris(api, sort="status,-title") == ["WEB-1", "WEB-2", "WEB-4", "WEB-5", "WEB-3"]


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
def test_each_available_include_adds_its_field_and_nothing_else(
    api: Api, include: str, added: list[Json]
) -> None:
    plain = (BRIEF_DATA, LAUNCH_DATA, LOGO_DATA)
    wanted = [{**record, **more} for record, more in zip(plain, added, strict=True)]
    assert api.data("/tasks", {"include": include}) == wanted


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


FILTERS: list[dict[str, Any]]
OPERATORS: dict[str, list[str]]

