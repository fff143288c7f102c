"""The other system: an issue tracker that keeps its issues in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["open", "doing", "done"]


@dataclass
class Issue:
    """`remote_id`: of the task that stands for it in Kanbert, once there is one."""

    number: int
    title: str
    state: State
    updated: datetime
    remote_id: str | None = None


class Tracker:
    """`removed`: the remote ids of issues that its users removed, until a sync has told of them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.issues: dict[int, Issue] = {}
        self.removed: list[str] = []
        self.last_number = 0

    def open(self, title: str, state: State = "open") -> Issue:
        """What a user does who has something new."""
        self.last_number += 1
        issue = Issue(self.last_number, title, state, self.now())
        self.issues[issue.number] = issue
        return issue

    def edit(self, number: int, *, title: str | None = None, state: State | None = None) -> Issue:
        """What a user does who changes something."""
        issue = self.issues[number]
        issue.title, issue.state, issue.updated = title or issue.title, state or issue.state, self.now()
        return issue

    def remove(self, number: int) -> None:
        """What a user does who wants it gone, on both sides."""
        issue = self.issues.pop(number)
        if issue.remote_id:
            self.removed.append(issue.remote_id)

    def titled(self, title: str) -> Issue:
        """KeyError: there is none."""
        for issue in self.issues.values():
            if issue.title == title:
                return issue
        raise KeyError(title)
