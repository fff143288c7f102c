"""The model with what stands beside tasks: comments, which end with their task, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from contract_tests.client import Api
from contract_tests.properties.model import Json, Model

COMMENT_ROW = ("id", "created_at", "updated_at", "comment", "parent_comment_id", "is_public", "external_id")
"""Fields that a tester's row of a comment has as the service prints them."""


class Space(Model):
    """Comments as the service prints them without includes, oldest first, and webhooks without their secrets."""

    def __init__(self, api: Api, now: str, zone: str) -> None:
        super().__init__(api, now, zone)
        self.clients: dict[str, Json] = {one["client"]["id"]: one["client"] for one in self.projects.values()}
        self.comments: dict[str, Json] = {}
        self.stands: dict[str, str] = {}
        """Comment -> the task at which it stands."""
        self.webhooks: dict[str, Json] = {}
        self.subscribers: dict[str, str] = {}
        """Webhook -> its user."""

    def every(self, kind: str) -> Mapping[str, Json]:
        """The records of a kind by their ids."""
        known = {"task": self.tasks, "user": self.people, "project": self.projects, "comment": self.comments}
        return {**known, "client": self.clients, **self.parts}[kind]

    def is_hidden(self, kind: str, id: str) -> bool:
        """Whether a record is kept from guests."""
        if kind == "comment":
            return not self.comments[id]["is_public"] or self.is_hidden("task", self.stands[id])
        return kind == "task" and not self.tasks[id]["is_public"]

    def comment(self, id: str, values: Json, slug: str, author: Json) -> Json:
        """A new comment as its create answers it."""
        assert id not in self.ids, "ids are never given twice"
        self.ids.add(id)
        named, above = values.get("external_id"), values.get("parent_comment_id")
        self.stands[id] = values["task_id"]
        self.comments[id] = {
            "id": id,
            "external_id": named,
            "external_origin": None if named is None else values.get("external_origin", slug),
            "parent_comment_id": above,
            "sub_comments": [],
            "author": author,
            "comment": values.get("comment"),
            "attachements": [],
            "is_public": values.get("is_public", False),
            "created_at": self.now,
            "updated_at": self.now,
        }
        includes = {"task": self.tasks[values["task_id"]], "parent_comment": self.comments.get(above or "")}
        return {**self.comments[id], **includes}

    def delete(self, task: Json) -> None:
        super().delete(task)
        for id in [id for id, stands in self.stands.items() if stands not in self.tasks]:
            del self.comments[id], self.stands[id]

    def rows_of_comments(self) -> list[Json]:
        """All comments as testers see them."""
        return [
            {
                **{name: comment[name] for name in COMMENT_ROW},
                "task_id": self.stands[id],
                "author_id": comment["author"]["id"],
                "files": [],
                "external_origin": comment["external_origin"],
            }
            for id, comment in self.comments.items()
        ]

    def subscribe(self, id: str, values: Json, user: str) -> Json:
        """A new webhook as a list shows it."""
        assert id not in self.ids, "ids are never given twice"
        self.ids.add(id)
        self.subscribers[id] = user
        self.webhooks[id] = {
            "id": id,
            "url": values["url"],
            "events": values["events"],
            "project_id": values["project_id"],
            "client_id": values.get("client_id"),
            "is_active": values.get("is_active", True),
            "created_at": self.now,
            "updated_at": self.now,
        }
        return self.webhooks[id]

    def webhooks_of(self, user: str) -> list[Json]:
        return [webhook for id, webhook in self.webhooks.items() if self.subscribers[id] == user]
