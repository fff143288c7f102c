"""Faults on demand: which requests they strike, when, with what answer, and which of them can be asked for."""

import json
from datetime import datetime
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint, said
from contract_tests.expected import BOT_DATA, BRIEF, BRIEF_DATA, LAUNCH, LOGO, PROJECT, Json, missing
from contract_tests.webhooks.webhook_server import URL, log, refused, subscribe
from contract_tests.writing import change, create
from fake_server.resources import OPERATIONS

pytestmark = pytest.mark.proves("README: When things go wrong")

INSTANT = int(datetime.fromisoformat(NOW).timestamp())


def add(api: Api, operation: str | None = "*", **fields: Any) -> Json:
    named = {} if operation is None else {"operation": operation}
    return api.control("POST", "/faults", {**named, **fields})  # type: ignore[no-any-return]


def faults(api: Api) -> list[Json]:
    return api.control("GET", "/faults")["data"]  # type: ignore[no-any-return]


def row(**fields: Any) -> Json:
    """A fault's whole row: the first, which strikes everything with a 503, except for `fields`."""
    plain: Json = {
        "id": "1",
        "operation": "*",
        "path": None,
        "method": None,
        "status": 503,
        "kind": None,
        "latency": 0.0,
        "retry_after": None,
        "times": None,
        "after": 0,
        "every": 1,
        "until": None,
        "ttl": None,
        "place": "before_commit",
        "hits": 0,
        "seen": 0,
    }
    assert set(fields) <= set(plain), "no such field of a fault"
    return {**plain, **fields}


def statuses(api: Api, count: int, path: str = "/whoami") -> list[int]:
    return [api.get(path).status_code for _ in range(count)]


def counts(api: Api) -> list[tuple[int, int]]:
    """Hits and requests seen of each fault."""
    return [(one["hits"], one["seen"]) for one in faults(api)]


# ---------------------------------------------------------------- what a fault is


@pytest.mark.parametrize(
    "wanted, fields",
    [
        ({"operation": "*", "status": 503}, {}),
        ({"operation": "tasks.*", "status": 400}, {"operation": "tasks.*", "status": 400}),
        ({"path": "/tasks/{id}", "status": 599}, {"operation": None, "path": "/tasks/{id}", "status": 599}),
        ({"path": "/tasks/*", "method": "GET", "status": 503},
         {"operation": None, "path": "/tasks/*", "method": "GET"}),
        ({"path": "/api/v1/tasks", "status": 503}, {"operation": None, "path": "/api/v1/tasks"}),
        ({"operation": "*", "kind": "reset"}, {"status": None, "kind": "reset"}),
        ({"operation": "*", "kind": "empty", "place": "after_commit"},
         {"status": None, "kind": "empty", "place": "after_commit"}),
        ({"operation": "*", "kind": "cut"}, {"status": None, "kind": "cut", "place": "after_commit"}),
        ({"operation": "*", "kind": "slow", "latency": 2},
         {"status": None, "kind": "slow", "place": "after_commit", "latency": 2.0}),
        ({"operation": "*", "kind": "rate_limit", "retry_after": 7},
         {"status": None, "kind": "rate_limit", "retry_after": 7}),
        ({"operation": "*", "status": 429, "retry_after": 0}, {"status": 429, "retry_after": 0}),
        ({"operation": "*", "latency": 0.25}, {"status": None, "latency": 0.25}),
        ({"operation": "*", "place": "response_lost"}, {"status": None, "place": "response_lost"}),
        ({"operation": "*", "kind": "reset", "place": "response_lost"},
         {"status": None, "kind": "reset", "place": "response_lost"}),
        ({"operation": "*", "status": 503, "times": 2, "after": 3, "every": 4}, {"times": 2, "after": 3, "every": 4}),
        ({"operation": "*", "status": 503, "times": 10**9, "after": 10**9, "every": 10**9},
         {"times": 10**9, "after": 10**9, "every": 10**9}),
        ({"operation": "*", "status": 503, "until": "2026-03-12T16:00:00Z"}, {"until": "2026-03-12T16:00:00.000Z"}),
        ({"operation": "*", "status": 503, "until": "2026-03-12T17:00:00.5+01:00"},
         {"until": "2026-03-12T16:00:00.500Z"}),
        ({"operation": "*", "status": 503, "until": "2026-03-13"}, {"until": "2026-03-13T00:00:00.000Z"}),
        ({"operation": "*", "status": 503, "ttl": 3600}, {"ttl": 3600.0}),
        ({"operation": "*", "status": 503, "times": None, "until": None, "method": None}, {}),
    ],
)  # fmt: skip
def test_a_fault_is_added_as_it_was_wanted(api: Api, wanted: Json, fields: Json) -> None:
    answer = api.http.post("/_fake/faults", json=wanted)
    assert said(answer) == (201, row(**fields))
    assert faults(api) == [row(**fields)]


