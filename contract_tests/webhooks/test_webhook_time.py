"""Deliveries and the world's clock: frozen, turned and running; and their end by reset and stop."""

import contextlib
import gc
import threading
import time

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT_DATA, LOGO
from contract_tests.webhooks.receiver import Receiver, hang
from contract_tests.webhooks.webhook_server import (
    advance,
    after,
    flush,
    log,
    now,
    payload,
    refused,
    running,
    subscribe,
    tried,
)
from contract_tests.writing import change, create

pytestmark = pytest.mark.proves("W13", "README: Time")


@pytest.fixture
def fake(fake: Api, receiver: Receiver) -> Api:
    """Its receiver is told of everything."""
    subscribe(fake, receiver)
    return fake


# ---------------------------------------------------------------- the clock


def test_the_clock_is_told_frozen_turned_and_let_go(fake: Api) -> None:
    assert fake.control("GET", "/clock") == {"now": after(0), "mode": "frozen"}
    assert fake.control("POST", "/clock/advance", {"by": 1.5}) == {
        "now": after(1.5), "mode": "frozen", "fell_due": [],
    }  # fmt: skip
    at = "2027-01-01T00:00:00.000Z"
    assert fake.control("POST", "/clock/freeze", {"at": "2027-01-01T01:00:00+01:00"}) == {"now": at, "mode": "frozen"}
    assert create(fake)["created_at"] == "2027-01-01T00:00:00Z"
    resumed = fake.control("POST", "/clock/resume")
    assert (resumed["mode"], resumed["now"][:16]) == ("real", at[:16])
    stood = fake.control("POST", "/clock/freeze")
    assert stood["mode"] == "frozen"
    assert fake.control("GET", "/clock") == stood
    assert stood["now"] >= resumed["now"]


def test_with_a_running_clock_deliveries_and_retries_come_by_themselves(receiver: Receiver) -> None:
    receiver.answers.append(500)
    with running(now="", webhook_url=[receiver.url], webhook_backoff=[0.05]) as api:
        made = create(api)
        receiver.wait_for(2)
        assert api.control("GET", "/clock")["mode"] == "real"
        assert [one.json for one in receiver.received] == [payload("task:create", made["id"], BOT_DATA, made)] * 2
        flush(api)
        assert [one["state"] for one in log(api)] == ["delivered"]


def test_a_running_clock_can_be_turned_and_what_fell_due_is_complete_and_ordered(receiver: Receiver) -> None:
    receiver.answers.extend([500, 500, 200, 500])
    with running(now="", webhook_url=[receiver.url], webhook_window=5) as api:
        create(api), create(api)
        due = advance(api, "2m")
        assert [(one["id"], one["try"], one["state"]) for one in due] == [
            ("1", 1, "pending"),
            ("2", 1, "pending"),
            ("1", 2, "delivered"),
            ("2", 2, "pending"),
            ("2", 3, "delivered"),
        ]
        times = [one["at"] for one in due]
        assert times == sorted(times)
        assert api.control("GET", "/clock")["mode"] == "real"
        assert now(api) > times[-1]
        assert [one["state"] for one in log(api)] == ["delivered", "delivered"]


def test_freezing_a_running_clock_holds_back_what_is_not_due(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url], webhook_window=5) as api:
        create(api)
        api.control("POST", "/clock/freeze")
        assert (advance(api, 4), receiver.received) == ([], [])
        assert [one["try"] for one in advance(api, 1)] == [1]


def test_resuming_a_frozen_clock_sends_what_falls_due(fake: Api, receiver: Receiver) -> None:
    create(fake)
    fake.control("POST", "/clock/resume")
    receiver.wait_for(1)


def test_freezing_at_a_later_instant_sends_what_is_overdue(fake: Api, receiver: Receiver) -> None:
    create(fake)
    fake.control("POST", "/clock/freeze", {"at": "2026-03-12T15:30:05Z"})
    receiver.wait_for(1)
    flush(fake)
    assert tried(fake) == [(after(5), 200)]


# ---------------------------------------------------------------- reset and stop


