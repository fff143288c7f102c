"""What the store keeps in order to find records: nothing of it outlives them."""

from typing import Any, NamedTuple

import pytest

from contract_tests.client import Api
from contract_tests.control.seeded import seeded, served
from contract_tests.writing import change, comment, create
from fake_server.query.page import Sort, columns
from fake_server.resources import KINDS
from fake_server.store.kind import Kind
from fake_server.store.store import Store
from fake_server.store.table import Table

pytestmark = pytest.mark.proves("README: Limits")


def come_and_go(api: Api, number: int) -> None:
    """A task with everything that others can find it by, its sub-task, its comments, all of which end."""
    [user, *_] = api.data("/users")
    fields = {"assignee_id": user["id"], "watchers": [user["id"]], "external_id": f"{number}"}
    parent = create(api, "Came", **fields)["id"]
    below = create(api, "Came", parent_task_id=parent)["id"]
    first = comment(api, below)["id"]
    comment(api, below, parent_comment_id=first)
    change(api, below, status="Closed")
    api.get("/tasks", {"sort": "-title", "filter": f'parent_task.id = "{parent}"', "include": "sub_tasks"})
    assert api.delete(f"/tasks/{parent}").status_code == 200


def kept(store: Store) -> dict[str, int]:
    """How many names, values and places the lookups of each kind have."""
    found: dict[str, int] = {}
    for kind, table in store.tables.items():
        lookups = table.lookups
        found[kind] = sum(map(len, lookups.unique.values())) + sum(map(len, lookups.groups.values()))
        found[kind] += sum(len(order.keys) for order in lookups.orders.values())
    return found


def test_nothing_stays_of_what_came_and_went() -> None:
    fake = seeded(world="small")
    api = served(fake)
    come_and_go(api, 0)  # the first to ask makes indexes and orders
    before = kept(fake.worlds.named["default"].store)
    for number in range(1, 4):
        come_and_go(api, number)
    assert kept(fake.worlds.named["default"].store) == before


# ---------------------------------------------------------------- many records at once


class Chair(NamedTuple):
    key: int
    name: str
    place: int = 0


CHAIR = Kind("chair", Chair, unique=(("name",),), indexed=frozenset(("place",)))
BY_PLACE = Sort(((columns(place="number")["place"], False),))


def chairs() -> Table:
    table = Table(CHAIR)
    for key in (1, 2, 3):
        table.put(Chair(key, f"chair {key}", key))
    return table


def moved(table: Table, key: int, place: int) -> tuple[Chair, Chair]:
    return table.rows[key], table.rows[key]._replace(place=place)


@pytest.mark.parametrize("asked_before", [False, True])
def test_many_records_at_once_are_found_where_they_are_now(asked_before: bool) -> None:
    table = chairs()
    if asked_before:
        assert (table.order(BY_PLACE).numbers, list(table.group("place", 1))) == ([1, 2, 3], [1])
    table.amend([moved(table, 1, 9), moved(table, 3, 2)], frozenset(("place",)))
    assert table.order(BY_PLACE).numbers == [2, 3, 1]
    assert [sorted(table.group("place", place)) for place in (1, 2, 9)] == [[], [2, 3], [1]]


def test_many_records_at_once_change_in_one_copy_alone() -> None:
    table = chairs()
    other = table.copy()
    table.amend([moved(table, 1, 9)], frozenset(("place",)))
    assert [one.order(BY_PLACE).numbers for one in (table, other)] == [[2, 3, 1], [1, 2, 3]]
    other.put(Chair(4, "chair 4", 0))
    assert [one.order(BY_PLACE).numbers for one in (table, other)] == [[2, 3, 1], [4, 1, 2, 3]]


def test_many_records_at_once_keep_their_names() -> None:
    table = chairs()
    before, after = table.rows[1], table.rows[1]._replace(name="new")
    with pytest.raises(AssertionError):
        table.amend([(before, after)], frozenset(("name",)))


@pytest.mark.parametrize("values, why", [({"key": 1}, "name"), ({"key": 1, "name": "a", "colour": "red"}, "colour")])
def test_a_record_has_the_fields_of_its_kind(values: dict[str, Any], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        CHAIR.new(values)
    assert CHAIR.new({"name": "a", "key": 1}) == Chair(1, "a")


COMPUTED = [(kind, name) for kind in KINDS.values() for name in kind.computed]


@pytest.mark.parametrize("kind, name", COMPUTED, ids=[f"{kind.name}.{name}" for kind, name in COMPUTED])
def test_what_a_group_is_made_of_is_declared(kind: Kind, name: str) -> None:
    record = kind.record._make(range(len(kind.record._fields)))
    read = [
        field
        for field in record._fields
        if getattr(record._replace(**{field: "other"}), name) != getattr(record, name)
    ]
    assert read == list(kind.computed[name])
