"""Makes what tests of writes need, and good values for every printed field."""

from collections.abc import Iterator
from typing import Any

from contract_tests.documented.differs import Difference, equal, untried
from contract_tests.documented.known import Known, first, webhook
from contract_tests.documented.reference import OPERATIONS, Json, body_fields
from contract_tests.documented.service import Service, condition
from contract_tests.documented.values import DUE, OTHERS


class Writer:
    """Makes what tests of writes need, in the project that they may write to."""

    def __init__(self, service: Service, known: Known) -> None:
        self.service, self.known, self.made = service, known, service.made

    def task(self, **fields: Any) -> Json:
        """A new task."""
        body = {"title": self.made.title(), "project_id": self.known.project.id, **fields}
        return self.service.good("tasks.store", json=body)  # type: ignore[no-any-return]

    def comment(self, task: str, **fields: Any) -> Json:
        return self.service.good("taskcomments.store", json={"task_id": task, **fields})  # type: ignore[no-any-return]

    def change(self, task: Json, **fields: Any) -> Json:
        return self.service.good("tasks.update", task["id"], json=fields)  # type: ignore[no-any-return]

    def read(self, task: Json) -> Json:
        return self.service.good("tasks.show", task["id"])  # type: ignore[no-any-return]

    def listed(self, task: Json, include: str) -> Json:
        """The task as the list prints it, with an include."""
        params = {"include": include, **condition([{"field": "uri", "op": "eq", "value": task["uri"]}])}
        return self.service.page("tasks.index", params=params).data[0]

    def read_alike(self, task: Json) -> Iterator[Difference]:
        """Where a task does not read as it was answered."""
        again = self.read(task)
        for name in task.keys() & again.keys():
            yield from equal(f"{name}, read again", task[name], again[name])

    def identified(self) -> Json:
        """A task with an external id."""
        return self.task(external_id=self.made.identifier())

    # ------------------------------------------------------------ requests

    def request(self, operation: str) -> tuple[str, Json]:
        """What stands in the path of an operation, and the arguments of a request that must succeed."""
        if OPERATIONS[operation]["method"] == "GET":
            return self.known.name_of(operation), {}
        if operation == "tasks.store":
            return "", {"json": {"title": self.made.title(), "project_id": self.known.project.id}}
        if operation == "webhooks.store":
            return "", {"json": webhook(self.known.project.id, self.made.identifier())}
        task = self.task()["id"]
        requests: dict[str, tuple[str, Json]] = {
            "tasks.update": (task, {"json": {"title": self.made.title()}}),
            "tasks.delete": (task, {}),
            "tasks.updateexternalid": (task, {"json": {"external_id": self.made.identifier()}}),
            "tasks.upload": (task, {"files": {"file": ("note.txt", b"content", "text/plain")}}),
            "taskcomments.store": ("", {"json": {"task_id": task, "comment": "<p>Hello</p>"}}),
        }
        return requests[operation]

    def with_field(self, operation: str, field: str, value: Any) -> tuple[str, Json]:
        """A request whose JSON has this value in this field."""
        name, content = self.request(operation)
        return name, {"json": {**content["json"], field: value}}

    # ------------------------------------------------------------ values

    def good(self, field: str) -> Any:
        """A value that the field takes, and that is not its default."""
        plain = {
            "title": self.made.title("other"),
            "description": "<p>Some <strong>words</strong></p>",
            "comment": "<p>Some <strong>words</strong></p>",
            "estimated_hours": 2.5,
            "due_date": DUE,
            "is_public": True,
            "status": "WIP",
            "external_id": self.made.identifier(),
            "external_origin": f"origin-{self.made.run}",
            "project_id": self.known.project.id,
        }
        return plain[field] if field in plain else self.reference(field)

    def reference(self, field: str) -> Any:
        """The id of something that a task or comment may name."""
        if field in ("parent_task_id", "insert_before", "insert_after", "task_id"):
            return self.task()["id"]
        if field == "parent_comment_id":
            return self.comment(self.task()["id"])["id"]
        if field in ("assignee_id", "watchers", "add_watchers"):
            person = self.known.person()
            return person if field == "assignee_id" else [person]
        return self.part_of_project(field.removesuffix("_id"))

    def part_of_project(self, kind: str) -> str:
        """The id of a phase, milestone or epic of the project."""
        found = self.known.of_project(kind, self.known.project.id)
        if not found and kind == "phase":
            page = self.service.page("projects.phases", self.known.project.id)
            found = first(one["id"] for one in page.data)
        return found or untried(f"no record found: no task of the project has a {kind}")

    def fields(self, operation: str, nullable: bool | None = None) -> dict[str, Json]:
        """The fields of an operation's body that may be tried with wrong values here."""
        rows = body_fields(operation)
        kept = {name: row for name, row in rows.items() if nullable is None or row["nullable"] is nullable}
        return {name: row for name, row in kept.items() if not (self.service.guard.live and name in OTHERS)}
