"""Debounce: what becomes of several events of one resource within the window, over a real receiver."""

import socket
import threading
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from contract_tests.client import NOW, Api
from contract_tests.expected import BRIEF, LAUNCH, LOGO, ZOE_DATA
from contract_tests.webhooks.receiver import LONGEST, Receiver, Way, status
from contract_tests.webhooks.webhook_server import advance, after, flush, log, subscribe
from contract_tests.writing import change, comment, create

pytestmark = pytest.mark.proves("W5")

Row = tuple[str, str, str | None]
"""Event, state and reason, as the log has it."""
Told = tuple[float, str, str]
"""Seconds since the start, event, and the title (or the comment) in `data`."""

BY_CREATE = "It falls into the window of the create before it."
BY_UPDATE = "It falls into the window of the update before it."
GONE = "The resource was deleted before this was sent."
UNTOLD = "Its create was never sent."
OF_OLD = "Write the brief"
"""The title of the task that is there from the start."""


class Case(NamedTuple):
    """What happens to a task (until one is created: to the brief), and what is told about it."""

    steps: str
    """Seconds since the start, verb and new title, by commas."""
    rows: list[Row]
    told: list[Told]
    events: str = "task:*"
    delayed: int | None = None
    """The number of the delivery that mischief delays by 5 seconds."""
    answers: tuple[int, ...] = ()


def delivered(verb: str) -> Row:
    return f"task:{verb}", "delivered", None


def superseded(by: str) -> Row:
    return "task:update", "superseded", by


CANCELLED: list[Row] = [("task:create", "cancelled", GONE), ("task:delete", "cancelled", UNTOLD)]
CREATE, UPDATE, DELETE = delivered("create"), delivered("update"), delivered("delete")

