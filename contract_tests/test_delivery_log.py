"""The delivery log: whole rows, filters, what may be sent again, and what is forgotten first."""

import threading
from typing import Any, NamedTuple

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT_DATA, BRIEF, LAUNCH, LOGO, Json
from contract_tests.receiver import Receiver, close, held, status
from contract_tests.webhook_server import (
    advance,
    after,
    change,
    comment,
    create,
    flush,
    log,
    payload,
    signed,
    subscribe,
    written,
)
from fake_server.webhooks import log as log_module
from fake_server.webhooks import outbox as outbox_module
from fake_server.webhooks.delivery import Attempt, Happening, Request
from fake_server.webhooks.mischief import Mischief
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import Policy
from fake_server.world import NOBODY

URL = "http://receiver.test/hook"
EMPTY: Json = {"data": [], "total": 0, "forgotten": 0}


def refused(api: Api, method: str, path: str) -> tuple[int, str, str]:
    """Status, title and sentence of a problem."""
    answer = api.http.request(method, f"/_fake{path}")
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert found == {"title": found["title"], "detail": found["detail"], "status": answer.status_code}
    return answer.status_code, found["title"], found["detail"]


def attempt(at: float, code: int | None = 200, error: str | None = None, body: str = "") -> Json:
    return {"at": after(at), "status": code, "error": error, "body": body}


def attempts(row: Json) -> list[Json]:
    """Its attempts without their durations, which are real time and must be plausible."""
    assert all(0 <= one["duration"] < 10 for one in row["attempts"])
    return [{name: value for name, value in one.items() if name != "duration"} for one in row["attempts"]]


# ---------------------------------------------------------------- whole rows


def test_without_events_the_log_is_empty(api: Api) -> None:
    subscribe(api, URL)
    assert api.control("GET", "/deliveries") == EMPTY


def test_a_row_tells_everything_about_a_delivery(fake: Api, receiver: Receiver) -> None:
    hook = subscribe(fake, receiver)["id"]
    receiver.answers.append(status(500, b"no \xff"))
    body = written(payload("task:update", BRIEF, BOT_DATA, change(fake, BRIEF, title="B")))
    advance(fake, 3600)
    (row,) = log(fake)
    assert attempts(row) == [
        attempt(0.1, 500, "It answered 500; only 2xx counts as received.", "no \ufffd"),
        attempt(10.1),
    ]
    assert {**row, "attempts": []} == {
        "id": "1",
        "event": "task:update",
        "resource": {"type": "task", "id": BRIEF},
        "subscription": hook,
        "url": receiver.url,
        "state": "delivered",
        "reason": None,
        "created_at": after(0),
        "due_at": after(10.1),
        "changed": ["title", "updated_at"],
        "attempts": [],
        "request": {
            "headers": {
                "User-Agent": "kanbert-fake-server",
                "Content-Type": "application/json",
                "Signature": signed(body),
            },
            "body": body.decode(),
        },
    }


