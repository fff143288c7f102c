"""What the delivery log has may be sent once more: the same bytes, as a new attempt."""

import threading

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, Json
from contract_tests.webhooks.receiver import Receiver, held
from contract_tests.webhooks.webhook_server import (
    URL,
    advance,
    after,
    attempt,
    attempts,
    flush,
    log,
    refused,
    subscribe,
)
from contract_tests.writing import change, create

pytestmark = pytest.mark.proves("README: Once more, and about nothing")


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