WINDOWS = {
    "a create is told at the end of its window": Case("0 create A", [CREATE], [(0.1, "task:create", "A")]),
    "an update is told at the end of its window": Case("0 update A", [UPDATE], [(0.1, "task:update", "A")]),
    "a delete is told at the end of its window": Case("0 delete", [DELETE], [(0.1, "task:delete", OF_OLD)]),
    "a create absorbs an update and tells the newest state": Case(
        "0 create A, 0.05 update B", [CREATE, superseded(BY_CREATE)], [(0.1, "task:create", "B")]
    ),
    "a create absorbs every update of its window, which they do not prolong": Case(
        "0 create A, 0.03 update B, 0.06 update C, 0.09 update D",
        [CREATE, *[superseded(BY_CREATE)] * 3],
        [(0.1, "task:create", "D")],
    ),
    "an update after the create's window is told apart": Case(
        "0 create A, 0.2 update B", [CREATE, UPDATE], [(0.1, "task:create", "A"), (0.3, "task:update", "B")]
    ),
    "an update at the very end of the create's window is told apart": Case(
        "0 create A, 0.1 update B", [CREATE, UPDATE], [(0.1, "task:create", "A"), (0.2, "task:update", "B")]
    ),
    "a delete cancels a create of its window": Case("0 create A, 0.05 delete", CANCELLED, []),
    "a delete cancels a create and what that absorbed": Case(
        "0 create A, 0.03 update B, 0.06 delete", [CANCELLED[0], superseded(BY_CREATE), CANCELLED[1]], []
    ),
    "a delete at the very end of the create's window is told": Case(
        "0 create A, 0.1 delete", [CREATE, DELETE], [(0.1, "task:create", "A"), (0.2, "task:delete", "A")]
    ),
    "an update absorbs another and tells the newest state": Case(
        "0 update A, 0.05 update B", [UPDATE, superseded(BY_UPDATE)], [(0.1, "task:update", "B")]
    ),
    "the window counts from the first event": Case(
        "0 update A, 0.06 update B, 0.12 update C, 0.18 update D",
        [UPDATE, superseded(BY_UPDATE), UPDATE, superseded(BY_UPDATE)],
        [(0.1, "task:update", "B"), (0.22, "task:update", "D")],
    ),
    "an update that is taken back is told all the same": Case(
        f"0 update A, 0.05 update {OF_OLD}", [UPDATE, superseded(BY_UPDATE)], [(0.1, "task:update", OF_OLD)]
    ),
    "what changes nothing is no event": Case(f"0 update {OF_OLD}", [], []),
    "an update and a delete are both told, in order": Case(
        "0 update A, 0.05 delete", [UPDATE, DELETE], [(0.1, "task:update", "A"), (0.15, "task:delete", "A")]
    ),
    "an update before a delete tells the last state": Case(
        "0 update A, 0.03 update B, 0.06 delete",
        [UPDATE, superseded(BY_UPDATE), DELETE],
        [(0.1, "task:update", "B"), (0.16, "task:delete", "B")],
    ),
    "a create that was sent, an update and a delete are all told": Case(
        "0 create A, 0.2 update B, 0.25 delete",
        [CREATE, UPDATE, DELETE],
        [(0.1, "task:create", "A"), (0.3, "task:update", "B"), (0.35, "task:delete", "B")],
    ),
    "a create that failed once may have been seen, so its delete is told": Case(
        "0 create A, 5 delete",
        [CREATE, DELETE],
        [(0.1, "task:create", "A"), (10.1, "task:create", "A"), (10.1, "task:delete", "A")],
        answers=(500,),
    ),
    "an update after a failed one waits for its turn": Case(
        "0 update A, 1 update B, 1.05 update C",
        [UPDATE, UPDATE, superseded(BY_UPDATE)],
        [(0.1, "task:update", "A"), (10.1, "task:update", "A"), (10.1, "task:update", "C")],
        answers=(500,),
    ),
}
AFTER_THE_WINDOW = {
    "a create that waits longer is cancelled by a delete": Case("0 create A, 1 delete", CANCELLED, [], delayed=1),
    "a create that waits longer does not absorb, but tells the newest state": Case(
        "0 create A, 1 update B",
        [CREATE, UPDATE],
        [(5.1, "task:create", "B"), (5.1, "task:update", "B")],
        delayed=1,
    ),
    "nothing is sent of a task whose create never was": Case(
        "0 create A, 1 update B, 2 delete",
        [CANCELLED[0], ("task:update", "cancelled", GONE), CANCELLED[1]],
        [],
        delayed=1,
    ),
    "an update that waits longer tells what was before the delete": Case(
        "0 update A, 1 delete",
        [UPDATE, DELETE],
        [(5.1, "task:update", "A"), (5.1, "task:delete", "A")],
        delayed=1,
    ),
    "a delayed update is not overtaken by the next": Case(
        "0 update A, 1 update B",
        [UPDATE, UPDATE],
        [(5.1, "task:update", "B"), (5.1, "task:update", "B")],
        delayed=1,
    ),
}
ONE_EVENT = {
    "who wants updates hears nothing of one that a create absorbs": Case(
        "0 create A, 0.05 update B", [superseded(BY_CREATE)], [], "task:update"
    ),
    "who wants updates hears of one after the create's window": Case(
        "0 create A, 0.2 update B", [UPDATE], [(0.3, "task:update", "B")], "task:update"
    ),
    "who wants updates hears of one before a delete": Case(
        "0 update A, 0.05 delete", [UPDATE], [(0.1, "task:update", "A")], "task:update"
    ),
    "who wants deletes hears nothing of what was never told": Case(
        "0 create A, 0.05 delete", [("task:delete", "cancelled", UNTOLD)], [], "task:delete"
    ),
    "who wants deletes hears of one after the create's window": Case(
        "0 create A, 0.2 delete", [DELETE], [(0.3, "task:delete", "A")], "task:delete"
    ),
    "who wants deletes hears of one after an update": Case(
        "0 update A, 0.05 delete", [DELETE], [(0.15, "task:delete", "A")], "task:delete"
    ),
    "who wants creates is told the newest state": Case(
        "0 create A, 0.05 update B", [CREATE], [(0.1, "task:create", "B")], "task:create"
    ),
    "who wants creates hears of none that a delete cancelled": Case(
        "0 create A, 0.05 delete", [("task:create", "cancelled", GONE)], [], "task:create"
    ),
    "who wants creates hears of nothing else": Case("0 update A, 0.2 delete", [], [], "task:create"),
}
COMMENTS = {
    "a comment is told at the end of its window": Case(
        "0 comment C", [("comment:create", "delivered", None)], [(0.1, "comment:create", "C")], "comment:*"
    ),
    "a comment whose task is deleted in its window is never told": Case(
        "0 comment C, 0.05 delete",
        [("comment:create", "cancelled", GONE), ("comment:delete", "cancelled", UNTOLD)],
        [],
        "comment:*",
    ),
    "a comment whose task is deleted later is told twice": Case(
        "0 comment C, 0.2 delete",
        [("comment:create", "delivered", None), ("comment:delete", "delivered", None)],
        [(0.1, "comment:create", "C"), (0.3, "comment:delete", "C")],
        "comment:*",
    ),
    "a comment is none of its task's events": Case(
        "0 update A, 0.05 comment C", [UPDATE], [(0.1, "task:update", "A")], "task:*"
    ),
}
CASES = {**WINDOWS, **AFTER_THE_WINDOW, **ONE_EVENT, **COMMENTS}


def to_tasks(api: Api, receiver: Receiver, **fields: Any) -> str:
    """A subscription to everything that happens to tasks."""
    return str(subscribe(api, receiver, **{"events": ["task:*"], **fields})["id"])


