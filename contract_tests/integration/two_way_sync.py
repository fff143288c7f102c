"""Keeps the tasks of one Kanbert project and the issues of another system the same, from both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from contract_tests.integration.kanbert_client import Gone, Kanbert, Task
from contract_tests.integration.other_system import Issue, State, Tracker

STATE_OF: dict[str, State] = {
    "Backlog": "open",
    "New": "open",
    "WIP": "doing",
    "Completed": "done",
    "Approved": "done",
    "Closed": "done",
}
STATUS_OF: dict[State, str] = {"open": "New", "doing": "WIP", "done": "Completed"}


@dataclass(frozen=True)
class Seen:
    """A task as it was when the sync last saw it, in the words of the other system."""

    title: str
    state: State
    updated: datetime


class TwoWaySync:
    """Each side gets what the other changed; of two changes of one field the later one stays. A delete beats both."""

    def __init__(self, kanbert: Kanbert, tracker: Tracker, project_id: str) -> None:
        self.kanbert = kanbert
        self.tracker = tracker
        self.project_id = project_id
        self.seen: dict[str, Seen] = {}
        self.gone: set[str] = set()
        self.caught_up: datetime | None = None

    def run(self, payloads: Iterable[Any] = ()) -> None:
        """What a cron job does: hears what was told, asks what changed since, tells what changed here."""
        for payload in payloads:
            self.told(payload)
        self.catch_up()
        self.push()

    def pull(self) -> None:
        """Every task, and the end of issues whose task is no more: finds what neither webhook nor catch-up told."""
        newest = next(self.kanbert.tasks(self.project_id, sort="-updated_at"), None)
        listed = set()
        for task in self.kanbert.tasks(self.project_id):  # by creation: what changes meanwhile keeps its place
            listed.add(task.id)
            self.take(task)
        linked = {issue.remote_id for issue in self.tracker.issues.values() if issue.remote_id}
        for id in linked - listed:
            self.forget(id)
        self.caught_up = newest.updated if newest else None

    def catch_up(self) -> None:
        """The tasks that changed since the last time. The service has no filter for that: newest first does it."""
        if self.caught_up is None:
            self.pull()
            return
        newest = self.caught_up
        for task in self.kanbert.tasks(self.project_id, sort="-updated_at"):
            if task.updated < self.caught_up:
                break
            newest = max(newest, task.updated)
            self.take(task)
        self.caught_up = newest  # only now: who had to give up half way begins there again

    def told(self, payload: Any) -> None:
        """A webhook; duplicates, latecomers and echoes of our own changes do no harm."""
        if payload["event"] == "task:delete":
            self.forget(payload["resource"]["id"])
        else:
            self.take(Task.read(payload["data"]))

    def push(self) -> None:
        """What users of the other system made, changed and removed. Gone tasks take their issues with them."""
        for issue in list(self.tracker.issues.values()):
            if issue.remote_id is None:
                fields = {"title": issue.title, "status": STATUS_OF[issue.state]}
                task = self.kanbert.create(self.project_id, external_id(issue), **fields)
                issue.remote_id = task.id
                self.see(task)
            known = self.seen[issue.remote_id]
            if (known.title, known.state) != (issue.title, issue.state):
                self.change(issue.remote_id, issue, known)
        while self.tracker.removed:
            self.kanbert.delete(self.tracker.removed[0])
            self.forget(self.tracker.removed.pop(0))

    def change(self, id: str, issue: Issue, known: Seen) -> None:
        """Sends what differs, and no more: or else an Approved task with a new title would become Completed."""
        fields = {"title": issue.title} if issue.title != known.title else {}
        if issue.state != known.state:
            fields["status"] = STATUS_OF[issue.state]
        try:
            task = self.kanbert.change(id, **fields)
        except Gone:
            self.forget(id)
        else:  # the answer may also hold what somebody else changed there
            merge(issue, Seen(issue.title, issue.state, known.updated), self.see(task))

    def take(self, task: Task) -> None:
        """A task as it is now, or as it was a while ago."""
        known = self.seen.get(task.id)
        stale = known is not None and task.updated < known.updated
        if stale or task.id in self.gone or task.id in self.tracker.removed or task.project_id != self.project_id:
            return
        theirs = self.see(task)
        issue = self.issue_of(task)
        if issue is None:
            issue = self.tracker.open(task.title, theirs.state)
            issue.updated = task.updated
        issue.remote_id = task.id
        merge(issue, known or theirs, theirs)

    def see(self, task: Task) -> Seen:
        """Remembers what Kanbert has."""
        seen = self.seen[task.id] = Seen(task.title, STATE_OF[task.status], task.updated)
        return seen

    def issue_of(self, task: Task) -> Issue | None:
        """Also of a task that was made by a call whose answer was lost."""
        for issue in self.tracker.issues.values():
            ours = (task.external_origin, task.external_id) == (self.kanbert.origin, external_id(issue))
            if issue.remote_id == task.id or (issue.remote_id is None and ours):
                return issue
        return None

    def forget(self, id: str) -> None:
        """The task is gone: so is its issue, and whatever is still told of it."""
        self.gone.add(id)
        self.seen.pop(id, None)
        for issue in list(self.tracker.issues.values()):
            if issue.remote_id == id:
                del self.tracker.issues[issue.number]


def external_id(issue: Issue) -> str:
    """What its task is called in Kanbert."""
    return f"issue-{issue.number}"


def merge(issue: Issue, before: Seen, theirs: Seen) -> None:
    """Field by field; at the same second, Kanbert is the later one."""
    theirs_is_later = theirs.updated >= issue.updated
    fields: tuple[Literal["title", "state"], ...] = ("title", "state")
    touched = False
    for field in fields:
        mine, was, new = getattr(issue, field), getattr(before, field), getattr(theirs, field)
        if mine != new and (mine == was or (new != was and theirs_is_later)):
            setattr(issue, field, new)
            touched = True
    if touched and theirs_is_later:
        issue.updated = theirs.updated
