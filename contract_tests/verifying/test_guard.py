"""The guard: what may be written to a live server, decided before anything is sent."""

from typing import Any

import pytest

from contract_tests.documented.guard import Guard, Project, Refused, Write
from contract_tests.documented.made import Made

pytestmark = pytest.mark.proves("README: Is it true?")

HERE, ELSEWHERE = Project("here", "Test"), Project("there", "Money")
TITLES = {one.id: one.title for one in (HERE, ELSEWHERE)}


@pytest.fixture
def made() -> Made:
    """A run that has made one task with every name, a deleted one and a comment."""
    made = Made("run")
    made.note("tasks.store", "", {"id": "mine", "uri": "TST-1", "external_id": "ext", "title": "A"})
    made.note("tasks.store", "", {"id": "gone", "title": "B"})
    made.note("tasks.delete", "gone", {"id": "gone"})
    made.note("taskcomments.store", "", {"id": "said"})
    return made


@pytest.fixture
def guard(made: Made) -> Guard:
    return Guard(True, True, HERE, "me", TITLES, lambda name, _: {"foreign": "there"}.get(name), made)


ALLOWED = [
    Write("tasks.store", body={"title": "T", "project_id": "here"}),
    Write("tasks.store", body={"project_id": "here", "parent_task_id": "mine", "insert_before": None}),
    Write("tasks.store", body={"project_id": "here", "assignee_id": "me", "watchers": ["me"]}),
    Write("tasks.update", "mine", body={"title": "T"}),
    Write("tasks.update", "TST-1", "uri", {"title": "T"}),
    Write("tasks.delete", "ext", "external_id"),
    Write("tasks.delete", "gone"),
    Write("tasks.upload", "mine"),
    Write("tasks.updateexternalid", "mine", body={"external_id": None}),
    Write("taskcomments.store", body={"task_id": "mine", "parent_comment_id": "said"}),
]


@pytest.mark.parametrize("write", ALLOWED, ids=str)
def test_a_write_inside_of_the_project_to_what_the_run_made_is_sent(guard: Guard, write: Write) -> None:
    guard.check(write)


TO_MONEY = 'would write to the project "Money" (there)'
NO_PROJECT = "would write to a project that it does not name"
REFUSED = [
    (Write("tasks.store", body={"project_id": "there"}), f"tasks.store (POST /tasks) {TO_MONEY}"),
    (
        Write("tasks.store", body={"project_id": "new"}),
        'tasks.store (POST /tasks) would write to the project "unknown" (new)',
    ),
    (Write("tasks.store", body={"title": "T"}), f"tasks.store (POST /tasks) {NO_PROJECT}"),
    (Write("tasks.store"), f"tasks.store (POST /tasks) {NO_PROJECT}"),
    (
        Write("tasks.store", body={"project_id": "here", "parent_task_id": "foreign"}),
        f"tasks.store (POST /tasks) names 'foreign', which this run did not make, and {TO_MONEY}",
    ),
    (
        Write("tasks.store", body={"project_id": "here", "insert_after": "foreign"}),
        f"tasks.store (POST /tasks) names 'foreign', which this run did not make, and {TO_MONEY}",
    ),
    (
        Write("tasks.store", body={"project_id": "here", "watchers": ["me", "boss"]}),
        "tasks.store (POST /tasks) names other people than the token's user in watchers, who would be told",
    ),
    (
        Write("tasks.update", "foreign", body={"title": "T"}),
        f"tasks.update (PATCH /tasks/{{task}}) names 'foreign', which this run did not make, and {TO_MONEY}",
    ),
    (
        Write("tasks.update", "mine", body={"project_id": "there"}),
        f"tasks.update (PATCH /tasks/{{task}}) {TO_MONEY}",
    ),
    (
        Write("tasks.delete", "TST-1"),
        f"tasks.delete (DELETE /tasks/{{id}}) names 'TST-1', which this run did not make, and {NO_PROJECT}",
    ),
    (
        Write("taskcomments.store", body={"task_id": "foreign"}),
        f"taskcomments.store (POST /tasks/comments) names 'foreign', which this run did not make, and {TO_MONEY}",
    ),
    (
        Write("taskcomments.store", body={"task_id": "mine", "parent_comment_id": "theirs"}),
        "taskcomments.store (POST /tasks/comments) answers the comment 'theirs', which this run did not make",
    ),
    (Write("clients.restore", "c"), "clients.restore writes to what no run makes"),
    (Write("projects.update", "here"), "projects.update writes to what no run makes"),
]


@pytest.mark.parametrize("write, said", REFUSED)
def test_any_other_write_is_refused_by_name(guard: Guard, write: Write, said: str) -> None:
    with pytest.raises(Refused) as refused:
        guard.check(write)
    assert str(refused.value) == f'{said}; --project allows "Test" (here). Nothing was sent.'


@pytest.mark.parametrize("write", ALLOWED, ids=str)
def test_without_leave_nothing_is_written_at_all(made: Made, write: Write) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^not tried: writes \(--allow-writes\)$"):
        Guard(True, False, made=made).check(write)


def test_a_webhook_is_never_registered_at_a_live_server(guard: Guard) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^not tried: a webhook would send the project's events"):
        guard.check(Write("webhooks.store", body={"project_id": "here"}))


@pytest.mark.parametrize("write", [write for write, _ in REFUSED])
def test_a_fake_may_be_written_to_as_one_likes(write: Write) -> None:
    Guard().check(write)


def test_only_what_carries_the_runs_own_mark_counts_as_made(made: Made) -> None:
    tasks: list[Any] = [{"id": "x", "title": f"{Made(run).prefix}1"} for run in ("run", "other")]
    assert [made.is_own(task) for task in tasks] == [True, False]