def turn(api: Api, by: float) -> list[float]:
    """Turns the clock; the times of what was sent, in seconds since the start."""
    sent = [datetime.fromisoformat(one["at"]) for one in advance(api, round(by, 6))]
    return [round((at - datetime.fromisoformat(NOW)).total_seconds(), 3) for at in sent]


def take(api: Api, task: str, verb: str, text: str) -> str:
    """One step; the id of the task that the next one is about."""
    if verb == "create":
        return str(create(api, text)["id"])
    if verb == "comment":
        comment(api, task, text)
    elif verb == "update":
        change(api, task, title=text)
    else:
        assert api.delete(f"/tasks/{task}").status_code == 200
    return task


def play(api: Api, steps: str) -> list[float]:
    """Takes the steps at their times and lets everything be sent; when each was sent."""
    now, times, task = 0.0, list[float](), BRIEF
    for step in steps.split(", "):
        at, verb, text = [*step.split(" ", 2), ""][:3]
        times += turn(api, float(at) - now)
        now, task = float(at), take(api, task, verb, text)
    return times + turn(api, 3600)


def rows(api: Api, hook: str = "") -> list[Row]:
    found = log(api, f"?subscription={hook}" if hook else "")
    return [(row["event"], row["state"], row["reason"]) for row in found]


def told(times: list[float], receiver: Receiver) -> list[Told]:
    found = zip(times, receiver.received, strict=True)
    return [(at, one.event, one.json["data"].get("title") or one.json["data"]["comment"]) for at, one in found]


@pytest.mark.proves(
    "webhooks.latest-state",
    "webhooks.create-absorbs",
    "webhooks.delete-cancels",
    "webhooks.update-then-delete",
    "W17",
)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_happens_in_a_window_is_told_by_the_documented_rules(fake: Api, receiver: Receiver, case: Case) -> None:
    mischief = [{"trick": "delay", "nth": case.delayed}] if case.delayed else []
    to_tasks(fake, receiver, events=[case.events], mischief=mischief)
    receiver.answers.extend(case.answers)
    times = play(fake, case.steps)
    assert (rows(fake), told(times, receiver)) == (case.rows, case.told)


def test_the_window_has_the_length_that_was_set(connect: Any) -> None:
    api = connect(webhook_window=2.5, webhook_url=["http://127.0.0.1:1/"])
    create(api)
    row = log(api)[0]
    assert (row["created_at"], row["due_at"]) == (after(0), after(2.5))


def test_without_a_window_nothing_is_absorbed(connect: Any) -> None:
    api = connect(webhook_window=0, webhook_url=["http://127.0.0.1:1/"])
    task = create(api)["id"]
    change(api, task, title="B")
    assert rows(api) == [("task:create", "pending", None), ("task:update", "pending", None)]


def test_a_window_that_ends_before_anything_is_sent_is_over(connect: Any) -> None:
    api = connect(webhook_url=["http://127.0.0.1:1/"])
    task = create(api)["id"]
    advance(api, 0.1)
    change(api, task, title="B")
    assert rows(api) == [("task:create", "pending", None), ("task:update", "pending", None)]