def test_the_log_has_the_request_as_it_went_over_the_wire(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    change(fake, BRIEF, title="Zoë / B")
    advance(fake, 1)
    (row,), (one,) = log(fake), receiver.received
    assert row["request"]["body"].encode() == one.body
    own = {"Host", "Content-Length"}
    assert row["request"]["headers"] == {name: value for name, value in one.headers if name not in own}


def test_a_row_of_something_pending_has_no_request_yet(api: Api) -> None:
    hook = subscribe(api, URL)["id"]
    made = comment(api, LOGO)
    assert log(api) == [
        {
            "id": "1",
            "event": "comment:create",
            "resource": {"type": "comment", "id": made["id"]},
            "subscription": hook,
            "url": URL,
            "state": "pending",
            "reason": None,
            "created_at": after(0),
            "due_at": after(0.1),
            "changed": [],
            "attempts": [],
            "request": None,
        }
    ]


def test_a_delivery_that_failed_for_good_says_why_at_each_try(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.answers.extend([status(404, b"gone"), close, status(302, b"", "Location: http://other.test/")])
    change(fake, BRIEF, title="B")
    advance(fake, 3600)
    (row,) = log(fake)
    assert (row["state"], row["reason"]) == ("failed", None)
    assert attempts(row) == [
        attempt(0.1, 404, "It answered 404; only 2xx counts as received.", "gone"),
        attempt(10.1, None, "It closed the connection without an HTTP answer."),
        attempt(110.1, 302, "It answered 302, a redirect to http://other.test/; redirects are not followed."),
    ]


def test_the_log_keeps_the_first_kilobyte_of_an_answer(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.answers.append(status(200, b"a" * 5000))
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    assert attempts(log(fake)[0]) == [attempt(0.1, body="a" * 1024)]


@pytest.mark.parametrize("path", ["/deliveries/1", "/deliveries/2"])
def test_one_row_may_be_asked_for(api: Api, path: str) -> None:
    subscribe(api, URL)
    change(api, BRIEF, title="B")
    change(api, LOGO, title="L")
    assert api.control("GET", path) == log(api)[int(path[-1]) - 1]


@pytest.mark.parametrize("id", ["0", "2", "-1", "1.0", "x", "99999999999999999999", "1%20", "%D9%A1"])
@pytest.mark.parametrize("method, more", [("GET", ""), ("POST", "/resend")])
def test_an_unknown_delivery_is_a_problem_that_names_the_last_one(api: Api, id: str, method: str, more: str) -> None:
    subscribe(api, URL)
    change(api, BRIEF, title="B")
    code, title, sentence = refused(api, method, f"/deliveries/{id}{more}")
    assert (code, title) == (404, "No such delivery")
    assert sentence.endswith("; the last one is 1.")


def test_before_the_first_delivery_there_is_none_to_name(api: Api) -> None:
    sentence = "There is no delivery 1; there are none yet."
    assert refused(api, "GET", "/deliveries/1") == (404, "No such delivery", sentence)


# ---------------------------------------------------------------- filters


@pytest.fixture
def busy(api: Api) -> Api:
    """A world with deliveries of several kinds: 1 and 2, 3 and 4 … are of the same event."""
    one, two = subscribe(api, URL), subscribe(api, f"{URL}/other")
    task = create(api)["id"]
    change(api, task, title="B")
    comment(api, LOGO)
    change(api, BRIEF, title="B")
    change(api, LOGO, title="L")
    api.delete(f"/tasks/{task}")
    assert (one["id"], two["id"]) == HOOKS
    return api


HOOKS = ("BkTj3oJP", "QXIAI4fQ")
"""Ids of the first two subscriptions of the small world."""
FILTERS = {
    "": range(1, 13),
    "event=task:create": [1, 2],
    "event=task:update": [3, 4, 7, 8, 9, 10],
    "event=task:delete": [11, 12],
    "event=task:*": [1, 2, 3, 4, 7, 8, 9, 10, 11, 12],
    "event=comment:create": [5, 6],
    "event=comment:*": [5, 6],
    "event=comment:update": [],
    "state=pending": [5, 6, 7, 8, 9, 10],
    "state=superseded": [3, 4],
    "state=cancelled": [1, 2, 11, 12],
    "state=delivered": [],
    "state=failed": [],
    f"resource={BRIEF}": [7, 8],
    f"resource={LOGO}": [9, 10],
    f"resource={LAUNCH}": [],
    "resource=comment": [5, 6],
    "resource=task": [1, 2, 3, 4, 7, 8, 9, 10, 11, 12],
    "resource=nope": [],
    f"subscription={HOOKS[0]}": range(1, 12, 2),
    f"subscription={HOOKS[1]}": range(2, 13, 2),
    f"event=task:*&state=pending&subscription={HOOKS[1]}": [8, 10],
    f"resource={BRIEF}&state=cancelled": [],
}


@pytest.mark.parametrize("query, numbers", FILTERS.items(), ids=FILTERS)
def test_the_log_may_be_filtered(busy: Api, query: str, numbers: Any) -> None:
    found = busy.control("GET", f"/deliveries?{query}")
    assert [int(row["id"]) for row in found.pop("data")] == list(numbers)
    assert found == {"total": len(numbers), "forgotten": 0}


PAGES = {
    "limit=3": (range(1, 4), 12),
    "limit=0": ([], 12),
    "limit=100": (range(1, 13), 12),
    "after=0": (range(1, 13), 12),
    "after=10": ([11, 12], 12),
    "after=12": ([], 12),
    "after=999999999": ([], 12),
    "after=3&limit=2": ([4, 5], 12),
    "state=pending&after=6&limit=2": ([7, 8], 6),
}


@pytest.mark.parametrize("query, page", PAGES.items(), ids=PAGES)
def test_the_log_may_be_read_in_pages_whose_total_counts_what_passes_the_filter(
    busy: Api, query: str, page: Any
) -> None:
    found = busy.control("GET", f"/deliveries?{query}")
    assert ([int(row["id"]) for row in found["data"]], found["total"]) == (list(page[0]), page[1])


WRONG = {
    "event=task:updat": ("No such event", "There is no event task:updat; did you mean task:update?"),
    f"subscription={HOOKS[0][:-1]}x": (
        "No such webhook",
        f"There is no webhook {HOOKS[0][:-1]}x; did you mean {HOOKS[0]}?",
    ),
    f"subscription={BRIEF}": ("No such webhook", f"There is no webhook {BRIEF}; it is the id of a task."),
    "state=pendng": ("No such state", "There is no state pendng; did you mean pending?"),
    "state=": (
        "No such state",
        "There is no state ; known: pending, delivered, failed, cancelled, superseded.",
    ),
    "after=x": ("Invalid parameter", "after is a whole number, not x."),
    "after=-1": ("Invalid parameter", "after is a whole number, not -1."),
    "after=1.5": ("Invalid parameter", "after is a whole number, not 1.5."),
    "limit=1e3": ("Invalid parameter", "limit is a whole number, not 1e3."),
    "limit=9999999999": ("Invalid parameter", "limit is a whole number, not 9999999999."),
    "limit=%D9%A3": ("Invalid parameter", "limit is a whole number, not ٣."),
    "evnt=task:*": ("No such parameter", "There is no parameter evnt; did you mean event?"),
}


@pytest.mark.parametrize("query, problem", WRONG.items(), ids=WRONG)
def test_a_filter_that_cannot_be_is_refused(busy: Api, query: str, problem: tuple[str, str]) -> None:
    assert refused(busy, "GET", f"/deliveries?{query}") == (422, *problem)


# ---------------------------------------------------------------- once more


def resend(api: Api, id: str = "1") -> Json:
    return api.control("POST", f"/deliveries/{id}/resend")  # type: ignore[no-any-return]


def delivered(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    change(api, BRIEF, title="B")
    advance(api, 1)
    assert len(receiver.received) == 1


def test_a_resend_repeats_the_same_bytes_with_the_same_signature(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    change(fake, BRIEF, title="Newer, and not in the bytes")
    resend(fake)
    flush(fake)
    first, newer, second = receiver.received
    assert (first, newer.json["data"]["title"]) == (second, "Newer, and not in the bytes")


def test_a_resend_is_a_new_attempt_of_the_same_delivery(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    before = log(fake)[0]
    answered = resend(fake)
    flush(fake)
    (row,) = log(fake)
    assert {**answered, "attempts": []} == {**before, "state": "pending", "due_at": after(1), "attempts": []}
    assert attempts(row) == [attempt(0.1), attempt(1)]
    assert (row["state"], row["request"]) == ("delivered", before["request"])


def test_what_was_delivered_stays_so_when_the_resend_fails(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    receiver.answers.append(500)
    resend(fake)
    flush(fake)
    (row,) = log(fake)
    assert (row["state"], [one["status"] for one in row["attempts"]]) == ("delivered", [200, 500])
    assert advance(fake, 3600) == []


def test_what_failed_is_delivered_when_the_resend_succeeds(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.usual = 500
    change(fake, BRIEF, title="B")
    advance(fake, 3600)
    assert log(fake)[0]["state"] == "failed"
    receiver.usual = 200
    resend(fake)
    flush(fake)
    (row,) = log(fake)
    assert (row["state"], [one["status"] for one in row["attempts"]]) == ("delivered", [500, 500, 500, 200])


def test_what_failed_is_tried_once_by_a_resend(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.usual = 500
    change(fake, BRIEF, title="B")
    advance(fake, 3600)
    resend(fake)
    advance(fake, 3600)
    (row,) = log(fake)
    assert (row["state"], len(row["attempts"])) == ("failed", 4)


def test_what_was_resent_may_be_resent_again(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    for _ in range(3):
        resend(fake)
        flush(fake)
    assert (len(receiver.received), len(log(fake)[0]["attempts"])) == (4, 4)


def test_a_resend_waits_behind_what_is_pending_for_the_same_task(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    change(fake, BRIEF, title="C")
    resend(fake)
    flush(fake)
    assert [one.json["data"]["title"] for one in receiver.received] == ["B", "C", "B"]


def test_what_is_pending_is_not_resent(api: Api) -> None:
    subscribe(api, URL)
    change(api, BRIEF, title="B")
    before = log(api)
    problem = (409, "Nothing to resend", "Delivery 1 cannot be sent again; it is pending.")
    assert refused(api, "POST", "/deliveries/1/resend") == problem
    assert log(api) == before


def test_what_another_told_is_not_resent(api: Api) -> None:
    subscribe(api, URL)
    change(api, BRIEF, title="B")
    change(api, BRIEF, title="C")
    why = "it was never sent: It falls into the window of the update before it."
    problem = (409, "Nothing to resend", f"Delivery 2 cannot be sent again; {why}")
    assert refused(api, "POST", "/deliveries/2/resend") == problem


def test_what_was_cancelled_unsent_is_not_resent(api: Api) -> None:
    subscribe(api, URL)
    api.delete(f"/tasks/{create(api)['id']}")
    why = ("The resource was deleted before this was sent.", "Its create was never sent.")
    for number, reason in enumerate(why, 1):
        sentence = f"Delivery {number} cannot be sent again; it was never sent: {reason}"
        assert refused(api, "POST", f"/deliveries/{number}/resend") == (409, "Nothing to resend", sentence)


def test_what_waits_for_its_next_try_is_not_resent(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.answers.append(500)
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    problem = (409, "Nothing to resend", "Delivery 1 cannot be sent again; it is pending.")
    assert refused(fake, "POST", "/deliveries/1/resend") == problem


def test_what_was_sent_before_its_subscription_ended_may_be_resent(fake: Api, receiver: Receiver) -> None:
    delivered(fake, receiver)
    fake.control("DELETE", "/webhooks")
    resend(fake)
    first, second = receiver.wait_for(2)
    assert first == second


def test_a_resend_takes_back_the_reason_for_which_it_was_given_up(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    receiver.answers.append(500)
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    fake.control("DELETE", "/webhooks")
    (row,) = log(fake)
    assert (row["state"], row["reason"]) == ("cancelled", "Its subscription was removed.")
    again = resend(fake)
    flush(fake)
    (row,) = log(fake)
    assert [(one["state"], one["reason"]) for one in (again, row)] == [("pending", None), ("delivered", None)]


def test_what_arrived_after_its_subscription_was_removed_is_delivered(fake: Api, receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    receiver.usual = held(gate)
    subscribe(fake, receiver)
    change(fake, BRIEF, title="B")
    flushing = threading.Thread(target=flush, args=[fake])
    flushing.start()
    receiver.wait_for(1)
    fake.control("DELETE", "/webhooks")
    assert [(row["state"], row["reason"]) for row in log(fake)] == [("cancelled", "Its subscription was removed.")]
    gate.release()
    flushing.join()
    assert [(row["state"], row["reason"]) for row in log(fake)] == [("delivered", None)]


# ---------------------------------------------------------------- the oldest goes first


class Hook(NamedTuple):
    """What the outbox reads of a subscription."""

    key: int = 1
    url: str = URL
    mischief: tuple[Mischief, ...] = ()


WELL = Attempt(0.0, 200, "", 0.0, "")


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(Policy(window=0))


def happen(outbox: Outbox, key: int) -> None:
    outbox.happened(Happening("task:update", "update", "task", key, NOBODY), [Hook()], 0.0)


def deliver(outbox: Outbox, size: int = 10) -> None:
    """Everything that is due, with bodies of so many bytes."""
    while taken := list(outbox.take(0.0)):
        for one in taken:
            outbox.begin(one, Request((), b"a" * size))
            outbox.answered(one, WELL, 0.0)


def test_beyond_its_bound_the_log_forgets_the_oldest_and_counts_them(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 3)
    for key in range(5):
        happen(outbox, key)
        deliver(outbox)
    assert (list(outbox.log.rows), outbox.log.forgotten, outbox.log.bytes) == ([3, 4, 5], 2, 30)


def test_a_log_with_large_bodies_forgets_the_oldest(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_BYTES", 100)
    for key, size in enumerate((50, 40, 60, 10)):
        happen(outbox, key)
        deliver(outbox, size)
    assert (list(outbox.log.rows), outbox.log.forgotten, outbox.log.bytes) == ([3, 4], 2, 70)


def test_what_is_pending_is_never_forgotten(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 3)
    for key in range(5):
        happen(outbox, key)
    assert (list(outbox.log.rows), outbox.log.forgotten) == ([1, 2, 3, 4, 5], 0)
    deliver(outbox)
    assert (list(outbox.log.rows), outbox.log.forgotten) == ([3, 4, 5], 2)


def test_what_is_done_is_kept_however_much_is_pending(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 3)
    for key in range(3):
        happen(outbox, key)
    deliver(outbox)
    for key in range(10):
        happen(outbox, key)
    assert (list(outbox.log.rows), list(outbox.log.ended)) == ([*range(1, 14)], [1, 2, 3])


def test_what_is_cancelled_keeps_nothing_of_its_resource(outbox: Outbox) -> None:
    """Neither a delete of what was never told, nor one that waited."""
    gone = Happening("task:delete", "delete", "task", 1, NOBODY, b"x" * 1000)
    outbox.windows.length = 1
    outbox.happened(gone._replace(name="task:create", verb="create", data=None), [Hook()], 0.0)
    outbox.happened(gone, [Hook()], 0.0)
    outbox.happened(gone._replace(key=2), [Hook()], 0.0)
    assert (outbox.log.rows[3].size(), outbox.weight) == (1000, 1000)
    outbox.cancel(Hook().key, "Its subscription was removed.")
    assert [(one.state, one.size()) for one in outbox.log.rows.values()] == [("cancelled", 0)] * 3
    assert (outbox.weight, outbox.weights, outbox.log.bytes) == (0, {}, 0)


FULL = "Too much is pending already: {} deliveries with {} bytes."


def test_beyond_the_bytes_that_may_be_pending_an_event_fails_at_once(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_WAITING", 100)
    for key in range(3):
        what = Happening("task:delete", "delete", "task", key, NOBODY, b"x" * 60)
        outbox.happened(what, [Hook()], 0.0)
    assert [(one.state, one.why, one.size()) for one in outbox.log.rows.values()] == [
        ("pending", "", 60),
        ("pending", "", 60),
        ("failed", FULL.format(2, 120), 0),
    ]


def test_beyond_the_bytes_that_may_be_pending_a_delivery_fails_before_its_first_try(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_WAITING", 100)
    for key in range(2):
        happen(outbox, key)
    first, second = outbox.take(0.0)
    assert [outbox.begin(one, Request((), b"x" * 60)) for one in (first, second)] == [True, False]
    assert (first.state, second.state, second.why) == ("pending", "failed", FULL.format(2, 60))
    assert (list(outbox.pending), list(outbox.lanes.flying), second.request) == ([1], [1], None)
    outbox.answered(first, WELL, 0.0)
    assert (outbox.weight, outbox.pending, outbox.lanes.lanes) == (0, {}, {})


def test_a_resend_makes_a_delivery_the_youngest_of_what_is_done(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 3)
    for key in range(3):
        happen(outbox, key)
    deliver(outbox)
    outbox.resend(outbox.log.rows[1], 0.0)
    deliver(outbox)
    happen(outbox, 3)
    deliver(outbox)
    assert (list(outbox.log.rows), outbox.log.forgotten, outbox.log.bytes) == ([1, 3, 4], 1, 30)


def test_beyond_the_bound_of_what_is_pending_an_event_fails_at_once_and_is_accounted_for(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_PENDING", 2)
    for key in range(3):
        happen(outbox, key)
    assert [one.state for one in outbox.log.rows.values()] == ["pending", "pending", "failed"]
    assert outbox.log.rows[3].why == "Too much is pending already: 2 deliveries with 0 bytes."
    deliver(outbox)
    happen(outbox, 4)
    assert outbox.log.rows[4].state == "pending"


def test_what_is_forgotten_is_said_and_is_not_found(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 2)
    subscribe(api, URL)
    task = create(api)["id"]
    change(api, task, title="B")
    change(api, task, title="C")
    change(api, task, title="D")
    found = api.control("GET", "/deliveries")
    assert ([row["id"] for row in found["data"]], found["total"], found["forgotten"]) == (["1", "3", "4"], 3, 1)
    sentence = "There is no delivery 2; the last one is 4."
    assert refused(api, "GET", "/deliveries/2") == (404, "No such delivery", sentence)
