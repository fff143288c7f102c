"""Servers whose writes get one thing wrong."""

import json
from typing import ClassVar

from contract_tests.verifying.servers import Exchange
from contract_tests.verifying.wrong import Lines, Wrong


class Answers201(Wrong):
    tests = "test_bodies.py -k 200 and tasks.store"
    differs: ClassVar[Lines] = {"tasks.store": {"T19": ["status of POST /api/v1/tasks: documented 200, got 201"]}}

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks"):
            exchange.status = 201


class TakesLongTitles(Wrong):
    tests = "test_bodies.py -k as_long and tasks.store-title"
    differs: ClassVar[Lines] = {
        "tasks.store": {
            "tasks.store.title-length": [
                "status of POST /api/v1/tasks with 256 characters in title: "
                "documented a refusal, 255 are the most, got 200"
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks"):
            exchange.content = json.dumps({**exchange.body, "title": exchange.body["title"][:255]}).encode()


class KeepsDeletedTasks(Wrong):
    tests = "test_deleting.py -k any_more"
    differs: ClassVar[Lines] = {
        "tasks.delete": {
            "tasks.delete.exists": ["status of GET /api/v1/tasks/{task} after DELETE: documented 404, got 200"]
        }
    }

    def __init__(self) -> None:
        self.deleted: dict[str, bytes] = {}

    def tell(self, exchange: Exchange) -> None:
        if exchange.method == "DELETE" and exchange.status == 200:
            self.deleted[exchange.path] = exchange.answer
        if exchange.method == "GET" and exchange.path in self.deleted:
            exchange.status, exchange.answer = 200, self.deleted[exchange.path]


class LosesAComment(Wrong):
    tests = "test_commenting.py -k as_it_was_sent"
    differs: ClassVar[Lines] = {
        "taskcomments.store": {
            "taskcomments.store.answer": ["comment: documented '<p>Hello <strong>you</strong></p>', got null"]
        }
    }

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks/comments") and exchange.status == 200:
            exchange.data = {**exchange.data, "comment": None}


class ChangesMore(Wrong):
    tests = "test_changing.py -k no_other and update-title"
    differs: ClassVar[Lines] = {"tasks.update": {"T14": ["estimated_hours: documented null, got 8"]}}

    def ask(self, exchange: Exchange) -> None:
        if exchange.method == "PATCH" and "title" in exchange.body:
            exchange.content = json.dumps({**exchange.body, "estimated_hours": 8}).encode()


class IgnoresAStatus(Wrong):
    tests = "test_creating.py -k printed_status"
    differs: ClassVar[Lines] = {"tasks.store": {"tasks.store.status": ["status: documented 'Backlog', got 'New'"]}}

    def ask(self, exchange: Exchange) -> None:
        if exchange.is_for("POST /tasks"):
            body = {name: value for name, value in exchange.body.items() if name != "status"}
            exchange.content = json.dumps(body).encode()


class KeepsAnIdentifier(Wrong):
    tests = "test_identifying.py -k taken_away"
    differs: ClassVar[Lines] = {
        "tasks.updateexternalid": {
            "T29": ["external_origin: documented null, got 'fake-integration'"],
            "tasks.updateexternalid.nullable": ["external_id: documented null, got '{identifier}'"],
        }
    }

    def ask(self, exchange: Exchange) -> None:
        if exchange.body == {"external_id": None}:
            exchange.content = b"{}"


class RepeatsSecrets(Wrong):
    tests = "test_registering.py -k each_with_a_secret"
    differs: ClassVar[Lines] = {
        "webhooks.store": {
            "webhooks.store.secret": ["secret: documented one of its own for each, got 'the same or none'"]
        }
    }
    is_fake: ClassVar[bool] = True

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("POST /webhooks") and exchange.status == 200:
            exchange.data = {**exchange.data, "secret": "the same"}


class CountsBytesWrong(Wrong):
    tests = "test_uploading.py -k as_it_was_sent"
    differs: ClassVar[Lines] = {"tasks.upload": {"file.size": ["size: documented 7, got 6"]}}

    def tell(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/upload") and exchange.status == 200:
            exchange.data = {**exchange.data, "size": exchange.data["size"] - 1}
