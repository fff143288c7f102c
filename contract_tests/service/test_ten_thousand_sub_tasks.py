"""One task with ten thousand sub-tasks, all of one name and of one second: whatever is asked of it comes in time."""

from collections.abc import Iterator
from time import process_time
from typing import Any

import orjson
import pytest

from contract_tests.client import Api
from contract_tests.expected import Json

pytestmark = pytest.mark.proves("README: Another world")

MANY = 10_000
PAGE = 4_000
SORTS = ("", "title", "uri", "-uri", "status", "-updated_at", "created_at", "-due_date,title")
SLOW = 4.0
"""Seconds of the processor's time: it takes a fraction of that, and what goes by the square takes far more."""


@pytest.fixture(scope="module")
def world(connect: Any) -> Api:
    # Each answer would be held against its shape ten thousand times.
    return connect(world="nasty", max_page_size=20_000, check_answers=False)  # type: ignore[no-any-return]


@pytest.fixture
def crowd(world: Api) -> Iterator[Api]:
    """The world as it was seeded, for a test that changes it."""
    yield world
    world.control("POST", "/reset")


@pytest.fixture(scope="module")
def parent(world: Api) -> Json:
    return world.data("/tasks/MANY-1", {"find_by": "uri"})  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def in_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test of this file, all that it asks together."""
    request.getfixturevalue("parent")
    began = process_time()
    yield
    assert process_time() - began < SLOW


def page(api: Api, params: Any) -> Json:
    answer = api.get("/tasks", params)
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.content)  # type: ignore[no-any-return]


def below(api: Api, task: Json) -> list[Json]:
    """A task's sub-tasks, by the list."""
    params = {"filter": f'parent_task.id = "{task["id"]}"', "page[size]": 20_000}
    return page(api, params)["data"]  # type: ignore[no-any-return]


def ids(api: Api, sort: str) -> list[str]:
    return [task["id"] for task in page(api, {"sort": sort, "page[size]": 20_000})["data"]]


@pytest.mark.proves("L5", "L7", "tasks.index.sorts")
@pytest.mark.parametrize("sort", ["-title", *(pytest.param(sort, marks=pytest.mark.slow) for sort in SORTS)])
def test_pages_of_equal_tasks_have_each_of_them_once_there_and_back(world: Api, sort: str) -> None:
    everything = page(world, {"sort": sort, "page[size]": 20_000})
    there = [page(world, {"sort": sort, "page[size]": PAGE})]
    while (cursor := there[-1]["meta"]["next_cursor"]) is not None:
        there.append(page(world, {"sort": sort, "page[size]": PAGE, "page[cursor]": cursor}))
    back = [there[-1]]
    while (cursor := back[0]["meta"]["prev_cursor"]) is not None:
        back.insert(0, page(world, {"sort": sort, "page[size]": PAGE, "page[cursor]": cursor}))
    found = [task["id"] for one in there for task in one["data"]]
    assert found == [task["id"] for task in everything["data"]]
    assert len(set(found)) == MANY + 91
    assert [one["data"] for one in back] == [one["data"] for one in there]


@pytest.mark.proves("tasks.index.includes", "filter.relation-count", "T3")
def test_an_include_brings_all_of_them(world: Api, parent: Json) -> None:
    [found] = page(world, {"filter": "sub_tasks.count = 10000", "include": "sub_tasks"})["data"]
    assert found == {**parent, "sub_tasks": below(world, parent)}
    assert len(found["sub_tasks"]) == MANY


@pytest.mark.proves("filter.relation-operators")
@pytest.mark.parametrize(
    "filter, found",
    [
        ('sub_tasks any (title = "same") and sub_tasks.count > 9', 1),
        ('sub_tasks all (status = "New") and sub_tasks.count > 1', 1),
        ('parent_task.uri = "MANY-1" and title contains "am"', MANY),
        ('parent_task.title startswith "s" and sub_tasks none', MANY + 1),
    ],
)
def test_filters_about_parent_and_sub_tasks_look_at_each_of_them(world: Api, filter: str, found: int) -> None:
    assert len(page(world, {"filter": filter, "page[size]": 20_000})["data"]) == found