def test_faults_stand_in_the_order_in_which_they_were_added(api: Api) -> None:
    added = [add(api, name, status=503) for name in ("tasks.store", "*", "users.whoami")]
    assert [one["id"] for one in added] == ["1", "2", "3"]
    assert faults(api) == added


def test_one_fault_is_lifted(api: Api) -> None:
    rows = [add(api, status=status) for status in (500, 502, 503)]
    assert api.control("DELETE", "/faults/2") == rows[1]
    assert faults(api) == [rows[0], rows[2]]
    assert add(api, status=504)["id"] == "4"


def test_all_faults_are_lifted(api: Api) -> None:
    rows = [add(api, status=status) for status in (500, 502)]
    assert api.control("DELETE", "/faults") == {"data": rows}
    assert (faults(api), statuses(api, 2)) == ([], [200, 200])
    assert api.control("DELETE", "/faults") == {"data": []}


def test_reset_lifts_all_faults_and_numbers_begin_anew(api: Api) -> None:
    for status in (500, 502):
        add(api, status=status)
    api.control("POST", "/reset")
    assert (faults(api), statuses(api, 1)) == ([], [200])
    assert add(api, status=503)["id"] == "1"


@pytest.mark.parametrize("id", ["2", "0", "nope", "9" * 5000])
def test_a_fault_that_is_not_there_cannot_be_lifted(api: Api, id: str) -> None:
    add(api, status=503)
    assert refused(api, "DELETE", f"/faults/{id}") == (
        404, "No such fault", f"There is no fault {id[:80]}; known: 1."
    )  # fmt: skip
    assert len(faults(api)) == 1


@pytest.mark.parametrize("path", ["/faults", "/faults/1"])
def test_what_is_lifted_is_never_said_in_a_body(api: Api, path: str) -> None:
    add(api, status=503)
    answer = api.http.request("DELETE", f"/_fake{path}", content='{"id": "1"}')
    assert said(answer) == (422, {"title": "Invalid body", "detail": "This call takes no body.", "status": 422})
    assert len(faults(api)) == 1


def test_so_many_faults_are_enough(alone: Api) -> None:
    for _ in range(1000):
        add(alone, "tasks.store", status=503)
    sentence = "There are 1000 faults already; lift some."
    assert refused(alone, "POST", "/faults", {"operation": "*", "status": 503}) == (409, "Too many faults", sentence)
    assert statuses(alone, 1) == [200]


# ---------------------------------------------------------------- what cannot be asked for

WHOLE = "a whole number from 1 to 1000000000"
KINDS = "known: reset, empty, cut, slow, rate_limit."
PLACES = "known: before_commit, after_commit, response_lost."


