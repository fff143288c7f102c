"""What the service does to tasks, told a second time with plain dicts: the model that the state machine asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contract_tests.client import Api

Json = dict[str, Any]

STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
PARTS = ("epic", "phase", "milestone")


class Model:
    """The space as it should be: people, projects with their parts, and tasks oldest first."""

    def __init__(self, api: Api, now: str, zone: str) -> None:
        self.now, self.zone = now, ZoneInfo(zone)
        self.people: dict[str, Json] = {user["id"]: user for user in api.walk("/users")}
        self.projects: dict[str, Json] = {project["id"]: project for project in api.walk("/projects")}
        self.parts: dict[str, dict[str, Json]] = {part: {} for part in PARTS}
        self.owners: dict[str, str] = {}
        self.numbers = dict.fromkeys(self.projects, 0)
        self.tasks: dict[str, Json] = {}
        self.watchers: dict[str, list[str]] = {}
        self.gone: list[Json] = []
        self.ids: set[str] = set()
        for task in api.walk("/tasks", {"include": "watchers"}):
            self.learn(task)

    def learn(self, task: Json) -> None:
        """Takes over a task of the seed, and the parts of its project that it shows."""
        self.watchers[task["id"]] = [user["id"] for user in task.pop("watchers")]
        self.tasks[task["id"]] = task
        self.ids.add(task["id"])
        number = int(task["uri"].rpartition("-")[2])
        self.numbers[task["project_id"]] = max(number, self.numbers[task["project_id"]])
        for part in PARTS:
            if task[part] is not None:
                self.parts[part][task[part]["id"]] = task[part]
                self.owners[task[part]["id"]] = task["project_id"]

    # --- reading -----------------------------------------------------------------------------------------

    def find(self, by: str, text: str, origin: str) -> Json | None:
        if by == "id":
            return self.tasks.get(text)
        if by == "uri":
            return next((task for task in self.tasks.values() if task["uri"] == text), None)
        return self.owner_of(origin, text)

    def owner_of(
        self, origin: str | None, external_id: str | None, among: Mapping[str, Json] | None = None
    ) -> Json | None:
        """Who has that external id, of the tasks or of other records."""
        if external_id is None:
            return None
        records = (self.tasks if among is None else among).values()
        pair = (origin, external_id)
        return next((one for one in records if (one["external_origin"], one["external_id"]) == pair), None)

    def project_of(self, id: str) -> str:
        """The project of a task, or of a phase, milestone or epic."""
        return self.owners[id] if id in self.owners else str(self.tasks[id]["project_id"])

    def children(self, id: str) -> list[Json]:
        return [task for task in self.tasks.values() if task["parent_task_id"] == id]

    def below(self, id: str) -> Iterator[str]:
        """A task and everything under it."""
        yield id
        for child in self.children(id):
            yield from self.below(child["id"])

    def column(self, task: Mapping[str, Any]) -> list[Json]:
        """The tasks of the same project and status, from the top."""
        place = (task["project_id"], task["status"])
        found = [other for other in self.tasks.values() if (other["project_id"], other["status"]) == place]
        return sorted(found, key=lambda other: int(other["list_sorting"]))

    def with_includes(self, task: Json, guest: bool = False) -> Json:
        """The task as a list prints it with its watchers, its parent and its sub-tasks."""
        parent = self.tasks.get(task["parent_task_id"])
        return {
            **task,
            "watchers": [self.people[id] for id in self.watchers[task["id"]]],
            "parent_task": parent if parent is not None and (parent["is_public"] or not guest) else None,
            "sub_tasks": [child for child in self.children(task["id"]) if child["is_public"] or not guest],
        }

    # --- writing -----------------------------------------------------------------------------------------

    def create(self, id: str, values: Json, slug: str) -> Json:
        assert id not in self.ids, "ids are never given twice"
        self.ids.add(id)
        project = self.projects[values["project_id"]]
        self.numbers[project["id"]] += 1
        status, named = values.get("status", "New"), values.get("external_id")
        task: Json = {
            "id": id,
            "project_id": project["id"],
            "client_id": project["client"]["id"],
            "parent_task_id": None,
            "external_id": named,
            "external_origin": None if named is None else values.get("external_origin", slug),
            "uri": f"{project['shortcode']}-{self.numbers[project['id']]}",
            "title": values["title"],
            "description": None,
            "status": status,
            "type": "task",
            "estimated_hours": None,
            "is_onhold": False,
            "is_public": False,
            "due_date": None,
            "due_date_settings": {"is_hard_deadline": False, "recurring_type": None, "recurring_interval": None},
            "assignee": None,
            "priorityOption": None,
            "phase": None,
            "milestone": None,
            "epic": None,
            "attachements": [],
            "sub_tasks": [],
            "completed_at": self.now if status == "Completed" else None,
            "closed_at": self.now if status == "Closed" else None,
            "updated_at": self.now,
            "created_at": self.now,
            "list_sorting": 0,
        }
        self.watchers[id] = values.get("watchers", [])
        self.insert(task | self.printed(values), values)
        return self.tasks[id]

    def insert(self, task: Json, values: Json) -> None:
        column = self.column(task)
        ids = [other["id"] for other in column]
        before, after = values.get("insert_before"), values.get("insert_after")
        where = ids.index(before) if before else ids.index(after) + 1 if after else len(ids)
        self.tasks[task["id"]] = task
        arrange([*column[:where], task, *column[where:]])

    def printed(self, values: Mapping[str, Any]) -> Json:
        """Values under the names and in the form in which answers print them."""
        plain = ("title", "description", "estimated_hours", "due_date", "is_public", "status", "parent_task_id")
        found = {name: values[name] for name in plain if name in values}
        if "assignee_id" in values:
            found["assignee"] = self.people.get(values["assignee_id"])
        for part in PARTS:
            if f"{part}_id" in values:
                found[part] = self.parts[part].get(values[f"{part}_id"])
        return found

    def patch(self, task: Json, values: Json) -> Json:
        watchers = values.get("watchers", self.watchers[task["id"]])
        watchers = unique([*watchers, *values.get("add_watchers", [])])
        changed = task | self.printed(values)
        if changed == task and watchers == self.watchers[task["id"]]:
            return task
        self.watchers[task["id"]] = watchers
        changed["updated_at"] = self.now
        if changed["status"] != task["status"]:
            self.move(task, changed)
        self.tasks[task["id"]] = changed
        return changed

    def move(self, task: Json, changed: Json) -> None:
        """A task goes to the end of its new column, and its times follow its status."""
        for name, status in (("completed_at", "Completed"), ("closed_at", "Closed")):
            if changed["status"] == status:
                changed[name] = self.now
            elif STATUSES.index(changed["status"]) < STATUSES.index(status):
                changed[name] = None
        left = [other for other in self.column(task) if other["id"] != task["id"]]
        changed["list_sorting"] = len(self.column(changed))
        arrange(left)

    def identify(self, task: Json, pair: Json) -> None:
        """A task with another external identifier and origin, or with none."""
        if any(task[name] != value for name, value in pair.items()):
            task |= {**pair, "updated_at": self.now}

    def delete(self, task: Json) -> None:
        gone = [self.tasks.pop(id) for id in list(self.below(task["id"]))]
        self.gone += gone
        for one in gone:
            arrange(self.column(one))

    def attach(self, task: Json, file: Json) -> None:
        task["attachements"] = [*task["attachements"], file]
        task["updated_at"] = self.now


def arrange(column: Iterable[Json]) -> None:
    """Positions from 0 without gaps."""
    for position, task in enumerate(column):
        task["list_sorting"] = position


def unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
