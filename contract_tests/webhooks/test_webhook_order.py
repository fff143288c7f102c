"""Who waits for whom: order per resource and URL, and nothing else that anybody has to wait for."""

import threading
from collections.abc import Iterator

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, LAUNCH, LOGO
from contract_tests.webhooks.receiver import Receiver, hang, held
from contract_tests.webhooks.webhook_server import advance, after, flush, log, named, running, subscribe
from contract_tests.writing import change, comment, create

pytestmark = pytest.mark.proves("W6")

BURST = 60


@pytest.fixture(scope="module")
def moving() -> Iterator[Api]:
    """Its clock runs, and what falls due is sent at once."""
    with running(now="", webhook_window=0, webhook_timeout=0.3, webhook_tries=2, webhook_backoff=[0]) as api:
        yield api


@pytest.fixture
def other() -> Iterator[Receiver]:
    with Receiver() as other:
        yield other


@pytest.fixture
def fake(server: Api, receiver: Receiver) -> Api:
    server.control("POST", "/reset")
    subscribe(server, receiver)
    return server


@pytest.fixture
def live(moving: Api, receiver: Receiver) -> Iterator[Api]:
    moving.control("POST", "/reset")
    subscribe(moving, receiver)
    yield moving
    moving.control("POST", "/reset")


def titles(receiver: Receiver) -> list[str]:
    return [one.json["data"]["title"] for one in receiver.received]


def tries(api: Api, by: float | str) -> list[tuple[str, str, int]]:
    """When which delivery was tried for which time while the clock went on."""
    return [(one["at"], one["id"], one["try"]) for one in advance(api, by)]


# ---------------------------------------------------------------- one after the other


def test_events_of_a_task_arrive_in_their_order(fake: Api, receiver: Receiver) -> None:
    task = create(fake, "0")["id"]
    advance(fake, 1)
    for title in "123":
        change(fake, task, title=title)
        advance(fake, 1)
    fake.delete(f"/tasks/{task}")
    advance(fake, 1)
    assert receiver.events() == ["task:create", *["task:update"] * 3, "task:delete"]
    assert titles(receiver) == ["0", "1", "2", "3", "3"]


def test_a_failing_one_holds_up_the_later_ones_of_its_task_and_no_other_task(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(500)
    change(fake, LOGO, title="1")
    assert tries(fake, 1) == [(after(0.1), "1", 1)]
    change(fake, LOGO, title="2")
    change(fake, BRIEF, title="B")
    assert tries(fake, 9) == [(after(1.1), "3", 1)]
    assert tries(fake, 1) == [(after(10.1), "1", 2), (after(10.1), "2", 1)]
    assert titles(receiver) == ["1", "B", "1", "2"]


def test_what_is_held_up_is_sent_once_the_one_before_has_failed_for_good(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 500, 500])
    change(fake, LOGO, title="1")
    advance(fake, 1)
    change(fake, LOGO, title="2")
    assert tries(fake, 200) == [(after(10.1), "1", 2), (after(110.1), "1", 3), (after(110.1), "2", 1)]
    assert [one["state"] for one in log(fake)] == ["failed", "delivered"]


def test_a_failing_url_holds_up_no_other_url(fake: Api, receiver: Receiver, other: Receiver) -> None:
    receiver.usual = 500
    subscribe(fake, other)
    for title in "123":
        change(fake, LOGO, title=title)
        advance(fake, 1)
    assert (titles(receiver), titles(other)) == (["1"], ["1", "2", "3"])


def test_a_comment_does_not_wait_for_its_task(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(500)
    change(fake, LOGO, title="1")
    advance(fake, 1)
    comment(fake, LOGO)
    advance(fake, 1)
    assert receiver.events() == ["task:update", "comment:create"]


def test_two_subscriptions_of_one_url_keep_to_one_order(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, events=["task:update"])
    receiver.answers.append(500)
    change(fake, LOGO, title="1")
    assert tries(fake, 1) == [(after(0.1), "1", 1)]
    change(fake, LOGO, title="2")
    due = after(10.1)
    assert tries(fake, 200) == [(due, "1", 2), (due, "2", 1), (due, "3", 1), (due, "4", 1)]
    assert titles(receiver) == ["1", "1", "2", "2", "2"], "what was not tried yet tells the newest state"


@pytest.mark.proves("W13")
def test_flush_keeps_to_the_order_of_a_task_whose_first_delivery_fails(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 200, 500])
    change(fake, LOGO, title="1")
    advance(fake, 1)
    change(fake, LOGO, title="2")
    change(fake, BRIEF, title="B")
    assert [(one["id"], one["try"], one["state"]) for one in flush(fake)] == [
        ("1", 2, "delivered"),
        ("2", 1, "pending"),
        ("2", 2, "delivered"),
        ("3", 1, "delivered"),
    ]
    assert titles(receiver) == ["1", "1", "2", "2", "B"]


