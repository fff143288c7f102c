"""Lists: the cursors between pages, good, broken, and of another list."""

import base64
import json
import re
from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.service.known_lists import walked
from contract_tests.service.paging import META, followed, own_url


def cursor_of(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def content_of(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@pytest.mark.proves("L4")
def test_a_cursor_is_the_sort_the_id_and_the_direction_of_the_boundary(agency: Api) -> None:
    params = {"sort": "-due_date,status", "page[size]": 3}
    first = agency.get("/tasks", params).json()
    boundary = first["data"][-1]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", first["meta"]["next_cursor"])
    assert list(content_of(first["meta"]["next_cursor"]).items()) == [
        ("due_date", f"{boundary['due_date']} 00:00:00"),
        ("status", boundary["status"]),
        ("id", boundary["id"]),
        ("_pointsToNextItems", True),
    ]
    second = agency.follow(first["meta"]["next_cursor_url"]).json()
    back = content_of(second["meta"]["prev_cursor"])
    assert (back["id"], back["_pointsToNextItems"]) == (second["data"][0]["id"], False)


@pytest.mark.proves("lists.page-cursor")
def test_a_cursor_may_be_sent_without_the_url(agency: Api) -> None:
    first = agency.get("/tasks", {"sort": "title"}).json()["meta"]
    params = {"page[cursor]": first["next_cursor"], "sort": "title"}
    assert agency.data("/tasks", params) == agency.follow(first["next_cursor_url"]).json()["data"]


@pytest.mark.proves("requests.trimmed-parameters", "lists.page-cursor")
@pytest.mark.parametrize("params", ["page[cursor]=", "page[cursor]=%20", "cursor=abc", "page.cursor=abc"])
def test_an_empty_or_misplaced_cursor_is_none(agency: Api, params: str) -> None:
    assert agency.data("/tasks", params) == agency.data("/tasks")


ID = "qv03Y19d"
GARBAGE: list[str] = [
    "garbage",
    "!!!",
    "é",
    "eyJ",
    "a" * 5000,
    cursor_of(None),
    cursor_of([]),
    cursor_of("text"),
    cursor_of({}),
    cursor_of({"id": ID}),
    cursor_of({"id": ID, "_pointsToNextItems": "true"}),
    cursor_of({"id": ID, "_pointsToNextItems": 1}),
    cursor_of({"id": 1, "_pointsToNextItems": True}),
    cursor_of({"id": None, "_pointsToNextItems": True}),
    cursor_of({"id": "nope", "_pointsToNextItems": True}),
    cursor_of({"tasks.id": 1, "_pointsToNextItems": True}),
    cursor_of({"id": ID, "_pointsToNextItems": True, "more": 1}),
    cursor_of({"_pointsToNextItems": True, "id": ID}),
]


def assert_refused(api: Api, path: str, params: Any) -> None:
    answer = api.get(path, params)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert hint(answer)


@pytest.mark.proves("L6")
@pytest.mark.parametrize("cursor", GARBAGE, ids=lambda cursor: cursor[:40])
def test_a_text_that_is_no_cursor_is_refused(agency: Api, cursor: str) -> None:
    assert_refused(agency, "/tasks", {"page[cursor]": cursor})


WRONG_VALUES: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": 5}),
    ("title", {"title": True}),
    ("title", {"title": ["a"]}),
    ("created_at", {"created_at": "yesterday"}),
    ("created_at", {"created_at": 5}),
    ("due_date", {"due_date": "2026-02-30 00:00:00"}),
    ("due_date", {"due_date": {}}),
    ("status,title", {"status": "New", "title": 1.5}),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, values", WRONG_VALUES)
def test_a_cursor_whose_values_do_not_fit_the_sort_is_refused(agency: Api, sort: str, values: Any) -> None:
    own = agency.data("/tasks")[0]["id"]
    cursor = cursor_of({**values, "id": own, "_pointsToNextItems": True})
    assert_refused(agency, "/tasks", {"sort": sort, "page[cursor]": cursor})


@pytest.mark.proves("L6")
def test_a_list_of_cursors_is_refused(agency: Api) -> None:
    cursor = agency.get("/tasks").json()["meta"]["next_cursor"]
    assert_refused(agency, "/tasks", f"page[cursor][]={cursor}")


OTHER_SORTS = [
    ("", "title"),
    ("title", ""),
    ("title", "uri"),
    ("title", "title,uri"),
    ("title,uri", "uri,title"),
    ("-created_at", "-updated_at"),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, other", OTHER_SORTS)
def test_a_cursor_of_another_sort_is_refused(agency: Api, sort: str, other: str) -> None:
    cursor = agency.get("/tasks", {"sort": sort}).json()["meta"]["next_cursor"]
    assert_refused(agency, "/tasks", {"sort": other, "page[cursor]": cursor})


@pytest.mark.proves("L6")
def test_a_cursor_goes_on_in_whichever_direction_it_is_sorted(agency: Api) -> None:
    cursor = agency.get("/tasks", {"sort": "title", "page[size]": 3}).json()["meta"]["next_cursor"]
    first, second, third = (task["id"] for task in agency.data("/tasks", {"sort": "title", "page[size]": 3}))
    turned = agency.data("/tasks", {"sort": "-title", "page[cursor]": cursor})
    assert [task["id"] for task in turned] == [second, first]
    assert third not in [task["id"] for task in turned]


OTHER_LISTS = [
    ("", "/tasks", "/users"),
    ("", "/users", "/tasks"),
    ("", "/projects", "/clients"),
    ("", "/clients/full", "/users"),
    ("title", "/tasks", "/projects"),
    ("created_at", "/clients/full", "/projects"),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, path, other", OTHER_LISTS)
def test_a_cursor_of_another_list_is_refused(agency: Api, sort: str, path: str, other: str) -> None:
    cursor = agency.get(path, {"sort": sort, "page[size]": 1}).json()["meta"]["next_cursor"]
    assert_refused(agency, other, {"sort": sort, "page[cursor]": cursor})


@pytest.mark.proves("L5")
@pytest.mark.parametrize("sort", ["", "title", "-title", "due_date", "-due_date", "status", "-updated_at,title"])
@pytest.mark.parametrize("direction", ["next", "prev"])
def test_a_cursor_stays_good_when_its_boundary_is_deleted(agency: Api, sort: str, direction: str) -> None:
    page = agency.get("/tasks", {"sort": sort, "page[size]": 20}).json()
    page = agency.follow(page["meta"]["next_cursor_url"]).json()
    before = walked(agency, "tasks.index", {"sort": sort})
    boundary = page["data"][-1 if direction == "next" else 0]["id"]
    assert agency.delete(f"/tasks/{boundary}").status_code == 200
    after, place = walked(agency, "tasks.index", {"sort": sort}), before.index(boundary)
    beyond = before[place + 1 :] if direction == "next" else before[:place]
    left = [id for id in beyond if id in after]
    found = [one["id"] for one in agency.follow(page["meta"][f"{direction}_cursor_url"]).json()["data"]]
    assert found == (left[:20] if direction == "next" else left[-20:])


@pytest.mark.proves("L5")
def test_a_changed_boundary_neither_skips_nor_repeats_other_records(agency: Api) -> None:
    page = agency.get("/tasks", {"sort": "title"}).json()
    boundary = page["data"][-1]["id"]
    agency.patch(f"/tasks/{boundary}", {"title": "aaa"})
    rest = [one["id"] for more in followed(agency, page, "next_cursor_url") for one in more["data"]]
    assert sorted(rest) == sorted(task["id"] for task in agency.walk("/tasks"))


@pytest.mark.proves("L7")
@pytest.mark.parametrize("forward", [True, False])
def test_a_cursor_at_the_end_of_a_list_gives_an_empty_page(agency: Api, forward: bool) -> None:
    ids = walked(agency, "tasks.index", {})
    cursor = cursor_of({"id": ids[-1 if forward else 0], "_pointsToNextItems": forward})
    page = agency.get("/tasks", {"page[cursor]": cursor}).json()
    assert page == {
        "data": [],
        "links": [],
        "meta": dict.fromkeys(META) | {"path": own_url(agency, "/tasks"), "per_page": 30},
    }
