"""What a verification of a live server may write, decided before anything is sent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contract_tests.documented.differs import untried
from contract_tests.documented.made import Made
from contract_tests.documented.reference import OPERATIONS

READ_ONLY = "writes (--allow-writes)"
WEBHOOKS = "a webhook would send the project's events elsewhere, and no operation deletes it"
OWN = ("tasks.update", "tasks.delete", "tasks.updateexternalid", "tasks.upload")
"""The operations that write to a task named in their path."""
TASKS = ("parent_task_id", "insert_before", "insert_after")
PEOPLE = ("assignee_id", "watchers", "add_watchers")


class Refused(Exception):
    """A write that would leave the project, or touch what this run did not make. Nothing was sent."""


class Project(NamedTuple):
    id: str
    title: str

    def __str__(self) -> str:
        return f'"{self.title}" ({self.id})'


class Write(NamedTuple):
    """A request that is not a GET: its operation, the task in its path, and the body if that is JSON."""

    operation: str
    name: str = ""
    find_by: str = "id"
    body: Any = None

    def __str__(self) -> str:
        entry = OPERATIONS.get(self.operation)
        return f"{self.operation} ({entry['method']} {entry['path']})" if entry else self.operation


@dataclass
class Guard:
    """`live` is a server that is no fake: nothing is written to it outside of `project`. `titles` are the projects
    that are known by id; `project_of` asks the server for the project of a task."""

    live: bool = False
    writes: bool = True
    project: Project | None = None
    me: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    project_of: Callable[[str, str], str | None] = lambda *_: None
    made: Made = field(default_factory=Made)

    def check(self, write: Write) -> None:
        """Skips the test or raises Refused, unless the write may be sent."""
        if not self.live:
            return
        if not self.writes:
            untried(READ_ONLY)
        if write.operation == "webhooks.store":
            untried(WEBHOOKS)
        for reason in self.reasons(write):
            allowed = f"--project allows {self.project}" if self.project else "--project names none"
            raise Refused(f"{write} {reason}; {allowed}. Nothing was sent.")

    def reasons(self, write: Write) -> Iterator[str]:
        """Why the write is refused; none if it may be sent."""
        body = write.body if isinstance(write.body, dict) else {}
        if write.operation == "tasks.store" or "project_id" in body:
            yield from self.elsewhere(body.get("project_id"))
        if write.operation == "taskcomments.store":
            yield from self.foreign(body.get("task_id"), "id")
        elif write.operation in OWN:
            yield from self.foreign(write.name, write.find_by)
        elif write.operation != "tasks.store":
            yield "writes to what no run makes"
        yield from self.strangers(body)

    def elsewhere(self, project: Any) -> Iterator[str]:
        if self.project is None or project != self.project.id:
            yield f"would write to {self.named(project)}"

    def foreign(self, name: Any, find_by: str) -> Iterator[str]:
        if not (isinstance(name, str) and self.made.has(name, find_by)):
            project = self.project_of(name, find_by) if isinstance(name, str) else None
            yield f"names {name!r}, which this run did not make, and would write to {self.named(project)}"

    def strangers(self, body: Mapping[str, Any]) -> Iterator[str]:
        """Records in the body that others would notice: foreign neighbours and parents, and people to tell."""
        for key in TASKS:
            if body.get(key) is not None:
                yield from self.foreign(body[key], "id")
        if body.get("parent_comment_id") not in (None, *self.made.comments):
            yield f"answers the comment {body['parent_comment_id']!r}, which this run did not make"
        for key in PEOPLE:
            if set(people(body.get(key))) - {self.me}:
                yield f"names other people than the token's user in {key}, who would be told"

    def named(self, project: Any) -> str:
        if not isinstance(project, str):
            return "a project that it does not name"
        return f"the project {Project(project, self.titles.get(project, 'unknown'))}"


def people(value: Any) -> list[str]:
    members = value if isinstance(value, list) else [value]
    return [str(one) for one in members if one is not None]
