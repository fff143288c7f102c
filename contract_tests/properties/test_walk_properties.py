"""Walking a list by the URLs of its answers: every record once, in the asked order, there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api
from contract_tests.oracle import ordered
from contract_tests.properties import records, spellings
from contract_tests.properties.asking import assert_walks, backward, directed, first_page, forward, ids
from contract_tests.properties.effort import share
from contract_tests.properties.records import SORT_KINDS, Json, Listed
from contract_tests.writing import create
from fake_server.query.page import inverted

pytestmark = pytest.mark.proves("L5", "L7")

TASK_SORTS: list[str] = records.operation("tasks.index")["sorts"]
# Equal under the collation, equal time stamps, equal or no days: whatever the sort, some tasks are equal.
TITLES = ("Same", "same", "S\u00e1me", "Other", "other thing")
DAYS = (None, "2026-03-20", None, "2026-03-21")
STATUSES = ("New", "WIP", "New", "Closed", "Backlog", "Completed", "Approved")
SIZES = st.integers(1, 30)
ALL: spellings.Tree = []

# --- a world at rest -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(connect: Any) -> Api:
    """The demo world with forty tasks more, of which many are equal; nobody changes it afterwards."""
    api: Api = connect(world="demo")
    api.control("POST", "/reset")
    projects = [project["id"] for project in api.walk("/projects")]
    for n in range(40):
        body = {"title": TITLES[n % 5], "due_date": DAYS[n % 4], "status": STATUSES[n % 7]}
        assert api.post("/tasks", {**body, "project_id": projects[n % 3]}).status_code == 200
    return api


@pytest.fixture(scope="module")
def tasks(world: Api) -> Listed:
    return records.tasks(world, records.context(world, NOW))


@pytest.fixture(scope="module")
def others(world: Api) -> dict[str, Listed]:
    context = records.context(world, NOW)
    return {
        "users.index": records.plain_list(world, context, "users.index"),
        "clients.index": records.plain_list(world, context, "clients.index"),
        "clients.fullindex": records.full_clients(world, context, "demo"),
        "projects.index": records.projects(world, context, "demo"),
    }


@pytest.mark.parametrize("sort", [*TASK_SORTS, *(f"-{sort}" for sort in TASK_SORTS)])
@share(0.08)
@given(size=SIZES)
def test_every_sort_of_tasks_shows_every_task_once_there_and_back(tasks: Listed, sort: str, size: int) -> None:
    assert_walks(tasks, ALL, [sort], size)


@share(0.5)
@given(sorts=directed(TASK_SORTS), size=SIZES)
def test_equal_tasks_are_neither_skipped_nor_repeated(tasks: Listed, sorts: list[str], size: int) -> None:
    assert_walks(tasks, ALL, sorts, size)


@pytest.mark.proves("lists.page-cursor")
@given(data=st.data(), sorts=directed(TASK_SORTS), size=SIZES)
def test_a_filtered_walk_shows_what_the_filter_selects_there_and_back(
    tasks: Listed, data: st.DataObject, sorts: list[str], size: int
) -> None:
    assert_walks(tasks, data.draw(tasks.trees), sorts, size)


@pytest.mark.parametrize("name", ["users.index", "clients.index", "clients.fullindex", "projects.index"])
@share(0.5)
@given(data=st.data(), size=SIZES)
def test_other_lists_are_walked_the_same_way(
    others: dict[str, Listed], name: str, data: st.DataObject, size: int
) -> None:
    printed = records.operation(name)["sorts"]
    sorts = [sort.replace("<alias>", "budget") for sort in printed]
    assert_walks(others[name], data.draw(st.just(ALL) | others[name].trees), data.draw(directed(sorts)), size)


@given(one=st.text(), more=st.text(), begins=st.booleans())
def test_a_text_turned_round_sorts_the_other_way_round(one: str, more: str, begins: bool) -> None:
    other = one + more if begins else more
    assert (inverted(one) < inverted(other)) is (other < one)
    assert (inverted(other) < inverted(one)) is (one < other)


def test_a_title_that_goes_on_with_a_control_character_comes_behind_the_shorter_one(api: Api) -> None:
    """Whichever way, and whatever other column is more important."""
    longer, shorter = (create(api, title, status="Approved")["id"] for title in ("a\x00", "a"))
    wanted = {"filter": 'status = "Approved"'}
    for sort, expected in (("status,title", [shorter, longer]), ("status,-title", [longer, shorter])):
        assert [task["id"] for task in api.data("/tasks", {**wanted, "sort": sort})] == expected


# --- a world that changes meanwhile ----------------------------------------------------------------------


class Changing:
    """The tasks of a world that gets and loses some between two pages."""

    def __init__(self, api: Api, turns: Sequence[Sequence[Json]]) -> None:
        api.control("POST", "/reset")
        self.api, self.turns = api, iter(turns)
        self.project = api.data("/projects")[0]["id"]
        self.known: dict[str, Json] = {}
        for task in api.walk("/tasks"):
            self.note(task)
        self.gone: set[str] = set()
        self.changed: set[str] = set()
        self.here: set[str] = set()

    def note(self, task: Json) -> None:
        """Keeps what a task was when it was last heard of, with its creation number."""
        known = self.known.get(task["id"])
        self.known[task["id"]] = {**task, "n": known["n"] if known else len(self.known) + 1}

    def turn(self) -> None:
        for change in next(self.turns, ()):
            self.make(change)

    def make(self, change: Json) -> None:
        alive = [id for id in self.known if id not in self.gone]
        if change["do"] == "create":
            self.note(self.done(self.api.post("/tasks", {**change["body"], "project_id": self.project})))
        elif alive:
            self.change(change, alive[change["which"] % len(alive)])

    def change(self, change: Json, id: str) -> None:
        if change["do"] == "delete":
            self.done(self.api.delete(f"/tasks/{id}"))
            self.gone |= {id, *(other["id"] for other in self.known.values() if other["parent_task_id"] == id)}
        else:
            self.note(self.done(self.api.patch(f"/tasks/{id}", change["body"])))
            self.changed.add(id)

    def done(self, answer: httpx2.Response) -> Json:
        assert answer.status_code == 200, answer.text
        task: Json = answer.json()
        return task

    def start(self) -> None:
        """From now on all that lives counts as unchanged."""
        self.changed.clear()
        self.here = set(self.known) - self.gone

    def assert_seen(self, seen: list[str], sorts: Sequence[str]) -> None:
        """What was there all the time came once; and whatever came, came in order."""
        unchanged = [id for id in seen if id not in self.changed]
        assert unchanged == ordered([self.known[id] for id in set(unchanged)], sorts, SORT_KINDS)
        assert self.here - self.gone - self.changed <= set(unchanged)


BODIES = st.fixed_dictionaries(
    {"title": st.sampled_from(TITLES), "due_date": st.sampled_from(DAYS), "status": st.sampled_from(STATUSES)}
)
CREATING = st.fixed_dictionaries({"do": st.just("create"), "body": BODIES})
DELETING = st.fixed_dictionaries({"do": st.just("delete"), "which": st.integers(0, 30)})
PATCHING = st.fixed_dictionaries({"do": st.just("patch"), "which": st.integers(0, 30), "body": BODIES})
CHANGES = st.lists(st.one_of(CREATING, DELETING, PATCHING), max_size=3)


@given(
    start=st.lists(CREATING, max_size=12),
    turns=st.lists(CHANGES, max_size=10),
    sorts=st.just([]) | directed(TASK_SORTS),
    size=st.integers(1, 6),
)
def test_a_task_that_does_not_change_comes_once_whatever_happens_to_others(
    small: Api, start: list[Json], turns: list[list[Json]], sorts: list[str], size: int
) -> None:
    world = Changing(small, [start, *turns])
    world.turn()
    world.start()
    params = {"page[size]": size} | ({"sort": ",".join(sorts)} if sorts else {})
    pages = forward(small, first_page(small, "/tasks", params), world.turn)
    world.assert_seen(ids(pages), sorts)
    if ids(pages[-1:]):  # an empty page, all of which was deleted meanwhile, has no cursor back
        world.start()
        world.assert_seen(ids(backward(small, pages[-1], world.turn)), sorts)
