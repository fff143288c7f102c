"""What the store keeps in order to find records: nothing of it outlives them."""

import pytest

from contract_tests.client import Api
from contract_tests.control.seeded import seeded, served
from contract_tests.writing import change, comment, create
from fake_server.store.store import Store

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