@pytest.mark.parametrize(
    "content, title, sentence",
    [
        ('{"operation": "tasks.stor", "status": 503}', "No such operation",
         "There is no operation tasks.stor; did you mean tasks.store?"),
        ('{"operation": "task.*", "status": 503}', "No such operation",
         "There is no operation task.*; did you mean tasks.show?"),
        ('{"operation": "", "status": 503}', "No such operation", None),
        ('{"operation": "tasks.[a-z]*", "status": 503}', "No such operation", None),
        ('{"operation": "tasks.?tore*", "status": 503}', "No such operation", None),
        (json.dumps({"operation": "*[a-" * 10_000, "status": 503}), "No such operation", None),
        (json.dumps({"operation": "*" * 101, "status": 503}), "No such operation", None),
        ('{"operation": "TASKS.STORE", "status": 503}', "No such operation",
         "There is no operation TASKS.STORE; did you mean tasks.store?"),
        ('{"path": "/task", "status": 503}', "Nothing to strike",
         "No request to an operation fits /task; did you mean GET /tasks?"),
        ('{"path": "tasks", "status": 503}', "Nothing to strike",
         "No request to an operation fits tasks; did you mean GET /tasks?"),
        ('{"path": "/tasks/", "status": 503}', "Nothing to strike",
         "No request to an operation fits /tasks/; did you mean GET /tasks?"),
        ('{"path": "/{id}", "status": 503}', "Nothing to strike", None),
        ('{"path": "/tasks?sort=title", "status": 503}', "Nothing to strike", None),
        ('{"path": "", "status": 503}', "Nothing to strike", None),
        ('{"path": "/tasks", "method": "DELETE", "status": 503}', "Nothing to strike",
         "No request to an operation fits DELETE /tasks; did you mean DELETE /tasks/{id}?"),
        ('{"operation": "tasks.store", "path": "/whoami", "status": 503}', "Nothing to strike", None),
        ('{"operation": "tasks.store", "method": "GET", "status": 503}', "Nothing to strike", None),
        ('{"operation": "*", "method": "FETCH", "status": 503}', "No such method", None),
        ('{"operation": "*", "method": "Post", "status": 503}', "No such method",
         "There is no method Post; did you mean POST?"),
        ('{"operation": "*", "method": "HEAD", "status": 503}', "No such method", None),
        ('{"operation": "*", "kind": "resett"}', "No such kind", "There is no kind resett; did you mean reset?"),
        ('{"operation": "*", "kind": "fire"}', "No such kind", f"There is no kind fire; {KINDS}"),
        ('{"operation": "*", "status": 503, "place": "after"}', "No such place",
         "There is no place after; did you mean after_commit?"),
        ('{"operation": "*", "status": 503, "place": "nowhere"}', "No such place",
         f"There is no place nowhere; {PLACES}"),
        ('{"operatoin": "*", "status": 503}', "Invalid body",
         "There is no field operatoin; did you mean operation?"),
        ('{"operation": "*", "status": 503, "time": 2}', "Invalid body",
         "There is no field time; did you mean times?"),
        ('{"status": 503}', "Invalid body", "Send operation or path; operation * is every one."),
        ("{}", "Invalid body", "Send operation or path; operation * is every one."),
        ("", "Invalid body", "Send operation or path; operation * is every one."),
        ("[]", "Invalid body", None),
        ("{", "Invalid body", None),
        ('{"operation": "*"}', "Invalid body", "Send status, kind or latency, or the place response_lost."),
        ('{"operation": "*", "latency": 0}', "Invalid body",
         "Send status, kind or latency, or the place response_lost."),
        ('{"operation": "*", "place": "after_commit"}', "Invalid body",
         "Send status, kind or latency, or the place response_lost."),
        ('{"operation": "*", "status": 503, "kind": "reset"}', "Invalid body",
         "status: send status or kind, not both."),
        ('{"operation": "*", "status": 500, "retry_after": 1}', "Invalid body",
         "retry_after: is for rate_limit and the statuses 429 and 503."),
        ('{"operation": "*", "kind": "cut", "place": "before_commit"}', "Invalid body",
         "place: cut needs an answer; it is after_commit."),
        ('{"operation": "*", "kind": "slow", "place": "response_lost"}', "Invalid body",
         "place: slow needs an answer; it is after_commit."),
        ('{"operation": "*", "status": 503, "place": "response_lost"}', "Invalid body",
         "place: with response_lost nothing is answered; leave out status and kind."),
        ('{"operation": "*", "kind": "empty", "place": "response_lost"}', "Invalid body",
         "place: with response_lost nothing is answered; leave out status and kind."),
        ('{"operation": "*", "status": 399}', "Invalid body", "status: must be a whole number from 400 to 599."),
        ('{"operation": "*", "status": 600}', "Invalid body", "status: must be a whole number from 400 to 599."),
        ('{"operation": "*", "status": "503"}', "Invalid body", "status: must be a whole number from 400 to 599."),
        ('{"operation": "*", "status": 503.5}', "Invalid body", "status: must be a whole number from 400 to 599."),
        ('{"operation": "*", "status": true}', "Invalid body", "status: must be a whole number from 400 to 599."),
        ('{"operation": "*", "status": 503, "times": 0}', "Invalid body", f"times: must be {WHOLE}."),
        ('{"operation": "*", "status": 503, "times": 1000000001}', "Invalid body", f"times: must be {WHOLE}."),
        ('{"operation": "*", "status": 503, "times": 1e30}', "Invalid body", f"times: must be {WHOLE}."),
        ('{"operation": "*", "status": 503, "times": 1000000000000000000000000000000}', "Invalid body",
         f"times: must be {WHOLE}."),
        ('{"operation": "*", "status": 503, "every": 0}', "Invalid body", f"every: must be {WHOLE}."),
        ('{"operation": "*", "status": 503, "after": -1}', "Invalid body",
         "after: must be a whole number from 0 to 1000000000."),
        ('{"operation": "*", "status": 503, "after": 1000000000000000000000}', "Invalid body",
         "after: must be a whole number from 0 to 1000000000."),
        ('{"operation": "*", "latency": -1}', "Invalid body", "latency: must be seconds, at most an hour."),
        ('{"operation": "*", "latency": 3601}', "Invalid body", "latency: must be seconds, at most an hour."),
        ('{"operation": "*", "latency": NaN}', "Invalid body", "latency: must be seconds, at most an hour."),
        ('{"operation": "*", "latency": "1s"}', "Invalid body", "latency: must be seconds, at most an hour."),
        ('{"operation": "*", "status": 503, "ttl": -1}', "Invalid body", "ttl: must be real seconds."),
        ('{"operation": "*", "status": 503, "ttl": NaN}', "Invalid body", "ttl: must be real seconds."),
        ('{"operation": "*", "status": 503, "ttl": Infinity}', "Invalid body", "ttl: must be real seconds."),
        ('{"operation": "*", "status": 503, "retry_after": -1}', "Invalid body",
         "retry_after: must be a whole number of seconds."),
        ('{"operation": "*", "status": 503, "retry_after": 99999999999999999999999}', "Invalid body",
         "retry_after: must be a whole number of seconds."),
        ('{"operation": "*", "status": 503, "until": "tomorrow"}', "Invalid body",
         "until: tomorrow is no ISO date-time; 2026-01-31T10:00:00Z is one."),
        ('{"operation": "*", "status": 503, "until": "2026-03-12T15:30:00Z"}', "Nothing to strike",
         "until: 2026-03-12T15:30:00Z is over by the world's clock."),
        ('{"operation": "*", "status": 503, "until": 5}', "Invalid body",
         "until: must be an ISO date-time of the world's clock."),
        ('{"operation": 5, "status": 503}', "Invalid body",
         "operation: must be an operation such as tasks.store, or a pattern: tasks.*."),
    ],
)  # fmt: skip
def test_a_fault_that_cannot_be_is_refused_and_nothing_is_added(
    api: Api, content: str, title: str, sentence: str | None
) -> None:
    answer = api.http.post("/_fake/faults", content=content)
    detail = answer.json()["detail"]
    assert said(answer) == (422, {"title": title, "detail": sentence or detail, "status": 422})
    assert (faults(api), statuses(api, 1)) == ([], [200])