def test_reset_forgets_what_is_pending_and_sets_the_clock_back(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(500)
    create(fake)
    advance(fake, 5)
    change(fake, LOGO, title="T")
    fake.control("POST", "/clock/resume")
    fake.control("POST", "/reset")
    assert fake.control("GET", "/clock") == {"now": after(0), "mode": "frozen"}
    assert fake.control("GET", "/deliveries") == {"data": [], "total": 0, "forgotten": 0}
    assert (advance(fake, "1d"), flush(fake)) == ([], [])
    assert len(receiver.received) == 1


def test_reset_brings_back_the_subscriptions_of_the_start_and_no_others(receiver: Receiver) -> None:
    with Receiver() as other, running(webhook_url=[receiver.url]) as api:
        before = api.control("GET", "/webhooks")
        api.control("DELETE", "/webhooks")
        subscribe(api, other)
        api.control("POST", "/reset")
        assert api.control("GET", "/webhooks") == before
        create(api)
        flush(api)
        assert (receiver.events(), other.events()) == (["task:create"], [])
        assert log(api)[0]["id"] == "1"


def test_reset_to_nothing_keeps_the_subscriptions_and_forgets_what_is_pending(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url]) as api:
        before = api.control("GET", "/webhooks")
        create(api)
        api.control("POST", "/reset?to=empty")
        assert (api.control("GET", "/webhooks"), log(api), flush(api)) == (before, [], [])


def test_reset_sets_a_running_clock_running_again(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url]) as api:
        api.control("POST", "/clock/freeze", {"at": "2030-01-01T00:00:00Z"})
        api.control("POST", "/reset")
        assert api.control("GET", "/clock")["mode"] == "real"
        assert now(api) < "2030"


BROKEN_OFF = (409, "Broken off", "The world default was reset, replaced or removed while this was waited for.")


def test_reset_breaks_off_what_is_under_way(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(hang)
    create(fake)
    answers: list[tuple[int, str, str]] = []
    waiting = threading.Thread(target=lambda: answers.append(refused(fake, "POST", "/flush")))
    waiting.start()
    receiver.wait_for(1)
    fake.control("POST", "/reset")
    waiting.join()
    receiver.wait_until_left()
    assert answers == [BROKEN_OFF]
    subscribe(fake, receiver)
    create(fake)
    assert [one["state"] for one in flush(fake)] == ["delivered"]


def test_a_clock_that_is_being_turned_is_back_at_the_start_after_a_reset(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(hang)
    create(fake)
    answers: list[tuple[int, str, str]] = []
    turning = threading.Thread(
        target=lambda: answers.append(refused(fake, "POST", "/clock/advance", {"by": "1d"}))
    )  # fmt: skip
    turning.start()
    receiver.wait_for(1)
    fake.control("POST", "/reset")
    turning.join()
    assert answers == [BROKEN_OFF]
    assert now(fake) == after(0)


def wait_for_flush(api: Api) -> threading.Thread:
    """Somebody who waits for the server until it ends."""

    def wait() -> None:
        with contextlib.suppress(httpx2.HTTPError):
            api.http.post("/_fake/flush")

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("flushed", [False, True], ids=["by itself", "while somebody waits for it"])
def test_the_server_ends_quickly_with_deliveries_under_way_and_leaves_nothing_open(
    receiver: Receiver, flushed: bool
) -> None:
    receiver.usual = hang
    before = servers()
    with running(now="", webhook_url=[receiver.url], webhook_window=0) as api:
        for _ in range(8):
            create(api)
        receiver.wait_for(4)
        waiting = [wait_for_flush(api)] if flushed else []
        began = time.monotonic()
    assert time.monotonic() - began < 2
    receiver.wait_until_left()
    for thread in waiting:
        thread.join()
    gc.collect()
    assert len(receiver.received) == 4
    assert servers() == before


def servers() -> int:
    """How many run in this process."""
    return [one.name for one in threading.enumerate()].count("kanbert-fake")


def test_the_server_ends_with_deliveries_that_wait_for_their_time(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url], webhook_window=60) as api:
        create(api)
    gc.collect()
    assert receiver.received == []
