"""Consumer coverage: what clients met of the service, added up over worlds, and the table of it."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.control.under_way import under_way
from contract_tests.expected import BRIEF, LAUNCH, LOGO, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import EVENTS, URL, advance, flush, refused, subscribe
from contract_tests.writing import change, create
from fake_server.handle.coverage import merged, percent, table
from fake_server.resources import OPERATIONS

pytestmark = pytest.mark.proves("README: Did my tests meet what can happen?")

UNTOLD: Json = {"deliveries": 0, "delivered": 0, "retried": 0, "failed": 0}


def coverage(api: Api, query: str = "") -> Json:
    return api.control("GET", f"/coverage{query}")  # type: ignore[no-any-return]


def of(api: Api, name: str) -> Json:
    return coverage(api)["operations"][name]  # type: ignore[no-any-return]


def answered(api: Api) -> dict[str, dict[str, int]]:
    """The statuses of every operation that was called."""
    return {name: row["statuses"] for name, row in coverage(api)["operations"].items() if row["calls"]}


def told(api: Api) -> dict[str, Json]:
    """The events that were delivered."""
    return {name: row for name, row in coverage(api)["events"].items() if row != UNTOLD}


def fault(api: Api, **fields: Any) -> None:
    api.control("POST", "/faults", fields)


def lost(api: Api, method: str, path: str, **more: Any) -> None:
    """A request whose answer does not arrive, or not whole."""
    with pytest.raises((ConnectionResetError, httpx2.TransportError)):
        api.ask(method, path, **more)


# ---------------------------------------------------------------- operations


def test_at_first_nothing_was_met_of_anything(alone: Api) -> None:
    found = coverage(alone)
    assert [(row["calls"], row["statuses"]) for row in found["operations"].values()] == [(0, {})] * len(OPERATIONS)
    assert list(found["operations"]) == list(OPERATIONS)
    assert found["events"] == dict.fromkeys(EVENTS, UNTOLD)
    assert (found["worlds"], found["scopes"], found["remarks"]) == (1, {"held": {}, "needed": []}, [])


def test_calls_are_counted_by_operation_and_status(alone: Api) -> None:
    alone.get(f"/tasks/{BRIEF}")
    alone.get("/tasks/nope")
    alone.get("/tasks/nope")
    alone.post("/tasks", {})
    assert answered(alone) == {"tasks.show": {"200": 1, "404": 2}, "tasks.store": {"422": 1}}


def test_an_operation_says_with_what_it_can_refuse(alone: Api) -> None:
    refusals = {name: row["refusals"] for name, row in coverage(alone)["operations"].items()}
    assert (refusals["users.whoami"], refusals["tasks.show"]) == ([401], [401, 403, 404, 422])
    assert (refusals["users.index"], refusals["tasks.update"]) == ([400, 401], [400, 401, 403, 404, 422])


def test_what_a_list_was_asked_is_counted(alone: Api) -> None:
    alone.data("/tasks", {"filter": 'status in ["New", "WIP"] and title ne "x"', "sort": "-created_at,title"})
    alone.data("/tasks", {"filter": '{"field": "title", "op": "notin", "value": ["x"]}', "include": "client,project"})
    alone.data("/tasks", {"filter[field]": "title", "filter[op]": "eq", "filter[value]": "x", "sort": "title"})
    assert of(alone, "tasks.index") == {
        "calls": 3,
        "statuses": {"200": 3},
        "retried": 0,
        "refusals": [400, 401, 403],
        "filters": {"status": {"in": 1}, "title": {"ne": 1, "nin": 1, "eq": 1}},
        "sorts": {"-created_at": 1, "title": 2},
        "includes": {"client": 1, "project": 1},
        "pages": {"offered": 0, "further": 0},
    }


def test_conditions_on_related_records_count_with_those_on_their_fields(alone: Api) -> None:
    alone.data("/tasks", {"filter": 'sub_tasks.count ge 0 and (sub_tasks none (title = "x") or project.name = "y")'})
    filters = {"sub_tasks.count": {"gte": 1}, "sub_tasks": {"none": 1}, "sub_tasks.title": {"eq": 1}}
    assert of(alone, "tasks.index")["filters"] == {**filters, "project.name": {"eq": 1}}


def test_what_a_refused_query_asks_for_is_not_met(alone: Api) -> None:
    assert alone.get("/tasks", {"filter": 'title eq "x"', "sort": "nope"}).status_code == 400
    row = of(alone, "tasks.index")
    assert (row["statuses"], row["filters"], row["sorts"]) == ({"400": 1}, {}, {})


def test_pages_are_counted_that_were_offered_and_that_were_read(alone: Api) -> None:
    assert len(list(alone.walk("/tasks", {"page[size]": 1}))) == 3
    alone.get("/tasks", {"page[size]": 2})
    assert of(alone, "tasks.index")["pages"] == {"offered": 3, "further": 2}


def test_it_is_counted_by_what_records_were_found(alone: Api) -> None:
    uri = alone.data(f"/tasks/{BRIEF}")["uri"]
    alone.data(f"/tasks/{uri}", {"find_by": "uri"})
    alone.get("/tasks/nope", {"find_by": "external_id"})
    assert of(alone, "tasks.show")["find_by"] == {"id": 1, "uri": 1}


def test_a_call_that_is_under_way_is_counted_when_it_was_answered(alone: Api) -> None:
    answer = under_way(alone, "POST", "/tasks")
    assert answered(alone) == {}
    answer()
    assert answered(alone) == {"tasks.store": {"415": 1}}


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("status", (429, 500, 503))
def test_a_call_that_failed_and_comes_again_is_a_retry(alone: Api, status: int) -> None:
    fault(alone, operation="tasks.*", status=status, times=2)
    for _ in range(3):
        alone.patch(f"/tasks/{BRIEF}", {"title": "A"})
    row = of(alone, "tasks.update")
    assert (row["calls"], row["statuses"], row["retried"]) == (3, {str(status): 2, "200": 1}, 2)


def test_a_call_after_one_that_was_answered_is_no_retry(alone: Api) -> None:
    fault(alone, operation="tasks.show", status=503, times=1)
    for _ in range(3):
        alone.get(f"/tasks/{BRIEF}")
    alone.get("/tasks/nope")
    alone.get("/tasks/nope")
    assert of(alone, "tasks.show")["retried"] == 1


@pytest.mark.parametrize("path, title", ((f"/tasks/{BRIEF}", "B"), (f"/tasks/{LAUNCH}", "A")))
def test_another_record_or_another_body_is_no_retry(alone: Api, path: str, title: str) -> None:
    fault(alone, operation="tasks.update", status=503, times=1)
    alone.patch(f"/tasks/{BRIEF}", {"title": "A"})
    alone.patch(path, {"title": title})
    assert of(alone, "tasks.update")["retried"] == 0


def test_another_query_is_no_retry(alone: Api) -> None:
    fault(alone, operation="tasks.index", status=503, times=1)
    alone.get("/tasks", {"sort": "title"})
    alone.get("/tasks", {"sort": "uri"})
    assert of(alone, "tasks.index")["retried"] == 0


def test_what_was_refused_before_its_body_was_read_is_known_when_it_comes_again(connect: Any) -> None:
    api = connect(world="small", rate_limit=1, seed=42)
    for _ in range(2):
        api.patch(f"/tasks/{BRIEF}", {"title": "A"})
    api.control("POST", "/clock/advance", {"by": 60})
    api.patch(f"/tasks/{BRIEF}", {"title": "A"})
    row = of(api, "tasks.update")
    assert (row["statuses"], row["retried"]) == ({"200": 2, "429": 1}, 1)


def test_a_lost_answer_has_no_status_and_may_be_retried(alone: Api) -> None:
    fault(alone, operation="tasks.store", place="response_lost", times=1)
    body = {"title": "A", "project_id": alone.data("/tasks")[0]["project_id"]}
    lost(alone, "POST", "/tasks", json=body)
    alone.post("/tasks", body)
    row = of(alone, "tasks.store")
    assert (row["statuses"], row["retried"]) == ({"lost": 1, "200": 1}, 1)


def test_a_part_of_an_answer_is_no_success_and_may_be_retried(alone: Api) -> None:
    fault(alone, operation="tasks.show", kind="cut", times=1)
    lost(alone, "GET", f"/tasks/{BRIEF}")
    alone.get(f"/tasks/{BRIEF}")
    row = of(alone, "tasks.show")
    assert (row["statuses"], row["retried"]) == ({"cut": 1, "200": 1}, 1)


# ---------------------------------------------------------------- how long it is remembered


def eventful(api: Api) -> None:
    """Something of everything that is counted or remarked upon."""
    list(api.walk("/tasks", {"page[size]": 1, "sort": "title", "filter": 'title ne "x"'}))
    for id in (BRIEF, LAUNCH, LOGO, create(api)["id"], create(api)["id"]):
        api.get(f"/tasks/{id}")
    for _ in range(6):
        api.get("/tasks", {"page[size]": 1, "fliter": "x"})
    fault(api, operation="tasks.update", status=503, times=1)
    api.patch(f"/tasks/{BRIEF}", {"titel": "A"})
    api.patch(f"/tasks/{BRIEF}", {"titel": "A"})
    api.get("/nowhere")


@pytest.mark.parametrize("size", (0, 1, 3))
def test_what_the_journal_forgets_stays_counted_though_not_remarked_upon(connect: Any, size: int) -> None:
    forgetful, mindful = connect(world="small", journal=size), connect(world="small", seed=42)
    for api in (forgetful, mindful):
        eventful(api)
    assert forgetful.control("GET", "/requests")["total"] == size
    found, whole = coverage(forgetful), coverage(mindful)
    assert {**found, "remarks": []} == {**whole, "remarks": []}


@pytest.mark.parametrize("method, path", (("POST", "/reset"), ("DELETE", "/requests")))
def test_what_is_cleared_stays_known(alone: Api, method: str, path: str) -> None:
    eventful(alone)
    before = coverage(alone)
    alone.control(method, path)
    assert coverage(alone) == before
    alone.get("/whoami")
    assert coverage(alone)["operations"]["users.whoami"]["calls"] == 1


def test_asking_changes_nothing(alone: Api) -> None:
    eventful(alone)
    assert coverage(alone) == coverage(alone)


def test_a_world_knows_only_what_was_met_in_it(alone: Api) -> None:
    made = alone.control("POST", "/worlds", {"name": "mine"})
    alone.as_token(made["token"]).get("/whoami")
    assert answered(alone) == {}
    assert coverage(alone, "?world=mine")["operations"]["users.whoami"]["statuses"] == {"200": 1}


def test_an_unknown_parameter_is_refused(alone: Api) -> None:
    sentence = "There is no parameter wrld; did you mean world?"
    assert refused(alone, "GET", "/coverage?wrld=x") == (422, "No such parameter", sentence)


# ---------------------------------------------------------------- events


def test_deliveries_are_counted_by_event(fake: Api, receiver: Receiver) -> None:
    before = told(fake)
    subscribe(fake, receiver)
    receiver.answers.append(500)
    id = create(fake)["id"]
    advance(fake, 3600)
    change(fake, id, title="B")
    flush(fake)
    after = {name: gained(before.get(name, UNTOLD), row) for name, row in told(fake).items()}
    assert after["task:create"] == {"deliveries": 1, "delivered": 1, "retried": 1, "failed": 0}
    assert after["task:update"] == {"deliveries": 1, "delivered": 1, "retried": 0, "failed": 0}


def test_a_delivery_that_never_arrived_has_failed(fake: Api, receiver: Receiver) -> None:
    before = told(fake)
    subscribe(fake, receiver)
    receiver.usual = 500
    change(fake, BRIEF, title="B")
    advance(fake, 3600)
    after = gained(before.get("task:update", UNTOLD), told(fake)["task:update"])
    assert after == {"deliveries": 1, "delivered": 0, "retried": 1, "failed": 1}


def test_what_was_tried_counts_though_it_was_cancelled_then(fake: Api, receiver: Receiver) -> None:
    before = told(fake)
    hook = subscribe(fake, receiver)
    receiver.usual = 500
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    fake.control("DELETE", f"/webhooks/{hook['id']}")
    after = gained(before.get("task:update", UNTOLD), told(fake)["task:update"])
    assert after == {"deliveries": 1, "delivered": 0, "retried": 0, "failed": 0}


def gained(before: Json, after: Json) -> Json:
    """What came to it: other tests had that world before."""
    return {name: after[name] - before[name] for name in after}


def test_what_was_never_to_be_sent_is_no_delivery(alone: Api) -> None:
    subscribe(alone, URL)
    change(alone, BRIEF, title="B")
    change(alone, BRIEF, title="C")
    alone.delete(f"/tasks/{create(alone)['id']}")
    assert told(alone) == {"task:update": {**UNTOLD, "deliveries": 1}}


@pytest.mark.parametrize("path", ("/reset", "/reset?to=empty", "/snapshots/before/restore"))
def test_deliveries_stay_known_when_the_log_is_dropped(alone: Api, path: str) -> None:
    alone.control("POST", "/snapshots/before")
    subscribe(alone, URL)
    change(alone, BRIEF, title="B")
    alone.control("POST", path)
    assert alone.control("GET", "/deliveries")["data"] == []
    assert told(alone) == {"task:update": {**UNTOLD, "deliveries": 1}}


# ---------------------------------------------------------------- added up


def reports(connect: Any) -> list[Json]:
    """Of three worlds in which different things happened."""
    found = []
    for number in range(3):
        api = connect(world="small", seed=number)
        api.control("POST", "/worlds", {"name": f"w{number}"})
        asked = Api(api.http, "t")
        asked.http.headers["X-Fake-World"] = f"w{number}"
        if number < 2:
            eventful(api)
        api.data("/tasks", {"sort": ("title", "uri", "uri")[number]})
        api.get("/whoami", {f"x{number}": 1})
        found.append(coverage(api, f"?world=w{number}"))
    return found


def test_numbers_are_added(connect: Any) -> None:
    first, second, third = reports(connect)
    whole = merged((first, second, third))
    row = whole["operations"]["tasks.index"]
    assert (whole["worlds"], row["sorts"]) == (3, {"title": 7, "uri": 2})
    assert row["calls"] == sum(one["operations"]["tasks.index"]["calls"] for one in (first, second, third))
    assert row["refusals"] == [400, 401, 403]


def test_remarks_of_several_worlds_are_one_with_the_first_example(connect: Any) -> None:
    first, second, third = reports(connect)
    found = {row["about"]: row for row in merged((first, second, third))["remarks"]}
    expected = {row["about"]: row for row in first["remarks"]}
    assert found["tasks.index fliter"] == {**expected["tasks.index fliter"], "count": 12}
    assert [found[f"users.whoami x{number}"]["count"] for number in range(3)] == [1, 1, 1]


def test_it_does_not_matter_in_which_steps_worlds_are_added(connect: Any) -> None:
    first, second, third = reports(connect)
    whole = merged((first, second, third))
    assert merged((merged((first, second)), third)) == whole == merged((first, merged((second, third))))
    assert merged((first,)) == first
    assert merged((merged(()), first)) == first


def test_no_report_at_all_is_a_report() -> None:
    nothing = merged(())
    scopes: Json = {"held": {}, "needed": []}
    assert nothing == {"worlds": 0, "operations": {}, "events": {}, "scopes": scopes, "remarks": []}
    assert (percent(nothing), table(nothing)[0]) == (0.0, "Met: 0.0 % of what could happen (0 of 0).")


# ---------------------------------------------------------------- the share


def test_of_a_call_success_refusal_and_failure_count(alone: Api) -> None:
    alone.get("/tasks/nope")
    assert percent(coverage(alone)) == pytest.approx(100 / 3)
    alone.get(f"/tasks/{BRIEF}")
    assert percent(coverage(alone)) == pytest.approx(200 / 3)
    fault(alone, operation="tasks.show", status=500, times=1)
    alone.get(f"/tasks/{BRIEF}")
    assert percent(coverage(alone)) == 100


def test_of_a_list_a_page_beyond_the_first_counts_too(alone: Api) -> None:
    page = alone.get("/tasks", {"page[size]": 2}).json()
    assert percent(coverage(alone)) == 25
    alone.follow(page["meta"]["next_cursor_url"])
    assert percent(coverage(alone)) == 50


@pytest.mark.parametrize("status, met", ((401, 100 / 3), (404, 0), (418, 0), (422, 0)))
def test_only_a_refusal_that_the_operation_has_counts(alone: Api, status: int, met: float) -> None:
    fault(alone, operation="users.whoami", status=status, times=1)
    alone.get("/whoami")
    assert percent(coverage(alone)) == pytest.approx(met)


def test_of_an_event_that_was_delivered_a_second_try_counts(fake: Api, receiver: Receiver) -> None:
    fake.control("POST", "/worlds", {"name": "tries"})
    mine = Api(fake.http, "kanbert-tries")
    fake.control("POST", "/webhooks?world=tries", {"url": receiver.url})
    change(mine, BRIEF, title="B")
    fake.control("POST", "/flush?world=tries")
    assert percent(coverage(fake, "?world=tries")) == 25
    receiver.answers.append(500)
    change(mine, BRIEF, title="C")
    fake.control("POST", "/clock/advance?world=tries", {"by": 3600})
    assert percent(coverage(fake, "?world=tries")) == 50
    fake.control("DELETE", "/worlds/tries")


# ---------------------------------------------------------------- the table


def test_the_table_has_all_that_was_met_and_all_that_was_not(fake: Api, receiver: Receiver) -> None:
    fake.control("POST", "/worlds", {"name": "shown"})
    mine = Api(fake.http, "kanbert-shown")
    fake.control("POST", "/webhooks?world=shown", {"url": receiver.url})
    list(mine.walk("/tasks", {"page[size]": 2, "filter": 'title ne "x"', "sort": "-title"}))
    mine.get("/tasks", {"sort": "nope"})
    fake.control("POST", "/faults?world=shown", {"operation": "tasks.update", "status": 503, "times": 1})
    mine.patch(f"/tasks/{BRIEF}", {"titel": "A"})
    mine.patch(f"/tasks/{BRIEF}", {"titel": "A"})
    change(mine, BRIEF, title="B")
    fake.control("POST", "/flush?world=shown")
    lines = table(coverage(fake, "?world=shown"))
    fake.control("DELETE", "/worlds/shown")
    assert lines == [
        "Met: 62.5 % of what could happen (5 of 8).",
        "",
        "Operation     Calls  Answers                     Not met",
        "tasks.index       3  200 x2, 400 x1              a failure (429, 5xx, lost)",
        "  filters title ne x2; sorts -title x2; next pages: 1 offered, 1 read",
        "tasks.update      3  200 x2, 503 x1              a refusal (400, 401, 403, 404, 422)",
        "  find_by id x2; repeated after a failure x1",
        "",
        "Event        Deliveries  Delivered  Tried again  Failed  Not met",
        "task:update           1          1            0       0  a delivery tried again",
        "",
        "Never called: users.whoami, users.index, clients.index, clients.fullindex, projects.index,",
        "  projects.phases, tasks.store, tasks.show, tasks.delete, tasks.updateexternalid, tasks.upload,",
        "  taskcomments.store, webhooks.index, webhooks.store.",
        "",
        "! 2x tasks.update ignores the body key titel; did you mean title? First: PATCH /tasks/qv03Y19d,",
        "  request 4 of world shown.",
        "",
        "Counted, if called: success, refusal, failure, next page; for events delivered: one tried again.",
    ]


def test_the_table_keeps_to_its_width_and_to_plain_signs(alone: Api) -> None:
    list(alone.walk("/tasks", {"page[size]": 1, "filter": " or ".join(['project.external_id notin ["a"]'] * 3)}))
    alone.get("/tasks", {f"\x1b[31m{'y' * 300}\r": 1, "include": "project,client,watchers,parent_task,sub_tasks"})
    for status in range(500, 540):
        fault(alone, operation="tasks.index", status=status, times=1)
        alone.get("/tasks")
    alone.get(f"/{'z' * 500}")
    lines = table(coverage(alone))
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() for line in lines)
