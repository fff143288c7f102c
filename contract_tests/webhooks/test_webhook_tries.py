"""When a webhook is sent, how often it is tried, and the settings that say so."""

import socket
import threading

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT_DATA, LOGO, Json
from contract_tests.webhooks.receiver import Receiver, Way, held, status
from contract_tests.webhooks.webhook_server import (
    advance,
    after,
    flush,
    log,
    now,
    payload,
    running,
    signed,
    subscribe,
    tried,
    written,
)
from contract_tests.writing import change, comment, create


@pytest.fixture
def fake(fake: Api, receiver: Receiver) -> Api:
    """Its receiver is told of everything."""
    subscribe(fake, receiver)
    return fake


# ---------------------------------------------------------------- tries


@pytest.mark.proves("webhooks.two-more-tries", "webhooks.backoff", "W4")
def test_the_tries_are_at_their_times(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 404])
    hook, made = fake.control("GET", "/webhooks")["data"][0], create(fake)
    row = {
        "id": "1",
        "event": "task:create",
        "resource": {"type": "task", "id": made["id"]},
        "subscription": hook["id"],
        "url": receiver.url,
    }
    why = "It answered {}; only 2xx counts as received.".format
    assert fake.control("POST", "/clock/advance", {"by": 200}) == {
        "now": after(200),
        "mode": "frozen",
        "fell_due": [
            {"at": after(0.1), **row, "try": 1, "status": 500, "error": why(500), "state": "pending"},
            {"at": after(10.1), **row, "try": 2, "status": 404, "error": why(404), "state": "pending"},
            {"at": after(110.1), **row, "try": 3, "status": 200, "error": None, "state": "delivered"},
        ],
    }
    assert tried(fake) == [(after(0.1), 500), (after(10.1), 404), (after(110.1), 200)]


@pytest.mark.proves("W13", "W5")
def test_nothing_is_sent_before_it_is_due(fake: Api, receiver: Receiver) -> None:
    receiver.usual = 500
    create(fake)
    due = []
    for step in (0, 0.099, 0.001, 9.999, 0.001, 99.999, 0.001, 1_000_000):
        due.append([one["try"] for one in advance(fake, step)])
        assert len(receiver.received) == sum(map(len, due))
    assert due == [[], [], [1], [], [2], [], [3], []]


@pytest.mark.proves("W13")
@pytest.mark.parametrize("steps", [[0.05] * 2, [0.03, 0.03, 0.04], [0.01] * 10, [0.001] * 100], ids=len)
def test_many_small_steps_are_as_good_as_one(fake: Api, steps: list[float]) -> None:
    create(fake)
    *before, last = [len(advance(fake, step)) for step in steps]
    assert (sum(before), last) == (0, 1)


@pytest.mark.proves("W4")
def test_every_try_has_the_same_bytes_and_signature(fake: Api, receiver: Receiver) -> None:
    receiver.usual = 500
    made = create(fake)
    advance(fake, 1)
    changed = change(fake, made["id"], title="Later")
    advance(fake, 150)
    first, *others = receiver.received[:3]
    assert others == [first, first]
    assert first.body == written(payload("task:create", made["id"], BOT_DATA, made))
    assert receiver.received[3].json == payload("task:update", made["id"], BOT_DATA, changed)


@pytest.mark.proves("webhooks.success", "webhooks.two-more-tries", "W3", "W4")
@pytest.mark.parametrize(
    "answers, state, statuses",
    [
        ([200], "delivered", [200]),
        ([500, 204], "delivered", [500, 204]),
        ([500, 500, 299], "delivered", [500, 500, 299]),
        ([500, 500, 500], "failed", [500, 500, 500]),
    ],
    ids=str,
)
def test_a_delivery_ends_with_the_first_success_or_the_third_failure(
    fake: Api, receiver: Receiver, answers: list[int], state: str, statuses: list[int]
) -> None:
    receiver.answers.extend(answers)
    create(fake)
    advance(fake, "1d")
    [row] = log(fake)
    assert (row["state"], row["reason"], [one["status"] for one in row["attempts"]]) == (state, None, statuses)
    assert len(receiver.received) == len(statuses)


@pytest.mark.proves("W4")
def test_a_subscription_outlives_what_failed_for_good(fake: Api, receiver: Receiver) -> None:
    receiver.usual = 500
    create(fake)
    advance(fake, 200)
    receiver.usual = 200
    create(fake)
    advance(fake, "1d")
    assert [hook["is_active"] for hook in fake.control("GET", "/webhooks")["data"]] == [True]
    assert [row["state"] for row in log(fake)] == ["failed", "delivered"]
    assert len(receiver.received) == 4


def after_so_long(seconds: float) -> Way:
    """Answers when its time has come, or when the test is over."""

    def way(receiver: Receiver, connection: socket.socket) -> None:
        receiver.closing.wait(seconds)
        status(200)(receiver, connection)

    return way


