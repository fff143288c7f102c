"""The sync hears of what happens in Kanbert, whatever becomes of the webhooks on their way."""

from collections.abc import Iterator

import httpx2
import pytest

from contract_tests.integration.kanbert_client import GaveUp
from contract_tests.integration.other_system import Tracker
from contract_tests.integration.receiver import Receiver
from contract_tests.integration.two_way_sync import TwoWaySync
from fake_server import Handle

pytestmark = pytest.mark.kanbert(now="2026-03-12T09:00:00Z")


@pytest.fixture
def tricked() -> Iterator[Receiver]:
    """A receiver whose subscription the test makes itself, with some mischief."""
    with Receiver("a secret of the tester") as receiver:
        yield receiver


def test_what_was_made_in_kanbert_is_heard_of_without_asking(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver, project: str
) -> None:
    kanbert.make("task", project=project, title="Sell", emit=True)
    kanbert.make("task", title="Of another project", emit=True)
    kanbert.flush()
    for payload in receiver.taken():
        sync.told(payload)
    assert [issue.title for issue in tracker.issues.values()] == ["Sell"]
    kanbert.requests.assert_not_called("tasks.index")


def test_changes_within_the_window_are_heard_of_once(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver, project: str
) -> None:
    task = kanbert.make("task", project=project)
    sync.run()
    for title in ("One", "Two", "Three"):
        kanbert.change("task", task["id"], title=title, emit=True)
    kanbert.clock.advance(seconds=1)
    [payload] = receiver.taken()
    assert payload["event"] == "task:update"
    sync.told(payload)
    assert tracker.issues[1].title == "Three"


def test_a_deleted_task_takes_its_issue_with_it(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver, project: str
) -> None:
    task = kanbert.make("task", project=project)
    sync.run()
    kanbert.remove("task", task["id"], emit=True)
    kanbert.flush()
    sync.run(receiver.taken())
    assert tracker.issues == {}


def test_the_echo_of_its_own_changes_changes_nothing(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver
) -> None:
    tracker.open("Bake")
    sync.run()
    tracker.edit(1, title="Bake more", state="done")
    kanbert.flush()
    before = kanbert.snapshot()
    for payload in receiver.taken():
        sync.told(payload)
    assert (tracker.issues[1].title, tracker.issues[1].state) == ("Bake more", "done")
    assert before.diff()["changed"] == []


def test_an_issue_that_was_removed_does_not_come_back_by_an_echo(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver
) -> None:
    tracker.open("Bake")
    sync.run()
    tracker.remove(1)
    kanbert.flush()
    for payload in receiver.taken():
        sync.told(payload)
    assert tracker.issues == {}


def test_what_is_told_of_another_project_is_nobodys_business(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, tricked: Receiver
) -> None:
    kanbert.webhooks.add(tricked.url, secret=tricked.secret)
    kanbert.make("task", title="Of another project", emit=True)
    kanbert.flush()
    [payload] = tricked.taken()
    sync.told(payload)
    assert tracker.issues == {}


def test_a_webhook_that_overtakes_the_answer_to_the_create_makes_no_second_issue(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver, project: str
) -> None:
    tracker.open("Bake")
    kanbert.faults.add("tasks.store", place="response_lost", times=1)
    sync.kanbert.tries = 1
    with pytest.raises(GaveUp):
        sync.run()
    sync.kanbert.tries = 5
    kanbert.flush()
    for payload in receiver.taken():
        sync.told(payload)
    sync.push()
    [task] = kanbert.all("task", project=project)
    assert [issue.remote_id for issue in tracker.issues.values()] == [task["id"]]
    kanbert.requests.assert_called("tasks.store", times=1)


def test_a_delivery_that_fails_comes_again(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, receiver: Receiver, project: str
) -> None:
    secret, receiver.secret = receiver.secret, "forgotten"
    kanbert.make("task", project=project, title="Sell", emit=True)
    kanbert.clock.advance(seconds=1)
    assert (receiver.refused, list(receiver.taken())) == (1, [])
    receiver.secret = secret
    kanbert.clock.advance(seconds=10)
    for payload in receiver.taken():
        sync.told(payload)
    assert tracker.titled("Sell")


@pytest.mark.parametrize(
    "trick, came",
    [
        ("duplicate", ["One", "Two", "Three", "Three", "Four"]),
        ("reorder", ["One", "Two", "Four", "Three"]),
        ("delay", ["One", "Two", "Four", "Four"]),
    ],
)
def test_duplicates_and_latecomers_do_no_harm(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, tricked: Receiver, project: str, trick: str, came: list[str]
) -> None:
    kanbert.webhooks.add(tricked.url, secret=tricked.secret, mischief=[{"trick": trick, "nth": 3}])
    task = kanbert.make("task", project=project, title="One", emit=True)
    for title in ("Two", "Three", "Four"):
        kanbert.clock.advance(seconds=2)
        kanbert.change("task", task["id"], title=title, emit=True)
    kanbert.clock.advance(minutes=1)
    payloads = list(tricked.taken())
    assert [payload["data"]["title"] for payload in payloads] == came
    for payload in payloads:
        sync.told(payload)
    assert [issue.title for issue in tracker.issues.values()] == ["Four"]


def test_an_update_that_comes_after_the_delete_brings_nothing_back(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, tricked: Receiver, project: str
) -> None:
    task = kanbert.make("task", project=project)
    sync.run()
    kanbert.webhooks.add(tricked.url, secret=tricked.secret, mischief=[{"trick": "reorder", "nth": 1}])
    kanbert.change("task", task["id"], title="Late", emit=True)
    kanbert.clock.advance(seconds=1)
    kanbert.remove("task", task["id"], emit=True)
    kanbert.clock.advance(minutes=1)
    payloads = list(tricked.taken())
    assert [payload["event"] for payload in payloads] == ["task:delete", "task:update"]
    sync.run(payloads)
    assert tracker.issues == {}


@pytest.mark.parametrize("trick", ["wrong_signature", "old_secret", "cut_body"])
def test_what_is_not_genuine_is_refused_and_caught_up_later(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, tricked: Receiver, project: str, trick: str
) -> None:
    sync.run()
    kanbert.webhooks.add(tricked.url, secret=tricked.secret, mischief=[{"trick": trick}])
    kanbert.make("task", project=project, title="Sell", emit=True)
    kanbert.flush()
    assert (tricked.refused, list(tricked.taken())) == (3, [])
    sync.run()
    assert tracker.titled("Sell")


def test_who_subscribes_twice_is_told_once(
    kanbert: Handle, sync: TwoWaySync, receiver: Receiver, project: str
) -> None:
    kanbert.faults.add("webhooks.store", place="response_lost", times=1)
    for _ in range(2):
        sync.kanbert.subscribe(receiver.url + "/again", project, receiver.secret)
    assert len(kanbert.webhooks.list()) == 2


def test_a_subscription_is_found_among_many(
    kanbert: Handle, sync: TwoWaySync, receiver: Receiver, project: str
) -> None:
    for number in range(31):
        kanbert.client.post(
            "/webhooks", json={"url": f"http://127.0.0.1:9/{number}", "events": ["task:*"], "project_id": project}
        )
    kanbert.requests.clear()
    sync.kanbert.subscribe("http://127.0.0.1:9/30", project, receiver.secret)
    kanbert.requests.assert_called("webhooks.index", times=2)
    kanbert.requests.assert_not_called("webhooks.store")


def test_a_stranger_at_the_door_is_refused(receiver: Receiver) -> None:
    assert httpx2.post(receiver.url, content=b"{}").status_code == 401
    assert list(receiver.taken()) == []
