"""Remarks about how an integration asks: what is remarked upon, and what is not."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.control.under_way import under_way
from contract_tests.expected import BRIEF, LAUNCH, LOGO, PROJECT, Json
from contract_tests.writing import change, create
from fake_server.handle.coverage import merged

pytestmark = pytest.mark.proves("README: Did my tests meet what can happen?")


def remarks(api: Api) -> list[Json]:
    return api.control("GET", "/coverage")["remarks"]  # type: ignore[no-any-return]


def remark(kind: str, about: str, says: str, count: int, request: str, asked: str) -> Json:
    method, path = asked.split(" ")
    example = {"world": "default", "request": request, "method": method, "path": path}
    return {"kind": kind, "about": about, "says": says, "count": count, "example": example}


# ---------------------------------------------------------------- pages

UNREAD = "tasks.index offered a next page that nobody read."


def test_a_next_page_that_nobody_read_is_remarked_upon(alone: Api) -> None:
    alone.get("/tasks", {"page[size]": 3})
    alone.get("/tasks", {"page[size]": 2})
    alone.get("/tasks", {"page[size]": 1})
    assert remarks(alone) == [
        remark("unread_page", "tasks.index", UNREAD, 2, "2", "GET /tasks?page%5Bsize%5D=2"),
    ]


def test_a_list_that_is_read_to_its_end_is_not(alone: Api) -> None:
    assert len(list(alone.walk("/tasks", {"page[size]": 1}))) == 3
    alone.get("/tasks", {"page[size]": 1})
    assert remarks(alone) == []


def test_the_page_where_somebody_stopped_is_remarked_upon(alone: Api) -> None:
    walk = alone.walk("/tasks", {"page[size]": 1})
    next(walk), next(walk)
    (found,) = remarks(alone)
    assert (found["kind"], found["count"], found["example"]["request"]) == ("unread_page", 1, "2")


@pytest.mark.parametrize(
    "sort, count", [("-updated_at", 0), ("-created_at,title", 0), ("updated_at", 1), ("-title", 1)]
)
def test_who_reads_the_newest_first_may_stop_at_what_is_known(alone: Api, sort: str, count: int) -> None:
    alone.data("/tasks", {"page[size]": 2, "sort": sort})
    assert len(remarks(alone)) == count


def test_a_page_of_another_filter_is_not_the_one_that_was_offered(alone: Api) -> None:
    meta = alone.get("/tasks", {"page[size]": 1, "filter": 'title ne "x"'}).json()["meta"]
    alone.get("/tasks", {"page[size]": 1, "page[cursor]": meta["next_cursor"], "filter": 'title ne "y"'})
    assert [(row["kind"], row["count"]) for row in remarks(alone)] == [("unread_page", 2)]


def test_after_a_reset_pages_are_offered_anew(alone: Api) -> None:
    list(alone.walk("/tasks", {"page[size]": 2}))
    alone.control("POST", "/reset")
    alone.get("/tasks", {"page[size]": 2})
    assert remarks(alone) == [remark("unread_page", "tasks.index", UNREAD, 1, "1", "GET /tasks?page%5Bsize%5D=2")]


# ---------------------------------------------------------------- polling


def polling(name: str) -> str:
    return (
        f"{name} was asked the same again and again while nothing was written; "
        "the event task:* tells of every change."
    )


def test_asking_the_same_list_again_and_again_is_remarked_upon(alone: Api) -> None:
    for _ in range(7):
        alone.get("/tasks", {"sort": "title"})
    assert remarks(alone) == [
        remark("polling", "tasks.index", polling("tasks.index"), 7, "5", "GET /tasks?sort=title")
    ]


def test_asking_for_the_same_record_again_and_again_is_remarked_upon(alone: Api) -> None:
    for _ in range(5):
        alone.get(f"/tasks/{BRIEF}")
        change(alone, LOGO, title="Another task, of which nobody asks")
    assert remarks(alone) == [remark("polling", "tasks.show", polling("tasks.show"), 5, "9", f"GET /tasks/{BRIEF}")]


def test_asking_four_times_is_not(alone: Api) -> None:
    for _ in range(4):
        alone.get("/tasks")
        alone.get(f"/tasks/{BRIEF}")
    assert remarks(alone) == []


def test_asking_again_after_what_one_wrote_is_not(alone: Api) -> None:
    for number in range(8):
        alone.get("/tasks")
        alone.get(f"/tasks/{BRIEF}")
        change(alone, BRIEF, title=f"T{number}")
    assert remarks(alone) == []


def test_asking_in_different_ways_is_not(alone: Api) -> None:
    for number in range(8):
        alone.get("/tasks", {"page[size]": 3 + number})
        alone.as_token(f"t{number}").get("/tasks")
    assert remarks(alone) == []


def test_asking_again_where_no_event_tells_of_it_is_not(alone: Api) -> None:
    for _ in range(8):
        alone.get("/whoami")
        alone.get("/clients")
    assert remarks(alone) == []


def test_asking_again_what_failed_is_not(alone: Api) -> None:
    alone.control("POST", "/faults", {"operation": "tasks.index", "status": 500})
    for _ in range(8):
        alone.get("/tasks")
    assert remarks(alone) == []


# ---------------------------------------------------------------- one by one

SINGLY = "tasks.show read one task after the other; tasks.index with the filter uri in [...] gives many at once."


def tasks(api: Api, count: int) -> list[str]:
    return [BRIEF, LAUNCH, LOGO, *(create(api)["id"] for _ in range(count - 3))]


def test_reading_records_one_by_one_is_remarked_upon(alone: Api) -> None:
    *ids, last = tasks(alone, 6)
    for id in (*ids, last):
        alone.get(f"/tasks/{id}")
    assert remarks(alone) == [remark("single_reads", "tasks.show", SINGLY, 6, "8", f"GET /tasks/{ids[-1]}")]


def test_reading_four_is_not(alone: Api) -> None:
    for id in tasks(alone, 4):
        alone.get(f"/tasks/{id}")
        alone.get(f"/tasks/{id}")
    assert remarks(alone) == []


def test_reading_what_one_then_changes_is_not(alone: Api) -> None:
    for id in tasks(alone, 6):
        alone.get(f"/tasks/{id}")
        change(alone, id, title="N")
    assert remarks(alone) == []


def test_what_another_token_asks_between_does_not_matter(alone: Api) -> None:
    other = alone.as_token("other")
    for id in tasks(alone, 5):
        alone.get(f"/tasks/{id}")
        other.get("/whoami")
    assert [(row["kind"], row["count"]) for row in remarks(alone)] == [("single_reads", 5)]


def test_a_read_that_failed_between_does_not_matter(alone: Api) -> None:
    for id in tasks(alone, 5):
        alone.get(f"/tasks/{id}")
        alone.get("/tasks/nope")
    assert [(row["kind"], row["count"]) for row in remarks(alone)] == [("single_reads", 5)]


# ---------------------------------------------------------------- waiting

TOO_EARLY = "users.whoami was called before the wait of a Retry-After was over, by the world's clock."


def limited(api: Api, **fields: Any) -> None:
    """The next call is refused, and is to wait for ten seconds."""
    api.control("POST", "/faults", {"operation": "*", "status": 429, "retry_after": 10, "times": 1, **fields})


def test_calling_before_the_wait_is_over_is_remarked_upon(alone: Api) -> None:
    limited(alone)
    alone.get("/whoami")
    alone.get("/whoami")
    alone.control("POST", "/clock/advance", {"by": 9.9})
    alone.get("/whoami")
    assert remarks(alone) == [remark("retry_after_ignored", "users.whoami", TOO_EARLY, 2, "2", "GET /whoami")]


def test_calling_when_the_wait_is_over_is_not(alone: Api) -> None:
    limited(alone)
    alone.get("/whoami")
    alone.control("POST", "/clock/advance", {"by": 10})
    alone.get("/whoami")
    assert remarks(alone) == []


def test_what_another_token_calls_meanwhile_is_not(alone: Api) -> None:
    limited(alone)
    alone.get("/whoami")
    alone.as_token("other").get("/whoami")
    assert remarks(alone) == []


@pytest.mark.parametrize("status, count", ((429, 1), (503, 0)))
def test_a_rate_limit_concerns_every_call_and_another_wait_only_its_own(alone: Api, status: int, count: int) -> None:
    limited(alone, operation="tasks.index", status=status)
    alone.get("/tasks")
    alone.get("/whoami")
    assert [row["about"] for row in remarks(alone)] == ["users.whoami"] * count


def test_calling_on_over_the_rate_limit_is_remarked_upon(connect: Any) -> None:
    api = connect(world="small", rate_limit=1, seed=42)
    for _ in range(3):
        api.get("/whoami")
    assert remarks(api) == [remark("retry_after_ignored", "users.whoami", TOO_EARLY, 1, "3", "GET /whoami")]


def test_what_was_sent_before_the_refusal_came_is_not(connect: Any) -> None:
    api = connect(world="small", now="", seed=42)
    limited(api, operation="tasks.store")
    refuse = under_way(api, "POST", "/tasks")
    api.get("/whoami")
    refuse()
    assert remarks(api) == []
    api.get("/whoami")
    assert [(row["kind"], row["count"]) for row in remarks(api)] == [("retry_after_ignored", 1)]


# ---------------------------------------------------------------- scopes


def test_a_scope_that_no_call_needed_is_remarked_upon(alone: Api) -> None:
    held = ["task-management:read", "client:write", "client:read"]
    one, other = alone.register(scopes=held), alone.register(scopes=held[:2])
    one.get("/tasks")
    other.get("/tasks")
    assert alone.control("GET", "/coverage")["scopes"] == {
        "held": {"client:read": 1, "client:write": 2, "task-management:read": 2},
        "needed": ["task-management:read"],
    }
    says = "No operation that was called asks for the scope {}."
    assert remarks(alone) == [
        remark("unneeded_scope", "client:read", says.format("client:read"), 1, "1", "GET /tasks"),
        remark("unneeded_scope", "client:write", says.format("client:write"), 2, "1", "GET /tasks"),
    ]


def test_a_token_without_a_list_of_scopes_holds_none(alone: Api) -> None:
    alone.register().get("/tasks")
    alone.get("/tasks")
    assert remarks(alone) == []


def test_a_token_that_calls_nothing_holds_none(alone: Api) -> None:
    alone.register(scopes=["client:write"])
    alone.get("/tasks")
    assert remarks(alone) == []


def test_a_scope_held_before_a_reset_stays_known(alone: Api) -> None:
    alone.register(scopes=["client:write"]).get("/whoami")
    before = remarks(alone)
    alone.control("POST", "/reset")
    assert [row["about"] for row in before] == ["client:write"]
    assert remarks(alone) == before


def test_a_scope_that_another_world_needed_is_no_remark_about_both(alone: Api) -> None:
    made = alone.control("POST", "/worlds", {"name": "other"})
    alone.register(scopes=["client:write"]).get("/whoami")
    alone.as_token(made["token"]).put(f"/tasks/{BRIEF}/external-identifier", {})
    both = [alone.control("GET", f"/coverage?world={name}") for name in ("default", "other")]
    assert [len(one["remarks"]) for one in both] == [1, 0]
    assert merged(both)["remarks"] == []


# ---------------------------------------------------------------- names


def test_a_parameter_that_nobody_reads_is_remarked_upon(alone: Api) -> None:
    alone.get("/tasks", {"fliter": "x"})
    alone.get("/tasks", {"fliter": "y"})
    says = "tasks.index ignores the parameter fliter; did you mean filter?"
    assert remarks(alone) == [
        remark("ignored_parameter", "tasks.index fliter", says, 2, "1", "GET /tasks?fliter=x"),
    ]


def test_a_body_key_that_nobody_reads_is_remarked_upon(alone: Api) -> None:
    alone.post("/tasks", {"title": "T", "project_id": PROJECT, "asignee_id": None})
    says = "tasks.store ignores the body key asignee_id; did you mean assignee_id?"
    assert remarks(alone) == [
        remark("ignored_body_key", "tasks.store asignee_id", says, 1, "1", "POST /tasks"),
    ]


@pytest.mark.parametrize("content", (b"{", b"[1]", b'"x"', b"\xff"))
def test_a_body_that_is_no_object_has_no_such_keys(alone: Api, content: bytes) -> None:
    alone.ask("POST", "/tasks", content=content, headers={"Content-Type": "application/json"})
    assert remarks(alone) == []


def test_a_route_that_does_not_exist_is_remarked_upon(alone: Api) -> None:
    alone.get("/taks", {"x": "1"})
    alone.post("/taks", {})
    alone.ask("OPTIONS", "/tasks")
    says = "{} is no operation of the service, or one that this fake does not answer yet."
    assert remarks(alone) == [
        remark("no_such_operation", "GET /taks", says.format("GET /taks"), 1, "1", "GET /taks?x=1"),
        remark("no_such_operation", "POST /taks", says.format("POST /taks"), 1, "2", "POST /taks"),
    ]


def test_there_is_an_end_to_remarks(alone: Api) -> None:
    for number in range(600):
        alone.get(f"/nowhere/{number}")
    assert len(remarks(alone)) == 500


def test_lists_without_end_are_remarked_upon_though_not_all_are_kept_in_mind(alone: Api) -> None:
    for number in range(1010):
        alone.get("/tasks", {"page[size]": 1, "filter": f'title ne "{number}"'})
    (found,) = remarks(alone)
    assert (found["kind"], found["count"], found["example"]["request"]) == ("unread_page", 1010, "1")


def test_a_path_that_is_no_text_is_remarked_upon_as_any_other(alone: Api) -> None:
    assert alone.get("/%FF%00").status_code == 400
    assert [row["kind"] for row in remarks(alone)] == ["no_such_operation"]