@pytest.mark.proves("T11", "T12")
def test_the_parent_can_be_changed_and_moved(crowd: Api, parent: Json) -> None:
    other = crowd.post("/tasks", {"title": "T", "project_id": parent["project_id"]}).json()
    for body in ({"title": "Other"}, {"status": "Closed"}, {"parent_task_id": other["id"]}):
        assert crowd.patch(f"/tasks/{parent['id']}", body).status_code == 200
    [found] = below(crowd, other)
    assert (found["title"], found["status"], found["list_sorting"]) == ("Other", "Closed", 0)
    assert [task["list_sorting"] for task in below(crowd, parent)] == list(range(MANY))


@pytest.mark.proves("T10")
def test_the_parent_cannot_go_below_one_of_them(crowd: Api, parent: Json) -> None:
    lowest = below(crowd, parent)[-1]
    answer = crowd.patch(f"/tasks/{parent['id']}", {"parent_task_id": lowest["id"]})
    assert answer.status_code == 422
    assert crowd.control("GET", "/diff")["changed"] == []


@pytest.mark.slow
@pytest.mark.proves("T11")
def test_one_that_is_put_before_all_others_moves_each_of_them(crowd: Api, parent: Json) -> None:
    first = below(crowd, parent)[0]
    body = {"title": "T", "project_id": parent["project_id"], "insert_before": first["id"]}
    assert crowd.post("/tasks", body).json()["list_sorting"] == first["list_sorting"]
    assert [task["list_sorting"] for task in below(crowd, parent)] == list(range(2, MANY + 2))


@pytest.mark.proves("T15", "C5", "tasks.delete.answer")
def test_all_of_them_end_with_the_parent(crowd: Api, parent: Json) -> None:
    before = {sort: ids(crowd, sort) for sort in ("-title", "uri")}
    last = below(crowd, parent)[-1]
    assert crowd.delete(f"/tasks/{parent['id']}").json() == parent
    assert crowd.get(f"/tasks/{last['id']}").status_code == 404
    staying = set(ids(crowd, ""))
    assert len(staying) == 90
    for sort, known in before.items():
        assert ids(crowd, sort) == [id for id in known if id in staying]
    new = crowd.post("/tasks", {"title": "T", "project_id": parent["project_id"], "external_id": last["external_id"]})
    assert (new.status_code, new.json()["list_sorting"]) == (200, 0)
    assert len(crowd.control("GET", "/records/comment")["data"]) == 5


@pytest.mark.slow
@pytest.mark.proves("W15")
def test_the_end_of_all_of_them_is_an_event_of_each(crowd: Api, parent: Json) -> None:
    crowd.control("POST", "/webhooks", {"url": "http://receiver.test/hook"})
    crowd.delete(f"/tasks/{parent['id']}")
    rows = crowd.control("GET", "/deliveries?limit=20000")["data"]
    assert [sum(one["event"] == event for one in rows) for event in ("task:delete", "comment:delete")] == [
        10_001,
        100,
    ]
    assert {one["state"] for one in rows} == {"pending"}


@pytest.mark.slow
@pytest.mark.proves("README: Before and after")
def test_a_snapshot_brings_all_of_them_back(crowd: Api, parent: Json) -> None:
    before = below(crowd, parent)
    crowd.control("POST", "/snapshots/before")
    crowd.delete(f"/tasks/{parent['id']}")
    crowd.control("POST", "/snapshots/before/restore")
    found = crowd.control("GET", "/diff?since=before")
    assert [found[name] for name in ("created", "changed", "removed")] == [[], [], []]
    assert below(crowd, parent) == before


@pytest.mark.slow
@pytest.mark.proves("README: Before and after")
def test_a_document_brings_all_of_them_back(crowd: Api) -> None:
    written = crowd.http.get("/_fake/state").content
    crowd.control("POST", "/reset?to=empty")
    assert crowd.http.put("/_fake/state", content=written).json() == {"world": "default", "tasks": MANY + 91}
    assert crowd.http.get("/_fake/state").content == written