@pytest.mark.proves("W13")
@pytest.mark.parametrize("path, body", [("/flush", None), ("/clock/advance", {"by": 1})], ids=["flush", "advance"])
def test_while_somebody_waits_a_url_gets_one_at_a_time_in_the_order_of_the_events(
    fake: Api, receiver: Receiver, other: Receiver, path: str, body: object
) -> None:
    subscribe(fake, other)
    ids = [create(fake)["id"] for _ in range(12)]
    fake.control("POST", path, body)
    expected = [("task:create", id) for id in ids]
    assert (named(receiver.received), named(other.received)) == (expected, expected)
    assert (receiver.most_open, other.most_open) == (1, 1)


@pytest.mark.proves("W4")
def test_a_retry_takes_its_turn_among_the_others_by_its_time(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 500])
    change(fake, LOGO, title="1")
    advance(fake, 5)
    change(fake, BRIEF, title="2")
    advance(fake, 4.9)
    change(fake, LAUNCH, title="3")
    assert tries(fake, 200) == [
        (after(10), "3", 1),
        (after(10.1), "1", 2),
        (after(15.1), "2", 2),
    ]


@pytest.mark.proves("W13")
def test_what_fell_due_at_once_is_told_in_the_order_of_the_deliveries_whoever_was_faster(
    fake: Api, receiver: Receiver, other: Receiver
) -> None:
    gate = threading.Semaphore(0)
    receiver.usual = held(gate)
    subscribe(fake, other)
    create(fake)
    due: list[tuple[str, str, int]] = []
    waiting = threading.Thread(target=lambda: due.extend(tries(fake, 1)))
    waiting.start()
    receiver.wait_for(1)
    other.wait_for(1)
    other.wait_until_left()
    # The log knows of the faster one before the slower one is let through.
    assert any(log(fake, "?state=delivered") for _ in range(1000))
    gate.release()
    waiting.join()
    assert due == [(after(0.1), "1", 1), (after(0.1), "2", 1)]


# ---------------------------------------------------------------- all at once


def test_an_answer_of_the_service_waits_for_no_delivery(live: Api, receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    receiver.usual = held(gate)
    made = create(live)
    receiver.wait_for(1)
    changed = change(live, made["id"], title="Two")
    assert live.data(f"/tasks/{made['id']}") == changed
    assert live.delete(f"/tasks/{made['id']}").json() == changed
    assert [one["state"] for one in log(live)] == ["pending"] * 3
    gate.release(3)
    receiver.wait_for(3)


def test_one_receiver_that_does_not_answer_delays_no_other(live: Api, receiver: Receiver, other: Receiver) -> None:
    receiver.usual = held(gate := threading.Semaphore(0))
    subscribe(live, other)
    ids = [create(live)["id"] for _ in range(10)]
    assert sorted(named(other.wait_for(10))) == sorted(("task:create", id) for id in ids)
    assert len(receiver.received) <= 4
    gate.release(20)


@pytest.mark.proves("W3")
def test_a_receiver_that_hangs_fails_in_its_time_and_everything_for_it_is_tried(
    live: Api, receiver: Receiver, other: Receiver
) -> None:
    receiver.usual = hang
    subscribe(live, other)
    ids = [create(live)["id"] for _ in range(4)]
    other.wait_for(4)
    assert len(live.data("/tasks")) == 7
    receiver.wait_for(8)
    receiver.wait_until_left()
    flush(live)
    assert {
        url: sorted(one["state"] for one in log(live) if one["url"] == url) for url in (receiver.url, other.url)
    } == {
        receiver.url: ["failed"] * 4,
        other.url: ["delivered"] * 4,
    }
    assert sorted(id for _, id in named(receiver.received)) == sorted(ids * 2)
    assert {one["error"] for row in log(live, "?state=failed") for one in row["attempts"]} == {
        "There was no complete answer within 0.3 seconds."
    }


def test_a_burst_opens_four_connections_to_a_url_and_no_more(receiver: Receiver) -> None:
    with running(now="", webhook_window=0, webhook_url=[receiver.url]) as api:
        gate = threading.Semaphore(0)
        receiver.usual = held(gate)
        ids = [create(api)["id"] for _ in range(BURST)]
        for answered in range(BURST - 4):
            assert len(receiver.wait_for(4 + answered)) == 4 + answered
            gate.release()
        gate.release(4)
        received = receiver.wait_for(BURST)
        assert receiver.most_open == 4
        assert sorted(named(received)) == sorted(("task:create", id) for id in ids)


def test_a_burst_for_a_receiver_that_answers_arrives_whole(live: Api, receiver: Receiver) -> None:
    ids = [create(live)["id"] for _ in range(BURST)]
    assert sorted(named(receiver.wait_for(BURST))) == sorted(("task:create", id) for id in ids)
    assert receiver.most_open <= 4
    flush(live)
    assert {one["state"] for one in log(live)} == {"delivered"}


def test_of_a_burst_for_one_task_a_url_has_one_at_a_time(live: Api, receiver: Receiver) -> None:
    for number in range(20):
        change(live, LOGO, title=f"{number:02}")
    receiver.wait_for(20)
    assert receiver.most_open == 1
    assert len(receiver.received) == 20
    assert receiver.received[-1].json["data"]["title"] == "19"
    assert titles(receiver) == sorted(titles(receiver))
