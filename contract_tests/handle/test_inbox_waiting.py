"""Waiting for what an inbox is told of: what is returned, and what is said where nothing comes."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.client import NOW
from contract_tests.expected import LOGO, PROJECT
from contract_tests.handle import handles
from contract_tests.handle.handles import rename, told
from fake_server import ControlError, FakeServer, Handle, connect
from fake_server.handle.pending import Pending
from fake_server.handle.receiver import Headers

pytestmark = pytest.mark.proves("README: Being told")

server, world, running = handles.server, handles.world, handles.running


@pytest.fixture
def fake(world: Handle) -> Handle:
    """One whose clock stands."""
    return world


# ---------------------------------------------------------------- waiting in vain


@pytest.fixture
def quickly() -> Iterator[None]:
    """What fails at once takes no fraction of its five seconds."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("quickly")
def test_while_the_clock_stands_a_wait_for_what_is_due_later_fails_at_once(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    rename(fake)
    assert (
        told(inbox.wait_for, "task:update", LOGO)
        == f"""\
task:update of {LOGO} did not come. The clock stands at 2026-03-12T15:30:00.000Z, 1 delivery is pending, due at \
2026-03-12T15:30:00.100Z: advance the clock, or flush().
Nothing was received.
Not delivered (1):
  task:update {LOGO} pending until 2026-03-12T15:30:00.100Z, tries 0."""
    )


@pytest.mark.usefixtures("quickly")
def test_while_the_clock_stands_a_wait_for_the_next_try_fails_at_once(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    inbox.answer(503, times=1)
    rename(fake)
    fake.clock.advance(seconds=1)
    assert (
        told(inbox.wait_for, "task:update", LOGO, count=2)
        == f"""\
task:update of {LOGO} (2 times) did not come. The clock stands at 2026-03-12T15:30:01.000Z, 1 delivery is pending, \
due at 2026-03-12T15:30:10.100Z: advance the clock, or flush().
Received (1):
  task:update {LOGO}, answered 503
Not delivered (1):
  task:update {LOGO} pending until 2026-03-12T15:30:10.100Z, tries 1. It answered 503; only 2xx counts as received."""
    )


@pytest.mark.usefixtures("quickly")
def test_while_the_clock_stands_and_nothing_changed_a_wait_fails_at_once(fake: Handle) -> None:
    assert told(fake.inbox("task:*").wait_for, "*") == (
        "* did not come. The clock stands at 2026-03-12T15:30:00.000Z, 0 deliveries are pending: "
        "nothing it is told of changed.\nNothing was received."
    )


def test_what_is_sent_at_once_comes_though_the_clock_stands(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    assert [row["event"] for row in fake.trigger("task:delete", LOGO)] == ["task:delete"]
    assert inbox.wait_for("task:delete", LOGO)["event"] == "task:delete"


def test_what_is_under_way_is_waited_for_though_the_clock_stands(
    fake: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It arrives only after the wait has looked for what is pending."""
    inbox, looked = fake.inbox("task:*"), threading.Event()
    take, hopeless = inbox._receiver.take, Pending.hopeless

    def late(body: bytes, headers: Headers) -> int:
        assert looked.wait(5)
        return take(body, headers)

    def look(pending: Pending, event: str) -> str:
        found = hopeless(pending, event)
        looked.set()
        return found

    monkeypatch.setattr(inbox._receiver, "take", late)
    monkeypatch.setattr(Pending, "hopeless", look)
    fake.trigger("task:delete", LOGO)
    assert inbox.wait_for("task:delete", LOGO)["resource"]["id"] == LOGO


def test_when_the_time_is_over_it_is_told_what_came_and_what_failed(running: Handle) -> None:
    inbox = running.inbox("task:*")
    inbox.answer(500, times=3)
    rename(running)
    running.flush()
    said = told(inbox.wait_for, "task:delete", LOGO, timeout=0.01)
    assert (
        said
        == f"""\
task:delete of {LOGO} did not come. 0.01 seconds are over.
Received (3):
  task:update {LOGO}, answered 500
  task:update {LOGO}, answered 500
  task:update {LOGO}, answered 500
Not delivered (1):
  task:update {LOGO} failed, tries 3. It answered 500; only 2xx counts as received."""
    )


def lose(fake: Handle, end: str, folder: Path) -> None:
    """The world becomes another one, which knows nothing of what was subscribed since."""
    match end:
        case "reset":
            fake.reset()
        case "load":
            fake.load(folder / "before.json")
        case _:
            fake.snapshots.load("before")
    fake.clock.freeze(NOW)


@pytest.mark.parametrize("end", ["reset", "load", "restore"])
def test_it_goes_on_when_its_own_handle_makes_the_world_another(fake: Handle, end: str, tmp_path: Path) -> None:
    fake.snapshots.save("before")
    fake.export(tmp_path / "before.json")
    inbox, closed = fake.inbox("task:update", project_id=PROJECT), fake.inbox()
    closed.close()
    before = inbox.subscription
    lose(fake, end, tmp_path)
    assert fake.webhooks.list() == [inbox.subscription]
    own = ("url", "events", "secret", "project_id")
    assert [inbox.subscription[name] for name in own] == [before[name] for name in own]
    rename(fake, f"After a {end}")
    fake.flush()
    assert inbox.wait_for("task:update", LOGO)["data"]["title"] == f"After a {end}"


def test_it_is_told_once_where_the_world_that_comes_back_knows_it(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    document = fake.export()
    came: list[str] = []
    for again in (fake.snapshot().restore, lambda: fake.load(document)):
        again()
        assert fake.webhooks.list() == [inbox.subscription]
        rename(fake, f"New {len(came)}")
        fake.flush()
        came.append(inbox.wait_for("*")["data"]["title"])
    assert (came, len(inbox.received)) == (["New 0", "New 1"], 2)


def test_a_reset_succeeds_though_what_an_inbox_was_limited_to_is_gone(fake: Handle) -> None:
    inbox = fake.inbox("task:*", project_id=PROJECT)
    fake.reset("empty")
    assert fake.webhooks.list() == []
    assert told(inbox.wait_for, "task:update").startswith(
        "task:update did not come. The subscription of this inbox is"
    )


@pytest.mark.usefixtures("quickly")
def test_a_subscription_that_somebody_else_has_ended_is_told(server: FakeServer, running: Handle) -> None:
    inbox = running.inbox("task:*")
    with connect(server.url, world=running.name) as other:
        other.reset()
        other.clock.resume()
    assert told(inbox.wait_for, "task:update").splitlines()[0] == (
        "task:update did not come. The subscription of this inbox is gone: it ends with what it is limited to, and "
        "where somebody else resets, restores or loads the world. Make another inbox."
    )


@pytest.mark.usefixtures("quickly")
def test_an_event_that_the_inbox_is_not_told_of_is_not_waited_for(running: Handle) -> None:
    inbox = running.inbox("task:create", "comment:*")
    assert told(inbox.wait_for, "task:update").splitlines()[0] == (
        "task:update did not come. This inbox is not told of task:update; did you mean task:create?"
    )
    with pytest.raises(ControlError) as refused:
        inbox.wait_for("task:updated")
    assert str(refused.value) == "There is no event task:updated; did you mean task:update?"


def test_a_family_is_waited_for_by_who_is_told_of_one_of_it(fake: FakeServer) -> None:
    inbox = fake.inbox("task:create")
    task = fake.make("task", title="One", emit=True)
    with pytest.raises(AssertionError, match="The clock stands at"):
        inbox.wait_for("task:*")
    fake.flush()
    assert inbox.wait_for("task:*")["data"]["id"] == task["id"]


def test_an_inbox_whose_subscription_was_changed_is_told_on_and_ends_it(fake: FakeServer) -> None:
    inbox = fake.inbox("task:create")
    fake.change("webhook", inbox.subscription["id"], mischief=[{"trick": "duplicate"}])
    task = fake.make("task", title="Twice", emit=True)
    fake.flush()
    assert [one["data"]["id"] for one in inbox.wait_for("task:create", count=2)] == [task["id"]] * 2
    inbox.close()
    assert fake.webhooks.list() == []


def test_after_a_reset_what_came_before_it_is_not_waited_for(fake: FakeServer) -> None:
    inbox = fake.inbox("task:*")
    before = fake.make("task", title="Before", emit=True)
    fake.flush()
    fake.reset()
    after = fake.make("task", title="After", emit=True)
    fake.flush()
    assert after["id"] == before["id"]
    assert inbox.wait_for("task:create", id=after["id"])["data"]["title"] == "After"
    assert [one.data["title"] for one in inbox.received] == ["Before", "After"]
