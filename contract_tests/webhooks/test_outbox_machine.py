"""The outbox by itself, without a socket: whatever happens to it, nothing is lost, stuck or mixed up."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contract_tests.properties.effort import share
from fake_server.moment import Caller
from fake_server.store.store import Verb
from fake_server.webhooks import log as log_module
from fake_server.webhooks import outbox as outbox_module
from fake_server.webhooks import window as window_module
from fake_server.webhooks.delivery import Attempt, Delivery, Happening, Request
from fake_server.webhooks.lanes import AT_ONCE
from fake_server.webhooks.mischief import Mischief
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import Policy

pytestmark = pytest.mark.proves("W5", "W6", "W19")

FEW = 3
"""Resources alive at once: so that much happens to each."""
WHICH = st.integers(0, 30)
TIMES = st.sampled_from((0.0, 0.05, 0.1, 1.0, 10.0, 100.0))
NOBODY = Caller(0, False, "", None)
GOOD = Attempt(0, 200, "", 0, "")
BAD = Attempt(0, 500, "It answered 500; only 2xx counts as received.", 0, "")


class Hook(NamedTuple):
    """What the outbox reads of a subscription."""

    key: int
    url: str
    mischief: tuple[Mischief, ...] = ()


PLAIN = (
    Hook(0, "http://one.test/"),
    Hook(0, "http://one.test/"),
    Hook(0, "http://two.test/", (Mischief("delay", every=2), Mischief("duplicate", every=3))),
)
MISCHIEVOUS = (
    PLAIN[0],
    Hook(0, "http://two.test/", (Mischief("reorder"),)),
    Hook(0, "http://three.test/", (Mischief("reorder", every=2), Mischief("drop", every=3))),
)


class Deliveries(RuleBasedStateMachine):
    """Resources come, change and go; deliveries of that are taken, answered or broken off, in any order."""

    hooks = PLAIN

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(Policy())
        self.now = 1000.0
        self.keys = 0
        self.versions: dict[int, int] = {}
        """Living resource -> its version."""
        self.gone: dict[int, int] = {}
        self.subscribed: dict[int, Hook] = {}
        self.newest = 0
        self.owed: set[tuple[int, int]] = set()
        """Subscription and resource, of which something happened while it was subscribed."""
        self.applied: dict[tuple[int, int], int] = {}
        """Subscription and resource -> the version that the receiver has; none where it was told the end."""
        self.flying: dict[int, Delivery] = {}
        self.resent: set[int] = set()
        self.made: dict[int, Delivery] = {}
        """Every delivery that there ever was."""

    @initialize(hooks=st.sets(WHICH, min_size=1, max_size=3))
    def start(self, hooks: set[int]) -> None:
        for which in hooks:
            self.subscribe(which)

    # what happens in the world

    def happened(self, key: int, verb: Verb) -> None:
        data = str(self.gone[key]).encode() if verb == "delete" else None
        what = Happening(f"task:{verb}", verb, "task", key, NOBODY, data, newest=self.newest)
        before, pending = self.outbox.log.last, len(self.outbox.pending)
        self.outbox.happened(what, list(self.subscribed.values()), self.now)
        self.owed |= {(hook, key) for hook in self.subscribed}
        self.remember()
        assert self.outbox.log.last - before == len(self.subscribed), "one row for everyone who is to be told"
        assert len(self.outbox.pending) <= max(pending, outbox_module.MOST_PENDING)

    def remember(self) -> None:
        self.made.update(self.outbox.log.rows)

    @precondition(lambda self: len(self.versions) < FEW)
    @rule()
    def create(self) -> None:
        self.keys += 1
        self.versions[self.keys] = 1
        self.happened(self.keys, "create")

    @precondition(lambda self: self.versions)
    @rule(which=WHICH)
    def update(self, which: int) -> None:
        key = self.living(which)
        self.versions[key] += 1
        self.happened(key, "update")

    @precondition(lambda self: self.versions)
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        key = self.living(which)
        self.gone[key] = self.versions.pop(key)
        self.happened(key, "delete")

    @precondition(lambda self: self.versions)
    @rule(which=WHICH, verb=st.sampled_from(("create", "update")))
    def trigger(self, which: int, verb: Verb) -> None:
        """An event about a resource to which nothing happened."""
        what = Happening(f"task:{verb}", verb, "task", self.living(which), NOBODY, triggered=True)
        for hook in self.subscribed.values():
            self.outbox.add(what, hook, self.now, self.now)
            self.owed.add((hook.key, what.key))
        self.remember()

    def living(self, which: int) -> int:
        return list(self.versions)[which % len(self.versions)]

    @precondition(lambda self: len(self.subscribed) < FEW)
    @rule(which=WHICH)
    def subscribe(self, which: int) -> None:
        self.newest += 1
        self.subscribed[self.newest] = self.hooks[which % len(self.hooks)]._replace(key=self.newest)

    @precondition(lambda self: self.subscribed)
    @rule(which=WHICH)
    def unsubscribe(self, which: int) -> None:
        hook = list(self.subscribed)[which % len(self.subscribed)]
        del self.subscribed[hook]
        self.owed = {(owed, key) for owed, key in self.owed if owed != hook}
        self.outbox.cancel(hook, "Its subscription was removed.")
        assert all(one.hook.key != hook for one in self.outbox.pending.values())

    # what the courier does

    @rule(seconds=TIMES)
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        for one in self.outbox.take(self.now):
            assert one.state == "pending", "what has ended is not sent"
            assert one.due <= self.now or self.outbox.lanes.hurried or one.hastens, "not before its time"
            if one.request is None:
                self.outbox.begin(one, Request((), self.body(one)))
            if not self.outbox.postponed(one, self.now):
                self.send(one)

    def send(self, one: Delivery) -> None:
        flying = self.flying.values()
        assert all(other.lane != one.lane for other in flying), "one after the other of a resource to a URL"
        assert sum(other.hook.url == one.hook.url for other in flying) < self.outbox.lanes.at_once
        if not self.free_of_order:
            before = [n for n, other in self.outbox.pending.items() if n < one.number and other.lane == one.lane]
            assert set(before) <= self.resent, "in the order in which it happened"
        self.flying[one.number] = one

    @property
    def free_of_order(self) -> bool:
        return any(one.trick == "reorder" for hook in self.hooks for one in hook.mischief)

    def body(self, one: Delivery) -> bytes:
        return one.what.data or str(self.versions[one.what.key]).encode()

    @precondition(lambda self: self.flying)
    @rule(which=WHICH, good=st.booleans())
    def answer(self, which: int, good: bool) -> None:
        one = self.flying.pop(list(self.flying)[which % len(self.flying)])
        if good:
            self.arrived(one)
        self.outbox.answered(one, GOOD if good else BAD, self.now)

    def arrived(self, one: Delivery) -> None:
        assert one.request is not None
        if one.what.verb == "delete":
            self.applied.pop((one.hook.key, one.what.key), None)
        else:
            self.applied[one.hook.key, one.what.key] = int(one.request.body)

    @precondition(lambda self: self.flying)
    @rule(which=WHICH)
    def break_off(self, which: int) -> None:
        self.outbox.released(self.flying.pop(list(self.flying)[which % len(self.flying)]))

    @rule(at_once=st.sampled_from((1, AT_ONCE)))
    def one_at_a_time(self, at_once: int) -> None:
        """As while somebody waits; what is under way by then stays so."""
        if len(self.flying) < at_once:
            self.outbox.lanes.at_once = at_once

    @rule(hurry=st.booleans())
    def hurry(self, hurry: bool) -> None:
        if hurry:
            self.outbox.windows.close()
        self.outbox.lanes.hurry(self.outbox.log.last if hurry else 0)

    @rule(which=WHICH)
    def resend(self, which: int) -> None:
        """The newest of a resource that ended and was sent at all."""
        newest = {(one.hook.key, one.what.key): one for one in self.outbox.log.rows.values()}
        found = [one for one in newest.values() if one.begun and one.state != "pending"]
        if found:
            one = found[which % len(found)]
            self.resent.add(one.number)
            self.outbox.resend(one, self.now)

    # what always holds

    @invariant()
    def every_number_has_one_state(self) -> None:
        box = self.outbox
        assert len(box.log.rows) + box.log.forgotten == box.log.last
        assert box.pending == {n: one for n, one in box.log.rows.items() if one.state == "pending"}
        assert set(box.log.ended) == set(box.log.rows) - set(box.pending)

    @invariant()
    def the_log_is_bounded(self) -> None:
        box = self.outbox
        assert box.log.bytes == sum(box.log.ended.values())
        assert len(box.log.rows) <= log_module.MOST_ENDED + len(box.pending)
        assert len(box.log.ended) <= 1 or box.log.bytes <= log_module.MOST_BYTES
        assert box.weight == sum(one.size() for one in box.pending.values())

    @invariant()
    def what_waits_is_counted(self) -> None:
        box, lanes = self.outbox, self.outbox.lanes
        assert lanes.flying == self.flying
        assert +lanes.busy == Counter(one.hook.url for one in self.flying.values())
        lane_rows = [one for lane in lanes.lanes.values() for one in lane]
        assert len(lane_rows) == len({one.number for one in lane_rows}), "nothing waits twice"
        assert {one.number for one in lane_rows} == set(box.pending) | set(self.flying)
        assert {n for rows in box.unsent.values() for n in rows} == {
            n for n, one in box.pending.items() if not one.begun
        }

    # how it ends

    def teardown(self) -> None:
        self.drain()
        self.resend_what_failed()
        self.drain()
        self.nothing_is_left()
        if not self.free_of_order:
            self.receivers_know_what_is()

    def drain(self) -> None:
        """Everything arrives from now on, and time goes on until nothing is pending."""
        for _ in range(10 * len(self.outbox.pending) + 10):
            while self.flying:
                self.answer(0, True)
            self.take()
            if not self.flying:
                time = self.outbox.lanes.next_time()
                if time is None:
                    break
                self.now = max(self.now, time)
        assert not self.outbox.pending, "nothing is stuck"

    def resend_what_failed(self) -> None:
        """The newest that was sent of each resource, where it failed."""
        sent = [one for one in self.made.values() if one.begun]
        newest = {(one.hook.key, one.what.key): one for one in sent}
        for one in newest.values():
            if one.state == "failed" and one.number in self.outbox.log.rows:
                self.resent.add(one.number)
                self.outbox.resend(one, self.now)

    def nothing_is_left(self) -> None:
        lanes = self.outbox.lanes
        assert (lanes.lanes, lanes.flying, +lanes.busy) == ({}, {}, Counter())
        assert self.outbox.unsent == {}
        assert list(self.outbox.take(self.now)) == []
        assert lanes.queues == {}

    def receivers_know_what_is(self) -> None:
        known = {pair: version for pair, version in self.applied.items() if pair in self.owed}
        living = {pair: self.versions[pair[1]] for pair in self.owed if pair[1] in self.versions}
        assert known == living


class MischievousDeliveries(Deliveries):
    """With receivers that are played tricks on, where order and what is dropped cannot be foretold."""

    hooks = MISCHIEVOUS


EXAMPLES = settings(share(4), report_multiple_bugs=False)
"""These are quick."""


def test_receivers_know_in_the_end_what_is() -> None:
    run_state_machine_as_test(Deliveries, settings=EXAMPLES)


def test_mischief_leaves_nothing_stuck_or_unaccounted_for() -> None:
    run_state_machine_as_test(MischievousDeliveries, settings=EXAMPLES)


def test_little_room_leaves_nothing_stuck_or_unaccounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_ENDED", 12)
    monkeypatch.setattr(log_module, "MOST_BYTES", 120)
    monkeypatch.setattr(outbox_module, "MOST_PENDING", 8)
    monkeypatch.setattr(window_module, "MOST_WINDOWS", 2)
    run_state_machine_as_test(MischievousDeliveries, settings=EXAMPLES)


Step = tuple[str, Any]
"""A rule, and what it is given."""
TOLD_AND_ANSWERED: list[Step] = [("time_passes", 0.1), ("take", ()), ("answer", (0, True))]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [("create", ()), ("hurry", True), ("update", 0), ("delete", 0)],
            id="deleted-while-its-create-and-an-update-wait",
        ),
        pytest.param(
            [("create", ()), *TOLD_AND_ANSWERED, ("update", 0), ("trigger", (0, "create")), ("delete", 0)],
            id="deleted-while-a-triggered-create-waits",
        ),
        pytest.param(
            [("create", ()), ("subscribe", 0), ("update", 0)],
            id="subscribed-to-within-a-window",
        ),
        pytest.param(
            [("create", ()), ("subscribe", 0), ("update", 0), ("delete", 0)],
            id="deleted-within-a-window-in-which-somebody-subscribed",
        ),
        pytest.param(
            [("create", ()), ("time_passes", 0.1), ("take", ()), ("unsubscribe", 0), ("resend", 0)],
            id="resent-while-the-try-is-under-way-that-was-cancelled",
        ),
    ],
)
def test_what_once_went_wrong(steps: list[Step]) -> None:
    live(Deliveries(), 0, steps)


def test_what_waited_in_vain_to_be_overtaken_is_not_overtaken_under_way() -> None:
    steps: list[Step] = [("create", ()), ("time_passes", 0.1), ("take", ()), ("time_passes", 10.0), ("take", ())]
    live(MischievousDeliveries(), 1, [*steps, ("update", 0), ("time_passes", 0.1), ("take", ())])


def live(life: Deliveries, hook: int, steps: list[Step]) -> None:
    """A life of these steps, told to one subscription from the start."""
    life.subscribe(hook)
    for name, given in steps:
        getattr(life, name)(*(given if isinstance(given, tuple) else (given,)))
        for check in (life.every_number_has_one_state, life.the_log_is_bounded, life.what_waits_is_counted):
            check()
    life.teardown()
