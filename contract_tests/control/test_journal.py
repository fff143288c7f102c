"""The journal: what is kept of each request to the service, how it is found, counted, and waited for."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.expected import (
    BOT,
    BRIEF,
    FIRST_COMMENT,
    INGRID,
    LAUNCH,
    LOGO,
    PETER,
    PROJECT,
    SECOND_COMMENT,
    ZOE,
    Json,
)
from contract_tests.webhooks.receiver import LONGEST
from contract_tests.webhooks.webhook_server import refused
from contract_tests.writing import create

pytestmark = pytest.mark.proves("README: What did my code ask?")

AT = "2026-03-12T15:30:00.000Z"
NOTHING: Json = {"query": [], "body": []}


def page(api: Api, **filters: Any) -> Json:
    query = urlencode(filters)
    return api.control("GET", f"/requests?{query}" if query else "/requests")  # type: ignore[no-any-return]


def rows(api: Api, **filters: Any) -> list[Json]:
    """The entries without their durations, which are real time and must be plausible."""
    found = page(api, **filters)["data"]
    assert all(list(one) == list(entry()) for one in found)
    assert all(one["duration"] is None or 0 <= one["duration"] < LONGEST for one in found)
    return [{**one, "duration": None} for one in found]


def last(api: Api) -> Json:
    return rows(api, limit=1)[0]


def ids(api: Api, **filters: Any) -> str:
    """The ids of the entries that are found, as one text."""
    return "".join(one["id"] for one in page(api, **filters)["data"])


def entry(**fields: Any) -> Json:
    """A whole entry: the first one, a read of nothing that succeeded, except for `fields`."""
    plain: Json = {
        "id": "1",
        "at": AT,
        "operation": None,
        "method": "GET",
        "path": "/",
        "query": {},
        "body": None,
        "status": 200,
        "duration": None,
        "hint": None,
        "fault": None,
        "unread": NOTHING,
        "records": [],
    }
    assert set(fields) <= set(plain), "no such field of an entry"
    return {**plain, **fields}


def records(change: str, kind: str, *ids: str) -> list[Json]:
    return [{"kind": kind, "id": id, "change": change} for id in ids]


# ---------------------------------------------------------------- what is kept of a request


def test_a_read_is_kept_with_the_record_that_was_answered(api: Api) -> None:
    api.get(f"/tasks/{BRIEF}")
    assert rows(api) == [
        entry(operation="tasks.show", path=f"/tasks/{BRIEF}", records=records("read", "task", BRIEF))
    ]  # fmt: skip


def test_a_call_without_a_record_of_its_own_is_kept(api: Api) -> None:
    api.get("/whoami")
    assert rows(api) == [entry(operation="users.whoami", path="/whoami", records=records("read", "user", BOT))]


def test_a_list_is_kept_with_its_query_as_it_was_read_and_the_records_of_its_page(api: Api) -> None:
    query = "page[size]=2&sort=-title&filter[0][field]=title&filter[0][op]=ne&filter[0][value]=x&include=project"
    api.get("/tasks", query)
    assert rows(api) == [
        entry(
            operation="tasks.index",
            path="/tasks",
            query={
                "page": {"size": "2"},
                "sort": "-title",
                "filter": {"0": {"field": "title", "op": "ne", "value": "x"}},
                "include": "project",
            },
            records=records("read", "task", BRIEF, LAUNCH),
        )
    ]


def test_an_empty_page_has_no_records(api: Api) -> None:
    api.get("/tasks", {"filter": 'title = "none"'})
    assert last(api) == entry(operation="tasks.index", path="/tasks", query={"filter": 'title = "none"'})


def test_every_list_says_which_kind_of_record_it_answered(api: Api) -> None:
    api.get("/users")
    assert last(api)["records"] == records("read", "user", ZOE, PETER, INGRID, BOT)
    api.get("/projects")
    assert last(api)["records"][0] == {"kind": "project", "id": PROJECT, "change": "read"}


def test_a_create_is_kept_with_its_body_and_the_new_record(api: Api) -> None:
    body = {"title": "New", "project_id": PROJECT, "estimated_hours": 1.5, "due_date": None}
    id = api.post("/tasks", body).json()["id"]
    assert rows(api) == [
        entry(operation="tasks.store", method="POST", path="/tasks", body=body, records=records("create", "task", id))
    ]


def test_an_update_is_kept_with_the_record_that_it_changed(api: Api) -> None:
    api.patch(f"/tasks/{LOGO}", {"title": "Changed"})
    assert last(api) == entry(
        operation="tasks.update",
        method="PATCH",
        path=f"/tasks/{LOGO}",
        body={"title": "Changed"},
        records=records("update", "task", LOGO),
    )


def test_a_delete_is_kept_with_everything_that_went(api: Api) -> None:
    api.delete(f"/tasks/{LAUNCH}")
    found = last(api)
    touched = found.pop("records")
    expected = entry(operation="tasks.delete", method="DELETE", path=f"/tasks/{LAUNCH}")
    del expected["records"]
    assert found == expected
    assert touched[0] == {"kind": "task", "id": LAUNCH, "change": "delete"}
    assert sorted((one["kind"], one["id"], one["change"]) for one in touched) == [
        ("comment", FIRST_COMMENT, "delete"),
        ("comment", SECOND_COMMENT, "delete"),
        ("file", "LsapnHb3", "delete"),
        ("task", LOGO, "delete"),
        ("task", LAUNCH, "delete"),
    ]


def test_a_comment_is_kept_as_a_new_record(api: Api) -> None:
    body = {"task_id": LOGO, "comment": "Said"}
    id = api.post("/tasks/comments", body).json()["id"]
    assert last(api) == entry(
        operation="taskcomments.store", method="POST", path="/tasks/comments", body=body,
        records=records("create", "comment", id),
    )  # fmt: skip


def test_an_upload_is_kept_without_its_bytes(api: Api) -> None:
    id = api.post(f"/tasks/{BRIEF}/upload", files={"file": ("a b.txt", b"content", "text/plain")}).json()["id"]
    found = last(api)
    assert found == entry(
        operation="tasks.upload",
        method="POST",
        path=f"/tasks/{BRIEF}/upload",
        body={"file_name": "a b.txt", "mime_type": "text/plain", "size": 7},
        records=found["records"],
    )
    assert {"kind": "file", "id": id, "change": "create"} in found["records"]


def test_an_invalid_body_is_kept_with_the_reason(api: Api) -> None:
    answer = api.post("/tasks", {"title": ""})
    assert answer.status_code == 422
    assert last(api) == entry(
        operation="tasks.store", method="POST", path="/tasks", body={"title": ""}, status=422,
        hint=answer.headers.get("X-Fake-Hint"),
    )  # fmt: skip


def test_a_missing_record_is_kept_with_the_hint(api: Api) -> None:
    answer = api.get("/tasks/nope")
    assert last(api) == entry(
        operation="tasks.show", path="/tasks/nope", status=404, hint=answer.headers.get("X-Fake-Hint")
    )


@pytest.mark.parametrize(
    "method, path, status",
    [("GET", "/nope", 404), ("POST", "/task", 404), ("GET", "/offers", 404), ("PUT", "/tasks", 405)],
)
def test_a_route_that_is_none_is_kept_without_an_operation(api: Api, method: str, path: str, status: int) -> None:
    answer = api.ask(method, path, {"a": "b"}, json={"c": "d"})
    assert last(api) == entry(
        method=method, path=path, query={"a": "b"}, status=status, hint=answer.headers["X-Fake-Hint"]
    )


def test_a_refused_token_is_kept_with_the_operation_that_was_meant(api: Api) -> None:
    answer = api.as_token("").post("/tasks", {"title": "Never read"})
    assert last(api) == entry(
        operation="tasks.store", method="POST", path="/tasks", status=401, hint=answer.headers["X-Fake-Hint"]
    )


def test_a_lacking_scope_is_kept(api: Api) -> None:
    answer = api.register(scopes=[]).get("/tasks")
    assert last(api) == entry(
        operation="tasks.index", path="/tasks", status=403, hint=answer.headers["X-Fake-Hint"]
    )  # fmt: skip


@pytest.mark.parametrize("place, touched", [("before_commit", []), ("after_commit", records("update", "task", LOGO))])
def test_a_struck_request_is_kept_with_its_fault_and_its_body(api: Api, place: str, touched: list[Json]) -> None:
    api.control("POST", "/faults", {"operation": "*", "status": 503, "place": place})
    api.patch(f"/tasks/{LOGO}", {"title": "Struck"})
    assert last(api) == entry(
        operation="tasks.update",
        method="PATCH",
        path=f"/tasks/{LOGO}",
        body={"title": "Struck"},
        status=503,
        hint=f"Fault 1 struck (status 503, {place}; hit 1).",
        fault="1",
        records=touched,
    )


def test_latency_is_kept_as_a_fault_too(fake: Api) -> None:
    fake.control("POST", "/faults", {"operation": "tasks.show", "latency": 0.001})
    fake.get(f"/tasks/{BRIEF}")
    hint = "Fault 1 struck (0.001 seconds of latency; hit 1)."
    assert last(fake) == entry(
        operation="tasks.show", path=f"/tasks/{BRIEF}", hint=hint, fault="1", records=records("read", "task", BRIEF)
    )


def test_an_answer_that_was_never_sent_has_no_status(fake: Api) -> None:
    fake.control("POST", "/faults", {"operation": "*", "place": "response_lost"})
    with pytest.raises(httpx2.ReadError):
        fake.delete(f"/tasks/{BRIEF}")
    found = page(fake)["data"][0]
    assert found["duration"] is not None
    assert {**found, "duration": None} == entry(
        operation="tasks.delete", method="DELETE", path=f"/tasks/{BRIEF}", status=None, fault="1",
        hint="Fault 1 struck (a lost response, response_lost; hit 1).", records=records("delete", "task", BRIEF),
    )  # fmt: skip


DEEP = '{"title":' + "[" * 300 + "]" * 300 + "}"
WIDE = '{"title": "' + "x" * (1024 * 1024) + '"}'


@pytest.mark.parametrize(
    "content, kept",
    [
        (b'{"title": "open', '{"title": "open'),
        (b"title=x", "title=x"),
        (b"", None),
        (b"[1, 2.5, null, true]", [1, 2.5, None, True]),
        (b'"text"', "text"),
        (b"null", None),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"title": "\\ud800"}', '{"title": "\\ud800"}'),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": 12345678901234567890}', {"a": 12345678901234567890}),
        (DEEP.encode(), DEEP),
        (WIDE.encode(), WIDE[: 1024 * 1024]),
    ],
    ids=range(12),
)
def test_a_body_is_kept_as_json_or_else_as_the_text_that_it_is(api: Api, content: bytes, kept: Any) -> None:
    api.ask("POST", "/tasks", content=content, headers={"Content-Type": "application/json"})
    assert last(api)["body"] == kept


def test_a_body_of_the_wrong_kind_is_kept_all_the_same(api: Api) -> None:
    answer = api.ask("POST", "/tasks", content="title=x", headers={"Content-Type": "text/plain"})
    assert last(api) == entry(
        operation="tasks.store", method="POST", path="/tasks", body="title=x", status=415,
        hint=answer.headers["X-Fake-Hint"],
    )  # fmt: skip


@pytest.mark.parametrize("query", ["a=%ff", "filter" + "[0]" * 2000 + "=x", "&".join(["a=b"] * 1001)])
def test_a_query_that_cannot_be_read_is_kept_as_a_text(api: Api, query: str) -> None:
    assert api.get("/tasks", query).status_code == 400
    assert last(api)["query"] == query


def test_paths_and_texts_of_every_alphabet_are_kept(api: Api) -> None:
    api.get("/tasks/Z%C3%BCrich%20%2F", {"filter": 'title = "Žluť 🚀"'})
    found = last(api)
    assert (found["path"], found["query"]) == ("/tasks/Zürich /", {"filter": 'title = "Žluť 🚀"'})


def test_head_and_options_are_kept_as_they_were_asked(api: Api) -> None:
    api.ask("HEAD", f"/tasks/{BRIEF}")
    api.ask("OPTIONS", "/tasks")
    assert rows(api) == [
        entry(operation="tasks.show", method="HEAD", path=f"/tasks/{BRIEF}", records=records("read", "task", BRIEF)),
        entry(id="2", method="OPTIONS", path="/tasks"),
    ]


def test_the_testers_own_calls_are_never_in_it(api: Api) -> None:
    for method, path in [("GET", "/ready"), ("GET", "/requests"), ("POST", "/tokens"), ("GET", "/nope")]:
        api.http.request(method, f"/_fake{path}")
    api.http.get("/")
    assert page(api) == {"data": [], "total": 0, "forgotten": 0}


def test_it_is_kept_when_the_worlds_clock_says(api: Api) -> None:
    api.get("/whoami")
    api.control("POST", "/clock/advance", {"by": "1.5s"})
    api.get("/whoami")
    assert [one["at"] for one in rows(api)] == [AT, "2026-03-12T15:30:01.500Z"]


# ---------------------------------------------------------------- what nobody read


@pytest.mark.parametrize(
    "method, path, query, body, unread",
    [
        ("GET", "/tasks", "sort=title&sorted=x&page[size]=1&page[number]=2", None,
         {"query": ["sorted", "page[number]"], "body": []}),
        ("GET", "/tasks", "limit=5&limit=6&offset=0", None, {"query": ["limit", "offset"], "body": []}),
        ("GET", f"/tasks/{BRIEF}", "include=project&find_by=id", None, {"query": ["include"], "body": []}),
        ("GET", "/whoami", "a[b][c]=1", None, {"query": ["a[b][c]"], "body": []}),
        ("POST", "/tasks", "x=1", {"titel": "T", "title": "T", "project_id": PROJECT, "state": 1},
         {"query": ["x"], "body": ["titel", "state"]}),
        ("POST", "/tasks", "", {"titel": "T"}, {"query": [], "body": ["titel"]}),
        ("PATCH", f"/tasks/{LOGO}", "", {"project_id": PROJECT, "title": "T"},
         {"query": [], "body": ["project_id"]}),
        ("DELETE", "/tasks/nope", "force=1", None, {"query": ["force"], "body": []}),
        ("GET", "/nope", "a=1", None, NOTHING),
        ("POST", "/tasks", "", [1], NOTHING),
    ],
)  # fmt: skip
def test_what_the_operation_does_not_read_is_named(
    api: Api, method: str, path: str, query: str, body: Any, unread: Json
) -> None:
    api.ask(method, path, query, **({} if body is None else {"json": body}))
    assert last(api)["unread"] == unread


def test_keys_of_a_body_that_a_fault_kept_from_the_service_are_named_too(api: Api) -> None:
    api.control("POST", "/faults", {"operation": "*", "status": 500})
    api.post("/tasks", {"titel": "T"}, {"x": "1"})
    assert last(api)["unread"] == {"query": ["x"], "body": ["titel"]}


# ---------------------------------------------------------------- finding and counting


@pytest.fixture(scope="module")
def told(connect: Any) -> Api:
    """A world of its own with nine requests in its journal, a minute apart from each other."""
    api: Api = connect(seed=7)
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/whoami", None),
        ("GET", "/tasks", None),
        ("POST", "/tasks", {"title": "T", "project_id": PROJECT}),
        ("POST", "/tasks", {}),
        ("PATCH", f"/tasks/{LOGO}", {"title": "T"}),
        ("GET", f"/tasks/{LOGO}", None),
        ("GET", "/tasks/nope", None),
        ("POST", "/tasks/comments", {"task_id": LOGO, "comment": "C"}),
        ("GET", "/nope/x", None),
    ]
    for method, path, body in calls:
        api.ask(method, path, **({} if body is None else {"json": body}))
        api.control("POST", "/clock/advance", {"by": "1m"})
    return api


FOUND = [
    ({}, "123456789"),
    ({"operation": "tasks.store"}, "34"),
    ({"operation": "tasks.*"}, "234567"),
    ({"operation": "*"}, "12345678"),
    ({"operation": "*.store"}, "348"),
    ({"method": "POST"}, "348"),
    ({"method": "post"}, "348"),
    ({"method": "HEAD"}, ""),
    ({"path": "/tasks"}, "234"),
    ({"path": "/api/v1/tasks"}, "234"),
    ({"path": f"/tasks/{LOGO}"}, "56"),
    ({"path": "/tasks/{id}"}, "567"),
    ({"path": "/tasks/*"}, "5678"),
    ({"path": "/*/*"}, "56789"),
    ({"path": "/nope/{id}"}, "9"),
    ({"path": "/nothing"}, ""),
    ({"status": "200"}, "123568"),
    ({"status": "2xx"}, "123568"),
    ({"status": "4XX"}, "479"),
    ({"status": "404"}, "79"),
    ({"status": "422"}, "4"),
    ({"status": "5xx"}, ""),
    ({"since": "0"}, "123456789"),
    ({"since": "7"}, "89"),
    ({"since": "9"}, ""),
    ({"since": "999999999999999"}, ""),
    ({"since": "2026-03-12T15:36:00Z"}, "789"),
    ({"since": "2026-03-12T16:36:00.001+01:00"}, "89"),
    ({"since": "2026-03-12"}, "123456789"),
    ({"since": "2026-03-13"}, ""),
    ({"operation": "tasks.*", "method": "GET"}, "267"),
    ({"operation": "tasks.*", "method": "GET", "status": "2xx", "since": "2"}, "6"),
    ({"path": "/tasks/*", "status": "404"}, "7"),
    ({"operation": "users.whoami", "method": "POST"}, ""),
]  # fmt: skip


@pytest.mark.parametrize("filters, found", FOUND)
def test_requests_are_found_and_counted(told: Api, filters: Json, found: str) -> None:
    query = urlencode(filters)
    assert ids(told, **filters) == found
    assert page(told, **filters)["total"] == len(found)
    assert told.control("GET", f"/requests/count?{query}") == {"count": len(found), "forgotten": 0}
    waited = told.control("GET", f"/requests/wait?{query}&count={len(found)}&timeout=0")
    assert "".join(one["id"] for one in waited["data"]) == found


@pytest.mark.parametrize("limit, found", [(0, ""), (1, "9"), (3, "789"), (9, "123456789"), (999, "123456789")])
def test_the_newest_are_shown_of_more_than_the_limit(told: Api, limit: int, found: str) -> None:
    assert (ids(told, limit=limit), page(told, limit=limit)["total"]) == (found, 9)


@pytest.mark.parametrize(
    "query, title, sentence",
    [
        ("operation=tasks.stor", "No such operation",
         "There is no operation tasks.stor; did you mean tasks.store?"),
        ("operation=", "No such operation", None),
        ("operation=x.*", "No such operation", None),
        ("method=FETCH", "No such method", None),
        ("method=pst", "No such method", "There is no method pst; did you mean POST?"),
        ("status=999", "Invalid parameter", "status: 999 is no status; 404 and 4xx are."),
        ("status=40", "Invalid parameter", "status: 40 is no status; 404 and 4xx are."),
        ("status=4x", "Invalid parameter", "status: 4x is no status; 404 and 4xx are."),
        ("status=null", "Invalid parameter", "status: null is no status; 404 and 4xx are."),
        ("status=", "Invalid parameter", "status:  is no status; 404 and 4xx are."),
        ("since=yesterday", "Invalid body",
         "since: yesterday is no ISO date-time; 2026-01-31T10:00:00Z is one."),
        ("since=-1", "Invalid body", "since: -1 is no ISO date-time; 2026-01-31T10:00:00Z is one."),
        ("oepration=x", "No such parameter", "There is no parameter oepration; did you mean operation?"),
        ("operation=*&page=2", "No such parameter", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/requests", "/requests/count", "/requests/wait"])
def test_a_filter_that_none_could_pass_is_refused(
    told: Api, path: str, query: str, title: str, sentence: str | None
) -> None:
    status, found, detail = refused(told, "GET", f"{path}?{query}")
    assert (status, found, detail) == (422, title, sentence or detail)


@pytest.mark.parametrize(
    "path, query, sentence",
    [
        ("/requests", "limit=-1", "limit is a whole number, not -1."),
        ("/requests", "limit=all", "limit is a whole number, not all."),
        ("/requests", "limit=1e3", "limit is a whole number, not 1e3."),
        ("/requests", "limit=" + "9" * 5000, f"limit is a whole number, not {'9' * 80}."),
        ("/requests/wait", "count=-1", "count is a whole number, not -1."),
        ("/requests/wait", "count=", "count is a whole number, not ."),
        ("/requests/wait", "timeout=-1", "timeout is seconds up to 600, not -1."),
        ("/requests/wait", "timeout=601", "timeout is seconds up to 600, not 601."),
        ("/requests/wait", "timeout=nan", "timeout is seconds up to 600, not nan."),
        ("/requests/wait", "timeout=5s", "timeout is seconds up to 600, not 5s."),
    ],
)
def test_a_number_that_is_none_is_refused(told: Api, path: str, query: str, sentence: str) -> None:
    assert refused(told, "GET", f"{path}?{query}") == (422, "Invalid parameter", sentence)


@pytest.mark.parametrize("path, known", [("/requests/count", "limit"), ("/requests", "timeout")])
def test_a_parameter_of_another_call_is_refused(told: Api, path: str, known: str) -> None:
    assert refused(told, "GET", f"{path}?{known}=1")[:2] == (422, "No such parameter")


# ---------------------------------------------------------------- forgetting


def test_what_is_deleted_is_forgotten_and_numbers_go_on(api: Api) -> None:
    for _ in range(3):
        api.get("/whoami")
    assert api.control("DELETE", "/requests") == {"deleted": 3}
    assert page(api) == {"data": [], "total": 0, "forgotten": 0}
    api.get("/whoami")
    assert ids(api) == "4"
    assert api.control("DELETE", "/requests") == {"deleted": 1}
    assert api.control("DELETE", "/requests") == {"deleted": 0}


def test_reset_begins_a_new_journal(api: Api) -> None:
    for _ in range(3):
        api.get("/whoami")
    api.control("POST", "/reset")
    assert page(api) == {"data": [], "total": 0, "forgotten": 0}
    api.get("/whoami")
    assert ids(api) == "1"


def test_deleting_takes_no_body_and_no_filter(api: Api) -> None:
    api.get("/whoami")
    assert refused(api, "DELETE", "/requests", {"operation": "tasks.store"})[0] == 422
    assert refused(api, "DELETE", "/requests?operation=tasks.store")[0] == 422
    assert ids(api) == "1"


# ---------------------------------------------------------------- waiting


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as made:
        yield made


def wait(api: Api, query: str) -> httpx2.Response:
    return api.http.get(f"/_fake/requests/wait?{query}")


def settle(api: Api) -> None:
    """Until the server has begun with whatever was sent to it before."""
    for _ in range(3):
        api.control("GET", "/health")


def test_what_is_there_already_is_not_waited_for(fake: Api) -> None:
    fake.get("/whoami")
    create(fake)
    found = wait(fake, "operation=tasks.store&timeout=0").json()
    assert found == page(fake, operation="tasks.store")
    assert [one["id"] for one in found["data"]] == ["2"]


def test_what_comes_later_is_waited_for(fake: Api, pool: ThreadPoolExecutor) -> None:
    waits = pool.submit(wait, fake, "operation=tasks.store&count=2&status=2xx&timeout=10")
    settle(fake)
    create(fake)
    fake.post("/tasks", {})
    fake.get("/whoami")
    assert not waits.done()
    create(fake)
    found = waits.result(LONGEST).json()
    assert [one["id"] for one in found["data"]] == ["1", "4"]


def test_many_may_wait_for_different_things(fake: Api, pool: ThreadPoolExecutor) -> None:
    queries = {"users.whoami": "1", "users.index": "2", "projects.index": "3", "tasks.index": "4"}
    waits = {name: pool.submit(wait, fake, f"operation={name}&timeout=10") for name in queries}
    settle(fake)
    for path in ("/whoami", "/users", "/projects", "/tasks"):
        fake.get(path)
    found = {name: [one["id"] for one in waits[name].result(LONGEST).json()["data"]] for name in queries}
    assert found == {name: [id] for name, id in queries.items()}


def test_what_does_not_come_in_time_is_a_problem_that_counts(fake: Api) -> None:
    create(fake)
    problem = {
        "title": "Not in time",
        "detail": "1 of 3 such requests were completed within 0.01 seconds.",
        "status": 504,
    }
    answer = wait(fake, "operation=tasks.store&count=3&timeout=0.01")
    assert (answer.status_code, answer.json()) == (504, problem)


def test_a_wait_for_none_is_over_at_once(fake: Api) -> None:
    assert wait(fake, "count=0&timeout=0").json() == {"data": [], "total": 0, "forgotten": 0}


@pytest.mark.parametrize("path", ["/reset", "/reset?to=empty"])
def test_a_reset_ends_every_wait(fake: Api, pool: ThreadPoolExecutor, path: str) -> None:
    waits = pool.submit(wait, fake, "timeout=600")
    settle(fake)
    fake.control("POST", path)
    answer = waits.result(LONGEST)
    assert (answer.status_code, answer.json()["title"]) == (409, "Journal ended")
    assert answer.json()["detail"] == "The world default was reset or removed while this was waited for."


def test_deleting_the_journal_leaves_whoever_waits_waiting(fake: Api, pool: ThreadPoolExecutor) -> None:
    create(fake)
    waits = pool.submit(wait, fake, "operation=tasks.store&count=2&timeout=10")
    settle(fake)
    fake.control("DELETE", "/requests")
    create(fake)
    assert [one["id"] for one in waits.result(LONGEST).json()["data"]] == ["2"]


# ---------------------------------------------------------------- under way


@contextmanager
def begun(api: Api, body: Any) -> Iterator[socket.socket]:
    """A create whose head has come and whose body the server waits for."""
    content = json.dumps(body).encode()
    head = (
        f"POST /api/v1/tasks HTTP/1.1\r\nHost: fake.test\r\nAuthorization: Bearer {api.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nExpect: 100-continue\r\n"
        "Connection: close\r\n\r\n"
    )
    address = ("127.0.0.1", int(api.http.base_url.port or 0))
    with socket.create_connection(address, timeout=LONGEST) as connection:
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(65536)
        yield connection


def finish(connection: socket.socket, body: Any) -> bytes:
    """Sends the body; gives the status line."""
    connection.sendall(json.dumps(body).encode())
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer.partition(b"\r\n")[0]


SLOW = {"title": "Slow", "project_id": PROJECT}


def test_a_request_under_way_has_neither_status_nor_duration(fake: Api) -> None:
    with begun(fake, SLOW) as connection:
        under_way = entry(operation="tasks.store", method="POST", path="/tasks", status=None)
        assert page(fake)["data"] == [under_way]
        assert wait(fake, "timeout=0").status_code == 504
        assert page(fake, status="2xx")["data"] == []
        assert finish(connection, SLOW) == b"HTTP/1.1 200 OK"
    assert [(one["status"], one["body"]) for one in rows(fake)] == [(200, SLOW)]


def test_a_client_that_goes_away_leaves_a_request_without_a_status(fake: Api) -> None:
    with begun(fake, SLOW):
        pass
    found = wait(fake, "timeout=10").json()["data"]
    assert [(one["status"], one["duration"] is None, one["body"]) for one in found] == [(None, False, None)]


@pytest.mark.parametrize("method, path", [("DELETE", "/requests"), ("POST", "/reset")])
def test_what_began_before_the_journal_did_is_never_in_it(
    fake: Api, pool: ThreadPoolExecutor, method: str, path: str
) -> None:
    with begun(fake, SLOW) as connection:
        fake.control(method, path)
        waits = pool.submit(wait, fake, "operation=tasks.store&timeout=10")
        settle(fake)
        finish(connection, SLOW)
        assert page(fake) == {"data": [], "total": 0, "forgotten": 0}
        create(fake, "Mine")
    found = waits.result(LONGEST).json()
    assert [one["body"]["title"] for one in found["data"]] == ["Mine"]


# ---------------------------------------------------------------- at once


def test_requests_from_many_threads_are_each_kept_once(fake: Api) -> None:
    def ask(number: int) -> None:
        fake.get("/tasks", {"filter": f'title = "{number}"'})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(200)))
    found = page(fake)["data"]
    assert [one["id"] for one in found] == [str(number) for number in range(1, 201)]
    assert {one["query"]["filter"] for one in found} == {f'title = "{number}"' for number in range(200)}
    assert all(one["status"] == 200 for one in found)


# ---------------------------------------------------------------- names that others use


@pytest.mark.parametrize(
    "asked, meant",
    [
        ("tasks.create", "did you mean tasks.store?"),
        ("tasks.list", "did you mean tasks.index?"),
        ("tasks.get", "did you mean tasks.show?"),
        ("tasks.destroy", "did you mean tasks.delete?"),
        ("tasks.stoer", "did you mean tasks.store?"),
        ("webhooks.get", "did you mean webhooks.store?"),
    ],
)
def test_an_operation_called_as_others_call_it_is_told_its_name(api: Api, asked: str, meant: str) -> None:
    answer = api.http.get("/_fake/requests", params={"operation": asked})
    assert answer.json()["detail"] == f"There is no operation {asked}; {meant}"


# ---------------------------------------------------------------- the world's time


@pytest.mark.proves("E14")
@pytest.mark.parametrize("path", ["/tasks", "/nowhere", "/tasks/zzz"])
def test_the_date_of_an_answer_is_the_worlds(api: Api, path: str) -> None:
    api.control("POST", "/clock/advance", {"by": "1d"})
    assert api.get(path).headers.get_list("date") == ["Fri, 13 Mar 2026 15:30:00 GMT"]


@pytest.mark.proves("E14")
def test_the_testers_own_routes_carry_no_date(api: Api) -> None:
    assert [api.http.get(path).headers.get("date") for path in ("/_fake/clock", "/_fake/nope")] == [None, None]
