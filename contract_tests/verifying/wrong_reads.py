"""Servers whose reads get one thing wrong."""

from typing import ClassVar

from contract_tests.verifying.servers import Exchange
from contract_tests.verifying.wrong import Lines, Wrong


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


class ForgetsAScope(Wrong):
    tests = "test_access.py -k without_the_scope and webhooks.index"
    differs: ClassVar[Lines] = {
        "webhooks.index": {
            "scopes.webhooks": [
                "status of GET /api/v1/webhooks without the scope integration: documented 403, got 200"
            ]
        }
    }
    is_fake: ClassVar[bool] = True

    def tell(self, exchange: Exchange) -> None:
        if exchange.is_for("GET /webhooks") and exchange.status == 403:
            exchange.status = 200


class FindsByIdOnly(Wrong):
    tests = "test_finding.py -k read_finds and tasks.show-uri"
    differs: ClassVar[Lines] = {
        "tasks.show": {
            "tasks.show.find-by": ["status of GET /api/v1/tasks/WEB-1?find_by=uri: documented 200, got 404"]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value) for name, value in exchange.query if name != "find_by"]


class IgnoresAnInclude(Wrong):
    tests = "test_includes.py -k adds_a_field and tasks.index-watchers"
    differs: ClassVar[Lines] = {
        "tasks.index": {
            "tasks.index.includes": [
                f"include=watchers: data[{n}].watchers: documented to be there, missing" for n in range(3)
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value) for name, value in exchange.query if value != "watchers"]


class IgnoresSorts(Wrong):
    tests = "test_sorts.py -k users.index-first_name"
    differs: ClassVar[Lines] = {
        "users.index": {
            "L11": ["sort=first_name: data[0].first_name: documented 'Fake', got 'Zoë'"],
            "users.index.sorts": [
                "data[2].first_name: documented at least 'Peter', got 'Ingrid'",
                "data[3].first_name: documented at least 'Ingrid', got 'Fake'",
            ],
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value) for name, value in exchange.query if name != "sort"]


class IgnoresTheSecondSort(Wrong):
    tests = "test_sorts.py -k second_sort and tasks.index"
    world: ClassVar[str] = "demo"
    differs: ClassVar[Lines] = {
        "tasks.index": {
            "lists.sort-several": [
                "data[1].title: documented at least 'Write the brand manual', got 'Sitemap and page types'"
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [
            (name, value.partition(",")[0] if name == "sort" else value) for name, value in exchange.query
        ]


class IgnoresCursors(Wrong):
    tests = "test_pages.py -k backwards and users.index"
    differs: ClassVar[Lines] = {"users.index": {"L7": ["pages on the way back: documented 8, got 1"]}}

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value) for name, value in exchange.query if name != "page[cursor]"]


class CountsFromTomorrow(Wrong):
    tests = "test_special_values.py -k so_many_days and tasks.index-due_date"
    differs: ClassVar[Lines] = {
        "tasks.index": {
            "filter.today-offset": [
                "qv03Y19d.due_date: documented to be found by eq today-14d, got '2026-02-26, missing'"
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        exchange.query = [(name, value.replace("today-", "today+")) for name, value in exchange.query]


class KnowsNoFormOfOne(Wrong):
    tests = "test_spellings.py -k every_spelling and users.index-first_name"
    differs: ClassVar[Lines] = {
        "users.index": {
            "filter.form": [
                """filter first_name startswith "Z" as form: documented the records ['jp5wupu0'], """
                "got ['jp5wupu0', 'AVZsz1HQ', 'NBfzkXVa', '8bnRb0xC']"
            ]
        }
    }

    def ask(self, exchange: Exchange) -> None:
        if any(name.endswith("[op]") and value == "startswith" for name, value in exchange.query):
            exchange.query = [(name, value) for name, value in exchange.query if not name.startswith("filter[")]
