"""What the delivery log keeps: the oldest is forgotten first, and only so much may be pending."""

from typing import NamedTuple

import pytest

from contract_tests.client import Api
from contract_tests.webhooks.webhook_server import URL, refused, subscribe
from contract_tests.writing import change, create
from fake_server.webhooks import log as log_module
from fake_server.webhooks import outbox as outbox_module
from fake_server.webhooks.delivery import Attempt, Happening, Request
from fake_server.webhooks.mischief import Mischief
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import Policy
from fake_server.world import NOBODY

pytestmark = pytest.mark.proves("W19")


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


def test_what_is_forgotten_is_said_and_is_not_found(alone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 2)
    subscribe(alone, URL)
    task = create(alone)["id"]
    change(alone, task, title="B")
    change(alone, task, title="C")
    change(alone, task, title="D")
    found = alone.control("GET", "/deliveries")
    assert ([row["id"] for row in found["data"]], found["total"], found["forgotten"]) == (["1", "3", "4"], 3, 1)
    sentence = "There is no delivery 2; the last one is 4."
    assert refused(alone, "GET", "/deliveries/2") == (404, "No such delivery", sentence)