# ---------------------------------------------------------------- which requests it strikes


PATHS = [(one, one.path.replace("projects/{id}", f"projects/{PROJECT}")) for one in OPERATIONS.values()]


def reached(api: Api, **target: Any) -> set[str]:
    """The operations that a fault strikes."""
    add(api, target.pop("operation", None), status=418, **target)
    requests = [(one.name, one.method, path.format(id=BRIEF, task=BRIEF)) for one, path in PATHS]
    return {name for name, method, path in requests if api.ask(method, path).status_code == 418}


def test_a_fault_of_every_operation_strikes_every_operation(api: Api) -> None:
    assert reached(api, operation="*") == set(OPERATIONS)


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_a_fault_of_one_operation_strikes_that_one_only(api: Api, name: str) -> None:
    assert reached(api, operation=name) == {name}


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_a_fault_of_a_template_strikes_the_operations_that_have_it(api: Api, name: str) -> None:
    path = OPERATIONS[name].path.replace("{task}", "{id}")
    same = {other for other, one in OPERATIONS.items() if one.path.replace("{task}", "{id}") == path}
    assert reached(api, path=path) == same


@pytest.mark.parametrize(
    "target, names",
    [
        ({"operation": "tasks.*"}, {name for name in OPERATIONS if name.startswith("tasks.")}),
        ({"operation": "*.store"}, {name for name in OPERATIONS if name.endswith(".store")}),
        ({"operation": "*", "method": "POST"}, {name for name, one in OPERATIONS.items() if one.method == "POST"}),
        ({"operation": "tasks.*", "method": "GET"}, {"tasks.index", "tasks.show"}),
        ({"operation": "tasks.*", "path": "/tasks"}, {"tasks.index", "tasks.store"}),
        ({"path": "/tasks/{id}"}, {"tasks.show", "tasks.update", "tasks.delete"}),
        ({"path": "/tasks/*"}, {"tasks.show", "tasks.update", "tasks.delete", "taskcomments.store"}),
        ({"path": "/tasks/*", "method": "POST"}, {"taskcomments.store"}),
        ({"path": "/api/v1/tasks/{id}/upload"}, {"tasks.upload"}),
        ({"path": "/*"}, {name for name, one in OPERATIONS.items() if one.path.count("/") == 1}),
    ],
)
def test_a_pattern_strikes_what_it_says(api: Api, target: Json, names: set[str]) -> None:
    assert reached(api, **target) == names


