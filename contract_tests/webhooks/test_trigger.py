"""Triggered events: told about a record without a change of it."""

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT_DATA, BRIEF, BRIEF_DATA, PROJECT, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import (
    EVENTS,
    URL,
    advance,
    after,
    flush,
    log,
    named,
    one_task_each,
    payload,
    refused,
    signed,
    subscribe,
    titles,
    written,
)
from contract_tests.writing import change, comment

pytestmark = pytest.mark.proves("README: Once more, and about nothing")


def row(id: str, event: str, record: str, subscription: str) -> Json:
    """The log's whole row of a triggered event that waits to be sent."""
    return {
        "id": id,
        "event": event,
        "resource": {"type": event.partition(":")[0], "id": record},
        "subscription": subscription,
        "url": URL,
        "state": "pending",
        "reason": None,
        "created_at": after(0),
        "due_at": after(0),
        "changed": [],
        "attempts": [],
        "request": None,
    }


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_may_be_triggered_about_a_record_without_changing_it(
    fake: Api, receiver: Receiver, event: str
) -> None:
    said = comment(fake, BRIEF)
    before = fake.data(f"/tasks/{BRIEF}")
    subscribe(fake, receiver, events=[event])
    id = BRIEF if event.startswith("task") else said["id"]
    trigger(fake, event, id)
    (one,) = receiver.wait_for(1)
    expected = BRIEF_DATA if event.startswith("task") else {**said, "task": BRIEF_DATA}
    assert one.body == written(payload(event, id, BOT_DATA, expected))
    assert one.header("Signature") == signed(one.body)
    assert (fake.data(f"/tasks/{BRIEF}"), before) == (BRIEF_DATA, BRIEF_DATA)


def trigger(api: Api, event: str, id: str) -> list[Json]:
    return api.control("POST", "/trigger", {"event": event, "id": id})["data"]  # type: ignore[no-any-return]


def test_a_trigger_answers_a_row_of_the_log_for_each_subscription(alone: Api) -> None:
    first, _, third = (
        subscribe(alone, URL, events=[wanted])["id"] for wanted in ("task:*", "comment:*", "task:update")
    )
    rows = [row("1", "task:update", BRIEF, first), row("2", "task:update", BRIEF, third)]
    made = alone.control("POST", "/trigger", {"event": "task:update", "id": BRIEF})
    assert made == {"data": rows, "reason": None}
    assert log(alone) == rows


def test_what_is_triggered_is_not_debounced(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    for event in ("task:update", "task:update", "task:delete", "task:create"):
        trigger(fake, event, BRIEF)
    flush(fake)
    assert named(receiver.received) == [
        ("task:update", BRIEF),
        ("task:update", BRIEF),
        ("task:delete", BRIEF),
        ("task:create", BRIEF),
    ]
    assert {attempt["at"] for one in log(fake) for attempt in one["attempts"]} == {after(0)}


def test_what_is_triggered_opens_no_window_and_falls_into_none(alone: Api) -> None:
    subscribe(alone, URL)
    trigger(alone, "task:update", BRIEF)
    change(alone, BRIEF, title="B")
    trigger(alone, "task:update", BRIEF)
    assert [(one["state"], one["due_at"]) for one in log(alone)] == [
        ("pending", after(0)),
        ("pending", after(0.1)),
        ("pending", after(0)),
    ]


def test_a_trigger_that_reaches_nobody_says_so(api: Api) -> None:
    subscribe(api, URL, events=["comment:*"])
    subscribe(api, URL, is_active=False)
    assert api.control("POST", "/trigger", {"event": "task:update", "id": BRIEF}) == {
        "data": [],
        "reason": "No active subscription is told of task:update of this task.",
    }
    assert log(api) == []


def test_a_trigger_respects_the_limits_of_subscriptions(agency: Api) -> None:
    mine, theirs = one_task_each(agency)[:2]
    subscribe(agency, URL, project_id=mine["project_id"])
    assert [len(trigger(agency, "task:update", task["id"])) for task in (mine, theirs)] == [1, 0]


NEAR = BRIEF[:-1] + "e"
NOT_TRIGGERED = [
    ({"event": "task:updat", "id": BRIEF}, 422, "There is no event task:updat; did you mean task:update?"),
    ({"event": "task:*", "id": BRIEF}, 422, f"There is no event task:*; known: {', '.join(EVENTS)}."),
    ({"event": "project:create", "id": "x"}, 422, "There is no event project:create; did you mean comment:create?"),
    ({"event": "task:update", "id": NEAR}, 404, f"There is no task with the id {NEAR}; did you mean {BRIEF}?"),
    (
        {"event": "task:update", "id": PROJECT},
        404,
        f"There is no task with the id {PROJECT}; it is the id of a project.",
    ),
    (
        {"event": "comment:create", "id": BRIEF},
        404,
        f"There is no comment with the id {BRIEF}; it is the id of a task.",
    ),
    ({"id": BRIEF}, 422, "event: must be an event, such as task:update."),
    ({"event": "task:update"}, 422, "id: must be a string, the id of a record."),
    ({"event": "task:update", "id": 1}, 422, "id: must be a string, the id of a record."),
    ({"event": "task:update", "id": BRIEF, "idd": BRIEF}, 422, "There is no field idd; did you mean id?"),
]  # fmt: skip


@pytest.mark.parametrize("body, status, sentence", NOT_TRIGGERED)
def test_an_event_that_cannot_be_triggered_is_refused(api: Api, body: Json, status: int, sentence: str) -> None:
    subscribe(api, URL)
    found = refused(api, "POST", "/trigger", body)
    assert (found[0], found[2]) == (status, sentence)
    assert log(api) == []


def test_a_deleted_record_triggers_nothing_more(api: Api) -> None:
    subscribe(api, URL)
    api.delete(f"/tasks/{BRIEF}")
    assert refused(api, "POST", "/trigger", {"event": "task:delete", "id": BRIEF})[:2] == (404, "No such task")


def test_a_trigger_tells_the_newest_state_when_it_is_sent_later(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, events=["task:create"], mischief=[{"trick": "delay"}])
    trigger(fake, "task:create", BRIEF)
    change(fake, BRIEF, title="Newest")
    advance(fake, 5)
    assert titles(receiver.received) == ["Newest"]
