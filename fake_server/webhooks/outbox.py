"""The deliveries of one world: what becomes of an event, what waits, what is sent. Pure: whoever posts takes what
is due and says what came of it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from fake_server.moment import exact
from fake_server.store.kind import Record
from fake_server.webhooks.delivery import Attempt, Delivery, Happening, Request, State
from fake_server.webhooks.lanes import Lanes
from fake_server.webhooks.log import Log
from fake_server.webhooks.mischief import struck
from fake_server.webhooks.policy import Policy
from fake_server.webhooks.window import Resource, Window, Windows, meaning

MOST_PENDING = 50_000
MOST_WAITING = 256 * 1024 * 1024
"""Bytes that pending deliveries may keep."""
FULL = "Too much is pending already: {} deliveries with {} bytes."


class Outbox:
    """What waits, what is under way, what was."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.lanes = Lanes()
        self.log = Log()
        self.windows = Windows(policy.window)
        self.pending: dict[int, Delivery] = {}
        self.weights: dict[int, int] = {}
        """Bytes that each pending delivery keeps, and their sum."""
        self.weight = 0
        self.unsent: dict[Resource, dict[int, Delivery]] = {}
        """Those of a resource that no receiver has seen anything of."""
        self.numbered: Counter[int] = Counter()
        """Deliveries per subscription, by which mischief counts."""

    # what happens in the world
    def happened(self, what: Happening, hooks: Sequence[Record], now: float) -> None:
        """An event of which these subscriptions are to be told."""
        window = self.windows.held(what.resource, now)
        means = meaning(window and window.verb, what.verb)
        if what.verb == "delete":
            self.gone(what, hooks, now, window.newest if window and means == "annulled" else 0)
        elif window and means == "absorbed":
            self.absorb(what, hooks, now, window)
        else:
            self.windows.begin(what.resource, what.verb, now, what.newest)
            for hook in hooks:
                self.add(what, hook, now, self.windows.end(now))

    def absorb(self, what: Happening, hooks: Sequence[Record], now: float, window: Window) -> None:
        """What is held back tells it, too; only who subscribed meanwhile is told of nothing yet."""
        held = [one for one in self.unsent.get(what.resource, {}).values() if one.at >= window.since]
        told = {one.hook.key for one in held}
        for one in held:
            one.merge(what.changed)
        for hook in hooks:
            if hook.key <= window.newest or hook.key in told:
                self.note(what, hook, now, "superseded", f"It falls into the window of the {window.verb} before it.")
            else:
                self.add(what, hook, now, self.windows.end(now))

    def gone(self, what: Happening, hooks: Sequence[Record], now: float, annulled: int) -> None:
        """A resource ends: a create that nobody has seen is taken back, what else waits tells what it was. Up to
        `annulled` the subscriptions are told of neither."""
        self.windows.forget(what.resource)
        untold = set()
        for one in list(self.unsent.get(what.resource, {}).values()):
            if one.hook.key in untold or (one.what.verb == "create" and not one.what.triggered):
                untold.add(one.hook.key)
                self.finish(one, "cancelled", "The resource was deleted before this was sent.")
            else:
                one.fix(what.data, one.what.person)
                self.weigh(one)
        for hook in hooks:
            if hook.key <= annulled or hook.key in untold:
                self.note(what, hook, now, "cancelled", "Its create was never sent.")
            else:
                self.add(what, hook, now, self.windows.end(now))

    # what waits
    def add(self, what: Happening, hook: Record, now: float, due: float) -> Delivery:
        """A delivery that waits; what mischief drops does not."""
        self.numbered[hook.key] += 1
        tricks = struck(hook.mischief, self.numbered[hook.key])
        if "drop" in tricks:
            return self.note(what, hook, now, "cancelled", "Dropped by mischief.")
        if len(self.pending) >= MOST_PENDING or self.weight > MOST_WAITING:
            return self.note(what, hook, now, "failed", FULL.format(len(self.pending), self.weight))
        due += tricks["delay"].seconds if "delay" in tricks else 0.0
        delivery = self.log.row(what, hook, now, due)
        delivery.tries, delivery.tricks = self.policy.tries, tricks
        self.pending[delivery.number] = delivery
        self.unsent.setdefault(what.resource, {})[delivery.number] = delivery
        self.weigh(delivery)
        self.lanes.add(delivery)
        return delivery

    def note(self, what: Happening, hook: Record, now: float, state: State, why: str) -> Delivery:
        """A row of the log about something that is not sent."""
        delivery = self.log.row(what._replace(data=None), hook, now, now)
        self.finish(delivery, state, why)
        return delivery

    def weigh(self, delivery: Delivery) -> None:
        """Counts what a pending delivery keeps by now."""
        self.weight += delivery.size() - self.weights.get(delivery.number, 0)
        self.weights[delivery.number] = delivery.size()

    def seen(self, delivery: Delivery) -> None:
        """It is unsent no longer."""
        waiting = self.unsent.get(delivery.what.resource, {})
        waiting.pop(delivery.number, None)
        if not waiting:
            self.unsent.pop(delivery.what.resource, None)

    def cancel(self, hook: int, why: str) -> None:
        """Nothing more is sent to a subscription."""
        for delivery in [one for one in self.pending.values() if one.hook.key == hook]:
            self.finish(delivery, "cancelled", why)

    # what is sent
    def take(self, now: float) -> Iterator[Delivery]:
        """Those that leave now."""
        return self.lanes.take(now)

    def begin(self, delivery: Delivery, request: Request) -> bool:
        """What is sent stands, for this try and all others. False: too much waits to be sent again."""
        if self.weight + len(request.body) > MOST_WAITING:
            self.lanes.landed(delivery)
            self.finish(delivery, "failed", FULL.format(len(self.pending), self.weight))
            return False
        window = self.windows.open.get(delivery.what.resource)
        if window and window.since <= delivery.at and not delivery.what.triggered:
            # It leaves before its window ends, as while somebody flushes: what comes now it cannot tell any more.
            self.windows.forget(delivery.what.resource)
        delivery.request = request
        delivery.fix(None, None)
        self.seen(delivery)
        self.weigh(delivery)
        return True

    def postponed(self, delivery: Delivery, now: float) -> bool:
        """Whether mischief lets the next one overtake this one, which then is not sent now."""
        trick = delivery.tricks.pop("reorder", None)
        if trick is None or delivery.state != "pending":
            return False
        self.lanes.landed(delivery)
        self.lanes.linger(delivery, exact(now + trick.seconds))
        return True

    def answered(self, delivery: Delivery, attempt: Attempt, now: float) -> None:
        """What came of a try."""
        self.lanes.landed(delivery)
        delivery.attempts.append(attempt)
        delivery.tries -= 1
        arrived = any(not one.error for one in delivery.attempts)
        if delivery.state != "pending":
            # It was cancelled on its way, and has arrived all the same.
            delivery.state, delivery.why = ("delivered", "") if arrived else (delivery.state, delivery.why)
            self.lanes.leave(delivery)
        elif arrived and "duplicate" in delivery.tricks:
            del delivery.tricks["duplicate"]
            self.lanes.wait(delivery)
        elif arrived or delivery.tries <= 0:
            self.finish(delivery, "delivered" if arrived else "failed")
        else:
            self.weigh(delivery)
            delivery.due = exact(now + self.policy.wait(len(delivery.attempts)))
            self.lanes.wait(delivery)

    def released(self, delivery: Delivery) -> None:
        """The try was broken off on this side: it is made anew."""
        self.lanes.landed(delivery)
        self.lanes.wait(delivery) if delivery.state == "pending" else self.lanes.leave(delivery)

    def resend(self, delivery: Delivery, now: float) -> None:
        """One more try of what was sent already, with the same bytes, now."""
        self.log.begin_again(delivery)
        under_way = delivery.number in self.lanes.flying
        # A try that was under way when its subscription ended counts, too.
        delivery.state, delivery.why, delivery.tries, delivery.due = "pending", "", 1 + under_way, now
        self.pending[delivery.number] = delivery
        self.weigh(delivery)
        if not under_way:
            self.lanes.add(delivery)

    def finish(self, delivery: Delivery, state: State, why: str = "") -> None:
        """Nothing more comes of it by itself."""
        delivery.state, delivery.why = state, why
        delivery.fix(None, None)
        self.pending.pop(delivery.number, None)
        self.weight -= self.weights.pop(delivery.number, 0)
        self.seen(delivery)
        if delivery.number not in self.lanes.flying:
            self.lanes.leave(delivery)
        self.log.end(delivery)