def test_a_concrete_path_strikes_that_record_only(api: Api) -> None:
    add(api, None, path=f"/tasks/{BRIEF}", status=500)
    found = [api.get(f"/tasks/{id}").status_code for id in (BRIEF, LAUNCH, "nope")]
    assert (found, api.delete(f"/tasks/{BRIEF}").status_code) == ([500, 200, 404], 500)


def test_head_is_struck_as_get_without_the_body(api: Api) -> None:
    add(api, method="GET", status=503)
    head = api.ask("HEAD", "/whoami")
    assert (head.status_code, head.content, head.headers["content-length"]) == (503, b"", "33")
    assert counts(api) == [(1, 1)]


def test_what_leads_to_no_operation_is_never_struck(api: Api) -> None:
    add(api, status=503)
    before = [
        api.ask("OPTIONS", "/tasks").status_code,
        api.get("/nope").status_code,
        api.put("/tasks").status_code,
        api.get("/offers").status_code,
        api.http.get("/").status_code,
    ]
    assert before == [200, 404, 405, 404, 404]
    assert counts(api) == [(0, 0)]


def test_the_testers_own_routes_are_never_struck(api: Api) -> None:
    add(api, status=503)
    for method, path in [("GET", "/ready"), ("GET", "/clock"), ("POST", "/tokens"), ("GET", "/requests")]:
        assert api.http.request(method, f"/_fake{path}").status_code < 300
    assert counts(api) == [(0, 0)]


@pytest.mark.proves("E13")
@pytest.mark.parametrize("token", ["", "read-only-token", "nobody"])
def test_a_fault_comes_before_the_token(api: Api, token: str) -> None:
    add(api, "tasks.store", status=503)
    assert api.as_token(token).post("/tasks", {}).status_code == 503


@pytest.mark.proves("E13")
def test_a_struck_request_does_not_count_against_the_rate(connect: Any) -> None:
    limited = connect(rate_limit=1)
    fault = add(limited, status=503, times=3)
    assert statuses(limited, 5) == [503, 503, 503, 200, 429]
    assert faults(limited) == [{**fault, "hits": 3, "seen": 5}]


# ---------------------------------------------------------------- how often and until when


