"""Which values in bodies of tasks are refused, told a second time for the model: fields only, not the texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from contract_tests.properties.model import PARTS, STATUSES, Json, Model, unique

PLACES = ("insert_before", "insert_after")
REFERENCES = {"parent_task_id": "task", "assignee_id": "user", **{f"{part}_id": part for part in PARTS}}
MOST_TITLE, MOST_DESCRIPTION, MOST_EXTERNAL = 255, 65535, 255
BROKEN: Any = object()
"""Stands for a value that was refused."""


class Reading:
    """A body read for a new task (None) or for one that is there, sent by an integration."""

    def __init__(self, model: Model, task: Json | None, slug: str) -> None:
        self.model, self.task, self.slug = model, task, slug
        self.certain: set[str] = set()
        """The fields that must be refused."""
        self.possible: set[str] = set()
        """Fields of which a refusal may complain too, because others are broken."""
        self.values: Json = {}

    def broken(self, name: str) -> Any:
        self.certain.add(name)
        return BROKEN

    def read(self, body: Mapping[str, Any]) -> None:
        """Reads every known field; an `is_public` of null leaves a task as it is."""
        for name, value in body.items():
            if name in READERS and not (name == "is_public" and value is None and self.task is not None):
                self.values[name] = READERS[name](self, name, trimmed(value))

    # --- bodies of the three operations ------------------------------------------------------------------

    def store(self, body: Mapping[str, Any]) -> Json:
        """The values for a new task."""
        self.read(body)
        for name in ("title", "project_id"):
            if name not in self.values:
                self.broken(name)
        self.check_places()
        self.check_external_id(self.values.get("external_id"), self.values.get("external_origin", self.slug))
        self.check_project(self.values.get("project_id", BROKEN))
        return self.values

    def update(self, body: Mapping[str, Any]) -> Json:
        """The values that a task gets."""
        assert self.task is not None
        self.read(body)
        self.check_project(self.task["project_id"])
        parent = self.values.get("parent_task_id")
        if parent is not BROKEN and parent in set(self.model.below(self.task["id"])):
            self.broken("parent_task_id")
        return self.values

    def identifier(self, body: Mapping[str, Any]) -> Json:
        """The pair that a task gets: an id without an origin is the integration's own, no id has no origin."""
        assert self.task is not None
        self.read(body)
        named = self.values.get("external_id", self.task["external_id"])
        before = self.slug if "external_id" in self.values else self.task["external_origin"]
        origin = self.values.get("external_origin", before)
        self.check_external_id(named, origin)
        return {"external_id": named, "external_origin": None if named is None else origin or self.slug}

    # --- what concerns several fields --------------------------------------------------------------------

    def check_external_id(self, named: Any, origin: Any) -> None:
        if BROKEN in (named, origin):
            self.possible.add("external_id")
            return
        other = self.model.owner_of(origin, named)
        if other is not None and (self.task is None or other["id"] != self.task["id"]):
            self.broken("external_id")

    def check_places(self) -> None:
        """A new task goes before or after one other task of its status."""
        sent = [name for name in PLACES if self.values.get(name) is not None]
        if len(sent) == 2:
            self.broken("insert_after")
            self.possible.add("insert_before")
        status = self.values.get("status", "New")
        for name in sent:
            other = self.model.tasks.get(self.values[name]) if self.values[name] is not BROKEN else None
            if other is not None and status is BROKEN:
                self.possible.add(name)
            elif other is not None and other["status"] != status:
                self.broken(name)

    def check_project(self, project: Any) -> None:
        """What a task hangs on or stands beside belongs to its project."""
        for name in ("parent_task_id", *(f"{part}_id" for part in PARTS), *PLACES):
            id = self.values.get(name)
            if BROKEN not in (id, project) and id is not None and self.model.project_of(id) != project:
                self.broken(name)


def trimmed(value: Any) -> Any:
    return value.strip() or None if isinstance(value, str) else value


# --- how each field is read ------------------------------------------------------------------------------

Reader = Callable[[Reading, str, Any], Any]


def text(most: int, null: bool = False) -> Reader:
    def read(reading: Reading, name: str, value: Any) -> Any:
        if value is None and null:
            return None
        return value if isinstance(value, str) and len(value) <= most else reading.broken(name)

    return read


def number(reading: Reading, name: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if value is None or is_number else reading.broken(name)


def flag(reading: Reading, name: str, value: Any) -> Any:
    return value if isinstance(value, bool) else reading.broken(name)


def day(reading: Reading, name: str, value: Any) -> Any:
    """A day, or the day that a moment falls on in the space's zone."""
    if value is None:
        return None
    try:
        if len(value) == len("2026-01-31"):
            return date.fromisoformat(value).isoformat()
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return reading.broken(name)
    here = moment.astimezone(reading.model.zone) if moment.tzinfo else moment
    return here.date().isoformat()


def choice(reading: Reading, name: str, value: Any) -> Any:
    return value if value in STATUSES else reading.broken(name)


def reference(kind: str, null: bool = True) -> Reader:
    def read(reading: Reading, name: str, value: Any) -> Any:
        if value is None and null:
            return None
        model = reading.model
        known = {"task": model.tasks, "user": model.people, "project": model.projects, **model.parts}[kind]
        return value if isinstance(value, str) and value in known else reading.broken(name)

    return read


def people(reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return reading.broken(name)
    known = reading.model.people
    wrong = [n for n, id in enumerate(value) if not isinstance(id, str) or id not in known]
    reading.certain |= {f"{name}.{n}" for n in wrong}
    return BROKEN if wrong else unique(value)


READERS: dict[str, Reader] = {
    "external_id": text(MOST_EXTERNAL, null=True),
    "external_origin": text(MOST_EXTERNAL),
    "title": text(MOST_TITLE),
    "description": text(MOST_DESCRIPTION),
    "estimated_hours": number,
    "due_date": day,
    "is_public": flag,
    "watchers": people,
    "add_watchers": people,
    "status": choice,
    "project_id": reference("project", null=False),
    **{name: reference("task") for name in PLACES},
    **{name: reference(kind) for name, kind in REFERENCES.items()},
}
