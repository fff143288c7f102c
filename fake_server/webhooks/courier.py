"""The courier: takes what is due out of the outbox and posts it. Besides the door the only one that waits."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from fake_server.moment import Clock, exact
from fake_server.webhooks.delivery import Attempt, Delivery, State
from fake_server.webhooks.lanes import AT_ONCE
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.post import client, post
from fake_server.webhooks.publisher import Publisher

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger("fake_server")

FAULT = Attempt(0.0, None, "The payload could not be made: a fault of the fake, whose log has the trace.", 0.0, "")


class Made(NamedTuple):
    """A try that was made while somebody waited for it."""

    delivery: Delivery
    attempt: Attempt
    number: int
    """Which try it was, from 1."""
    state: State
    """Of the delivery, after it."""


class Courier:
    """Posts the deliveries of one world, in whichever event loop wakes it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.publisher: Publisher | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.reports: list[list[Made]] = []
        self.settle(None)

    def settle(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """In another event loop; whatever an earlier one left unfinished is made anew."""
        self.loop = loop
        self.tasks: set[asyncio.Task[None]] = set()
        self.turns: list[asyncio.Future[None]] = []
        self.clients: dict[bool, httpx2.AsyncClient] = {}
        self.waiting = asyncio.Lock()
        if self.publisher is not None:
            for delivery in list(self.publisher.outbox.lanes.flying.values()):
                self.publisher.outbox.released(delivery)

    def serve(self, publisher: Publisher) -> None:
        """From now on this one's deliveries; what is under way for another is broken off."""
        self.break_off()
        self.publisher = publisher

    def break_off(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        for task in self.tasks:
            if not task.done() and self.loop is not None and not self.loop.is_closed():
                task.cancel()

    def retire(self) -> None:
        """Sends nothing any more; whoever waits for it waits no longer."""
        self.break_off()
        self.publisher = None

    async def stop(self) -> None:
        """Ends with nothing left open."""
        self.retire()
        if self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)
        for http in self.clients.values():
            await http.aclose()

    def wake(self) -> bool:
        """Sends what is due, and comes again when more is. False: there is nothing, or no event loop."""
        if self.publisher is None or not self.publisher.outbox.pending:
            return False
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if loop is not self.loop:
            self.settle(loop)
        outbox = self.publisher.outbox
        for delivery in outbox.take(self.clock.time()):
            self.send_off(self.publisher, delivery, loop)
        if self.timer is not None:
            self.timer.cancel()
        time = outbox.lanes.next_time()
        if time is not None and self.clock.mode == "real":
            self.timer = loop.call_later(max(time - self.clock.time(), 0.0), self.wake)
        return True

    def send_off(self, publisher: Publisher, delivery: Delivery, loop: asyncio.AbstractEventLoop) -> None:
        """Makes the request here and now, because what it says must be true when it leaves."""
        outbox, now = publisher.outbox, self.clock.time()
        if not delivery.begun and not self.prepared(publisher, delivery):
            return
        if not outbox.postponed(delivery, now):
            task = loop.create_task(self.carry(publisher, delivery))
            self.tasks.add(task)
            task.add_done_callback(self.returned)

    def prepared(self, publisher: Publisher, delivery: Delivery) -> bool:
        """Whether there is a request now; if not, the delivery has failed."""
        try:
            request = publisher.request(delivery)
        except Exception:
            log.exception("the payload of delivery %d (%s) failed", delivery.number, delivery.what.name)
            delivery.tries, now = 0, self.clock.time()
            publisher.outbox.answered(delivery, FAULT._replace(at=now), now)
            return False
        return publisher.outbox.begin(delivery, request)

    async def carry(self, publisher: Publisher, delivery: Delivery) -> None:
        """One try."""
        assert delivery.request is not None
        at, url, policy = self.clock.time(), delivery.hook.url, publisher.policy
        try:
            outcome = await post(self.client(url), url, delivery.request, policy.timeout, policy.private)
        except asyncio.CancelledError:
            publisher.outbox.released(delivery)
            raise
        attempt = Attempt(at, *outcome)
        publisher.outbox.answered(delivery, attempt, self.clock.time())
        for report in self.reports:
            report.append(Made(delivery, attempt, len(delivery.attempts), delivery.state))

    def client(self, url: str) -> "httpx2.AsyncClient":
        secure = url.lower().startswith("https:")
        if secure not in self.clients:
            self.clients[secure] = client(secure)
        return self.clients[secure]

    def returned(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery failed in the fake itself", exc_info=error)
        turns, self.turns = self.turns, []
        for turn in turns:
            if not turn.done():
                turn.set_result(None)
        if not task.cancelled():
            # Else the event loop may be about to end, and nothing must begin in it.
            self.wake()

    async def turn(self) -> None:
        """Until one more try has come to its end."""
        turn = asyncio.get_running_loop().create_future()
        self.turns.append(turn)
        await turn

    async def flush(self) -> list[Made]:
        """Sends everything that is pending, without its pauses, one after the other to each URL; returns when
        all of it has been delivered or has failed for good."""
        publisher = self.publisher
        async with self.waiting:
            if publisher is None or self.publisher is not publisher:
                return []
            with self.reporting(publisher.outbox) as made:
                await self.send_all(publisher)
            self.wake()
            return in_order(made)

    async def send_all(self, publisher: Publisher) -> None:
        outbox = publisher.outbox
        outbox.windows.close()
        owed = list(outbox.pending.values())
        outbox.lanes.hurry(outbox.log.last)
        try:
            while owed and self.publisher is publisher:
                self.wake()
                if owed[-1].state != "pending":
                    owed.pop()
                elif self.tasks:
                    await self.turn()
                else:
                    break
        finally:
            outbox.lanes.hurry(0)

    async def advance(self, by: float) -> list[Made]:
        """Turns the clock forward by so many seconds, stopping wherever something falls due until it is answered.
        What happens meanwhile is sent in its time, too, but not waited for."""
        publisher = self.publisher
        async with self.waiting:
            if publisher is None or self.publisher is not publisher:
                return []
            to = exact(self.clock.time() + by)
            with self.reporting(publisher.outbox) as made:
                await self.send_until(publisher, to)
            if self.publisher is publisher:
                self.clock.move(to)
                self.wake()
            return in_order(made)

    async def send_until(self, publisher: Publisher, to: float) -> None:
        lanes, last = publisher.outbox.lanes, publisher.outbox.log.last
        owed = list(publisher.outbox.pending.values())
        while owed and self.publisher is publisher and self.wake():
            time = lanes.next_time()
            if not lanes.leaves(owed[-1], to):
                owed.pop()
            elif time is not None and time <= to and not lanes.carries(last):
                self.clock.move(time)
            elif self.tasks:
                await self.turn()
            else:
                break

    @contextmanager
    def reporting(self, outbox: Outbox) -> Iterator[list[Made]]:
        """The tries made meanwhile; a URL gets one at a time, so that their order is the same in every run."""
        made = list[Made]()
        outbox.lanes.at_once = 1
        self.reports.append(made)
        try:
            yield made
        finally:
            outbox.lanes.at_once = AT_ONCE
            self.reports.remove(made)


def in_order(made: list[Made]) -> list[Made]:
    """By time; those of one instant by URL, the one that subscribed first first, whoever answered faster."""
    subscribed: dict[str, int] = {}
    for one in made:
        hook = one.delivery.hook
        subscribed[hook.url] = min(hook.key, subscribed.get(hook.url, hook.key))
    return sorted(made, key=lambda one: (one.attempt.at, subscribed[one.delivery.hook.url]))