@pytest.mark.slow
@pytest.mark.proves("webhooks.ten-seconds", "W3")
def test_ten_real_seconds_are_left_for_an_answer() -> None:
    with Receiver() as slow, Receiver() as slower, running(webhook_tries=1) as api:
        slow.usual, slower.usual = after_so_long(9.5), after_so_long(30)
        for one in (slow, slower):
            subscribe(api, one)
        create(api)
        assert api.http.post("/_fake/flush", timeout=30).status_code == 200
        rows = {row["url"]: (row["state"], row["attempts"][0]["error"]) for row in log(api)}
    late = "There was no complete answer within 10 seconds."
    assert rows == {slow.url: ("delivered", None), slower.url: ("failed", late)}


@pytest.mark.proves("webhooks.latest-state", "W1")
def test_the_state_of_a_task_is_that_of_the_time_of_the_delivery(fake: Api, receiver: Receiver) -> None:
    change(fake, LOGO, title="One")
    made = change(fake, LOGO, title="Two")
    advance(fake, 1)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, BOT_DATA, made)]


@pytest.mark.proves("W13")
def test_flush_makes_every_try_at_once_and_leaves_the_clock_alone(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 500])
    ids = [create(fake)["id"] for _ in range(2)]
    sent = flush(fake)
    assert [(one["at"], one["id"], one["try"], one["status"], one["state"]) for one in sent] == [
        (after(0), "1", 1, 500, "pending"),
        (after(0), "1", 2, 500, "pending"),
        (after(0), "1", 3, 200, "delivered"),
        (after(0), "2", 1, 200, "delivered"),
    ]
    assert [one.json["resource"]["id"] for one in receiver.received] == [ids[0]] * 3 + [ids[1]]
    assert now(fake) == after(0)


@pytest.mark.proves("W13")
def test_flush_answers_only_when_everything_was_answered(fake: Api, receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    receiver.usual = held(gate)
    create(fake)
    sent: list[Json] = []
    flushing = threading.Thread(target=lambda: sent.extend(flush(fake)))
    flushing.start()
    receiver.wait_for(1)
    assert log(fake)[0]["state"] == "pending"
    assert flushing.is_alive()
    gate.release()
    flushing.join()
    assert [one["state"] for one in sent] == ["delivered"]


@pytest.mark.proves("W13")
def test_flush_with_nothing_pending_answers_at_once(fake: Api) -> None:
    assert fake.control("POST", "/flush") == {"now": after(0), "sent": []}


@pytest.mark.proves("W13")
def test_what_is_flushed_is_not_sent_again(fake: Api, receiver: Receiver) -> None:
    create(fake)
    flush(fake)
    assert (flush(fake), advance(fake, "1d")) == ([], [])
    assert len(receiver.received) == 1


# ---------------------------------------------------------------- settings


@pytest.mark.proves("W9", "W10")
def test_urls_of_the_start_are_told_of_everything_with_the_secret_of_the_start(receiver: Receiver) -> None:
    with Receiver() as other, running(webhook_url=[receiver.url, other.url], webhook_secret="ü") as api:
        create(api)
        comment(api, LOGO)
        flush(api)
        assert receiver.events() == other.events() == ["task:create", "comment:create"]
        assert [one.header("Signature") for one in receiver.received] == [
            signed(one.body, "ü") for one in receiver.received
        ]


@pytest.mark.proves("W4", "README: Settings")
@pytest.mark.parametrize(
    "switches, times",
    [
        ({"webhook_tries": 1}, [0.1]),
        ({"webhook_tries": 2, "webhook_window": 1.5}, [1.5, 11.5]),
        ({"webhook_tries": 5}, [0.1, 10.1, 110.1, 210.1, 310.1]),
        ({"webhook_tries": 5, "webhook_backoff": [1, 2.5, 4]}, [0.1, 1.1, 3.6, 7.6, 11.6]),
        ({"webhook_backoff": [0]}, [0.1, 0.1, 0.1]),
    ],
    ids=str,
)
def test_settings_say_how_often_and_when_it_is_tried(receiver: Receiver, switches: Json, times: list[float]) -> None:
    receiver.usual = 500
    with running(webhook_url=[receiver.url], **switches) as api:
        create(api)
        advance(api, 1000)
        assert tried(api) == [(after(time), 500) for time in times]
        assert log(api)[0]["state"] == "failed"


@pytest.mark.proves("W2", "W7", "README: Settings")
def test_settings_name_the_headers(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url], webhook_header="X-Hub", webhook_id_header="X-Delivery") as api:
        create(api)
        create(api)
        flush(api)
        for number, sent in enumerate(receiver.received, 1):
            assert sent.headers[1:] == [
                ("User-Agent", "kanbert-fake-server"),
                ("Content-Type", "application/json"),
                ("X-Hub", signed(sent.body)),
                ("X-Delivery", str(number)),
                ("Content-Length", str(len(sent.body))),
            ]


@pytest.mark.proves("W5", "W13")
def test_without_a_window_a_change_is_sent_at_once_though_the_clock_stands(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url], webhook_window=0) as api:
        made = create(api)
        change(api, made["id"], title="Two")
        receiver.wait_for(2)
        assert receiver.events() == ["task:create", "task:update"]
        assert [one.json["data"]["title"] for one in receiver.received] == ["T", "Two"]
