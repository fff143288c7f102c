"""Snapshots and differences: a world as it was, and what became of it since."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from fake_server.resources import KINDS, SECTIONS
from fake_server.store.difference import difference, fields
from fake_server.store.store import Store

pytestmark = pytest.mark.proves("README: Before and after")

Json = dict[str, Any]
AT = "2026-03-12T15:30:00.000Z"


@pytest.fixture
def fresh(api: Api) -> Api:
    """The world as it was seeded, without snapshots, which a reset leaves."""
    for one in api.control("GET", "/snapshots")["data"]:
        api.control("DELETE", f"/snapshots/{one['name']}")
    return api


def call(api: Api, method: str, path: str, body: Any = None) -> httpx2.Response:
    return api.http.request(method, f"/_fake{path}", json=body)


def refused(answer: httpx2.Response) -> tuple[int, str]:
    """Status and sentence of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["detail"]


def task(api: Api, uri: str) -> Json:
    [found] = api.control("GET", f"/records/task?uri={uri}")["data"]
    return found  # type: ignore[no-any-return]


def everything(api: Api) -> Json:
    return api.control("GET", "/state")  # type: ignore[no-any-return]


# ---------------------------------------------------------------- snapshots


def test_a_world_goes_back_to_a_snapshot_data_clock_and_tokens(fresh: Api) -> None:
    fresh.control("POST", "/records/task", {"title": "Before"})
    token = fresh.register(scopes=["task-management:read"]).token
    before = everything(fresh)
    assert call(fresh, "POST", "/snapshots/first").json() == {"name": "first", "at": AT, "tasks": 4}
    fresh.control("POST", "/clock/advance", {"by": "2d"})
    fresh.control("DELETE", f"/tokens/{token}")
    fresh.control("POST", "/records/task", {"title": "After"})
    fresh.delete(f"/tasks/{task(fresh, 'WEB-1')['id']}")
    assert everything(fresh) != before
    assert fresh.control("POST", "/snapshots/first/restore") == {"name": "first", "at": AT, "tasks": 4}
    assert everything(fresh) == before
    assert fresh.as_token(token).get("/tasks").status_code == 200


def test_a_snapshot_can_be_gone_back_to_again_and_again(fresh: Api) -> None:
    fresh.control("POST", "/snapshots/first")
    before = everything(fresh)
    for number in range(3):
        made = fresh.control("POST", "/records/task", {})
        assert made["uri"] == "WEB-4", f"the same after {number} restores"
        fresh.control("POST", "/snapshots/first/restore")
        assert everything(fresh) == before


def test_what_is_made_up_after_a_restore_is_what_was_made_up_before(fresh: Api) -> None:
    fresh.control("POST", "/records/client", {})
    fresh.control("POST", "/snapshots/first")
    one = fresh.control("POST", "/records/client", {})
    fresh.control("POST", "/snapshots/first/restore")
    assert fresh.control("POST", "/records/client", {}) == one


def test_a_snapshot_of_the_same_name_takes_the_place_of_the_first(fresh: Api) -> None:
    fresh.control("POST", "/snapshots/first")
    fresh.control("POST", "/records/task", {})
    assert call(fresh, "POST", "/snapshots/first").status_code == 201
    assert fresh.control("GET", "/snapshots") == {"data": [{"name": "first", "at": AT, "tasks": 4}]}


def test_snapshots_are_listed_read_and_removed_and_survive_a_reset(fresh: Api) -> None:
    assert fresh.control("GET", "/snapshots") == {"data": []}
    rows = [fresh.control("POST", f"/snapshots/{name}") for name in ("b", "a.1", "A_b-2")]
    fresh.control("POST", "/reset")
    assert fresh.control("GET", "/snapshots") == {"data": rows}
    assert fresh.control("GET", "/snapshots/a.1") == rows[1]
    assert fresh.control("DELETE", "/snapshots/b") == rows[0]
    assert fresh.control("GET", "/snapshots") == {"data": rows[1:]}


def test_all_snapshots_are_removed_at_once(fresh: Api) -> None:
    rows = [fresh.control("POST", f"/snapshots/{name}") for name in ("b", "a")]
    assert refused(call(fresh, "DELETE", "/snapshots", {"name": "a"})) == (422, "This call takes no body.")
    assert fresh.control("DELETE", "/snapshots") == {"data": rows}
    assert fresh.control("DELETE", "/snapshots") == fresh.control("GET", "/snapshots") == {"data": []}


def test_a_world_has_a_thousand_snapshots_and_no_more(fresh: Api) -> None:
    for number in range(1000):
        fresh.control("POST", f"/snapshots/{number}")
    why = "The world has 1000 snapshots already; remove some."
    answer = call(fresh, "POST", "/snapshots/more")
    assert (answer.status_code, answer.json()) == (409, {"title": "Too many snapshots", "detail": why, "status": 409})
    assert call(fresh, "POST", "/snapshots/7").status_code == 201, "one takes the place of another"
    assert len(fresh.control("DELETE", "/snapshots")["data"]) == 1000


