"""Servers that get one thing wrong, and what a verification must say of them."""

import json
from typing import ClassVar

from contract_tests.verifying.servers import Exchange, Server

Lines = dict[str, dict[str, list[str]]]


class Wrong:
    """One thing that is wrong; `tests` find it, and say so in exactly these lines."""

    tests: str
    differs: ClassVar[Lines]

    def ask(self, exchange: Exchange) -> None:
        """Changes a request."""

    def tell(self, exchange: Exchange) -> None:
        """Changes an answer."""

    def server(self) -> Server:
        return Server(self.ask, self.tell)


class DropsAField(Wrong):
    tests = "test_answers.py -k shape and tasks.show"
    differs: ClassVar[Lines] = {
        "tasks.show": {"task.required-fields": ["task.due_date: documented date or null, missing"]}
    }

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("GET /tasks/") and exchange.status == 200:
            exchange.data = {name: value for name, value in exchange.data.items() if name != "due_date"}


class CountsIds(Wrong):
    tests = "test_answers.py -k shape and users.index"
    differs: ClassVar[Lines] = {
        "users.index": {"user.fields": [f"data[{n}].id: documented string, got {n}" for n in range(4)]}
    }

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            page = exchange.data
            exchange.data = {**page, "data": [{**user, "id": n} for n, user in enumerate(page["data"])]}


class SortsUpOnly(Wrong):
    tests = "test_sorts.py -k up_and_down and users.index-first_name"
    differs: ClassVar[Lines] = {
        "users.index": {
            "lists.sort-descending": [
                "data[2].first_name: documented at most 'Ingrid', got 'Peter'",
                "data[1].first_name: documented at most 'Fake', got 'Ingrid'",
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value.lstrip("-") if name == "sort" else value) for name, value in exchange.query]


class IgnoresAFilter(Wrong):
    tests = "test_filters.py -k each_operator and clients.index-shortcode"
    differs: ClassVar[Lines] = {
        "clients.index": {
            "filter.string-operators": [
                f"data[0].shortcode: documented shortcode {asked}, got 'MOR'"
                for asked in ("nin ['MOR']", "notin ['MOR']", "ne 'MOR'", "neq 'MOR'", "isnull")
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value) for name, value in exchange.query if name != "filter"]


class GivesPageTwoTwice(Wrong):
    tests = "test_pages.py -k forwards and users.index"
    differs: ClassVar[Lines] = {
        "users.index": {
            "lists.page-cursor": ["page 3: documented records that no earlier page has, got AVZsz1HQ again"]
        }
    }

    def __init__(self) -> None:
        self.cursors: list[str] = []

    def ask(self, exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            asked = dict(exchange.query)
            self.cursors = [*self.cursors, asked["page[cursor]"]] if "page[cursor]" in asked else []
            if len(self.cursors) == 2:
                exchange.query = [*{**asked, "page[cursor]": self.cursors[0]}.items()]


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
            "tasks.delete.exists": ["status of GET /api/v1/tasks/ID after DELETE: documented 404, got 200"]
        }
    }

    def __init__(self) -> None:
        self.deleted: dict[str, bytes] = {}

    def tell(self, exchange: Exchange) -> None:
        if exchange.method == "DELETE" and exchange.status == 200:
            self.deleted[exchange.path] = exchange.answer
        if exchange.method == "GET" and exchange.path in self.deleted:
            exchange.status, exchange.answer = 200, self.deleted[exchange.path]


WRONG = {
    "drops a field": DropsAField,
    "counts ids": CountsIds,
    "sorts up only": SortsUpOnly,
    "ignores a filter": IgnoresAFilter,
    "gives page two twice": GivesPageTwoTwice,
    "answers 201": Answers201,
    "takes long titles": TakesLongTitles,
    "keeps deleted tasks": KeepsDeletedTasks,
}
