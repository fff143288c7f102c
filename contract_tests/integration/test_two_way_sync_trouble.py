"""The sync stays right where the network, the service or its token does not do what it should."""

import pytest

from contract_tests.integration.kanbert_client import GaveUp, Refused
from contract_tests.integration.other_system import Tracker
from contract_tests.integration.two_way_sync import TwoWaySync
from fake_server import Handle

pytestmark = pytest.mark.kanbert(now="2026-03-12T09:00:00Z")


def test_who_is_told_to_wait_waits_as_long_as_told(kanbert: Handle, sync: TwoWaySync, pauses: list[float]) -> None:
    kanbert.faults.add("tasks.index", kind="rate_limit", retry_after=17, times=1)
    sync.run()
    assert pauses == [17]
    assert kanbert.clock.now == "2026-03-12T09:00:17.000Z"


def test_a_create_that_was_rate_limited_is_made_once(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, pauses: list[float]
) -> None:
    kanbert.faults.add("tasks.store", kind="rate_limit", times=2)
    tracker.open("Bake")
    sync.run()
    assert len(kanbert.all("task", project=project)) == 1
    assert pauses == [60, 60]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_service_is_waited_out_with_growing_pauses(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, pauses: list[float], status: int
) -> None:
    kanbert.faults.add("tasks.store", status=status, times=3)
    tracker.open("Bake")
    sync.run()
    assert len(kanbert.all("task", project=project)) == 1
    assert pauses == [1, 2, 4]


@pytest.mark.parametrize(
    "fault",
    [
        {"place": "response_lost"},
        {"kind": "reset", "place": "after_commit"},
        {"kind": "reset", "place": "before_commit"},
        {"kind": "empty", "place": "after_commit"},
        {"kind": "cut"},
        {"status": 503, "place": "after_commit"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_create_whose_answer_is_lost_makes_one_task(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, fault: dict[str, object]
) -> None:
    kanbert.faults.add("tasks.store", times=1, **fault)
    tracker.open("Bake")
    sync.run()
    [task] = kanbert.all("task", project=project)
    assert tracker.issues[1].remote_id == task["id"]
    kanbert.requests.assert_called("tasks.show", query={"find_by": "external_id", "origin": "tracker"})


def test_the_look_for_a_lost_task_may_be_lost_as_well(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    kanbert.faults.add("tasks.store", place="response_lost", times=1)
    kanbert.faults.add("tasks.show", kind="reset", times=2)
    tracker.open("Bake")
    sync.run()
    assert len(kanbert.all("task", project=project)) == 1
    kanbert.requests.assert_called("tasks.store", times=1)


def test_a_page_that_is_lost_is_asked_for_again(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    for number in range(31):
        kanbert.make("task", project=project, title=f"Task {number}")
    kanbert.faults.add("tasks.index", kind="cut", every=2, times=2)
    sync.run()
    assert len(tracker.issues) == 31


def test_a_change_and_a_delete_may_be_sent_twice(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake")
    tracker.open("Sell")
    sync.run()
    kanbert.faults.add("tasks.update", place="response_lost", times=1)
    kanbert.faults.add("tasks.delete", place="response_lost", times=1)
    tracker.edit(1, title="Bake more")
    tracker.remove(2)
    sync.run()
    assert [task["title"] for task in kanbert.all("task", project=project)] == ["Bake more"]
    assert [one["status"] for one in kanbert.requests.all(operation="tasks.delete")] == [None, 404]


def test_who_never_gets_an_answer_gives_up_and_succeeds_the_next_time(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    fault = kanbert.faults.add("tasks.store", status=503)
    tracker.open("Bake")
    with pytest.raises(GaveUp, match="POST /tasks: no answer after 5 tries"):
        sync.run()
    kanbert.faults.rm(fault["id"])
    sync.run()
    assert len(kanbert.all("task", project=project)) == 1


def test_a_catch_up_that_had_to_give_up_half_way_misses_nothing_the_next_time(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tasks = [kanbert.make("task", project=project) for _ in range(31)]
    sync.run()
    for number, task in enumerate(tasks):
        kanbert.clock.advance(seconds=1)
        kanbert.change("task", task["id"], title=f"Task {number}")
    fault = kanbert.faults.add("tasks.index", kind="reset", after=1)
    with pytest.raises(GaveUp):
        sync.run()
    kanbert.faults.rm(fault["id"])
    sync.run()
    assert {issue.title for issue in tracker.issues.values()} == {f"Task {number}" for number in range(31)}


def test_a_sync_that_has_forgotten_everything_makes_nothing_twice(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake")
    sync.run()
    tracker.issues[1].remote_id = None
    TwoWaySync(sync.kanbert, tracker, project).push()
    [task] = kanbert.all("task", project=project)
    assert tracker.issues[1].remote_id == task["id"]
    kanbert.requests.assert_called("tasks.store", status=422, times=1)


def test_a_token_that_may_only_read_pulls_but_pushes_nothing(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, pauses: list[float]
) -> None:
    kanbert.make("task", project=project, title="Sell")
    reader = kanbert.tokens.new(scopes=["task-management:read"])
    sync.kanbert.http.headers["Authorization"] = f"Bearer {reader}"
    tracker.open("Bake")
    with pytest.raises(Refused, match="403 Invalid scope"):
        sync.run()
    assert tracker.titled("Sell")
    assert (tracker.titled("Bake").remote_id, pauses) == (None, [])


def test_a_token_that_has_expired_is_not_tried_again(kanbert: Handle, sync: TwoWaySync, pauses: list[float]) -> None:
    token = kanbert.tokens.new(expires_in=3600)
    sync.kanbert.http.headers["Authorization"] = f"Bearer {token}"
    sync.run()
    kanbert.clock.advance(hours=1)
    with pytest.raises(Refused, match="401 Unauthenticated"):
        sync.run()
    assert pauses == []


def test_the_fake_has_no_remark_about_how_it_was_asked(kanbert: Handle, sync: TwoWaySync, tracker: Tracker) -> None:
    kanbert.faults.add("tasks.store", place="response_lost", times=1)
    kanbert.faults.add("tasks.index", kind="rate_limit", times=1)
    tracker.open("Bake")
    sync.run()
    covered = kanbert.coverage()
    assert covered["remarks"] == []
    assert covered["operations"]["tasks.index"]["retried"] == 1
    assert covered["operations"]["tasks.store"]["statuses"] == {"lost": 1}
