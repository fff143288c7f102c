"""What is written, turned, reset or ended while deliveries are under way."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api
from contract_tests.expected import BRIEF, LAUNCH
from contract_tests.webhooks.receiver import Receiver, hang, held
from contract_tests.webhooks.webhook_server import advance, after, flush, log, running, subscribe, titles
from contract_tests.writing import change, create
from fake_server.app import create_app
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("W13")


def meanwhile(call: Callable[[], Any]) -> threading.Thread:
    """Something that somebody waits for."""
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_a_turned_clock_waits_for_nothing_that_happens_meanwhile(receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    with running(now="", webhook_url=[receiver.url]) as api:
        receiver.answers += [held(gate), hang]
        change(api, BRIEF, title="A")
        turning = meanwhile(lambda: advance(api, 5))
        receiver.wait_for(1)
        change(api, LAUNCH, title="B")
        gate.release()
        # The second one is never answered.
        turning.join()
        assert [row["state"] for row in log(api)] == ["delivered", "pending"]


@pytest.mark.proves("W5")
def test_what_was_sent_before_its_window_ended_absorbs_nothing(fake: Api, receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    subscribe(fake, receiver, mischief=[{"trick": "reorder", "nth": 2}])
    receiver.answers += [held(gate), held(gate)]
    change(fake, LAUNCH, title="A")
    change(fake, BRIEF, title="1")
    flushing = meanwhile(lambda: flush(fake))
    receiver.wait_for(1)
    # It overtakes the first one about the brief, in the middle of its window.
    change(fake, BRIEF, title="2")
    gate.release()
    receiver.wait_for(2)
    change(fake, BRIEF, title="3")
    gate.release()
    flushing.join()
    flush(fake)
    assert titles(receiver.received) == ["A", "2", "2", "3"]


@pytest.mark.proves("README: Mischief")
def test_of_two_subscriptions_of_a_url_each_is_reordered_by_itself(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, mischief=[{"trick": "reorder", "nth": 1}])
    subscribe(fake, receiver, secret="another")
    task = create(fake)["id"]
    advance(fake, 0.1)
    change(fake, task, title="B")
    advance(fake, 10)
    tricked = [row for row in log(fake) if row["subscription"] == log(fake)[0]["subscription"]]
    created, updated = (row["attempts"][0]["at"] for row in tricked)
    order = [one.event for one in receiver.received if one.header("Signature") == signature(tricked, one.event)]
    assert (order, created, updated) == (["task:update", "task:create"], after(0.2), after(0.2))


def signature(rows: list[Any], event: str) -> str:
    return next(str(row["request"]["headers"]["Signature"]) for row in rows if row["event"] == event)


def asking(app: Any) -> httpx2.AsyncClient:
    """An ASGI app asked in the event loop of the test."""
    token = {"Authorization": "Bearer any"}
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://fake.test", headers=token)


def test_a_turn_that_waits_for_a_flush_ends_with_a_reset(receiver: Receiver) -> None:
    app = create_app(Settings(world="small", now=NOW, webhook_url=[receiver.url]))
    receiver.answers.append(hang)

    async def turned() -> Any:
        async with asking(app) as http:
            await http.patch(f"/api/v1/tasks/{BRIEF}", json={"title": "A"})
            flushing = asyncio.create_task(http.post("/_fake/flush"))
            await asyncio.to_thread(receiver.wait_for, 1)
            turning = asyncio.create_task(http.post("/_fake/clock/advance", json={"by": 5}))
            # Its turn in the event loop, in which it comes as far as it can.
            await asyncio.sleep(0)
            await http.post("/_fake/reset")
            await asyncio.gather(flushing, turning)
            return (await http.get("/_fake/clock")).json()

    assert asyncio.run(turned()) == {"now": after(0), "mode": "frozen"}


def test_an_event_loop_that_ends_breaks_off_and_begins_nothing(receiver: Receiver) -> None:
    app = create_app(Settings(world="small", now=NOW, webhook_window=0, webhook_url=[receiver.url]))
    receiver.answers.append(hang)

    async def changing(title: str, count: int) -> None:
        async with asking(app) as http:
            assert (await http.patch(f"/api/v1/tasks/{BRIEF}", json={"title": title})).status_code == 200
            await asyncio.to_thread(receiver.wait_for, count)

    asyncio.run(changing("A", 1))
    receiver.wait_until_left()
    assert len(receiver.received) == 1
    asyncio.run(changing("B", 3))
    assert titles(receiver.received) == ["A", "A", "B"]