@pytest.mark.parametrize(
    "when, struck",
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"times": 1}, [1]),
        ({"times": 3}, [1, 2, 3]),
        ({"after": 2}, [3, 4, 5, 6, 7, 8, 9]),
        ({"every": 1}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"every": 3}, [3, 6, 9]),
        ({"after": 1, "every": 3}, [4, 7]),
        ({"after": 1, "every": 3, "times": 1}, [4]),
        ({"after": 20}, []),
    ],
)
def test_it_strikes_as_often_as_it_says(api: Api, when: Json, struck: list[int]) -> None:
    add(api, status=503, **when)
    found = statuses(api, 9)
    assert [number for number, status in enumerate(found, 1) if status == 503] == struck
    assert counts(api) == [(len(struck), 9)]


def test_only_requests_that_fit_are_counted(api: Api) -> None:
    add(api, "users.whoami", status=503, every=2)
    api.get("/tasks")
    assert statuses(api, 1) + statuses(api, 2, "/tasks") + statuses(api, 1) == [200, 200, 200, 503]
    assert counts(api) == [(1, 2)]


def test_it_strikes_until_the_worlds_clock_says_so(api: Api) -> None:
    add(api, status=503, until="2026-03-12T15:30:10Z")
    found = statuses(api, 1)
    for by in ("9.9s", "0.1s", "1h"):
        api.control("POST", "/clock/advance", {"by": by})
        found += statuses(api, 1)
    assert found == [503, 503, 200, 200]
    assert counts(api) == [(2, 2)]


def test_a_clock_that_is_set_back_brings_it_back(api: Api) -> None:
    add(api, status=503, until="2026-03-12T15:30:10Z")
    api.control("POST", "/clock/advance", {"by": 10})
    before = statuses(api, 1)
    api.control("POST", "/clock/freeze", {"at": "2026-03-12T15:29:59Z"})
    assert before + statuses(api, 1) == [200, 503]


def test_a_forgotten_fault_lifts_itself_in_real_time(api: Api) -> None:
    assert add(api, status=503, ttl=0) == row(ttl=0.0)
    assert (faults(api), statuses(api, 1)) == ([], [200])
    add(api, status=503, ttl=1e9)
    api.control("POST", "/clock/advance", {"by": "900d"})
    assert statuses(api, 1) == [503]


# ---------------------------------------------------------------- several at once


def test_of_two_that_answer_the_second_waits_for_the_next_request(api: Api) -> None:
    add(api, status=500, times=1)
    add(api, status=503, times=2)
    assert statuses(api, 4) == [500, 503, 503, 200]
    assert counts(api) == [(1, 4), (2, 3)]


def test_a_general_fault_leaves_the_particular_one_behind_it_untouched(api: Api) -> None:
    add(api, status=500)
    add(api, "users.whoami", status=503)
    assert (statuses(api, 2), counts(api)) == ([500, 500], [(2, 2), (0, 0)])


# ---------------------------------------------------------------- what it answers

MESSAGES = {
    400: "Bad request.",
    401: "Unauthenticated.",
    403: "Invalid scope(s) provided.",
    404: "Not found.",
    413: "The POST data is too large.",
    419: "CSRF token mismatch.",
    422: "The given data was invalid.",
    429: "Too Many Attempts.",
    500: "Server Error",
    503: "Service Unavailable",
}


@pytest.mark.proves("E13", "errors.server-error")
@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_has_the_services_own_body(api: Api, status: int) -> None:
    add(api, status=status)
    body: Json = {"message": MESSAGES.get(status, ""), **({"errors": {}} if status == 422 else {})}
    answer = api.get("/whoami")
    assert said(answer) == (status, body)
    assert answer.headers["content-type"] == "application/json"
    assert hint(answer) == f"Fault 1 struck (status {status}, before_commit; hit 1)."


