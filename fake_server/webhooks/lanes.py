"""Who leaves next: of one resource to one URL one after the other, to one URL a few at once, earliest first."""

from collections import Counter, deque
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

from fake_server.webhooks.delivery import Delivery, Place

AT_ONCE = 4
"""Requests under way to one URL: a receiver that hangs holds up nobody but itself."""
CROWDED = 100
"""Requests under way to all of them, from which on a URL gets one at a time."""
MOST_AT_ONCE = 400
VOID = 64
"""Entries of a queue from which on void ones are swept out."""

Lane = tuple[str, str, int]


class Queue(list[tuple[Place, Delivery]]):
    """A heap of deliveries by time; an entry whose place is another by now is void."""

    most = VOID

    def sweep(self) -> None:
        """Without its void entries, each time that it has doubled."""
        if len(self) >= self.most:
            self[:] = [entry for entry in self if entry[1].place == entry[0]]
            heapify(self)
            self.most = max(VOID, 2 * len(self))


class Lanes:
    """The deliveries that wait or are under way."""

    def __init__(self) -> None:
        self.lanes: dict[Lane, deque[Delivery]] = {}
        self.queues: dict[str, Queue] = {}
        """URL -> the heads of its lanes."""
        self.ticks = count()
        self.flying: dict[int, Delivery] = {}
        self.busy: Counter[str] = Counter()
        self.at_once = AT_ONCE
        self.hurried = 0
        """Deliveries up to this number, and what they wait for, do not wait for their time."""

    def add(self, delivery: Delivery) -> None:
        """At the end of its lane; before one that waits to be overtaken."""
        lane = self.lanes.setdefault(delivery.lane, deque())
        if lane and lane[0].lingers and lane[0].hook.key == delivery.hook.key:
            lane[0].lingers, lane[0].place, lane[0].due = False, None, delivery.due
            self.overtake(delivery, lane[0])
            lane.appendleft(delivery)
        else:
            lane.append(delivery)
        if lane[0] is delivery:
            self.wait(delivery)

    def overtake(self, delivery: Delivery, other: Delivery) -> None:
        """It goes first, and is not overtaken itself."""
        delivery.hastens = other.number <= self.hurried
        delivery.tricks.pop("reorder", None)

    def wait(self, delivery: Delivery) -> None:
        """The head of a lane waits for its time."""
        when = -inf if delivery.hastens or delivery.number <= self.hurried else delivery.due
        delivery.place = when, delivery.number, next(self.ticks)
        queue = self.queues.setdefault(delivery.hook.url, Queue())
        queue.sweep()
        heappush(queue, (delivery.place, delivery))

    def hurry(self, last: int) -> None:
        """Those up to a number wait no longer; 0: they wait as ever."""
        self.hurried = last
        for lane in self.lanes.values():
            if lane[0].place is not None:
                self.wait(lane[0])

    def first(self, url: str) -> Delivery | None:
        """The next one to a URL that has room for another."""
        queue = self.queues[url]
        while queue and queue[0][1].place != queue[0][0]:
            heappop(queue)
        return queue[0][1] if queue and self.has_room(url) else None

    def has_room(self, url: str) -> bool:
        """Whether one more may be under way to a URL; the first one nearly always."""
        most, all = (self.at_once, CROWDED) if self.busy[url] else (1, MOST_AT_ONCE)
        return self.busy[url] < most and len(self.flying) < all

    def next_time(self) -> float | None:
        """When the next one could leave."""
        waiting = (self.first(url) for url in self.queues)
        return min((one.place[0] for one in waiting if one is not None and one.place), default=None)

    def take(self, now: float) -> Iterator[Delivery]:
        """Those that leave now."""
        for url in list(self.queues):
            while (one := self.first(url)) is not None and one.place and one.place[0] <= now:
                one.place, one.lingers = None, False
                self.flying[one.number] = one
                self.busy[url] += 1
                yield one
            if not self.queues[url]:
                del self.queues[url]

    def landed(self, delivery: Delivery) -> None:
        del self.flying[delivery.number]
        self.busy[delivery.hook.url] -= 1
        if not self.busy[delivery.hook.url]:
            del self.busy[delivery.hook.url]

    def leave(self, delivery: Delivery) -> None:
        """Out of its lane; where it was the head, the next one waits for its time."""
        lane = self.lanes.get(delivery.lane, deque())
        was_head = bool(lane) and lane[0] is delivery
        if delivery in lane:
            lane.remove(delivery)
        delivery.place = None
        if not lane:
            self.lanes.pop(delivery.lane, None)
        elif was_head:
            self.wait(lane[0])

    def linger(self, delivery: Delivery, until: float) -> None:
        """Lets the next one of its lane overtake; where there is none yet, waits for one."""
        lane = self.lanes[delivery.lane]
        # To one URL there may be several subscriptions, each of which is told the same.
        following = [one for one in lane if one.hook.key == delivery.hook.key and one is not delivery]
        if following:
            lane.remove(following[0])
            lane.appendleft(following[0])
            self.overtake(following[0], delivery)
        else:
            delivery.lingers, delivery.due = True, until
        self.wait(lane[0])

    def leaves(self, delivery: Delivery, by: float) -> bool:
        """Whether it is under way, or may still leave by then."""
        if delivery.state != "pending":
            return False
        head = self.lanes[delivery.lane][0]
        return head.number in self.flying or head.due <= by

    def carries(self, last: int) -> bool:
        """Whether one of a number up to the last is under way."""
        return any(number <= last for number in self.flying)
