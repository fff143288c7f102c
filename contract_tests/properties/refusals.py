"""Which values in bodies are refused, told a second time for the model: fields only, not the texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from contract_tests.properties.model import PARTS, STATUSES, Json, unique
from contract_tests.properties.space_model import Space

PLACES = ("insert_before", "insert_after")
REFERENCES = {"parent_task_id": "task", "assignee_id": "user", **{f"{part}_id": part for part in PARTS}}
MOST_TITLE, MOST_DESCRIPTION, MOST_EXTERNAL, MOST_SECRET = 255, 65535, 255, 255
URL = re.compile(r"https?://[\w.:[\]]+(/\S*)?")
EVENTS = [f"{kind}:{verb}" for kind in ("task", "comment") for verb in ("*", "create", "update", "delete")]
BROKEN: Any = object()
"""Stands for a value that was refused."""


class Reading:
    """A body read for a new record (None) or for a task that is there, sent by an integration or a guest."""

    def __init__(self, model: Space, task: Json | None, slug: str, guest: bool = False) -> None:
        self.model, self.task, self.slug, self.guest = model, task, slug, guest
        self.among: Mapping[str, Json] = model.tasks
        """Whose external ids are held against each other."""
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

    def lacks(self, *names: str) -> None:
        for name in names:
            if name not in self.values:
                self.broken(name)

    # --- bodies of the operations ------------------------------------------------------------------------

    def store(self, body: Mapping[str, Any]) -> Json:
        """The values for a new task."""
        self.read(body)
        self.lacks("title", "project_id")
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

    def comment(self, body: Mapping[str, Any]) -> Json:
        """The values for a new comment, which answers another one of its task."""
        self.among = self.model.comments
        self.read(body)
        self.lacks("task_id")
        self.check_external_id(self.values.get("external_id"), self.values.get("external_origin", self.slug))
        above, task = self.values.get("parent_comment_id"), self.values.get("task_id", BROKEN)
        if BROKEN not in (above, task) and above is not None and self.model.stands[above] != task:
            self.broken("parent_comment_id")
        return self.values

    def webhook(self, body: Mapping[str, Any]) -> Json:
        """The values for a new webhook, whose project is its client's."""
        self.read(body)
        self.lacks("url", "events", "project_id")
        project, client = self.values.get("project_id", BROKEN), self.values.get("client_id")
        limited = BROKEN not in (project, client) and client is not None
        if limited and self.model.projects[project]["client"]["id"] != client:
            self.broken("client_id")
        return self.values

    # --- what concerns several fields --------------------------------------------------------------------

    def check_external_id(self, named: Any, origin: Any) -> None:
        if BROKEN in (named, origin):
            self.possible.add("external_id")
            return
        other = self.model.owner_of(origin, named, self.among)
        if other is not None and (self.task is None or other["id"] != self.task["id"]):
            self.broken("external_id")

    def check_places(self) -> None:
        """A new task goes before or after one other task of its status."""
        sent = [name for name in PLACES if self.values.get(name) is not None]
        if len(sent) == 2:
            self.possible |= set(PLACES)
            if BROKEN not in [self.values[name] for name in sent]:
                self.broken("insert_after")
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
        model, is_id = reading.model, isinstance(value, str)
        if not is_id or value not in model.every(kind) or (reading.guest and model.is_hidden(kind, value)):
            return reading.broken(name)
        return value

    return read


def people(reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return reading.broken(name)
    known = reading.model.people
    wrong = [n for n, id in enumerate(value) if not isinstance(id, str) or id not in known]
    reading.certain |= {f"{name}.{n}" for n in wrong}
    return BROKEN if wrong else unique(value)


def url(reading: Reading, name: str, value: Any) -> Any:
    return value if isinstance(value, str) and URL.fullmatch(value) else reading.broken(name)


def events(reading: Reading, name: str, value: Any) -> Any:
    if not isinstance(value, list) or not value:
        return reading.broken(name)
    names = [trimmed(one) for one in value]
    wrong = [n for n, one in enumerate(names) if one not in EVENTS]
    reading.certain |= {f"{name}.{n}" for n in wrong}
    return BROKEN if wrong else unique(names)


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
    "client_id": reference("client"),
    "task_id": reference("task", null=False),
    "parent_comment_id": reference("comment"),
    "comment": text(MOST_DESCRIPTION),
    "url": url,
    "events": events,
    "secret": text(MOST_SECRET, null=True),
    "is_active": flag,
    **{name: reference("task") for name in PLACES},
    **{name: reference(kind) for name, kind in REFERENCES.items()},
}