@pytest.mark.proves("E13")
@pytest.mark.parametrize(
    "operation, status, method, path, body",
    [
        ("tasks.show", 404, "GET", "/tasks/{}", {"message": "No query results for model [App\\Models\\Task] {}"}),
        ("tasks.update", 404, "PATCH", "/tasks/{}", {"message": "No query results for model [App\\Models\\Task] {}"}),
        ("projects.phases", 404, "GET", "/projects/{}/phases",
         {"message": "No query results for model [App\\Models\\Project] {}"}),
        ("tasks.index", 404, "GET", "/tasks", {"message": "Not found."}),
        ("tasks.store", 422, "POST", "/tasks",
         {"message": "The title field is required.", "errors": {"title": ["The title field is required."]}}),
        ("tasks.upload", 422, "POST", "/tasks/{}/upload",
         {"message": "The file field is required.", "errors": {"file": ["The file field is required."]}}),
        ("tasks.show", 422, "GET", "/tasks/{}",
         {"message": "The selected find by is invalid.",
          "errors": {"find_by": ["The selected find by is invalid."]}}),
        ("tasks.index", 422, "GET", "/tasks", {"message": "The given data was invalid.", "errors": {}}),
    ],
)  # fmt: skip
def test_a_refusal_by_a_fault_is_about_the_operations_own_record_and_fields(
    api: Api, operation: str, status: int, method: str, path: str, body: Json
) -> None:
    add(api, operation, status=status)
    assert said(api.ask(method, path.format(BRIEF))) == (
        status, {**body, "message": body["message"].format(BRIEF)},
    )  # fmt: skip


@pytest.mark.proves("E13")
def test_a_refusal_by_a_fault_is_the_real_one_to_the_letter(api: Api) -> None:
    long = "x" * (8 * 1024 * 1024)
    for real in [
        api.as_token("").get("/tasks"),
        api.register(scopes=[]).get("/tasks"),
        api.post("/tasks", {"title": long}),
    ]:
        add(api, status=real.status_code, times=1)
        assert said(api.get("/tasks")) == said(real)
    assert [one["status"] for one in faults(api)] == [401, 403, 413]


