"""The delivery log: whole rows and filters."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT_DATA, BRIEF, LAUNCH, LOGO, Json
from contract_tests.webhooks.receiver import Receiver, close, status
from contract_tests.webhooks.webhook_server import (
    URL,
    advance,
    after,
    attempt,
    attempts,
    log,
    payload,
    refused,
    signed,
    subscribe,
    written,
)
from contract_tests.writing import change, comment, create

pytestmark = pytest.mark.proves("README: Webhooks")

EMPTY: Json = {"data": [], "total": 0, "forgotten": 0}


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