def test_windows_of_different_tasks_do_not_touch(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    change(fake, BRIEF, title="B")
    change(fake, LOGO, title="L")
    assert told(turn(fake, 1), receiver) == [(0.1, "task:update", "B"), (0.1, "task:update", "L")]


@pytest.mark.proves("W15")
def test_a_delete_with_sub_tasks_treats_each_by_what_was_told_of_it(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    create(fake, parent_task_id=LAUNCH)
    fake.delete(f"/tasks/{LAUNCH}")
    times = turn(fake, 1)
    assert told(times, receiver) == [(0.1, "task:delete", "Launch the site"), (0.1, "task:delete", "Design the logo")]
    assert rows(fake) == [CANCELLED[0], DELETE, DELETE, CANCELLED[1]]


def test_an_absorbed_update_adds_its_fields_to_the_one_that_is_told(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    change(fake, BRIEF, title="B")
    change(fake, BRIEF, title="C", estimated_hours=7)
    advance(fake, 1)
    changed = [row["changed"] for row in log(fake)]
    assert changed == [["title", "updated_at", "estimated_hours"], ["title", "estimated_hours"]]


@pytest.mark.proves("W16")
def test_of_what_became_one_event_the_first_did_it(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    change(fake.as_token("user-token"), LOGO, title="A")
    change(fake.as_token("guest-token"), LOGO, title="B")
    flush(fake)
    assert [(one.json["triggered_by"], one.json["data"]["title"]) for one in receiver.received] == [(ZOE_DATA, "B")]


@pytest.mark.proves("W13")
def test_flush_ends_the_window(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    task = create(fake, "A")["id"]
    flush(fake)
    change(fake, task, title="B")
    flush(fake)
    fake.delete(f"/tasks/{task}")
    flush(fake)
    assert told([0, 0, 0], receiver) == [
        (0, "task:create", "A"),
        (0, "task:update", "B"),
        (0, "task:delete", "B"),
    ]


@pytest.mark.proves("W17")
def test_who_was_not_told_of_the_create_yet_is_not_told_of_the_delete(fake: Api, receiver: Receiver) -> None:
    slow = to_tasks(fake, receiver, mischief=[{"trick": "delay"}])
    with Receiver() as quick:
        hook = to_tasks(fake, quick)
        task = create(fake)["id"]
        advance(fake, 1)
        fake.delete(f"/tasks/{task}")
        advance(fake, 60)
        assert (quick.events(), receiver.events()) == (["task:create", "task:delete"], [])
    assert (rows(fake, hook), rows(fake, slow)) == ([CREATE, DELETE], CANCELLED)


@pytest.mark.proves("W17")
def test_who_subscribes_within_a_window_is_told_of_the_next_change_in_it(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    change(fake, BRIEF, title="A")
    with Receiver() as late:
        to_tasks(fake, late)
        change(fake, BRIEF, title="B")
        advance(fake, 1)
        assert [one.json["data"]["title"] for one in late.received] == ["B"]


def test_a_triggered_create_that_waits_says_nothing_about_what_was_told_before(connect: Any) -> None:
    api = connect(webhook_url=["http://127.0.0.1:1/"])
    api.control("POST", "/trigger", {"event": "task:create", "id": BRIEF})
    api.delete(f"/tasks/{BRIEF}")
    assert rows(api)[-1] == ("task:delete", "pending", None)


# ---------------------------------------------------------------- while something is under way


class Held:
    """Answers only when it is let go."""

    def __init__(self) -> None:
        self.free = threading.Event()

    def answer(self, code: int = 200) -> Way:
        def way(receiver: Receiver, connection: socket.socket) -> None:
            self.free.wait(LONGEST)
            status(code)(receiver, connection)

        return way


def leap(api: Api, seconds: int) -> None:
    """Sets the clock later without waiting for what is sent then."""
    api.control("POST", "/clock/freeze", {"at": NOW.replace("30:00", f"30:{seconds:02}")})


@pytest.mark.proves("webhooks.update-then-delete", "W6")
def test_an_update_under_way_is_followed_by_the_delete(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    held = Held()
    receiver.answers.append(held.answer())
    change(fake, BRIEF, title="A")
    leap(fake, 1)
    receiver.wait_for(1)
    fake.delete(f"/tasks/{BRIEF}")
    held.free.set()
    assert [one["event"] for one in flush(fake)][-1] == "task:delete"
    assert (receiver.events(), rows(fake)) == (["task:update", "task:delete"], [UPDATE, DELETE])


@pytest.mark.proves("W6")
@pytest.mark.parametrize("code, tries", [(200, 1), (500, 2)])
def test_a_create_under_way_is_followed_by_the_delete(fake: Api, receiver: Receiver, code: int, tries: int) -> None:
    to_tasks(fake, receiver)
    held = Held()
    receiver.answers.append(held.answer(code))
    task = create(fake)["id"]
    leap(fake, 1)
    receiver.wait_for(1)
    fake.delete(f"/tasks/{task}")
    held.free.set()
    flush(fake)
    assert receiver.events() == [*["task:create"] * tries, "task:delete"]
    assert rows(fake) == [CREATE, DELETE]


@pytest.mark.proves("W6")
def test_a_change_while_an_update_is_under_way_is_told_apart(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    held = Held()
    receiver.answers.append(held.answer())
    change(fake, BRIEF, title="A")
    leap(fake, 1)
    receiver.wait_for(1)
    change(fake, BRIEF, title="B")
    held.free.set()
    flush(fake)
    assert [one.json["data"]["title"] for one in receiver.received] == ["A", "B"]


@pytest.mark.proves("webhooks.delete-cancels", "W6")
def test_a_create_that_finds_the_receiver_busy_is_cancelled_by_a_delete(fake: Api, receiver: Receiver) -> None:
    to_tasks(fake, receiver)
    held = Held()
    receiver.answers.extend([held.answer()] * 4)
    others = [create(fake) for _ in range(4)]
    leap(fake, 1)
    receiver.wait_for(len(others))
    task = create(fake)["id"]
    leap(fake, 3)
    fake.delete(f"/tasks/{task}")
    held.free.set()
    flush(fake)
    assert receiver.events() == ["task:create"] * 4
    assert rows(fake) == [CREATE] * 4 + CANCELLED