RATE = ("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def rate(answer: httpx2.Response) -> list[str | None]:
    return [answer.headers.get(name) for name in RATE]


@pytest.mark.proves("E13")
@pytest.mark.parametrize("fields", [{"kind": "rate_limit"}, {"status": 429}])
@pytest.mark.parametrize("retry_after, wait", [(None, 60), (7, 7), (0, 0)])
def test_a_rate_limit_says_when_to_come_again_by_the_worlds_clock(
    api: Api, fields: Json, retry_after: int | None, wait: int
) -> None:
    add(api, **fields, retry_after=retry_after)
    api.control("POST", "/clock/advance", {"by": "100s"})
    answer = api.get("/tasks")
    assert said(answer) == (429, {"message": "Too Many Attempts."})
    assert rate(answer) == [str(wait), "60", "0", str(INSTANT + 100 + wait)]


@pytest.mark.proves("E13", "A3")
def test_a_rate_limit_is_the_servers_own_where_it_has_one(connect: Any) -> None:
    limited = connect(rate_limit=1)
    statuses(limited, 1)
    real = limited.get("/whoami")
    add(limited, kind="rate_limit")
    struck = limited.get("/whoami")
    assert (said(struck), rate(struck)) == (said(real), rate(real))
    assert rate(real) == ["60", "1", "0", str(INSTANT + 60)]


@pytest.mark.proves("E13")
@pytest.mark.parametrize("retry_after, said", [(None, None), (5, "5")])
def test_an_unavailable_service_may_say_when_to_come_again(
    api: Api, retry_after: int | None, said: str | None
) -> None:
    add(api, status=503, retry_after=retry_after)
    assert rate(api.get("/tasks")) == [said, None, None, None]


def test_a_browser_may_read_what_a_fault_answers(api: Api) -> None:
    add(api, kind="rate_limit")
    answer = api.get("/tasks", headers={"Origin": "http://app.test"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("times, ends", [(None, ["hit 1", "hit 2"]), (2, ["hit 1 of 2", "hit 2 of 2"])])
def test_the_hint_names_the_fault_and_counts(api: Api, times: int | None, ends: list[str]) -> None:
    add(api, "tasks.store", status=500)
    add(api, "users.whoami", kind="rate_limit", times=times)
    hints = [hint(api.get("/whoami")) for _ in ends]
    assert hints == [f"Fault 2 struck (rate_limit, before_commit; {end})." for end in ends]


# ---------------------------------------------------------------- before and after the commit


def writes(api: Api) -> list[int]:
    """The statuses of a create, an update, a comment, an identifier, an upload and a delete."""
    return [
        api.post("/tasks", {"title": "New", "project_id": PROJECT}).status_code,
        api.patch(f"/tasks/{LOGO}", {"title": "Changed"}).status_code,
        api.post("/tasks/comments", {"task_id": LOGO, "comment": "Said"}).status_code,
        api.put(f"/tasks/{LAUNCH}/external-identifier", {"external_id": "X-1"}).status_code,
        api.post(f"/tasks/{LAUNCH}/upload", files={"file": ("a.txt", b"a")}).status_code,
        api.delete(f"/tasks/{BRIEF}").status_code,
    ]


def everything(api: Api) -> Json:
    pages = {path: api.data(path, {"include": include}) for path, include in
             [("/tasks", "sub_tasks,project"), ("/projects", ""), ("/users", "")]}  # fmt: skip
    return {**pages, "told": [(one["event"], one["resource"]) for one in log(api)]}


def test_before_the_commit_a_fault_leaves_no_trace(alone: Api) -> None:
    subscribe(alone, URL)
    before = everything(alone)
    add(alone, method=None, status=503, times=6)
    assert writes(alone) == [503] * 6
    assert everything(alone) == before


def test_after_the_commit_everything_is_done_and_told(connect: Any) -> None:
    unhurt, struck = connect(seed=1), connect(seed=2)
    for api in (unhurt, struck):
        subscribe(api, URL)
    add(struck, status=502, place="after_commit", times=6)
    assert (writes(unhurt), writes(struck)) == ([200] * 6, [502] * 6)
    assert everything(struck) == everything(unhurt)
    assert len(everything(struck)["told"]) > 3


@pytest.mark.parametrize("place", ["before_commit", "after_commit"])
def test_what_the_service_would_have_refused_is_struck_all_the_same(api: Api, place: str) -> None:
    add(api, status=503, place=place)
    answer = api.post("/tasks", {})
    assert said(answer) == (503, {"message": "Service Unavailable"})
    assert f"Fault 1 struck (status 503, {place}; hit 1)." in hint(answer)
    assert counts(api) == [(1, 1)]


def test_a_retry_after_a_fault_before_the_commit_makes_one_record(api: Api) -> None:
    add(api, "tasks.store", status=503, times=1)
    body = {"title": "Once", "project_id": PROJECT}
    assert [api.post("/tasks", body).status_code for _ in range(2)] == [503, 200]
    assert [one["title"] for one in api.walk("/tasks")].count("Once") == 1


def test_a_retry_after_a_fault_behind_the_commit_makes_two_records(api: Api) -> None:
    add(api, "tasks.store", status=503, times=1, place="after_commit")
    body = {"title": "Twice", "project_id": PROJECT}
    assert [api.post("/tasks", body).status_code for _ in range(2)] == [503, 200]
    assert [one["title"] for one in api.walk("/tasks")].count("Twice") == 2


# ---------------------------------------------------------------- neighbours


def test_faults_do_not_change_what_is_answered_otherwise(api: Api) -> None:
    add(api, "tasks.store", status=503)
    assert api.data("/whoami") == BOT_DATA
    assert api.data(f"/tasks/{BRIEF}") == BRIEF_DATA
    assert said(api.get("/tasks/nope")) == (404, missing("nope"))
    assert change(api, LOGO, title="Still")["title"] == "Still"


def test_after_the_last_strike_the_service_is_as_before(api: Api) -> None:
    add(api, times=2, status=500)
    statuses(api, 2)
    assert create(api, "Fine")["title"] == "Fine"
    answer = api.get("/whoami")
    assert (hint(answer), answer.json()) == ("", BOT_DATA)


def test_a_fault_is_a_fault_of_one_world(api: Api) -> None:
    name = api.control("POST", "/worlds", {})["name"]
    api.http.post(f"/_fake/faults?world={name}", content=json.dumps({"operation": "*", "status": 503}))
    try:
        assert (faults(api), statuses(api, 1)) == ([], [200])
        assert api.get("/whoami", headers={"X-Fake-World": name}).status_code == 503
    finally:
        api.control("DELETE", f"/worlds/{name}")