@pytest.mark.parametrize(
    "method, path", [("GET", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "diff")], ids=str
)
def test_an_unknown_snapshot_is_refused_with_the_nearest(fresh: Api, method: str, path: str) -> None:
    asked = "/diff?since=before_sink" if path == "diff" else f"/snapshots/before_sink{path}"
    assert refused(call(fresh, method, asked)) == (404, "There is no snapshot before_sink; there are none.")
    fresh.control("POST", "/snapshots/before_sync")
    why = "There is no snapshot before_sink; did you mean before_sync?"
    assert refused(call(fresh, method, asked)) == (404, why)


@pytest.mark.parametrize("name", ["a" * 65, "a b", "ä", "seed", "a%00"])
def test_a_name_that_no_snapshot_may_have_is_refused(fresh: Api, name: str) -> None:
    status, why = refused(call(fresh, "POST", f"/snapshots/{name}"))
    assert (status, why.split(",")[0]) == (422, "A snapshot's name has up to 64 letters")
    assert fresh.control("GET", "/snapshots") == {"data": []}


@pytest.mark.parametrize("path", ["/snapshots/first", "/snapshots/first/restore"])
def test_a_snapshot_takes_no_body(fresh: Api, path: str) -> None:
    fresh.control("POST", "/snapshots/first")
    assert refused(call(fresh, "POST", path, {"name": "a"})) == (422, "This call takes no body.")


# ---------------------------------------------------------------- differences


def test_an_untouched_world_differs_in_nothing(fresh: Api) -> None:
    fresh.data("/tasks")
    assert fresh.control("GET", "/diff") == {"since": "seed", "created": [], "changed": [], "removed": []}


def test_a_difference_names_what_was_made_changed_and_removed(fresh: Api) -> None:
    gone, before = task(fresh, "WEB-1"), task(fresh, "WEB-2")
    made = fresh.control("POST", "/records/task", {"title": "New"})
    fresh.patch(f"/tasks/{before['id']}", {"title": "Other", "assignee_id": gone["assignee_id"]})
    fresh.delete(f"/tasks/{gone['id']}")
    changed = {"title": [before["title"], "Other"], "assignee_id": [None, gone["assignee_id"]]}
    stamps = {"updated_at": [before["updated_at"], AT.replace(".000", "")]}
    assert fresh.control("GET", "/diff") == {
        "since": "seed",
        "created": [{"kind": "task", "id": made["id"], "record": made}],
        "changed": [{"kind": "task", "id": before["id"], "fields": {**stamps, **changed}}],
        "removed": [{"kind": "task", "id": gone["id"], "record": gone}],
    }


def test_a_difference_can_count_from_a_snapshot(fresh: Api) -> None:
    fresh.control("POST", "/records/tag", {"title": "Before"})
    fresh.control("POST", "/snapshots/first")
    made = fresh.control("POST", "/records/tag", {"title": "After"})
    found = fresh.control("GET", "/diff?since=first")
    created = [{"kind": "tag", "id": made["id"], "record": made}]
    assert found == {"since": "first", "created": created, "changed": [], "removed": []}
    assert len(fresh.control("GET", "/diff?since=seed")["created"]) == 2


def test_what_was_changed_and_changed_back_is_no_difference(fresh: Api) -> None:
    before = task(fresh, "WEB-2")
    for title in ("Other", before["title"]):
        given = {"title": title, "updated_at": before["updated_at"]}
        fresh.control("PATCH", f"/records/task/{before['id']}", given)
    assert fresh.control("GET", "/diff")["changed"] == []


def test_a_difference_is_gone_after_a_reset(fresh: Api) -> None:
    fresh.control("POST", "/records/task", {})
    fresh.control("POST", "/reset")
    assert fresh.control("GET", "/diff") == {"since": "seed", "created": [], "changed": [], "removed": []}


def test_two_stores_are_compared_record_by_record() -> None:
    [tags] = [kind.record for section in SECTIONS for kind in section.kinds if kind.name == "tag"]
    before = Store(KINDS)
    kept, changed, gone = (before.put(tags(key, title)) for key, title in ((1, "a"), (2, "b"), (3, "c")))
    after = before.copy()
    after.put(tags(1, "a"))
    after.put(renamed := tags(2, "B"))
    after.remove(gone)
    after.put(new := tags(4, "d"))
    found = difference(before, after)
    assert [(one.before, one.after) for one in found.created] == [(None, new)]
    assert [(one.before, one.after, fields(one)) for one in found.changed] == [(changed, renamed, ["title"])]
    assert [(one.before, one.after) for one in found.removed] == [(gone, None)]
    assert kept.title == "a"
