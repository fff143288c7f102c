"""The sync finds, makes, changes and removes what it should, on both sides."""

from datetime import UTC, datetime, timedelta

import pytest

from contract_tests.integration.other_system import Tracker
from contract_tests.integration.two_way_sync import TwoWaySync
from fake_server import Handle

MORNING = datetime(2026, 3, 12, 9, tzinfo=UTC)
pytestmark = pytest.mark.kanbert(now=MORNING.isoformat())


def titles(tracker: Tracker) -> list[str]:
    return [issue.title for issue in tracker.issues.values()]


def test_every_task_of_the_project_becomes_an_issue_and_no_other(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    kanbert.make("task", project=project, title="Sell bread", status="WIP")
    kanbert.clock.advance(hours=1)
    sync.run()
    [issue] = tracker.issues.values()
    assert (issue.title, issue.state, issue.updated) == ("Sell bread", "doing", MORNING)


def test_a_project_of_three_pages_is_read_to_its_end(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    wanted = [kanbert.make("task", project=project, title=f"Task {number}")["title"] for number in range(65)]
    sync.run()
    assert titles(tracker) == wanted
    assert kanbert.requests.count(operation="tasks.index", status=200) == 4  # the newest, and three pages


def test_an_issue_becomes_a_task_that_knows_where_it_comes_from(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake", "doing")
    sync.run()
    [task] = kanbert.all("task", project=project)
    assert (task["title"], task["status"], task["external_origin"]) == ("Bake", "WIP", "tracker")
    assert task["external_id"] == "issue-1"


def test_a_second_run_has_nothing_to_do(kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str) -> None:
    kanbert.make("task", project=project)
    tracker.open("Bake")
    sync.run()
    before = kanbert.snapshot()
    kanbert.requests.clear()
    sync.run()
    assert before.diff() == {"since": before.name, "created": [], "changed": [], "removed": []}
    kanbert.requests.assert_called("tasks.index", times=1)
    kanbert.requests.assert_not_called("tasks.store")
    kanbert.requests.assert_not_called("tasks.update")


def test_only_what_was_changed_is_sent(kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str) -> None:
    task = kanbert.make("task", project=project, title="Bake", status="Approved")
    sync.run()
    tracker.edit(tracker.titled("Bake").number, title="Bake more")
    sync.run()
    assert kanbert.get("task", task["id"])["status"] == "Approved"
    [request] = kanbert.requests.all(operation="tasks.update")
    assert request["body"] == {"title": "Bake more"}


@pytest.mark.parametrize(
    "status, state",
    [
        ("Backlog", "open"),
        ("New", "open"),
        ("WIP", "doing"),
        ("Completed", "done"),
        ("Approved", "done"),
        ("Closed", "done"),
    ],
)
def test_every_status_has_its_state(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, status: str, state: str
) -> None:
    kanbert.make("task", project=project, title="Bake", status=status)
    sync.run()
    assert tracker.titled("Bake").state == state


def test_a_catch_up_reads_no_further_than_what_it_knows(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tasks = []
    for number in range(35):
        tasks.append(kanbert.make("task", project=project, title=f"Task {number}"))
        kanbert.clock.advance(minutes=1)
    sync.run()
    kanbert.requests.clear()
    kanbert.change("task", tasks[0]["id"], title="Changed")
    sync.run()
    assert tracker.titled("Changed").remote_id == tasks[0]["id"]
    assert tracker.titled("Changed").updated == MORNING + timedelta(minutes=35)
    kanbert.requests.assert_called("tasks.index", times=1, query={"sort": "-updated_at"})


def test_a_change_within_the_second_of_the_last_catch_up_is_found(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    task = kanbert.make("task", project=project, title="Bake")
    sync.run()
    kanbert.change("task", task["id"], title="Bake more")
    sync.run()
    assert tracker.titled("Bake more")


def test_a_task_that_was_deleted_unheard_takes_its_issue_with_it_at_the_next_full_pull(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    task = kanbert.make("task", project=project)
    sync.run()
    kanbert.remove("task", task["id"])
    sync.pull()
    assert tracker.issues == {}


def test_a_task_that_was_deleted_while_nobody_ran_takes_its_issue_with_it(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake")
    sync.run()
    kanbert.remove("task", tracker.issues[1].remote_id or "")
    TwoWaySync(sync.kanbert, tracker, project).run()
    assert tracker.issues == {}


def test_an_issue_that_is_removed_takes_its_task_with_it(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake")
    sync.run()
    tracker.remove(1)
    sync.run()
    assert kanbert.all("task", project=project) == []
    assert (tracker.issues, tracker.removed) == ({}, [])


def test_removing_what_is_gone_on_both_sides_is_no_error(kanbert: Handle, sync: TwoWaySync, tracker: Tracker) -> None:
    tracker.open("Bake")
    sync.run()
    kanbert.remove("task", tracker.issues[1].remote_id or "")
    tracker.remove(1)
    sync.run()
    kanbert.requests.assert_called("tasks.delete", status=404, times=1)


def test_a_change_of_a_task_that_was_deleted_is_forgotten(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker
) -> None:
    tracker.open("Bake")
    sync.run()
    kanbert.remove("task", tracker.issues[1].remote_id or "")
    tracker.edit(1, title="Bake more")
    sync.run()
    assert tracker.issues == {}


@pytest.mark.parametrize("first, last", [("theirs", "mine"), ("mine", "theirs")])
def test_where_both_sides_changed_the_title_the_later_one_stays(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str, first: str, last: str
) -> None:
    task = kanbert.make("task", project=project, title="Bake")
    sync.run()
    for side in (first, last):
        kanbert.clock.advance(minutes=1)
        if side == "mine":
            tracker.edit(1, title=side)
        else:
            kanbert.change("task", task["id"], title=side)
    sync.run()
    assert tracker.issues[1].title == kanbert.get("task", task["id"])["title"] == last


def test_changes_of_different_fields_are_both_kept(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    task = kanbert.make("task", project=project, title="Bake", status="New")
    sync.run()
    kanbert.clock.advance(minutes=1)
    tracker.edit(1, title="Bake more")
    kanbert.clock.advance(minutes=1)
    kanbert.change("task", task["id"], status="WIP")
    sync.run()
    assert (tracker.issues[1].title, tracker.issues[1].state) == ("Bake more", "doing")
    assert kanbert.get("task", task["id"])["title"] == "Bake more"


def test_a_change_that_comes_between_the_catch_up_and_the_push_is_kept(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    task = kanbert.make("task", project=project, title="Bake", status="New")
    sync.run()
    tracker.edit(1, title="Bake more")
    kanbert.faults.add("tasks.update", status=503, times=1)
    sync.kanbert.sleep = lambda _: kanbert.change("task", task["id"], status="WIP")
    sync.run()
    sync.run()
    assert (tracker.issues[1].title, tracker.issues[1].state) == ("Bake more", "doing")
    assert kanbert.get("task", task["id"])["status"] == "WIP"


def test_a_title_that_kanbert_trims_is_not_sent_again_and_again(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker
) -> None:
    tracker.now = lambda: MORNING + timedelta(hours=1)  # a clock that is fast
    tracker.open(" Bake ")
    sync.run()
    kanbert.requests.clear()
    sync.run()
    assert titles(tracker) == ["Bake"]
    kanbert.requests.assert_not_called("tasks.update")


def test_what_changes_while_all_pages_are_read_is_found_the_next_time(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tasks = [kanbert.make("task", project=project, title=f"Task {number}") for number in range(31)]
    kanbert.faults.add("tasks.index", status=503, after=2, times=1)  # the second page has to be asked for twice
    wait = sync.kanbert.sleep

    def meanwhile(seconds: float) -> None:
        wait(seconds)
        kanbert.change("task", tasks[0]["id"], title="First, changed")
        kanbert.clock.advance(minutes=1)
        kanbert.change("task", tasks[30]["id"], title="Last, changed")

    sync.kanbert.sleep = meanwhile
    sync.run()
    assert titles(tracker)[0] == "Task 0"
    assert titles(tracker)[30] == "Last, changed"
    sync.run()
    assert titles(tracker)[0] == "First, changed"


def test_a_run_on_a_branch_changes_nothing_here(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    tracker.open("Bake")
    with kanbert.branch() as elsewhere:
        sync.kanbert.http.headers["Authorization"] = f"Bearer {elsewhere.token}"
        sync.run()
        assert [task["title"] for task in elsewhere.all("task", project=project)] == ["Bake"]
    assert kanbert.all("task", project=project) == []


def test_after_a_restore_the_next_runs_agree_again(
    kanbert: Handle, sync: TwoWaySync, tracker: Tracker, project: str
) -> None:
    task = kanbert.make("task", project=project, title="Bake")
    before = kanbert.snapshot()
    sync.run()
    tracker.open("Sell")
    sync.run()
    assert [one["record"]["title"] for one in before.diff()["created"]] == ["Sell"]
    before.restore()  # as if Kanbert had lost a day
    sync.pull()
    sync.run()
    assert titles(tracker) == ["Bake"]
    assert [one["id"] for one in kanbert.all("task", project=project)] == [task["id"]]
