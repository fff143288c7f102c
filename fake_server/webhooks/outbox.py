"""The deliveries of one world: those that wait, and the log of all that happened to them. Pure: whoever posts
takes what is due and says what came of it."""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fake_server.moment import exact
from fake_server.store.kind import Record
from fake_server.store.store import Verb
from fake_server.webhooks.delivery import Attempt, Delivery, Happening, Request, State
from fake_server.webhooks.lanes import Lanes
from fake_server.webhooks.mischief import struck
from fake_server.webhooks.policy import Policy
from fake_server.webhooks.window import meaning

MOST_LOGGED = 20_000
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of bodies in the log, apart from what is pending."""
MOST_PENDING = 50_000
MOST_WINDOWS = 50_000

Resource = tuple[str, int]


class Window(NamedTuple):
    """What is held back of a resource, and until when another event of it falls into the same window."""

    verb: Verb
    until: float
    newest: int
    """The last subscription that there was when it began."""


class Outbox:
    """What waits, what is under way, what was."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.lanes = Lanes()
        self.log: dict[int, Delivery] = {}
        self.pending: dict[int, Delivery] = {}
        self.unsent: dict[Resource, dict[int, Delivery]] = {}
        """Those of a resource that no receiver has seen anything of."""
        self.windows: OrderedDict[Resource, Window] = OrderedDict()
        """The one that ends first stands first."""
        self.finished: OrderedDict[int, None] = OrderedDict()
        self.numbered: Counter[int] = Counter()
        """Deliveries per subscription, by which mischief counts."""
        self.last = 0
        self.kept_bytes = 0
        self.forgotten = 0
        """Rows that the log had no more room for."""

    # what happens in the world
    def happened(self, what: Happening, hooks: Sequence[Record], now: float) -> None:
        """An event of which these subscriptions are to be told."""
        resource = what.kind, what.key
        window = self.windows.get(resource)
        window = window if window and now < window.until else None
        means = meaning(window and window.verb, what.verb)
        if what.verb == "delete":
            self.gone(what, hooks, now, window.newest if window and means == "annulled" else 0)
        elif window and means == "absorbed":
            self.absorb(what, hooks, now, window)
        else:
            self.open(resource, what, now)
            for hook in hooks:
                self.add(what, hook, now, self.after(now))

    def absorb(self, what: Happening, hooks: Sequence[Record], now: float, window: Window) -> None:
        """What is held back tells it, too; only who subscribed meanwhile is told of nothing yet."""
        waiting = self.unsent.get((what.kind, what.key), {}).values()
        told = {one.hook.key for one in waiting}
        for one in waiting:
            one.merge(what.changed)
        for hook in hooks:
            if hook.key <= window.newest or hook.key in told:
                self.note(what, hook, now, "superseded", f"It falls into the window of the {window.verb} before it.")
            else:
                self.add(what, hook, now, self.after(now))

    def gone(self, what: Happening, hooks: Sequence[Record], now: float, annulled: int) -> None:
        """A resource ends: a create that nobody has seen is taken back, what else waits tells what it was. Up to
        `annulled` the subscriptions are told of neither."""
        resource = what.kind, what.key
        self.windows.pop(resource, None)
        untold = set()
        for one in list(self.unsent.get(resource, {}).values()):
            if one.hook.key in untold or (one.what.verb == "create" and not one.what.triggered):
                untold.add(one.hook.key)
                self.finish(one, "cancelled", "The resource was deleted before this was sent.")
            else:
                one.fix(what.data)
        for hook in hooks:
            if hook.key <= annulled or hook.key in untold:
                self.note(what, hook, now, "cancelled", "Its create was never sent.")
            else:
                self.add(what, hook, now, self.after(now))

    def after(self, now: float) -> float:
        """When a window ends that begins now."""
        return exact(now + self.policy.window)

    def open(self, resource: Resource, what: Happening, now: float) -> None:
        """Further events of the resource fall into this window."""
        self.windows.pop(resource, None)
        while self.windows and (len(self.windows) >= MOST_WINDOWS or next(iter(self.windows.values())).until <= now):
            self.windows.popitem(last=False)
        self.windows[resource] = Window(what.verb, self.after(now), what.newest)

    def close_windows(self) -> None:
        """What happens from now on is told apart."""
        self.windows.clear()

    # what is sent
    def add(self, what: Happening, hook: Record, now: float, due: float) -> Delivery:
        """A delivery that waits; what mischief drops does not."""
        self.numbered[hook.key] += 1
        tricks = struck(hook.mischief, self.numbered[hook.key])
        if "drop" in tricks:
            return self.note(what, hook, now, "cancelled", "Dropped by mischief.")
        if len(self.pending) >= MOST_PENDING:
            return self.note(what, hook, now, "failed", f"{MOST_PENDING} deliveries are pending already.")
        due += tricks["delay"].seconds if "delay" in tricks else 0.0
        delivery = self.number(what, hook, now, due)
        delivery.tries, delivery.tricks = self.policy.tries, tricks
        self.pending[delivery.number] = delivery
        self.unsent.setdefault((what.kind, what.key), {})[delivery.number] = delivery
        self.lanes.add(delivery)
        return delivery

    def note(self, what: Happening, hook: Record, now: float, state: State, why: str) -> Delivery:
        """A row of the log about something that is not sent."""
        delivery = self.number(what, hook, now, now)
        self.finish(delivery, state, why)
        return delivery

    def number(self, what: Happening, hook: Record, now: float, due: float) -> Delivery:
        self.last += 1
        delivery = self.log[self.last] = Delivery(self.last, what, hook, now, due)
        return delivery

    def take(self, now: float) -> Iterator[Delivery]:
        """Those that leave now."""
        return self.lanes.take(now)

    def begin(self, delivery: Delivery, request: Request) -> None:
        """What is sent stands, for this try and all others."""
        delivery.request = request
        self.seen(delivery)

    def seen(self, delivery: Delivery) -> None:
        resource = delivery.what.kind, delivery.what.key
        waiting = self.unsent.get(resource, {})
        waiting.pop(delivery.number, None)
        if not waiting:
            self.unsent.pop(resource, None)

    def postponed(self, delivery: Delivery, now: float) -> bool:
        """Whether mischief lets the next one overtake this one, which then is not sent now."""
        trick = delivery.tricks.pop("reorder", None)
        if trick is None or delivery.state != "pending":
            return False
        self.lanes.landed(delivery)
        self.lanes.linger(delivery, now + trick.seconds)
        return True

    def answered(self, delivery: Delivery, attempt: Attempt, now: float) -> None:
        """What came of a try."""
        self.lanes.landed(delivery)
        delivery.attempts.append(attempt)
        delivery.tries -= 1
        arrived = any(not one.error for one in delivery.attempts)
        if delivery.state != "pending":
            self.lanes.leave(delivery)
        elif arrived and "duplicate" in delivery.tricks:
            del delivery.tricks["duplicate"]
            self.lanes.wait(delivery)
        elif arrived or delivery.tries <= 0:
            self.finish(delivery, "delivered" if arrived else "failed")
        else:
            delivery.due = exact(now + self.policy.wait(len(delivery.attempts)))
            self.lanes.wait(delivery)

    def released(self, delivery: Delivery) -> None:
        """The try was broken off on this side: it is made anew."""
        self.lanes.landed(delivery)
        self.lanes.wait(delivery) if delivery.state == "pending" else self.lanes.leave(delivery)

    def resend(self, delivery: Delivery, now: float) -> None:
        """One more try of what was sent already, with the same bytes, now."""
        if self.finished.pop(delivery.number, "absent") is None:
            self.kept_bytes -= delivery.size()
        under_way = delivery.number in self.lanes.flying
        # A try that was under way when its subscription ended counts, too.
        delivery.state, delivery.tries, delivery.due = "pending", 1 + under_way, now
        self.pending[delivery.number] = delivery
        if not under_way:
            self.lanes.add(delivery)

    def finish(self, delivery: Delivery, state: State, why: str = "") -> None:
        """Nothing more comes of it by itself; the log's oldest rows make room."""
        delivery.state, delivery.why = state, why or delivery.why
        self.pending.pop(delivery.number, None)
        self.seen(delivery)
        if delivery.number not in self.lanes.flying:
            self.lanes.leave(delivery)
        self.finished[delivery.number] = None
        self.kept_bytes += delivery.size()
        while self.finished and (len(self.log) > MOST_LOGGED or self.kept_bytes > MOST_BYTES):
            oldest, _ = self.finished.popitem(last=False)
            self.kept_bytes -= self.log.pop(oldest).size()
            self.forgotten += 1

    def cancel(self, hook: int, why: str) -> None:
        """Nothing more is sent to a subscription."""
        for delivery in [one for one in self.pending.values() if one.hook.key == hook]:
            self.finish(delivery, "cancelled", why)
